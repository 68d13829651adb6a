using Microsoft.ML.Introspection.Imaging;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>A map of numbers, such as an attribution for every pixel of an image, ready to be drawn.</summary>
/// <remarks>
/// Infinite values get the colours of the scale's ends and NaN gets <see cref="HeatmapOptions.MissingColor"/>; neither
/// has a say in where the scale ends. A map without any value but zero is drawn in the colour of zero.
/// </remarks>
public sealed class Heatmap
{
    // An image under a map is faded a little towards a middle gray: its black and white would swallow the colours.
    private static readonly Rgb Backdrop = new(0x90, 0x90, 0x90);
    private const double BackdropShare = 0.3;

    private readonly float[] _values;
    private readonly HeatmapOptions _options;
    private readonly HeatmapScale _scale;

    /// <summary>Fixes the scale.</summary>
    /// <param name="values">height × width numbers, rows from the top.</param>
    /// <param name="height">Number of rows.</param>
    /// <param name="width">Values in a row.</param>
    /// <param name="options">How numbers become colours.</param>
    /// <exception cref="ArgumentException">The number of values is not height × width.</exception>
    public Heatmap(ReadOnlySpan<float> values, int height, int width, HeatmapOptions? options = null)
        : this(values, height, width, options, scale: null)
    {
    }

    /// <summary>One of several maps on a common scale.</summary>
    internal Heatmap(ReadOnlySpan<float> values, int height, int width, HeatmapOptions? options, HeatmapScale? scale)
    {
        if (height < 1 || width < 1 || (long)height * width != values.Length)
        {
            throw new ArgumentException(
                $"A map of {height} × {width} (height, width), each at least 1, has {(long)height * width} values; " +
                $"{values.Length} given.",
                nameof(values));
        }

        (_values, Height, Width, _options) = (values.ToArray(), height, width, options ?? new());
        _scale = scale ?? HeatmapScale.Of(_values, _options);
        Colors = _options.Colors ?? (_scale.IsSymmetric ? ColorMap.Diverging : ColorMap.Sequential);
    }

    /// <summary>Number of rows.</summary>
    public int Height { get; }

    /// <summary>Values in a row.</summary>
    public int Width { get; }

    /// <summary>The number at the lower end of the scale.</summary>
    public double Minimum => _scale.Minimum;

    /// <summary>The number at the upper end of the scale; that of the lower if all values are zero or none is finite.</summary>
    public double Maximum => _scale.Maximum;

    /// <summary>The colours in use.</summary>
    public ColorMap Colors { get; }

    /// <summary>Draws a map in one go.</summary>
    /// <inheritdoc cref="Heatmap(ReadOnlySpan{float}, int, int, HeatmapOptions?)"/>
    public static Raster Render(ReadOnlySpan<float> values, int height, int width, HeatmapOptions? options = null) =>
        new Heatmap(values, height, width, options).Draw();

    /// <summary>One map from an attribution with channels: the sum over them, which keeps the total.</summary>
    /// <param name="values">channels × height × width numbers.</param>
    /// <param name="channels">Number of channels.</param>
    /// <param name="height">Number of rows.</param>
    /// <param name="width">Values in a row.</param>
    /// <returns>height × width numbers.</returns>
    public static float[] SumChannels(ReadOnlySpan<float> values, int channels, int height, int width)
    {
        if (channels < 1 || height < 1 || width < 1 || (Int128)channels * height * width != values.Length)
        {
            throw new ArgumentException(
                $"A map of {channels} × {height} × {width} (channels, height, width), each at least 1, " +
                $"has {(Int128)channels * height * width} values; {values.Length} given.",
                nameof(values));
        }

        var sum = new float[height * width];
        for (var i = 0; i < values.Length; i++)
            sum[i % sum.Length] += values[i];
        return sum;
    }

    /// <summary>The map as a picture, <see cref="HeatmapOptions.Scale"/> times its size.</summary>
    public Raster Draw()
    {
        var (width, height) = Scaled(Width, Height);
        var values = Resample(width, height);
        return Raster.Create(width, height, (x, y) => ColorOf(values[y * width + x]));
    }

    /// <summary>The map over an image, which is shown without its colours so that they do not mix with the map's.</summary>
    /// <param name="image">The image; the map is stretched to its size if it is coarser.</param>
    /// <returns>A picture <see cref="HeatmapOptions.Scale"/> times the image's size.</returns>
    public Raster DrawOver(Raster image)
    {
        ArgumentNullException.ThrowIfNull(image);
        var (width, height) = Scaled(image.Width, image.Height);
        var values = Resample(width, height);
        var ground = image.ToGray().Resize(width, height, _options.Interpolation);
        return Raster.Create(width, height, (x, y) =>
        {
            var value = values[y * width + x];
            var faded = Rgb.Mix(ground[x, y], Backdrop, BackdropShare);
            return float.IsNaN(value) ? faded : Rgb.Mix(faded, OverlayColorOf(value), _options.OverlayAlpha * Strength(value));
        });
    }

    /// <summary>The map over an image as networks take it.</summary>
    /// <param name="image">channels × height × width numbers between 0 (black) and 1 (white).</param>
    /// <param name="channels">1 or 3.</param>
    /// <param name="height">Number of rows of the image.</param>
    /// <param name="width">Pixels in a row of the image.</param>
    public Raster DrawOver(ReadOnlySpan<float> image, int channels, int height, int width) =>
        DrawOver(Raster.FromPlanes(image, channels, height, width));

    /// <summary>Where on the scale a number lies: 0 at its lower end, 1 at its upper. NaN stays NaN.</summary>
    private double PositionOf(float value)
    {
        if (Maximum > Minimum && float.IsFinite(value))
            return Math.Clamp((value - Minimum) / (Maximum - Minimum), 0, 1);
        if (float.IsInfinity(value))
            return value > 0 ? 1 : 0;
        return float.IsNaN(value) ? double.NaN : _scale.IsSymmetric ? 0.5 : 0;
    }

    private Rgb ColorOf(float value) => float.IsNaN(value) ? _options.MissingColor : Colors.At(PositionOf(value));

    /// <summary>
    /// Over an image the opacity tells how strong a value is, so the pale colours around the middle of a symmetric scale,
    /// which would only whiten the image, are left out.
    /// </summary>
    private Rgb OverlayColorOf(float value) =>
        _scale.IsSymmetric ? Colors.At(0.5 + Math.Sign(PositionOf(value) - 0.5) * (0.25 + 0.15 * Strength(value))) : ColorOf(value);

    private double Strength(float value) => _scale.IsSymmetric ? Math.Abs(2 * PositionOf(value) - 1) : PositionOf(value);

    private (int Width, int Height) Scaled(int width, int height)
    {
        if ((long)width * height * _options.Scale * _options.Scale > Raster.MaximumPixels)
        {
            throw new ArgumentException(
                $"A picture of {width} × {height} at scale {_options.Scale} would have more than {Raster.MaximumPixels} pixels; " +
                "choose a smaller scale.");
        }

        return (width * _options.Scale, height * _options.Scale);
    }

    /// <summary>The values at another size: numbers are interpolated, not colours.</summary>
    private float[] Resample(int width, int height)
    {
        if (width == Width && height == Height)
            return _values;

        var numbers = Array.ConvertAll(_values, v => (double)v);
        return Array.ConvertAll(Resizing.For(_options.Interpolation).Apply(numbers, Height, Width, height, width), v => (float)v);
    }
}
