using Microsoft.ML.Introspection.Imaging;

namespace Microsoft.ML.Introspection.Reports.Tests;

[TestClass]
public sealed class DrawingHeatmaps
{
    private static readonly HeatmapOptions Whole = new() { Percentile = 100 };

    [TestMethod]
    public void A_map_with_negative_values_is_scaled_symmetrically()
    {
        var map = new Heatmap([-1, 0, 4, 2], 2, 2, Whole);
        var image = map.Draw();

        Assert.AreEqual((-4.0, 4.0), (map.Minimum, map.Maximum));
        Assert.AreSame(ColorMap.Diverging, map.Colors);
        Assert.AreEqual(ColorMap.Diverging.At(0.375), image[0, 0]);
        Assert.AreEqual(ColorMap.Diverging.At(0.5), image[1, 0]);
        Assert.AreEqual(ColorMap.Diverging.At(1), image[0, 1]);
        Assert.AreEqual(ColorMap.Diverging.At(0.75), image[1, 1]);
    }

    [TestMethod]
    public void A_map_of_magnitudes_begins_at_zero()
    {
        var map = new Heatmap([1, 2, 3, 4], 2, 2, Whole);

        Assert.AreEqual((0.0, 4.0), (map.Minimum, map.Maximum));
        Assert.AreSame(ColorMap.Sequential, map.Colors);
        Assert.AreEqual(ColorMap.Sequential.At(0.25), map.Draw()[0, 0]);
        Assert.AreEqual(-4.0, new Heatmap([1, 2, 3, 4], 2, 2, Whole with { Symmetric = true }).Minimum);
    }

    [TestMethod]
    public void Percentiles_are_those_of_NumPy()
    {
        // numpy.percentile(numpy.arange(101) ** 2, 99) is 9801, of arange(11) at 75 is 7.5, of |-10..10| at 90 is 9.
        var squares = Enumerable.Range(0, 101).Select(i => (float)i * i).ToArray();
        Near.Equal(9801, new Heatmap(squares, 1, 101).Maximum, 1e-9);

        var line = Enumerable.Range(0, 11).Select(i => (float)i).ToArray();
        Near.Equal(7.5, new Heatmap(line, 1, 11, new() { Percentile = 75 }).Maximum, 1e-9);

        var signed = Enumerable.Range(-10, 21).Select(i => (float)i).ToArray();
        var map = new Heatmap(signed, 3, 7, new() { Percentile = 90 });
        Near.Equal(9, map.Maximum, 1e-9);
        Near.Equal(-9, map.Minimum, 1e-9);
    }

    [TestMethod]
    public void An_outlier_gets_the_end_color_without_washing_out_the_rest()
    {
        var values = Enumerable.Range(1, 400).Select(i => i / 400f).ToArray();
        values[7] = 1e6f;
        var map = new Heatmap(values, 20, 20);

        Finite.Below(1.01, map.Maximum);
        Assert.AreEqual(ColorMap.Sequential.At(1), map.Draw()[7, 0]);
    }

    [TestMethod]
    public void A_few_values_among_zeros_are_not_clipped_to_nothing()
    {
        var values = new float[1000];
        values[3] = 2;

        Assert.AreEqual(2, new Heatmap(values, 10, 100).Maximum);
    }

    [TestMethod]
    public void Not_a_number_has_its_own_color_and_infinity_that_of_the_end()
    {
        var map = new Heatmap([float.NaN, float.PositiveInfinity, float.NegativeInfinity, 1, -2, 0], 2, 3, Whole);
        var image = map.Draw();

        Assert.AreEqual((-2.0, 2.0), (map.Minimum, map.Maximum));
        Assert.AreEqual(Whole.MissingColor, image[0, 0]);
        Assert.AreEqual(ColorMap.Diverging.At(1), image[1, 0]);
        Assert.AreEqual(ColorMap.Diverging.At(0), image[2, 0]);
        Assert.AreEqual(ColorMap.Diverging.At(0.75), image[0, 1]);
    }

    [TestMethod]
    public void A_map_of_zeros_or_of_nothing_finite_has_no_scale()
    {
        var zeros = new Heatmap(new float[4], 2, 2);
        Assert.AreEqual((0.0, 0.0), (zeros.Minimum, zeros.Maximum));
        Assert.IsFalse(double.IsNegative(zeros.Minimum));
        Assert.AreEqual(ColorMap.Sequential.At(0), zeros.Draw()[1, 1]);
        Assert.AreEqual(ColorMap.Diverging.At(0.5), Heatmap.Render(new float[4], 2, 2, new() { Symmetric = true })[1, 1]);

        var nothing = new Heatmap([float.NaN, float.NegativeInfinity], 1, 2);
        Assert.AreEqual(0, nothing.Maximum);
        Assert.AreEqual(new HeatmapOptions().MissingColor, nothing.Draw()[0, 0]);
    }

    [TestMethod]
    public void An_explicit_range_overrides_all_else()
    {
        var map = new Heatmap([-5, 0, 5, 10], 2, 2, new() { Range = (0, 10), Symmetric = true, Colors = ColorMap.Gray });

        CollectionAssert.AreEqual(new byte[] { 0, 0, 128, 255 }, map.Draw().ToGray().Pixels.ToArray());
        Assert.AreSame(ColorMap.Diverging, new Heatmap([1], 1, 1, new() { Range = (-3, 3) }).Colors);
    }

    [TestMethod]
    public void The_greatest_numbers_do_not_overflow()
    {
        var map = new Heatmap([float.MaxValue, float.MinValue, 0], 1, 3, Whole);
        var image = map.Draw();

        Assert.AreEqual(ColorMap.Diverging.At(1), image[0, 0]);
        Assert.AreEqual(ColorMap.Diverging.At(0), image[1, 0]);
        Assert.AreEqual(ColorMap.Diverging.At(0.5), image[2, 0]);
    }

    [TestMethod]
    public void Numbers_are_interpolated_not_colors()
    {
        var image = Heatmap.Render([-1, 1], 1, 2, Whole with { Scale = 2, Interpolation = Interpolation.Bilinear });

        Assert.AreEqual((4, 2), (image.Width, image.Height));
        Assert.AreEqual(ColorMap.Diverging.At(0), image[0, 0]);
        Assert.AreEqual(ColorMap.Diverging.At(0.25), image[1, 0]);
        Assert.AreEqual(ColorMap.Diverging.At(0.75), image[2, 1]);
    }

    [TestMethod]
    public void Over_an_image_strong_values_show_and_zeros_do_not()
    {
        var image = new float[] { 1, 1, 0, 0 };
        var over = new Heatmap([0, 2, -2, float.NaN], 2, 2, Whole with { OverlayAlpha = 1 }).DrawOver(image, 1, 2, 2);
        var alone = new Heatmap([0, 0, 0, 0], 2, 2, Whole).DrawOver(image, 1, 2, 2);

        Assert.AreEqual(alone[0, 0], over[0, 0]);
        Assert.AreEqual(alone[1, 1], over[1, 1]);
        Finite.Above(over[1, 0].Blue + 80, over[1, 0].Red);
        Finite.Above(over[0, 1].Red + 80, over[0, 1].Blue);
        Assert.AreEqual(alone[1, 0], new Heatmap([0, 2, -2, 1], 2, 2, Whole with { OverlayAlpha = 0 }).DrawOver(image, 1, 2, 2)[1, 0]);
    }

    [TestMethod]
    public void A_coarse_map_is_stretched_over_a_color_image()
    {
        var over = new Heatmap([0, 1], 1, 2, Whole).DrawOver(new float[3 * 4 * 6], 3, 4, 6);

        Assert.AreEqual((6, 4), (over.Width, over.Height));
        Assert.AreEqual(over[0, 0], over[2, 3]);
        Assert.AreEqual(over[3, 0], over[5, 3]);
        Assert.AreNotEqual(over[2, 0], over[3, 0]);
    }

    [TestMethod]
    public void Sizes_that_do_not_fit_are_refused()
    {
        var error = Assert.ThrowsExactly<ArgumentException>(() => Heatmap.Render(new float[5], 2, 3));
        StringAssert.Contains(error.Message, "2 × 3 (height, width), each at least 1, has 6 values; 5 given");
        Assert.ThrowsExactly<ArgumentException>(() => Heatmap.Render([], 0, 3));
        Assert.ThrowsExactly<ArgumentException>(() => Heatmap.Render(new float[4], -2, -2));
        Assert.ThrowsExactly<ArgumentException>(() => Heatmap.Render(new float[1 << 16], 256, 256, new() { Scale = 256 }));
        Assert.ThrowsExactly<ArgumentException>(() => new Heatmap(new float[4], 2, 2).DrawOver(new float[5], 1, 2, 2));
        Assert.ThrowsExactly<ArgumentException>(() => Heatmap.SumChannels(new float[7], 2, 2, 2));
    }

    [TestMethod]
    public void Channels_are_summed() =>
        CollectionAssert.AreEqual(new float[] { 111, 222 }, Heatmap.SumChannels([1, 2, 10, 20, 100, 200], 3, 1, 2));

    [TestMethod]
    public void Options_check_themselves()
    {
        foreach (var wrong in (double[])[0, -1, 100.5, double.NaN])
            Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new HeatmapOptions { Percentile = wrong });
        foreach (var wrong in (double[])[-0.1, 1.1, double.NaN])
            Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new HeatmapOptions { OverlayAlpha = wrong });
        foreach (var wrong in ((double, double)[])[(1, 1), (2, 1), (double.NaN, 1), (0, double.PositiveInfinity)])
            Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new HeatmapOptions { Range = wrong });
        foreach (var wrong in (int[])[0, -1, 257])
            Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new HeatmapOptions { Scale = wrong });
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new HeatmapOptions { Interpolation = (Interpolation)7 });
    }
}
