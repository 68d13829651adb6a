using Microsoft.ML.Introspection.Imaging;

namespace Microsoft.ML.Introspection.Reports.Tests;

[TestClass]
public sealed class SlicingVolumes
{
    private const string Hostile = "\"><script>alert('x')</script>";

    /// <summary>2 × 3 × 4, the voxel at (z, y, x) being 100 z + 10 y + x.</summary>
    private static readonly Volume Counting = Build(2, 3, 4, (z, y, x) => 100 * z + 10 * y + x);

    [TestMethod]
    public void Slices_lie_across_the_chosen_axis()
    {
        CollectionAssert.AreEqual(new float[] { 100, 101, 102, 103, 110, 111, 112, 113, 120, 121, 122, 123 },
            Counting.Slice(VolumeAxis.Depth, 1));
        CollectionAssert.AreEqual(new float[] { 20, 21, 22, 23, 120, 121, 122, 123 }, Counting.Slice(VolumeAxis.Height, 2));
        CollectionAssert.AreEqual(new float[] { 3, 13, 23, 103, 113, 123 }, Counting.Slice(VolumeAxis.Width, 3));
        Assert.AreEqual((2, 3), Counting.SliceSize(VolumeAxis.Width));
    }

    [TestMethod]
    public void The_projection_keeps_the_largest_magnitude_and_its_sign()
    {
        var volume = new Volume([1, -5, float.NaN, float.NaN, -3, 5, 2, float.NaN], 2, 2, 2);

        CollectionAssert.AreEqual(new float[] { -3, -5, 2, float.NaN }, volume.Project(VolumeAxis.Depth));
        CollectionAssert.AreEqual(new float[] { -5, float.NaN, 5, 2 }, volume.Project(VolumeAxis.Width));
    }

    [TestMethod]
    public void Channels_are_summed() => CollectionAssert.AreEqual(
        new float[] { 11, 22, 33, 44 },
        Volume.SumChannels([1, 2, 3, 4, 10, 20, 30, 40], 2, 2, 1, 2).Values.ToArray());

    [TestMethod]
    public void One_symmetric_scale_serves_all_slices()
    {
        var volume = new Volume([1, -2, 0, 4], 2, 1, 2);
        var section = new VolumeSlices(volume, options: new() { ShowProjection = false, Heatmap = new() { Percentile = 100 } });

        var page = ReportPage.Of(section);

        var slices = page.OfClass("slices").Single().Descendants("img").ToArray();
        CollectionAssert.AreEqual(Bytes(ColorMap.Diverging, 0.625, 0.25), slices[0].Pixels());
        CollectionAssert.AreEqual(Bytes(ColorMap.Diverging, 0.5, 1), slices[1].Pixels());
        Assert.AreEqual("Colour scale from −4 to 4", page.OfClass("legend").Single().Attribute("aria-label")!.Value);
        CollectionAssert.AreEqual(
            new[] { "depth 0", "depth 1" },
            page.OfClass("slices").Single().Descendants("figcaption").Select(caption => caption.Value).ToArray());
    }

    [TestMethod]
    public void The_projection_has_the_scale_of_the_slices()
    {
        var page =
            ReportPage.Of(new VolumeSlices(new Volume([1, -2, 0, 4], 2, 1, 2), options: new() { Heatmap = new() { Percentile = 100 } }));

        CollectionAssert.AreEqual(Bytes(ColorMap.Diverging, 0.625, 1), page.OfClass("slices")[0].Descendants("img").Single().Pixels());
    }

    [TestMethod]
    public void Slices_left_out_are_spread_evenly()
    {
        var volume = new Volume(new float[32], 32, 1, 1);

        var page = ReportPage.Of(new VolumeSlices(volume, options: new() { MaximumSlices = 4, ShowProjection = false }));

        CollectionAssert.AreEqual(
            new[] { "depth 4", "depth 12", "depth 20", "depth 28" },
            page.OfClass("slices").Single().Descendants("figcaption").Select(caption => caption.Value).ToArray());
        StringAssert.Contains(page.OfClass("common").Single().Value, "no value but 0");
    }

    [TestMethod]
    public void A_coarse_attribution_is_stretched_over_a_fine_input()
    {
        var attribution = new Volume([0, 2, -2, 0], 2, 1, 2);
        var input = Build(4, 2, 4, (z, y, x) => z);
        var heatmap = new HeatmapOptions { Percentile = 100 };

        var slices = ReportPage.Of(new VolumeSlices(attribution, input, new() { ShowProjection = false, Heatmap = heatmap }))
            .OfClass("slices").Single().Descendants("img").ToArray();

        Assert.HasCount(4, slices);
        for (var z = 0; z < 4; z++)
        {
            // The gray of a slice is its depth within the whole volume: 0, 1/3, 2/3, 1.
            var gray = Raster.FromPlanes(Enumerable.Repeat((float)z, 8).ToArray(), 1, 2, 4, 0, 3);
            var due = new Heatmap(attribution.Slice(VolumeAxis.Depth, z / 2), 1, 2, heatmap with { Range = (-2, 2) }).DrawOver(gray);
            CollectionAssert.AreEqual(due.Pixels.ToArray(), slices[z].Pixels(), $"slice {z}");
        }
    }

    [TestMethod]
    public void Between_coarse_slices_numbers_are_interpolated_when_asked()
    {
        var attribution = new Volume([-1, 1], 2, 1, 1);
        var input = new Volume(new float[4], 4, 1, 1);
        var heatmap = new HeatmapOptions { Percentile = 100, Interpolation = Interpolation.Bilinear };

        var slices = ReportPage.Of(new VolumeSlices(attribution, input, new() { ShowProjection = false, Heatmap = heatmap }))
            .OfClass("slices").Single().Descendants("img").ToArray();

        float[] expected = [-1, -0.5f, 0.5f, 1];
        for (var z = 0; z < 4; z++)
        {
            var due = new Heatmap([expected[z]], 1, 1, new() { Range = (-1, 1) }).DrawOver(new Raster(1, 1, PixelFormat.Gray, [0]));
            CollectionAssert.AreEqual(due.Pixels.ToArray(), slices[z].Pixels(), $"slice {z}");
        }
    }

    [TestMethod]
    public void Odd_inputs_are_drawn()
    {
        float[][] inputs = [[0, 0], [float.NaN, float.NaN], [float.MinValue, float.MaxValue], [1e38f, 1e38f], [float.PositiveInfinity, 1],
            [float.MaxValue, float.MaxValue]];
        foreach (var values in inputs)
        {
            var page = ReportPage.Of(new VolumeSlices(new Volume([1, -1], 1, 1, 2), new Volume(values, 1, 1, 2)));
            Assert.HasCount(4, page.Descendants("img"), string.Join(", ", values));
        }
    }

    [TestMethod]
    public void No_caption_can_become_markup()
    {
        var page = ReportPage.Of(new VolumeSlices(Counting) { Caption = Hostile });

        Assert.AreEqual(Hostile, page.Descendants("figcaption").Last().Value);
        Assert.IsEmpty(page.Descendants("script"));
    }

    [TestMethod]
    public void Sizes_that_do_not_fit_and_wrong_options_are_refused()
    {
        var error = Assert.ThrowsExactly<ArgumentException>(() => new Volume(new float[5], 1, 2, 3));
        StringAssert.Contains(error.Message, "has 6 values; 5 given");
        Assert.ThrowsExactly<ArgumentException>(() => new Volume([], 0, 1, 1));
        Assert.ThrowsExactly<ArgumentException>(() => new Volume(new float[4], -2, -2, 1));
        Assert.ThrowsExactly<ArgumentException>(() => Volume.SumChannels(new float[4], 1 << 16, 1 << 16, 1 << 16, 1 << 16));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Counting.Slice(VolumeAxis.Depth, 2));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Counting.Slice(VolumeAxis.Depth, -1));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new VolumeSlicesOptions { Axis = (VolumeAxis)3 });
        foreach (var wrong in (int[])[0, 257])
            Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new VolumeSlicesOptions { MaximumSlices = wrong });
        foreach (var wrong in (int[])[15, 1001])
            Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new VolumeSlicesOptions { SliceWidth = wrong });
    }

    private static Volume Build(int depth, int height, int width, Func<int, int, int, float> value) => new(
        [.. from z in Enumerable.Range(0,
            depth) from y in Enumerable.Range(0, height) from x in Enumerable.Range(0, width) select value(z, y, x)],
        depth,
        height,
        width);

    private static byte[] Bytes(ColorMap colors, params double[] positions) =>
        [.. positions.Select(colors.At).SelectMany(color => new[] { color.Red, color.Green, color.Blue })];
}
