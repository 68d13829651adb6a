using Microsoft.ML.Introspection.Imaging;

namespace Microsoft.ML.Introspection.Reports.Tests;

[TestClass]
public sealed class HandlingRasters
{
    [TestMethod]
    public void Sizes_that_do_not_fit_are_refused_before_memory_is_taken()
    {
        var error = Assert.ThrowsExactly<ArgumentException>(() => new Raster(2, 2, PixelFormat.Rgb, new byte[11]));
        StringAssert.Contains(error.Message, "takes 12 bytes; 11 given");
        Assert.ThrowsExactly<ArgumentException>(() => new Raster(0, 2, PixelFormat.Gray, []));
        Assert.ThrowsExactly<ArgumentException>(() => new Raster(int.MaxValue, int.MaxValue, PixelFormat.Rgba, []));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new Raster(1, 1, (PixelFormat)2, new byte[2]));
        Assert.ThrowsExactly<ArgumentException>(() => Gray(1, 1, 0).Enlarge(int.MaxValue));
        Assert.ThrowsExactly<ArgumentException>(() => Gray(1, 1, 0).Resize(1 << 20, 1 << 20));
    }

    [TestMethod]
    public void Later_changes_of_the_given_bytes_do_not_show()
    {
        byte[] pixels = [1, 2];
        var image = new Raster(2, 1, PixelFormat.Gray, pixels);
        pixels[0] = 99;

        CollectionAssert.AreEqual(new byte[] { 1, 2 }, image.Pixels.ToArray());
    }

    [TestMethod]
    public void Planes_become_pixels()
    {
        float[] planes = [0, 1, 0.5f, 2, 1, 0, -1, 0, 0, 0, 1, float.NaN];

        var image = Raster.FromPlanes(planes, 3, 2, 2);

        Assert.AreEqual(new Rgb(0, 255, 0), image[0, 0]);
        Assert.AreEqual(new Rgb(255, 0, 0), image[1, 0]);
        Assert.AreEqual(new Rgb(128, 0, 255), image[0, 1]);
        Assert.AreEqual(new Rgb(255, 0, 0), image[1, 1]);
        CollectionAssert.AreEqual(new byte[] { 0, 64, 255 }, Raster.FromPlanes([0, 4, 16], 1, 1, 3, white: 16).Pixels.ToArray());
    }

    [TestMethod]
    public void Planes_of_another_size_or_number_are_refused()
    {
        var error = Assert.ThrowsExactly<ArgumentException>(() => Raster.FromPlanes(new float[11], 3, 2, 2));
        StringAssert.Contains(error.Message, "12 values; 11 given");
        Assert.ThrowsExactly<ArgumentException>(() => Raster.FromPlanes(new float[8], 2, 2, 2));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Raster.FromPlanes(new float[4], 1, 2, 2, black: 1, white: 1));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Raster.FromPlanes(new float[4], 1, 2, 2, black: float.NaN));
    }

    [TestMethod]
    public void Enlarging_gives_squares_of_exactly_that_size()
    {
        var image = new Raster(2, 2, PixelFormat.Gray, [1, 2, 3, 4]).Enlarge(3);

        byte[] upper = [1, 1, 1, 2, 2, 2];
        byte[] lower = [3, 3, 3, 4, 4, 4];
        CollectionAssert.AreEqual((byte[])[.. upper, .. upper, .. upper, .. lower, .. lower, .. lower], image.Pixels.ToArray());
    }

    [TestMethod]
    public void Stacked_images_stand_one_below_the_other()
    {
        var stack = Raster.Stacked(1, new Rgb(9, 9, 9), Gray(2, 1, 5), Raster.Create(1, 1, (_, _) => new Rgb(1, 2, 3)));
        Assert.AreEqual((2, 3), (stack.Width, stack.Height));
        Assert.AreEqual(new Rgb(5, 5, 5), stack[1, 0]);
        Assert.AreEqual(new Rgb(9, 9, 9), stack[0, 1]);
        Assert.AreEqual(new Rgb(1, 2, 3), stack[0, 2]);
        Assert.AreEqual(new Rgb(9, 9, 9), stack[1, 2]);
    }

    [TestMethod]
    public void Bilinear_interpolation_keeps_straight_lines_straight()
    {
        var image = new Raster(2, 1, PixelFormat.Gray, [0, 200]).Resize(8, 1);

        // Centres of the eight lie at −0.375, −0.125, 0.125 … of the way; outside the two centres nothing changes.
        CollectionAssert.AreEqual(new byte[] { 0, 0, 25, 75, 125, 175, 200, 200 }, image.Pixels.ToArray());
    }

    [TestMethod]
    public void Images_stand_side_by_side_on_their_ground()
    {
        var image = Raster.SideBySide(1, new Rgb(9, 9, 9), Gray(1, 3, 50), Gray(2, 1, 70));

        Assert.AreEqual((4, 3), (image.Width, image.Height));
        CollectionAssert.AreEqual(new byte[] { 50, 9, 9, 9, 50, 9, 70, 70, 50, 9, 9, 9 }, image.ToGray().Pixels.ToArray());
    }

    [TestMethod]
    public void Blending_mixes_by_both_opacities()
    {
        var lower = Gray(1, 1, 100);
        var upper = new Raster(1, 1, PixelFormat.Rgba, [200, 0, 100, 128]);

        Assert.AreEqual(new Rgb(100, 100, 100), lower.Blend(upper, 0)[0, 0]);
        Assert.AreEqual(new Rgb(150, 50, 100), lower.Blend(upper, 1)[0, 0]);
        Assert.AreEqual(new Rgb(125, 75, 100), lower.Blend(upper, 0.5)[0, 0]);
        Assert.ThrowsExactly<ArgumentException>(() => lower.Blend(Gray(1, 2, 0), 1));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => lower.Blend(upper, double.NaN));
    }

    private static Raster Gray(int width, int height, byte level)
    {
        var pixels = new byte[width * height];
        pixels.AsSpan().Fill(level);
        return new Raster(width, height, PixelFormat.Gray, pixels);
    }
}
