using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;
using Microsoft.ML.Introspection.Imaging;

namespace Microsoft.ML.Introspection.Reports.Tests;

[TestClass]
public sealed class DrawingTiles
{
    [TestMethod]
    public void MapsLieInLinesWithGapsBetween()
    {
        var sheet = TileSheet.Of([0, 1, 2, 3, 4, 5], 3, 1, 2, new() { Columns = 2, Gap = 1, Ground = new(1, 2, 3), Heatmap = Gray });
        Assert.AreEqual((5, 3), (sheet.Width, sheet.Height));
        // Each on its own scale, from zero to its largest.
        Assert.AreEqual(new Rgb(0, 0, 0), sheet[0, 0]);
        Assert.AreEqual(new Rgb(255, 255, 255), sheet[1, 0]);
        Assert.AreEqual(new Rgb(1, 2, 3), sheet[2, 0]);
        Assert.AreEqual(new Rgb(0xAA, 0xAA, 0xAA), sheet[3, 0]);
        Assert.AreEqual(new Rgb(1, 2, 3), sheet[0, 1]);
        Assert.AreEqual(new Rgb(255, 255, 255), sheet[1, 2]);
        Assert.AreEqual(new Rgb(1, 2, 3), sheet[4, 2]);
    }

    [TestMethod]
    public void OneScaleMakesThemComparable()
    {
        var sheet = TileSheet.Of([0, 1, 2, 4], 2, 1, 2, new() { Gap = 0, CommonScale = true, Columns = 2, Heatmap = Gray });
        Assert.AreEqual(new Rgb(0, 0, 0), sheet[0, 0]);
        Assert.AreEqual(new Rgb(128, 128, 128), sheet[2, 0]);
        Assert.AreEqual(new Rgb(255, 255, 255), sheet[3, 0]);
        Assert.ThrowsExactly<ArgumentException>(() => TileSheet.Of([1, 2, 3], 2, 1, 2));
        Assert.ThrowsExactly<ArgumentException>(() => TileSheet.Of([]));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new TileSheetOptions { Columns = 0 });
    }

    [TestMethod]
    public void ColorsAreThoseOfThreePlanes()
    {
        var sheet = TileSheet.OfColors([0, 1, 0, 0, 0, 0.5f], 1, 1, 2, new() { Gap = 0 });
        Assert.AreEqual(new Rgb(0, 0, 0), sheet[0, 0]);
        Assert.AreEqual(new Rgb(255, 0, 128), sheet[1, 0]);
        Assert.AreEqual(new Rgb(0, 0, 0), TileSheet.OfColors([2, 2, 2], 1, 1, 1)[0, 0]);
    }

    [TestMethod]
    public void FilmsHaveTheirFramesInOrder()
    {
        Raster[] frames = [.. Enumerable.Range(0, 3).Select(i => Raster.Create(4, 2, (x, y) => new Rgb((byte)(80 * i), (byte)x, (byte)y)))];
        var film = AnimatedPng.Encode(frames, 40);
        var chunks = Chunks(film).ToList();
        CollectionAssert.AreEqual((string[])["acTL", "fcTL", "fcTL", "fdAT", "fcTL", "fdAT", "IEND"],
            chunks.Select(c => c.Name).Where(n => n is not ("IHDR" or "IDAT" or "sRGB" or "sBIT")).ToArray());
        Assert.AreEqual(3u, BinaryPrimitives.ReadUInt32BigEndian(chunks.Single(c => c.Name == "acTL").Data));
        // Frames and their pictures are counted together.
        CollectionAssert.AreEqual((uint[])[0, 1, 2, 3, 4], chunks.Where(c => c.Name is "fcTL" or "fdAT")
            .Select(c => BinaryPrimitives.ReadUInt32BigEndian(c.Data)).ToArray());
        Assert.AreEqual(40, BinaryPrimitives.ReadUInt16BigEndian(chunks.First(c => c.Name == "fcTL").Data.AsSpan(20)));
        // The first picture is what others see.
        var first = PngWriter.Encode(frames[0]);
        CollectionAssert.AreEqual(Chunks(first).Where(c => c.Name == "IDAT").SelectMany(c => c.Data).ToArray(),
            chunks.Where(c => c.Name == "IDAT").SelectMany(c => c.Data).ToArray());
        CollectionAssert.AreEqual(Chunks(PngWriter.Encode(frames[2])).Where(c => c.Name == "IDAT").SelectMany(c => c.Data).ToArray(),
            chunks.Last(c => c.Name == "fdAT").Data[4..]);
        Assert.ThrowsExactly<ArgumentException>(() => AnimatedPng.Encode([]));
        Assert.ThrowsExactly<ArgumentException>(() => AnimatedPng.Encode([frames[0], frames[0].Enlarge(2)]));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => AnimatedPng.Encode(frames, 5));
    }

    private static HeatmapOptions Gray => new() { Colors = ColorMap.Gray, Percentile = 100 };

    private static IEnumerable<(string Name, byte[] Data)> Chunks(byte[] png)
    {
        for (var at = 8; at < png.Length;)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(at));
            Assert.AreEqual(Crc32.HashToUInt32(png.AsSpan(at + 4, length + 4)), BinaryPrimitives.ReadUInt32BigEndian(png.AsSpan(at + 8 + length)));
            yield return (Encoding.ASCII.GetString(png, at + 4, 4), png[(at + 8)..(at + 8 + length)]);
            at += length + 12;
        }
    }
}
