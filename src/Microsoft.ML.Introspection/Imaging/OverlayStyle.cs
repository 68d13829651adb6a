namespace Microsoft.ML.Introspection.Imaging;

/// <summary>A way to lay a map over an image.</summary>
public enum OverlayKind
{
    /// <summary>Image and colours mixed everywhere alike.</summary>
    Blend,

    /// <summary>Colours as opaque as the map is strong.</summary>
    Value,

    /// <summary>The colours alone.</summary>
    Heat,

    /// <summary>Lines around what lies above levels of the map.</summary>
    Contour,

    /// <summary>The image, black where nothing speaks in favour.</summary>
    Mask,

    /// <summary>The image, sharp where it matters.</summary>
    Blur,

    /// <summary>The image with the map as its opacity.</summary>
    Alpha,

    /// <summary>Grad-CAM's usual picture.</summary>
    Cam,
}

/// <summary>How a map is laid over an image: the ways of <see cref="Overlay"/> with what they can be told, as options.</summary>
/// <param name="Kind">The way.</param>
/// <example><code>
/// var picture = new OverlayStyle(OverlayKind.Contour) { Colors = ColorMap.Named("viridis") }.Draw(image, map);
/// </code></example>
public sealed record OverlayStyle(OverlayKind Kind = OverlayKind.Blend)
{
    /// <summary>The way.</summary>
    public OverlayKind Kind { get; init; } = Defined(Kind);

    /// <summary>
    /// The colours; null to choose by the values: <see cref="ColorMap.Diverging"/> for maps of both signs, else
    /// <see cref="ColorMap.Sequential"/> (of <see cref="OverlayKind.Cam"/> OpenCV's jet).
    /// </summary>
    public ColorMap? Colors { get; init; }

    /// <summary>Which values are shown; null for both signs where a map has both, else those in favour.</summary>
    public AttributionSign? Sign { get; init => field = value is null ? null : Defined(value.Value); }

    /// <summary>How much of the sum of magnitudes lies in outliers, which are clipped: a percentage from 0 to below 100.</summary>
    public double OutlierPercentage
    {
        get;
        init => field = value is >= 0 and < 100 ? value : throw new ArgumentOutOfRangeException(nameof(OutlierPercentage), value,
            "A percentage from 0 to below 100 was expected.");
    } = 2;

    /// <summary>The share of the colours, from 0 to 1, where they are mixed everywhere alike.</summary>
    public double Opacity
    {
        get;
        init => field = value is >= 0 and <= 1 ? value
            : throw new ArgumentOutOfRangeException(nameof(Opacity), value, "A share from 0 to 1 was expected.");
    } = 0.5;

    /// <summary>Whether the image loses its own colours where others are mixed with them.</summary>
    public bool Grey { get; init; }

    /// <summary>Where lines are drawn, between 0 and 1.</summary>
    public IReadOnlyList<double> Levels
    {
        get;
        init => field = value is { Count: > 0 } && value.All(l => l is > 0 and < 1) ? [.. value]
            : throw new ArgumentException("Levels between 0 and 1 were expected, at least one.", nameof(Levels));
    } = [0.25, 0.5, 0.75];

    /// <summary>The deviation of the Gaussian that blurs, in pixels; null for a thirty-second of the short side, from 1 to 16.</summary>
    public double? BlurDeviation
    {
        get;
        init => field = value is null or > 0 and <= 256 ? value : throw new ArgumentOutOfRangeException(nameof(BlurDeviation), value,
            "A deviation above 0 and up to 256 pixels was expected.");
    }

    /// <summary>Lays a map over an image.</summary>
    /// <param name="image">The image.</param>
    /// <param name="map">A number for each of its pixels, of any range; NaN where nothing was seen.</param>
    /// <returns>An image of the same size, of some kinds with opacity.</returns>
    /// <exception cref="ArgumentException">The map is not of the image's size.</exception>
    public Raster Draw(Raster image, ReadOnlySpan<double> map)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (Kind == OverlayKind.Cam)
            return Overlay.GradCam(image, map, 1 - Opacity, Colors);
        var sign = Sign ?? (HasNegative(map) ? AttributionSign.All : AttributionSign.Positive);
        var signed = sign == AttributionSign.All;
        var scaled = MapScaling.Captum(map, sign, OutlierPercentage);
        var colors = Colors ?? (signed ? ColorMap.Diverging : ColorMap.Sequential);
        return Kind switch
        {
            OverlayKind.Blend => Overlay.Blend(image, scaled, colors, signed, Opacity, Grey),
            OverlayKind.Value => Overlay.BlendByValue(image, scaled, colors, signed, Grey),
            OverlayKind.Heat => Overlay.Heat(scaled, image.Height, image.Width, colors, signed),
            OverlayKind.Contour => Overlay.Contour(image, scaled, colors, signed, Levels),
            OverlayKind.Mask => Overlay.Mask(image, scaled),
            OverlayKind.Alpha => Overlay.AlphaScaling(image, scaled),
            _ => Overlay.BlurByImportance(image, scaled,
                BlurDeviation ?? Math.Clamp(Math.Min(image.Width, image.Height) / 32.0, 1, 16)),
        };
    }

    private static bool HasNegative(ReadOnlySpan<double> map)
    {
        foreach (var value in map)
            if (value < 0)
                return true;
        return false;
    }

    private static T Defined<T>(T value) where T : struct, Enum => Enum.IsDefined(value) ? value
        : throw new ArgumentOutOfRangeException(typeof(T).Name, value, $"There is no such {typeof(T).Name}.");
}
