using Microsoft.ML.Introspection.Imaging;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>Slices of an attribution, over those of the volume that it explains, all on one scale.</summary>
internal sealed class VolumePictures
{
    private readonly (float Black, float White) _window;

    /// <summary>Fixes the scale.</summary>
    /// <param name="attribution">The numbers to colour.</param>
    /// <param name="input">What the network saw; null to draw the attribution alone.</param>
    /// <param name="options">How numbers become colours.</param>
    public VolumePictures(Volume attribution, Volume? input, HeatmapOptions options)
    {
        ArgumentNullException.ThrowIfNull(attribution);
        (Attribution, Input, Options) = (attribution, input, options);
        Scale = HeatmapScale.Of(attribution.Values.ToArray(), options);
        _window = input is null ? default : Window(input);
    }

    /// <summary>The numbers to colour.</summary>
    public Volume Attribution { get; }

    /// <summary>What the network saw.</summary>
    public Volume? Input { get; }

    /// <summary>How numbers become colours.</summary>
    public HeatmapOptions Options { get; }

    /// <summary>Where the scale begins and ends.</summary>
    public HeatmapScale Scale { get; }

    /// <summary>The numbers of the input that are black and white.</summary>
    public (float Black, float White) Shades => _window;

    /// <summary>The finer of both, whose slices are counted.</summary>
    public Volume Seen => Input ?? Attribution;

    /// <summary>A plane of the attribution, ready to be drawn.</summary>
    public Heatmap Map(float[] plane, VolumeAxis axis)
    {
        var (height, width) = Attribution.SliceSize(axis);
        return new Heatmap(plane, height, width, Options, Scale);
    }

    /// <summary>A plane of the input in shades of gray.</summary>
    public Raster Gray(float[] plane, VolumeAxis axis)
    {
        var (height, width) = Input!.SliceSize(axis);
        return Raster.FromPlanes(plane, 1, height, width, _window.Black, _window.White);
    }

    /// <summary>A slice of the attribution, over that of the input where there is one.</summary>
    public Raster Slice(VolumeAxis axis, int index) => Input is null ? Map(Attribution.Slice(axis, index), axis).Draw()
        : Map(Attribution.Slice(axis, index, Input.CountAlong(axis), Options.Interpolation), axis)
            .DrawOver(Gray(Input.Slice(axis, index), axis));

    private static (float Black, float White) Window(Volume input)
    {
        var finite = input.Values.ToArray().Where(float.IsFinite).DefaultIfEmpty().ToList();

        // The span of two huge numbers would overflow; a volume without contrast is as good as black.
        var (black, white) = (MathF.Max(finite.Min(), float.MinValue / 2), MathF.Min(finite.Max(), float.MaxValue / 2));
        return white > black ? (black, white) : (white, MathF.BitIncrement(white));
    }
}
