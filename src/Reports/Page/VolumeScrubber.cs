using System.Text.Json;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>
/// An attribution in three dimensions to go through: a slice across each direction with a slider, over the volume that it explains, if that
/// is given; a place that is clicked at, dragged to or reached with the arrow keys is shown in all three, with its numbers. In the place of
/// slices the volume can be seen through: the strongest value along a direction, or the mean of the magnitudes. One scale of colours serves
/// the whole volume.
/// </summary>
/// <remarks>
/// The page carries the volumes in sixteen bits a number. Without a script it shows the slices through the strongest voxel.
/// </remarks>
/// <example><code>
/// new VolumeScrubber(Volume.SumChannels(relevance, 1, 32, 32, 64), new Volume(scan, 32, 32, 64)) { Caption = "LRP, composite ε-plus" }
/// </code></example>
public sealed class VolumeScrubber : ReportSection
{
    private static readonly VolumeAxis[] Axes = [VolumeAxis.Depth, VolumeAxis.Height, VolumeAxis.Width];

    private readonly VolumePictures _pictures;
    private readonly VolumeScrubberOptions _options;
    private readonly int _block;

    /// <summary>Fixes the scale.</summary>
    /// <param name="attribution">The numbers to colour.</param>
    /// <param name="input">
    /// What the network saw, drawn gray from its smallest number (black) to its largest (white). It may be finer than the attribution, of
    /// which each of its voxels then shows the nearest number.
    /// </param>
    /// <param name="options">How it is shown.</param>
    public VolumeScrubber(Volume attribution, Volume? input = null, VolumeScrubberOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(attribution);
        _options = options ?? new();
        _block = 1;
        while (Carried(attribution, _block) + (input is null ? 0 : Carried(input, _block)) > _options.MaximumVoxels)
            _block++;
        _pictures = new VolumePictures(attribution.InBlocks(_block), input?.InBlocks(_block), _options.Heatmap);
    }

    /// <summary>What the slices show.</summary>
    public string? Caption { get; init; }

    internal override PageParts Parts => PageParts.Volumes;

    internal override void Write(HtmlWriter html)
    {
        var (seen, place) = (_pictures.Seen, Strongest());
        html.Open("figure", ("class", "scrubber"), ("data-width", $"{_options.PaneWidth}")).Open("div", ("class", "panes still"));
        foreach (var axis in Axes)
        {
            var caption = $"{Name(axis)} {place[(int)axis]}";
            new Figure(_pictures.Slice(axis, place[(int)axis]), caption, $"Slice at {caption}") { DisplayWidth = _options.PaneWidth }
                .Write(html);
        }
        html.Close()
            .Element("p", "Without scripts the page shows the slices through the strongest voxel.", ("class", "note without-script"))
            .Open("div", ("class", "common"));
        ColorBar.Write(html, _pictures.Map(_pictures.Attribution.Project(VolumeAxis.Depth), VolumeAxis.Depth));
        html.Close().Element("figcaption", (Caption ?? "Slices across all three directions, with the same scale.")
                + (_block == 1 ? "" : $" Shown are means over blocks of {_block} × {_block} × {_block} voxels."))
            .Open("script", ("type", "application/json"), ("class", "volume-data")).Trusted(Data(seen, place)).Close().Close();
    }

    private static string Name(VolumeAxis axis) => axis.ToString().ToLowerInvariant();

    private static long Carried(Volume volume, int block) =>
        (long)Blocks(volume.Depth, block) * Blocks(volume.Height, block) * Blocks(volume.Width, block);

    private static int Blocks(int extent, int block) => (extent + block - 1) / block;

    // Where the attribution is strongest, in the voxels that are shown: the middle of those that the number stands for.
    private int[] Strongest()
    {
        var (map, seen, best) = (_pictures.Attribution, _pictures.Seen, 0);
        for (var i = 1; i < map.Values.Length; i++)
            if (MathF.Abs(map.Values[i]) > MathF.Abs(map.Values[best]) || float.IsNaN(map.Values[best]))
                best = i;
        int[] own = [best / (map.Height * map.Width), best / map.Width % map.Height, best % map.Width];
        return [.. Axes.Select(axis => (int)((2L * own[(int)axis] + 1) * seen.CountAlong(axis) / (2L * map.CountAlong(axis))))];
    }

    // Base64, numbers and names of our own: nothing that could end the element.
    private string Data(Volume seen, int[] place)
    {
        var map = _pictures.Map(_pictures.Attribution.Project(VolumeAxis.Depth), VolumeAxis.Depth);
        return JsonSerializer.Serialize(new
        {
            names = Axes.Select(Name),
            seen = Extents(seen),
            place,
            map = Packed(_pictures.Attribution),
            input = _pictures.Input is { } input ? Packed(input) : null,
            shades = new[] { _pictures.Shades.Black, _pictures.Shades.White },
            scale = new[] { map.Minimum, map.Maximum },
            symmetric = _pictures.Scale.IsSymmetric,
            colors = PackedNumbers.Table(i => map.Colors.At(i / 255.0)),
            none = _options.Heatmap.MissingColor.ToString()[1..],
            opacity = _options.Heatmap.OverlayAlpha,
        });
    }

    private static int[] Extents(Volume volume) => [volume.Depth, volume.Height, volume.Width];

    private static object Packed(Volume volume)
    {
        var packed = PackedNumbers.Of(Array.ConvertAll(volume.Values.ToArray(), v => (double)v));
        return new { extents = Extents(volume), low = packed.Low, step = packed.Step, values = packed.Values };
    }
}
