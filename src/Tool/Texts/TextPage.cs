using System.Globalization;
using Microsoft.ML.Introspection.Reports;
using Microsoft.ML.Introspection.Text;

namespace Microsoft.ML.Introspection.Tool.Texts;

/// <summary>The page of texts: every text with its words in colour, and the words that matter most over all of them.</summary>
internal static class TextPage
{
    private const int MostTexts = 200;
    private const int MostWords = 20;

    /// <summary>Makes the page.</summary>
    /// <param name="model">What the network is called.</param>
    /// <param name="job">What was asked for.</param>
    /// <param name="results">What the methods say.</param>
    public static Report Make(string model, TextJob job, IReadOnlyList<TextResult> results)
    {
        var page = new Report($"Words for {model}", string.Join(", ", results.Select(r => r.Method)));
        var facts = new List<(string, object?)> { ("Model", model), ("Tokenizer", $"{job.TokenizerName} ({job.Tokenizer.Kind})"),
            ("Texts", job.Texts.Count) };
        if (job.Texts.Count > MostTexts)
            facts.Add(("On this page", string.Create(CultureInfo.InvariantCulture, $"the first {MostTexts}; the words of all")));
        page.Add(new Facts(facts));
        foreach (var result in results.Where(r => r.Texts.Count > 1))
            page.Add(Most(result, results.Count > 1));
        for (var row = 0; row < Math.Min(job.Texts.Count, MostTexts); row++)
            page.Add(OfText(row, results));
        return page;
    }

    private static Section Most(TextResult result, bool several)
    {
        var section = new Section(several ? $"Words that matter most: {result.Method}" : "Words that matter most",
            "mean over the texts that have them");
        foreach (var target in result.Texts.Where(t => t.Target is not null).GroupBy(t => t.Target).OrderBy(g => g.Key))
        {
            var words = target.SelectMany(t => t.Words.Where(w => w.IsSeen))
                .GroupBy(w => w.Text.Trim().ToLowerInvariant(), StringComparer.Ordinal)
                .Select(g => new FeatureAttribution(g.Count() == 1 ? g.Key
                    : string.Create(CultureInfo.InvariantCulture, $"{g.Key} ×{g.Count()}"), g.Average(w => w.Score)))
                .OrderByDescending(w => Math.Abs(w.Attribution)).Take(MostWords);
            section.Add(new AttributionBars(words)
            {
                MaximumBars = MostWords,
                Caption = string.Create(CultureInfo.InvariantCulture, $"{target.Count()} texts of class {target.Key}"),
            });
        }
        return section;
    }

    private static Section OfText(int row, IReadOnlyList<TextResult> results)
    {
        var first = results[0].Texts[row];
        var section = new Section(string.Create(CultureInfo.InvariantCulture, $"Text {row}"),
            first.Target is null ? "no word to explain"
                : string.Create(CultureInfo.InvariantCulture, $"class {first.Target}, score {first.Score:0.###}"));
        foreach (var result in results)
        {
            var text = result.Texts[row];
            var rest = string.Join(", ", TextTable.Rest(text).Where(r => r.Score != 0)
                .Select(r => string.Create(CultureInfo.InvariantCulture, $"{r.Kind} {r.Score:+0.###;-0.###}")));
            section.Add(new ColoredText(Parts(text), new ColoredTextOptions { Spaced = false, MaximumTokens = 20_000 })
            {
                Caption = $"{result.Method}: red speaks in favour; blue, underlined, against."
                    + (rest.Length > 0 ? $" Not shown: {rest}." : "")
                    + (text.Words.Any(w => !w.IsSeen)
                        ? " Words without colour did not reach the network: cut off for length, or no token stands for them." : ""),
            });
        }
        return section;
    }

    /// <summary>All of the text: its words, and what stands between them as it is.</summary>
    public static IEnumerable<TokenAttribution> Parts(TextExplanation text)
    {
        for (var sequence = 0; sequence < (text.Text.Second is null ? 1 : 2); sequence++)
        {
            var (whole, done) = (sequence == 0 ? text.Text.First : text.Text.Second!, 0);
            if (sequence > 0)
                yield return new TokenAttribution("\n", double.NaN);
            foreach (var word in text.Words.Where(w => w.Sequence == sequence))
            {
                if (word.Span.Start > done)
                    yield return new TokenAttribution(whole[done..word.Span.Start], double.NaN);
                yield return new TokenAttribution(word.Text, word.IsSeen ? word.Score : double.NaN);
                done = word.Span.End;
            }
            if (done < whole.Length)
                yield return new TokenAttribution(whole[done..], double.NaN);
        }
    }
}
