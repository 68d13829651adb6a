using Microsoft.ML.Introspection.Imaging;

namespace Microsoft.ML.Introspection.Reports.Tests;

[TestClass]
public sealed class ChoosingColors
{
    [TestMethod]
    public void The_sequential_map_is_even_to_the_eye_and_always_gets_lighter()
    {
        var path = Enumerable.Range(0, 256).Select(i => OkLab(ColorMap.Sequential.At(i / 255.0))).ToArray();
        var smooth = path.Zip(path.Skip(8), Distance).ToArray();

        Finite.Below(1.2, smooth.Largest() / smooth.Min(), "Equal steps must look equal.");
        Assert.IsTrue(path.Zip(path.Skip(4), (darker, lighter) => lighter.Lightness > darker.Lightness).All(rises => rises));
        Finite.Below(0.2, path[0].Lightness);
        Finite.Above(0.95, path[^1].Lightness);
    }

    [TestMethod]
    public void The_halves_of_the_diverging_map_weigh_the_same()
    {
        for (var i = 0; i <= 50; i++)
        {
            var (against, favour) = (OkLab(ColorMap.Diverging.At(0.5 - i / 100.0)), OkLab(ColorMap.Diverging.At(0.5 + i / 100.0)));
            Near.Equal(against.Lightness, favour.Lightness, 0.015, $"at {i} %");
        }

        var middle = ColorMap.Diverging.At(0.5);
        Assert.AreEqual(new Rgb(250, 250, 250), middle);
        Assert.IsTrue(ColorMap.Diverging.At(0.1) is { } blue && blue.Blue > blue.Red + 80);
        Assert.IsTrue(ColorMap.Diverging.At(0.9) is { } red && red.Red > red.Blue + 80);
    }

    [TestMethod]
    public void Colors_between_the_given_ones_lie_on_a_line()
    {
        var map = new ColorMap("own", new Rgb(0, 0, 0), new Rgb(100, 0, 200), new Rgb(100, 100, 200));

        Assert.AreEqual(new Rgb(50, 0, 100), map.At(0.25));
        Assert.AreEqual(new Rgb(100, 0, 200), map.At(0.5));
        Assert.AreEqual(new Rgb(100, 50, 200), map.At(0.75));
        Assert.AreEqual(map.At(0), map.At(-3));
        Assert.AreEqual(map.At(1), map.At(double.PositiveInfinity));
        Assert.ThrowsExactly<ArgumentException>(() => map.At(double.NaN));
        Assert.ThrowsExactly<ArgumentException>(() => new ColorMap("one", new Rgb(0, 0, 0)));
    }

    [TestMethod]
    public void Colors_are_read_and_written_as_in_CSS()
    {
        Assert.AreEqual(new Rgb(0x1D, 0x66, 0xC5), Rgb.Parse("#1D66c5"));
        Assert.AreEqual("#1d66c5", Rgb.Parse("1D66C5").ToString());
        foreach (var wrong in (string[])["", "#fff", "#12345g", "red", "+12345"])
            Assert.ThrowsExactly<FormatException>(() => Rgb.Parse(wrong));
    }

    private static double Distance((double Lightness, double A, double B) x, (double Lightness, double A, double B) y) =>
        Math.Sqrt(Math.Pow(x.Lightness - y.Lightness, 2) + Math.Pow(x.A - y.A, 2) + Math.Pow(x.B - y.B, 2));

    /// <summary>Ottosson's OKLab, in which equal distances look about equal.</summary>
    private static (double Lightness, double A, double B) OkLab(Rgb color)
    {
        var (r, g, b) = (Linear(color.Red), Linear(color.Green), Linear(color.Blue));
        var l = Math.Cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
        var m = Math.Cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
        var s = Math.Cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
        return (
            0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s,
            1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s,
            0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s);
    }

    private static double Linear(byte level)
    {
        var value = level / 255.0;
        return value <= 0.04045 ? value / 12.92 : Math.Pow((value + 0.055) / 1.055, 2.4);
    }
}
