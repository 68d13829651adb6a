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
    private readonly VolumePictures _pictures = new(attribution, input, (options ?? new()).Heatmap);

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
        ColorBar.Write(html, _pictures.Map(attribution.Project(Axis), Axis));
        html.Close().Element("figcaption", Caption ?? $"Slices across the {AxisName}, all with the same scale.").Close();
    }

    private void WriteProjections(HtmlWriter html)
    {
        var (kind, what) = (_options.Projection, _options.Projection == VolumeProjection.Strongest ? "maximum" : "mean magnitude");
        var title = kind == VolumeProjection.Strongest ? "Maximum projection" : "Mean magnitude";
        var map = _options.Projection == VolumeProjection.Strongest ? _pictures.Map(attribution.Project(Axis), Axis)
            : new Heatmap(attribution.Project(Axis, kind), attribution.SliceSize(Axis).Height, attribution.SliceSize(Axis).Width,
                _options.Heatmap with { Range = null });
        html.Open("div", ("class", "slices"));
        if (input is not null)
        {
            var seen = _pictures.Gray(input.Project(Axis), Axis);
            Picture(seen, "input, maximum", $"Maximum projection of the input along the {AxisName}", 2).Write(html);
            Picture(map.DrawOver(seen), "both", $"{title} of the attribution over the maximum of the input along the {AxisName}", 2)
                .Write(html);
        }

        Picture(map.Draw(), $"attribution, {what}", $"{title} of the attribution along the {AxisName}", 2,
            kind == VolumeProjection.Strongest ? null : map).Write(html);
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
        return Picture(_pictures.Slice(Axis, index), caption, $"Attribution{(input is null ? "" : " over the input")} at {caption}", 1);
    }

    private Figure Picture(Raster image, string caption, string alt, int size, Heatmap? legend = null) =>
        new(image, caption, alt, legend) { DisplayWidth = size * _options.SliceWidth };
}
