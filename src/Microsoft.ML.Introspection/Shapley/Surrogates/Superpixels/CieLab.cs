namespace Microsoft.ML.Introspection.Shapley;

/// <summary>
/// The colours of CIELAB, in which distances are those that people see. CIE 1976, with sRGB of IEC 61966-2-1 and its white, D65.
/// </summary>
internal static class CieLab
{
    // The white of D65, as X and Z over Y.
    private const double WhiteX = 0.95047;
    private const double WhiteZ = 1.08883;

    /// <summary>Lightness from 0 to 100, then the green–red and the blue–yellow axis.</summary>
    /// <param name="rgb">sRGB from 0 to 1, channels first: [3, pixels].</param>
    public static double[] FromSrgb(ReadOnlySpan<double> rgb)
    {
        var count = rgb.Length / 3;
        var lab = new double[rgb.Length];
        for (var i = 0; i < count; i++)
        {
            var (r, g, b) = (Linear(rgb[i]), Linear(rgb[count + i]), Linear(rgb[2 * count + i]));
            var x = Root((0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / WhiteX);
            var y = Root(0.2126729 * r + 0.7151522 * g + 0.0721750 * b);
            var z = Root((0.0193339 * r + 0.1191920 * g + 0.9503041 * b) / WhiteZ);
            (lab[i], lab[count + i], lab[2 * count + i]) = (116 * y - 16, 500 * (x - y), 200 * (y - z));
        }
        return lab;
    }

    private static double Linear(double s) => s <= 0.04045 ? s / 12.92 : Math.Pow((s + 0.055) / 1.055, 2.4);

    private static double Root(double t) => t > 216.0 / 24389 ? Math.Cbrt(t) : (24389.0 / 27 * t + 16) / 116;
}
