using Microsoft.ML.Introspection.Imaging;

namespace Microsoft.ML.Introspection.Reports.Tests;

/// <summary>How well one colour can be told from another: 1 to 21, as WCAG 2 defines it.</summary>
internal static class Contrast
{
    public static double Of(Rgb one, Rgb other)
    {
        var (a, b) = (Luminance(one), Luminance(other));
        return (Math.Max(a, b) + 0.05) / (Math.Min(a, b) + 0.05);

        static double Luminance(Rgb color) => 0.2126 * Linear(color.Red) + 0.7152 * Linear(color.Green) + 0.0722 * Linear(color.Blue);

        static double Linear(byte channel) =>
            channel / 255.0 is var share && share <= 0.04045 ? share / 12.92 : Math.Pow((share + 0.055) / 1.055, 2.4);
    }
}
