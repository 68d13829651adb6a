using System.Globalization;
using Microsoft.ML.Introspection.Imaging;
using Microsoft.ML.Introspection.Reports;
using Microsoft.ML.Introspection.Text;
using Microsoft.ML.Introspection.Tool.Images;
using Microsoft.ML.Introspection.Tool.Texts;

namespace Microsoft.ML.Introspection.Tool.Pairs;

/// <summary>The page of pictures with their texts: both side by side, on one scale.</summary>
/// <param name="model">What the network is called.</param>
/// <param name="texts">The tokenizer.</param>
/// <param name="preprocessing">What was done with pictures.</param>
/// <param name="images">How many pairs are shown.</param>
internal sealed class PairPage(string model, TextJob texts, string preprocessing, ImageRequest images)
{
    private readonly List<Section> _sections = [];

    /// <summary>Keeps a pair, while there is room.</summary>
    public void Add(PicturePair pair, Raster seen, IReadOnlyList<(string Method, PictureTextExplanation Why)> methods)
    {
        if (_sections.Count >= images.Gallery)
            return;
        var first = methods[0].Why;
        var section = new Section(Path.GetFileName(pair.Image.Path), string.Create(CultureInfo.InvariantCulture,
            $"class {first.Target}, score {first.Score:0.###}{(pair.Image.Label is { } label ? $", label {label}" : "")}"));
        foreach (var (method, why) in methods)
        {
            var rest = string.Join(", ", TextTable.Rest(why.Text).Where(r => r.Score != 0)
                .Select(r => string.Create(CultureInfo.InvariantCulture, $"{r.Kind} {r.Score:+0.###;-0.###}")));
            float[] map = [.. why.Map.Select(v => (float)v)];
            section.Add(new PictureAndWords(seen, new MethodMap(method, map, why.Height, why.Width), TextPage.Parts(why.Text),
                new PictureAndWordsOptions
                {
                    Regions = why.Regions,
                    Text = new ColoredTextOptions { Spaced = false, MaximumTokens = 20_000 },
                })
            {
                Score = why.Score, BaseValue = why.BaseValue, Rest = why.Text.Rest,
                Caption = $"{method}.{(rest.Length > 0 ? $" Of the text, not shown: {rest}." : "")}",
            });
        }
        _sections.Add(section);
    }

    /// <summary>Makes the page.</summary>
    /// <param name="pairs">How many pairs were explained.</param>
    /// <param name="problems">What was wrong with those that were left out.</param>
    public Report Make(long pairs, IReadOnlyList<string> problems)
    {
        var facts = new List<(string, object?)>
        {
            ("Model", model), ("Tokenizer", $"{texts.TokenizerName} ({texts.Tokenizer.Kind})"), ("Pictures", preprocessing),
            ("Pairs", string.Create(CultureInfo.InvariantCulture, $"{pairs:N0}")
                + (_sections.Count < pairs ? string.Create(CultureInfo.InvariantCulture, $", the first {_sections.Count:N0} shown") : "")),
        };
        var report = new Report($"Pictures and words for {model}", "What both have in the score") { new Facts(facts) };
        if (problems.Count > 0)
            report.Add(new Paragraph($"{problems.Count} files could not be used: {string.Join(" ", problems)}"));
        foreach (var section in _sections)
            report.Add(section);
        return report;
    }
}
