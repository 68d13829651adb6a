using System.Text.Json;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Shapley;

namespace Microsoft.ML.Introspection.Text.Tests.Explaining;

/// <summary>Two trained classifiers with their tokenizers: scores of tokens and of words are those of captum.</summary>
[TestClass]
public sealed class MatchingClassifiers
{
    private const double Tolerance = 1e-5;

    [TestMethod]
    [DataRow("classifier_transformer", false)]
    [DataRow("classifier_transformer", true)]
    [DataRow("classifier_cnn", false)]
    [DataRow("classifier_cnn", true)]
    public void IntegratedGradientsOfEveryToken(string folder, bool againstPadding)
    {
        var (network, reference) = (Network(folder), Arrays(folder));
        var method = new IntegratedGradients { Baseline = againstPadding ? Baseline.Token(network.Tokenizer.PaddingId) : Baseline.Zero };
        using var explainer = new TextExplainer(network, method);
        var explained = explainer.Explain(Texts(folder));
        AssertTokens(reference[againstPadding ? "ig_pad_per_token_f64" : "ig_zero_per_token_f64"], explained);
        var (logits, targets) = (reference["logits_f64"], reference["target"]);
        for (var row = 0; row < explained.Count; row++)
        {
            Assert.AreEqual((int)targets[row], explained[row].Target);
            Near.Equal(logits[row * 2 + (int)targets[row]], explained[row].Score!.Value, Tolerance * logits.Select(Math.Abs).Largest());
        }
    }

    [TestMethod]
    [DataRow("classifier_transformer")]
    [DataRow("classifier_cnn")]
    public void GradientsOfEveryToken(string folder)
    {
        var (network, reference) = (Network(folder), Arrays(folder));
        using var product = new TextExplainer(network, new InputXGradient());
        AssertTokens(reference["gradient_x_input_per_token_f64"], product.Explain(Texts(folder)));
        using var length = new TextExplainer(network, new Saliency(), new TextExplainerOptions { Reduction = TokenReduction.L2Norm });
        AssertTokens(reference["gradient_l2_per_token_f64"], length.Explain(Texts(folder)));
    }

    [TestMethod]
    [DataRow("classifier_transformer")]
    [DataRow("classifier_cnn")]
    public void WordsAndRestAreThoseOfTheReference(string folder)
    {
        var network = Network(folder);
        using var explainer = new TextExplainer(network,
            new IntegratedGradients { Baseline = Baseline.Token(network.Tokenizer.PaddingId) });
        var sentences = Words(folder);
        var explained = explainer.Explain(Texts(folder));
        var largest = sentences.SelectMany(s => s.GetProperty("words").EnumerateArray().Select(w => Math.Abs(w.GetProperty("score").GetDouble())))
            .Largest();
        foreach (var (sentence, found) in sentences.Zip(explained))
        {
            Assert.AreEqual(sentence.GetProperty("tokens").GetInt32(), found.Text.Tokens.Count);
            CollectionAssert.AreEqual(sentence.GetProperty("token_spans_utf16").Spans(), found.Text.Tokens.Select(t => t.Span).ToArray());
            var words = sentence.GetProperty("words").EnumerateArray().ToList();
            CollectionAssert.AreEqual(words.Select(w => w.GetProperty("text").GetString()).ToArray(), found.Words.Select(w => w.Text).ToArray());
            foreach (var (word, own) in words.Zip(found.Words))
                Near.Equal(word.GetProperty("score").GetDouble(), own.Score, Tolerance * largest, found.Text.First);
            Near.Equal(sentence.GetProperty("no_text_score").GetDouble(), found.Rest, Tolerance * largest);
            Near.Equal(found.Total, found.Words.Sum(w => w.Score) + found.Rest, 1e-6);
        }
    }

    // The token scores of the reference, in double: the rule itself holds to rounding.
    [TestMethod]
    [DataRow("classifier_transformer", "wordpiece_uncased", "vocab.txt")]
    [DataRow("classifier_cnn", "sp_unigram", "sp_unigram.model")]
    public void ScoresAreSpreadByTheRule(string folder, string tokenizer, string file)
    {
        var cutter = Cases.Load(tokenizer, file);
        foreach (var sentence in Words(folder))
        {
            double[] scores = [.. sentence.GetProperty("token_scores").EnumerateArray().Select(s => s.GetDouble())];
            var found = TextExplanation.Of(cutter.Encode(sentence.GetProperty("text").GetString()!), scores);
            Near.Equal([.. sentence.GetProperty("words").EnumerateArray().Select(w => w.GetProperty("score").GetDouble())],
                found.Words.Select(w => w.Score).ToArray(), 1e-12);
            Near.Equal(sentence.GetProperty("no_text_score").GetDouble(), found.Rest, 1e-12);
            Near.Equal(sentence.GetProperty("total").GetDouble(), found.Words.Sum(w => w.Score) + found.Rest, 1e-9);
        }
    }

    [TestMethod]
    public void ShapleyValuesOfWordsSumToWhatTheWordsAdd()
    {
        var network = Network("classifier_transformer");
        using var explainer = new TextExplainer(network, new ExactShap());
        var explained = explainer.Explain("the film was not very good");
        using var without = new TextExplainer(network, new InputXGradient(), new TextExplainerOptions
        {
            Target = Introspection.Models.Target.Class(explained.Target!.Value),
        });
        Assert.HasCount(6, explained.Words);
        var masked = without.Explain("[MASK] [MASK] [MASK] [MASK] [MASK] [MASK]").Score!.Value;
        Near.Equal(explained.Score!.Value - masked, explained.Words.Sum(w => w.Score), 1e-4);
        Near.Equal(without.Explain("the film was not very good").Score!.Value, explained.Score!.Value, 1e-4);
    }

    [TestMethod]
    public void LimeOfWordsFindsTheWordThatDecides()
    {
        using var explainer = new TextExplainer(Network("classifier_transformer"), new Lime(Samples: 400));
        var explained = explainer.Explain("the film was great");
        Assert.AreEqual("great", explained.Words.MaxBy(w => w.Score).Text);
    }

    [TestMethod]
    public void WhatIsCutOffIsSaidToBeUnseen()
    {
        using var explainer = new TextExplainer(Network("classifier_transformer"), new InputXGradient(),
            new TextExplainerOptions { Length = 6 });
        var explained = explainer.Explain("the film was not very good");
        Assert.HasCount(6, explained.TokenScores);
        CollectionAssert.AreEqual((bool[])[true, true, true, true, false, false], explained.Words.Select(w => w.IsSeen).ToArray());
        Near.Equal(explained.Total, explained.Words.Sum(w => w.Score) + explained.Rest, 1e-6);
    }

    private static TextNetwork Network(string folder) => TextNetwork.Load(Cases.File(folder, "model.onnx"),
        folder == "classifier_cnn" ? Cases.Load("sp_unigram", "sp_unigram.model") : Cases.Load("wordpiece_uncased", "vocab.txt"));

    private static List<JsonElement> Words(string folder)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Cases.File(folder, "words.json")));
        return [.. document.RootElement.GetProperty("sentences").Clone().EnumerateArray()];
    }

    private static string[] Texts(string folder) => [.. Words(folder).Select(s => s.GetProperty("text").GetString()!)];

    private static Dictionary<string, double[]> Arrays(string folder)
    {
        using var archive = NpzArchive.Open(Cases.File(folder, "reference.npz"));
        return archive.Names.ToDictionary(name => name, name => archive.Read(name).ToDoubles());
    }

    private static void AssertTokens(double[] expected, IReadOnlyList<TextExplanation> explained)
    {
        double[] found = [.. explained.SelectMany(e => e.TokenScores)];
        Near.Equal(expected, found, Tolerance * expected.Select(Math.Abs).Largest());
    }
}
