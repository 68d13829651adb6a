using Microsoft.ML.Introspection.Imaging;

namespace Microsoft.ML.Introspection.Tool.Images;

/// <summary>The ways to lay maps over images, by the names that the command line has for them.</summary>
internal static class OverlayKinds
{
    private static readonly double[] Levels = [0.25, 0.5, 0.75];

    private static readonly Dictionary<string, Func<Raster, double[], ColorMap, bool, Raster>> Kinds = new()
    {
        ["blend"] = (image, map, colors, signed) => Overlay.Blend(image, map, colors, signed),
        ["value"] = (image, map, colors, signed) => Overlay.BlendByValue(image, map, colors, signed),
        ["heat"] = (image, map, colors, signed) => Overlay.Heat(map, image.Height, image.Width, colors, signed),
        ["contour"] = (image, map, colors, signed) => Overlay.Contour(image, map, colors, signed, Levels),
        ["mask"] = (image, map, _, _) => Overlay.Mask(image, map),
        ["blur"] = (image, map, _, _) => Overlay.BlurByImportance(image, map,
            Math.Clamp(Math.Min(image.Width, image.Height) / 32.0, 1, 16)),
        ["alpha"] = (image, map, _, _) => Overlay.AlphaScaling(image, map),
        ["cam"] = (image, map, _, _) => Overlay.GradCam(image, map),
    };

    /// <summary>Their names.</summary>
    public static IReadOnlyList<string> Names => [.. Kinds.Keys];

    /// <summary>Lays a map over an image.</summary>
    /// <param name="kind">The name.</param>
    /// <param name="image">The image.</param>
    /// <param name="map">A number for each of its pixels, not scaled.</param>
    /// <param name="colors">The colours; null to choose by the values.</param>
    public static Raster Draw(string kind, Raster image, double[] map, ColorMap? colors)
    {
        var signed = Array.Exists(map, v => v < 0);
        return Kinds[kind](image, MapScaling.Captum(map, signed ? AttributionSign.All : AttributionSign.Positive),
            colors ?? (signed ? ColorMap.Diverging : ColorMap.Sequential), signed);
    }
}
