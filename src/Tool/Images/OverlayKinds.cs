using Microsoft.ML.Introspection.Imaging;

namespace Microsoft.ML.Introspection.Tool.Images;

/// <summary>The ways to lay maps over images, by the names that the command line has for them.</summary>
internal static class OverlayKinds
{
    private static readonly Dictionary<string, OverlayKind> Kinds =
        Enum.GetValues<OverlayKind>().ToDictionary(kind => kind.ToString().ToLowerInvariant());

    /// <summary>Their names.</summary>
    public static IReadOnlyList<string> Names => [.. Kinds.Keys];

    /// <summary>Lays a map over an image.</summary>
    /// <param name="kind">The name.</param>
    /// <param name="image">The image.</param>
    /// <param name="map">A number for each of its pixels, not scaled.</param>
    /// <param name="colors">The colours; null to choose by the values.</param>
    public static Raster Draw(string kind, Raster image, double[] map, ColorMap? colors) =>
        // Grad-CAM's usual picture keeps its usual colours.
        new OverlayStyle(Kinds[kind]) { Colors = Kinds[kind] == OverlayKind.Cam ? null : colors }.Draw(image, map);
}
