using Microsoft.ML.Introspection.Imaging;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>
/// An attribution in three dimensions as slices across one of them, and seen through as a maximum projection; over the
/// volume that it explains, if that is given. One scale of colours serves the whole volume, so slices can be compared.
/// </summary>
/// <example><code>
/// new VolumeSlices(Volume.SumChannels(relevance, 1, 32, 32, 64), new Volume(scan, 32, 32, 64), new() { Axis = VolumeAxis.Height })
/// {
///     Caption = "LRP, composite ε-plus",
/// }
/// </code></example>
/// <param name="attribution">The numbers to colour.</param>
/// <param name="input">
/// What the network saw, drawn gray from its smallest number (black) to its largest (white). It may be finer than the
/// attribution, which is then stretched to its size as <see cref="HeatmapOptions.Interpolation"/> says.
/// </param>
/// <param name="options">Which slices are shown, and how.</param>
public sealed class VolumeSlices(Volume attribution, Volume? input = null, VolumeSlicesOptions? options = null) : ReportSection
{
    private readonly VolumeSlicesOptions _options = options ?? new();
    private readonly HeatmapScale _scale = HeatmapScale.Of(
        (attribution ?? throw new ArgumentNullException(nameof(attribution))).Values.ToArray(),
        (options ?? new()).Heatmap);
    private readonly (float Black, float White) _window = input is null ? default : Window(input);

    /// <summary>What the slices show.</summary>
    public string? Caption { get; init; }

    private VolumeAxis Axis => _options.Axis;

    private string AxisName => Axis.ToString().ToLowerInvariant();

    internal override void Write(HtmlWriter html)
    {
        html.Open("figure", ("class", "volume"));
        if (_options.ShowProjection)
            WriteProjections(html);
        html.Open("div", ("class", "slices"));
        foreach (var index in Shown())
            Slice(index).Write(html);
        html.Close().Open("div", ("class", "common"));
        ColorBar.Write(html, Map(attribution.Project(Axis)));
        html.Close().Element("figcaption", Caption ?? $"Slices across the {AxisName}, all with the same scale.").Close();
    }

    private void WriteProjections(HtmlWriter html)
    {
        var map = Map(attribution.Project(Axis));
        html.Open("div", ("class", "slices"));
        if (input is not null)
        {
            var seen = Gray(input.Project(Axis));
            Picture(seen, "input, maximum", $"Maximum projection of the input along the {AxisName}", 2).Write(html);
            Picture(map.DrawOver(seen), "both", $"Maximum projection of the attribution over that of the input along the {AxisName}", 2)
                .Write(html);
        }

        Picture(map.Draw(), "attribution, maximum", $"Maximum projection of the attribution along the {AxisName}", 2).Write(html);
        html.Close();
    }

    /// <summary>Evenly spread: the middles of as many equal parts.</summary>
    private IEnumerable<int> Shown()
    {
        var count = (input ?? attribution).CountAlong(Axis);
        var shown = Math.Min(count, _options.MaximumSlices);
        return Enumerable.Range(0, shown).Select(i => (int)((2L * i + 1) * count / (2L * shown)));
    }

    private Figure Slice(int index)
    {
        var caption = $"{AxisName} {index}";
        if (input is null)
            return Picture(Map(attribution.Slice(Axis, index)).Draw(), caption, $"Attribution at {caption}", 1);

        var map = Map(attribution.Slice(Axis, index, input.CountAlong(Axis), _options.Heatmap.Interpolation));
        return Picture(map.DrawOver(Gray(input.Slice(Axis, index))), caption, $"Attribution over the input at {caption}", 1);
    }

    private Heatmap Map(float[] values)
    {
        var (height, width) = attribution.SliceSize(Axis);
        return new Heatmap(values, height, width, _options.Heatmap, _scale);
    }

    private Raster Gray(float[] values)
    {
        var (height, width) = input!.SliceSize(Axis);
        return Raster.FromPlanes(values, 1, height, width, _window.Black, _window.White);
    }

    private Figure Picture(Raster image, string caption, string alt, int size) =>
        new(image, caption, alt) { DisplayWidth = size * _options.SliceWidth };

    private static (float Black, float White) Window(Volume input)
    {
        var finite = input.Values.ToArray().Where(float.IsFinite).DefaultIfEmpty().ToList();

        // The span of two huge numbers would overflow; a volume without contrast is as good as black.
        var (black, white) = (MathF.Max(finite.Min(), float.MinValue / 2), MathF.Min(finite.Max(), float.MaxValue / 2));
        return white > black ? (black, white) : (white, MathF.BitIncrement(white));
    }
}
