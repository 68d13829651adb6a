using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;
using Microsoft.ML.Introspection.Features;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Imaging;
using Microsoft.ML.Introspection.Tests.Data;

namespace Microsoft.ML.Introspection.Reports.Tests;

[TestClass]
public sealed class ReadingConcepts
{
    [TestMethod]
    [DataRow("/features/features.6/Relu", "features__features_6__Relu_output_0", "half_pixel_p05", "-p05")]
    [DataRow("/features/features.11/Relu", "features__features_11__Relu_output_0", "half_pixel_p05", "-p05")]
    [DataRow("/features/features.6/Relu", "features__features_6__Relu_output_0", "half_pixel", "")]
    [DataRow("/features/features.11/Relu", "features__features_11__Relu_output_0", "half_pixel", "")]
    public void FromFilesToThePublishedTable(string layer, string name, string way, string file)
    {
        using var place = new TemporaryFolder();
        var folder = DissectedSample.Unpack(place);
        CollectionAssert.AreEqual(new[] { "color", "object", "part", "scene", "texture" }, folder.Categories.ToArray());
        using var archive = NpzArchive.Open(Path.Combine(AppContext.BaseDirectory, "data", "features_dissection.npz"));
        var found = Dissection.Take(DissectedSample.Network, () => new ImageRows(folder.Images, DissectedSample.Preprocessing),
            folder.SeenBy(DissectedSample.Preprocessing), new DissectionOptions
            {
                Layers = [layer],
                Thresholds = new Dictionary<string, double[]> { [layer] = archive.Read($"threshold_used_{way}_{name}").ToDoubles() },
            });
        using var table = new StringWriter();
        found.WriteTable(table, found.Layers[0]);
        Assert.AreEqual(File.ReadAllText(Path.Combine(folder.Folder, $"{name}{file}-result.csv")).ReplaceLineEndings("\n").Trim(),
            table.ToString().Trim());
    }

    [TestMethod]
    public void ImagesWithALabelPngForEachCategory()
    {
        using var place = new TemporaryFolder();
        foreach (var name in new[] { "images", "labels/colour", "labels/thing" })
            Directory.CreateDirectory(place[name]);
        PngWriter.Save(Raster.Create(4, 2, (x, y) => new Rgb(9, 9, 9)), place["images/a.png"]);
        PngWriter.Save(Raster.Create(4, 2, (x, y) => new Rgb(9, 9, 9)), place["images/b.png"]);
        // Gray levels, a palette, and red + 256 · green.
        PngWriter.Save(new Raster(4, 2, PixelFormat.Gray, [0, 1, 2, 1, 0, 0, 0, 7]), place["labels/colour/a.png"]);
        File.WriteAllBytes(place["labels/thing/a.png"], Palette(4, 2, [0, 1, 1, 0, 2, 0, 0, 0]));
        PngWriter.Save(Raster.Create(4, 2, (x, y) => new Rgb((byte)(y == 0 ? 3 : 0), (byte)(y == 0 ? 1 : 0), 0)), place["labels/thing/b.png"]);
        var folder = ConceptFolder.Open(place[""]);
        CollectionAssert.AreEqual(new[] { "colour", "thing" }, folder.Categories.ToArray());
        CollectionAssert.AreEqual(new[] { "colour 1", "colour 2", "colour 7", "thing 1", "thing 2", "thing 259" },
            folder.Concepts.Select(c => c.Name).ToArray());
        var (a, b) = (folder.Read(0), folder.Read(1));
        CollectionAssert.AreEqual(new[] { 0b1010UL, 0b100UL, 0b1000_0000UL, 0b110UL, 0b1_0000UL }, Words(a));
        Assert.IsTrue(a.Has(0) && a.Has(1) && !b.Has(0) && b.Has(1));
        CollectionAssert.AreEqual(new[] { 0b1111UL }, Words(b));
        File.WriteAllText(place["labels.csv"], "category,number,name\ncolour,1,\"red, or so\"\ncolour,2,green\ncolour,7,blue\nthing,1,cup\n");
        folder = ConceptFolder.Open(place[""]);
        Assert.AreEqual("red, or so", folder.Concepts[0].Name);
        Assert.Contains("do not name", Assert.ThrowsExactly<InvalidDataException>(() => folder.Read(0)).Message);
        Assert.Contains("2 images", Assert.ThrowsExactly<InvalidDataException>(() => folder.Read(2)).Message);
        File.WriteAllText(place["labels.csv"], "category,number,name\nnothing,1,x\n");
        Assert.Contains("line 2", Assert.ThrowsExactly<InvalidDataException>(() => ConceptFolder.Open(place[""])).Message);
    }

    [TestMethod]
    public void LabelsAreCroppedAsImagesAre()
    {
        var map = new LabelMap(1, 8, [1, 2, 3, 4, 5, 6, 7, 8]);
        // Of a picture of 4 × 4 that shows the middle of an image of 8 × 4.
        CollectionAssert.AreEqual(new[] { 3, 3, 4, 4, 5, 5, 6, 6 }, map.Seen(new ImageFrame(-2, 0, 8, 4), 4, 4).Numbers);
        // One that shows all of it, with nothing above and below.
        CollectionAssert.AreEqual(map.Numbers, map.Seen(new ImageFrame(0, 0, 4, 4), 4, 4).Numbers);
        CollectionAssert.AreEqual(new int[8], map.Seen(new ImageFrame(0, 3, 4, 1), 4, 4).Numbers);
    }

    [TestMethod]
    public void WhatIsNoFolderOfLabelsIsSaid()
    {
        using var place = new TemporaryFolder();
        Assert.Contains("neither index.csv", Assert.ThrowsExactly<InvalidDataException>(() => ConceptFolder.Open(place[""])).Message);
        Assert.ThrowsExactly<DirectoryNotFoundException>(() => ConceptFolder.Open(place["none"]));
        File.WriteAllText(place["index.csv"], "image,split,ih,iw,sh,sw,color\n../x.png,train,2,2,2,2,../secret.png\n");
        Assert.ThrowsExactly<FileNotFoundException>(() => ConceptFolder.Open(place[""]));
        File.WriteAllText(place["category.csv"], "name,first,last,count,frequency\ncolor,1,1,1,1\n");
        File.WriteAllText(place["label.csv"], "number,name,category,frequency,coverage,syns\n1,red,color(1),1,1,\n");
        Assert.Contains("outside", Assert.ThrowsExactly<InvalidDataException>(() => ConceptFolder.Open(place[""])).Message);
        File.WriteAllText(place["index.csv"], "image,split,ih,iw,sh,sw,color\nx.png,train,2,2,two,2,\n");
        Assert.Contains("a whole number", Assert.ThrowsExactly<InvalidDataException>(() => ConceptFolder.Open(place[""])).Message);
        File.WriteAllText(place["index.csv"], "image,split,ih,iw,sh,sw\n");
        Assert.Contains("no column 'color'", Assert.ThrowsExactly<InvalidDataException>(() => ConceptFolder.Open(place[""])).Message);
        File.WriteAllBytes(place["x.jpg"], [0xFF, 0xD8]);
        Assert.Contains("without loss", Assert.ThrowsExactly<ImageFormatException>(() => LabelMap.Read(place["x.jpg"], 100)).Message);
    }

    private static ulong[] Words(ConceptMasks labels) => 
        [.. Enumerable.Range(0, 6).Select(c => labels.PlacesOf(c).ToArray()).Where(p => p.Length > 0).Select(p => p[0])];

    // What no writer of ours writes.
    private static byte[] Palette(int width, int height, byte[] numbers)
    {
        using var file = new MemoryStream();
        file.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]);
        byte[] header = [0, 0, 0, (byte)width, 0, 0, 0, (byte)height, 8, 3, 0, 0, 0];
        using var packed = new MemoryStream();
        using (var zip = new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            for (var y = 0; y < height; y++)
                zip.Write([0, .. numbers[(y * width)..((y + 1) * width)]]);
        foreach (var (name, data) in new (string, byte[])[]
            { ("IHDR", header), ("PLTE", [0, 0, 0, 128, 0, 0, 0, 128, 0]), ("IDAT", packed.ToArray()), ("IEND", []) })
        {
            byte[] chunk = [.. System.Text.Encoding.ASCII.GetBytes(name), .. data];
            var number = new byte[4];
            BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
            file.Write(number);
            file.Write(chunk);
            BinaryPrimitives.WriteUInt32BigEndian(number, Crc32.HashToUInt32(chunk));
            file.Write(number);
        }
        return file.ToArray();
    }
}
