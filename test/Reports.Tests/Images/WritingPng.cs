using Microsoft.ML.Introspection.Imaging;
using Microsoft.ML.Introspection.Tests.Data;

namespace Microsoft.ML.Introspection.Reports.Tests;

[TestClass]
public sealed class WritingPng
{
    [TestMethod]
    [DataRow(PixelFormat.Gray, 1, 1)]
    [DataRow(PixelFormat.Gray, 7, 5)]
    [DataRow(PixelFormat.Rgb, 1, 9)]
    [DataRow(PixelFormat.Rgb, 64, 33)]
    [DataRow(PixelFormat.Rgba, 10, 1)]
    [DataRow(PixelFormat.Rgba, 31, 32)]
    public void Pixels_come_back_from_an_independent_decoder(PixelFormat format, int width, int height)
    {
        var pixels = new byte[width * height * (int)format];
        new Random(width * 1000 + height).NextBytes(pixels);

        var decoded = PngDecoder.Decode(PngWriter.Encode(new Raster(width, height, format, pixels)));

        Assert.AreEqual((width, height, (int)format), (decoded.Width, decoded.Height, decoded.Channels));
        CollectionAssert.AreEqual(pixels, decoded.Pixels);
        CollectionAssert.IsSubsetOf(decoded.Chunks.ToArray(), new[] { "IHDR", "sBIT", "IDAT", "IEND" });
    }

    [TestMethod]
    public void Filters_are_used_where_they_help_and_come_back()
    {
        // Rows that repeat, that rise from the left, that rise to the lower right, that average, and noise.
        var random = new Random(5);
        var image = Raster.Create(96, 120, (x, y) => (y / 24) switch
        {
            0 => new Rgb((byte)(x * 37), (byte)(x * 91), (byte)(x * 53)),
            1 => new Rgb((byte)(x + y * 71), (byte)(x * 2 + y * 57), (byte)(x * 3 + y * 31)),
            2 => new Rgb((byte)(x * x / 40 + y * 3), (byte)(x * y / 50), (byte)(x * 2 + y * y / 60)),
            3 => new Rgb((byte)(128 + 60 * Math.Sin(x / 9.0) * Math.Cos(y / 7.0)), (byte)(x + y), (byte)(2 * x - y)),
            _ => new Rgb((byte)random.Next(256), (byte)random.Next(256), (byte)random.Next(256)),
        });

        var file = PngWriter.Encode(image);
        var decoded = PngDecoder.Decode(file);

        CollectionAssert.AreEqual(image.Pixels.ToArray(), decoded.Pixels);
        Finite.AtLeast(3, decoded.Filters.Distinct().Count());
    }

    [TestMethod]
    public void Enlarged_heatmaps_stay_small()
    {
        var image = Heatmap.Render([.. Enumerable.Range(0, 64).Select(i => MathF.Sin(i))], 8, 8, new() { Scale = 32 });

        Finite.Below(4000, PngWriter.Encode(image).Length);
        Assert.AreEqual(256, image.Width);
    }

    [TestMethod]
    public void Long_data_is_cut_into_several_chunks()
    {
        var pixels = new byte[900 * 800 * 3];
        new Random(1).NextBytes(pixels);

        var decoded = PngDecoder.Decode(PngWriter.Encode(new Raster(900, 800, PixelFormat.Rgb, pixels)));

        Finite.Above(1, decoded.Chunks.Count(chunk => chunk == "IDAT"));
        CollectionAssert.AreEqual(pixels, decoded.Pixels);
    }

    [TestMethod]
    public void A_file_holds_what_a_stream_gets()
    {
        using var folder = new TemporaryFolder();
        var image = Raster.Create(3, 2, (x, y) => new Rgb((byte)x, (byte)y, 7));

        PngWriter.Save(image, folder["image.png"]);

        CollectionAssert.AreEqual(PngWriter.Encode(image), File.ReadAllBytes(folder["image.png"]));
        CollectionAssert.AreEqual(new[] { "image.png" }, folder.FileNames.ToArray());
    }
}
