using Microsoft.ML.Introspection.Imaging;

namespace Microsoft.ML.Introspection.Tests.Imaging;

/// <summary>Compares pictures byte by byte.</summary>
internal static class PictureAssert
{
    public static void Near(Raster expected, Raster actual, int tolerance, string what)
    {
        Assert.AreEqual((expected.Width, expected.Height, expected.Format), (actual.Width, actual.Height, actual.Format), what);
        var worst = 0;
        for (var i = 0; i < expected.Pixels.Length; i++)
            worst = Math.Max(worst, Math.Abs(expected.Pixels[i] - actual.Pixels[i]));
        Assert.IsTrue(worst <= tolerance, $"{what}: bytes differ by up to {worst}; {tolerance} is allowed.");
    }
}
