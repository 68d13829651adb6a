using Microsoft.ML.Introspection.Shapley;

namespace Microsoft.ML.Introspection.Tests.Shapley;

/// <summary>LIME for texts: words that come and go, together or place by place.</summary>
[TestClass]
public sealed class ExplainingTextsByLime
{
    [TestMethod]
    public void Words_get_what_they_add()
    {
        var lime = new TextLime(["mood"], Mood, new TextLimeOptions { Ridge = 1e-6, Samples = 500 });
        var explanation = lime.Explain("A good film, but a bad end: good actors!");
        var weights = explanation.Reasons.ToDictionary(r => r.Description, r => r.Weight);
        // Both occurrences of a word come and go together.
        Near.Equal(2, weights["good"], 1e-6);
        Near.Equal(-1.5, weights["bad"], 1e-6);
        Near.Equal(0, weights["film"], 1e-6);
        Assert.AreEqual(0.5, explanation.Score);
        Near.Equal(0.5, explanation.Prediction, 1e-6);
        Near.Equal(1, explanation.RSquared, 1e-9);
        CollectionAssert.AreEqual((string[])["good", "bad"], explanation.Reasons.Take(2).Select(r => r.Description).ToArray());
    }

    [TestMethod]
    public void Occurrences_can_be_told_apart_and_words_replaced()
    {
        var seen = new List<string>();
        void Score(IReadOnlyList<string> texts, Span<double> scores, CancellationToken cancellation)
        {
            seen.AddRange(texts);
            Mood(texts, scores, cancellation);
        }
        var options = new TextLimeOptions { ByPosition = true, Replacement = "UNK", Samples = 300, Features = 2,
            Selection = LimeSelection.Strongest, Ridge = 1e-6 };
        var explanation = new TextLime(["mood"], Score, options).Explain("good, (good) stuff");
        CollectionAssert.AreEquivalent((int[])[0, 1], explanation.Reasons.Select(r => r.Feature).ToArray());
        Assert.IsTrue(explanation.Reasons.All(r => Math.Abs(r.Weight - 1) < 1e-6));
        // All eight coalitions, the text itself but once; what stands between words stays.
        Assert.HasCount(8, seen);
        Assert.Contains("UNK, (good) UNK", seen);
        Assert.Contains("UNK, (UNK) UNK", seen);
        foreach (var text in seen)
            StringAssert.Matches(text, new(@"^\w+, \(\w+\) \w+$"));
    }

    [TestMethod]
    public void Long_texts_are_sampled_the_same_every_time()
    {
        var text = string.Join(' ', Enumerable.Range(0, 40).Select(i => i == 17 ? "good" : $"w{i}"));
        var calls = 0;
        void Score(IReadOnlyList<string> texts, Span<double> scores, CancellationToken cancellation)
        {
            calls += texts.Count;
            Mood(texts, scores, cancellation);
        }
        var lime = new TextLime(["mood"], Score, new TextLimeOptions { Samples = 1000 });
        var (first, second) = (lime.Explain(text), lime.Explain(text));
        Assert.AreEqual("good", first.Reasons[0].Description);
        Assert.HasCount(10, first.Reasons);
        CollectionAssert.AreEqual(first.Reasons.ToArray(), second.Reasons.ToArray());
        Assert.IsTrue(calls <= 2 * 1000);
    }

    [TestMethod]
    public void Bad_input_is_refused()
    {
        var lime = new TextLime(["mood"], Mood);
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => lime.Explain("…!?")).Message, "no word");
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => lime.Explain("good", 1));
        Assert.ThrowsExactly<ArgumentException>(() => new TextLime([], Mood));
        StringAssert.Contains(Assert.ThrowsExactly<InvalidOperationException>(() =>
            new TextLime(["mood"], (texts, scores, _) => scores.Fill(double.NaN)).Explain("good")).Message, "'mood'");
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.Throws<OperationCanceledException>(() => lime.Explain("good", null, cancelled.Token));
    }

    // 1 for every "good", -1.5 for every "bad".
    private static void Mood(IReadOnlyList<string> texts, Span<double> scores, CancellationToken cancellation)
    {
        for (var i = 0; i < texts.Count; i++)
            scores[i] = texts[i].Split("good").Length - 1 - 1.5 * (texts[i].Split("bad").Length - 1);
    }
}
