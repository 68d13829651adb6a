using Microsoft.ML.Introspection.Imaging;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>
/// What a picture and a text have in one score, side by side: the picture's parts and the words on one common scale, and what share of the
/// whole each of both has.
/// </summary>
/// <remarks>
/// One pixel has little beside a word: pixels are added up over the cells of a grid, or over regions, whose sums can be compared with
/// words. The map as it is stands below, on a scale of its own.
/// </remarks>
/// <example><code>
/// new PictureAndWords(picture, new MethodMap("integrated gradients", map, 224, 224), [new("a", 0.1), new("cat", 0.9)])
/// {
///     Score = 3.2, BaseValue = 0.4,
/// }
/// </code></example>
public sealed class PictureAndWords : ReportSection
{
    // Finer maps than this are added up over a grid: the patches of a picture of 224 pixels in transformers.
    private const int CoarseCells = 16;
    private const int Cells = 14;

    private readonly Raster _picture;
    private readonly MethodMap _map;
    private readonly TokenAttribution[] _words;
    private readonly PictureAndWordsOptions _options;
    private readonly float[] _parts;
    private readonly double _reach;

    /// <summary>Adds up the picture's parts, and fixes the scale.</summary>
    /// <param name="picture">What the network saw.</param>
    /// <param name="map">What the method says of its pixels.</param>
    /// <param name="words">The words, or tokens, in reading order; see <see cref="ColoredText"/>.</param>
    /// <param name="options">How both are shown.</param>
    /// <exception cref="ArgumentException">There are not as many regions as numbers of the map.</exception>
    public PictureAndWords(Raster picture, MethodMap map, IEnumerable<TokenAttribution> words, PictureAndWordsOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(picture);
        ArgumentNullException.ThrowIfNull(map);
        ArgumentNullException.ThrowIfNull(words);
        (_picture, _map, _words, _options) = (picture, map, [.. words], options ?? new());
        if (_options.Regions is { } regions && regions.Count != map.Values.Length)
            throw new ArgumentException($"A region for each of the {map.Values.Length} numbers of the map was expected; "
                + $"{regions.Count} given.", nameof(options));
        _parts = Parted(map, _options);
        _reach = _options.Reach ?? _parts.Select(value => (double)value).Concat(_words.Select(word => word.Attribution))
            .Where(double.IsFinite).Select(Math.Abs).DefaultIfEmpty().Max();
    }

    /// <summary>What both show.</summary>
    public string? Caption { get; init; }

    /// <summary>The explained score.</summary>
    public double? Score { get; init; }

    /// <summary>The score that the attributions start from, where they add up to the score.</summary>
    public double? BaseValue { get; init; }

    /// <summary>What the text has besides its words: tokens that were added, padding.</summary>
    public double Rest { get; init; }

    /// <summary>What the picture has.</summary>
    public double PictureTotal => Sum(_map.Values.Span);

    /// <summary>What the text has, with <see cref="Rest"/>.</summary>
    public double TextTotal => _words.Select(word => word.Attribution).Where(value => !double.IsNaN(value)).Sum() + Rest;

    internal override PageParts Parts => _words.Length > 0 ? PageParts.Words : PageParts.None;

    internal override void Write(HtmlWriter html)
    {
        html.Open("figure", ("class", "joint"));
        WriteShares(html);
        html.Open("div", ("class", "beside"));
        var scale = new HeatmapScale(-_reach, _reach, true);
        var coarse = new Heatmap(_parts, _map.Height, _map.Width, _options.Heatmap, scale);
        Picture(coarse.DrawOver(_picture), coarse, "Picture",
            _options.Regions is not null ? "sums over regions" : CellSize(_map) == 1 ? "" : "sums over the cells of a grid",
            "What the parts of the picture have, over it").Write(html);
        html.Open("div", ("class", "text-part")).Element("p", "Text", ("class", "above"));
        new ColoredText(_words, _options.Text with { Reach = _reach > 0 ? _reach : null }) { Caption = "" }.Write(html);
        html.Close().Close()
            .Element("p", "Both have one scale: red speaks in favour; blue, of words underlined, against.", ("class", "note"));
        if (_options.Regions is not null || CellSize(_map) > 1)
        {
            var fine = new Heatmap(_map.Values.Span, _map.Height, _map.Width, _options.Heatmap);
            html.Open("div", ("class", "gallery"));
            Picture(_picture, null, "", "the picture as the network saw it", "The picture that is explained").Write(html);
            Picture(fine.DrawOver(_picture), fine, "", "pixel by pixel, on a scale of its own", "What each pixel has, over the picture")
                .Write(html);
            html.Close();
        }
        html.Element("figcaption", Caption).Close();
    }

    private void WriteShares(HtmlWriter html)
    {
        var (picture, text, total) = (PictureTotal, TextTotal, PictureTotal + TextTotal);
        html.Open("dl", ("class", "facts"));
        Fact("Picture", $"{Numbers.Signed(picture)}{Share(picture, total)}");
        Fact("Text", $"{Numbers.Signed(text)}{Share(text, total)}");
        Fact("Both", Numbers.Signed(total));
        if (BaseValue is { } start)
            Fact("From", Numbers.Format(start));
        if (Score is { } score)
            Fact(BaseValue is null ? "Score" : "To the score", Numbers.Format(score));
        html.Close();
        if (BaseValue is { } from && Score is { } to && Math.Abs(total - (to - from)) is var gap
            && gap > 1e-3 * Math.Max(Math.Abs(to - from), Math.Abs(picture) + Math.Abs(text)))
            html.Element("p", $"{Numbers.Signed(to - from - total)} of the score's change is not explained.", ("class", "note"));

        void Fact(string name, string value) => html.Open("div").Element("dt", name).Element("dd", value).Close();
    }

    // Of what speaks both for and against, a share says little beyond its sign.
    private static string Share(double part, double total) =>
        total == 0 || !double.IsFinite(part / total) ? "" : $" ({Numbers.Format(Math.Round(100 * part / total, 1))} %)";

    private Figure Picture(Raster image, Heatmap? legend, string heading, string caption, string alt) =>
        new(image, caption, alt, legend) { Heading = heading, DisplayWidth = _options.PictureWidth };

    // Each number becomes the sum over its part.
    private static float[] Parted(MethodMap map, PictureAndWordsOptions options)
    {
        var size = CellSize(map);
        var sums = new Dictionary<int, double>();
        var values = map.Values.Span;
        for (var i = 0; i < values.Length; i++)
            if (!float.IsNaN(values[i]))
                sums[Part(i)] = sums.GetValueOrDefault(Part(i)) + values[i];
        var parts = new float[values.Length];
        for (var i = 0; i < parts.Length; i++)
            parts[i] = sums.TryGetValue(Part(i), out var sum) ? (float)sum : float.NaN;
        return parts;

        int Part(int i) => options.Regions is { } regions ? regions[i] : i / map.Width / size * map.Width + i % map.Width / size;
    }

    // How many rows and columns of the map a cell has.
    private static int CellSize(MethodMap map) =>
        Math.Max(map.Height, map.Width) is var longest && longest <= CoarseCells ? 1 : (longest + Cells - 1) / Cells;

    private static double Sum(ReadOnlySpan<float> values)
    {
        var sum = 0.0;
        foreach (var value in values)
            if (!float.IsNaN(value))
                sum += value;
        return sum;
    }
}
