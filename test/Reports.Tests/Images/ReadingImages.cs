using Microsoft.ML.Introspection.Imaging;
using Microsoft.ML.Introspection.Tests.Data;
using Microsoft.ML.Introspection.Tests.Imaging;

namespace Microsoft.ML.Introspection.Reports.Tests;

[TestClass]
public sealed class ReadingImages
{
    private static string Files => Path.Combine(ImageReferences.Folder, "files");

    private static string Bad => Path.Combine(ImageReferences.Folder, "bad");

    [TestMethod]
    public void Pixels_are_those_of_the_file_upright_and_not_darkened_by_opacity()
    {
        var seen = 0;
        foreach (var key in ImageReferences.Decoded.Names.Where(n => !n.StartsWith("wide1200", StringComparison.Ordinal)))
        {
            var (file, kind) = (key.Split('|')[0], key.Split('|')[1]);
            if (file.EndsWith(".tif", StringComparison.Ordinal))
                continue;
            var (image, warning) = ImageFile.Read(Path.Combine(Files, file));
            Assert.IsNull(warning, file);
            PictureAssert.Near(ImageReferences.Decoded.Picture(key), kind == "rgba" ? image : image.WithoutAlpha(), Tolerance(file), key);
            seen++;
        }
        Finite.Above(50, seen);

        static int Tolerance(string file) => file switch
        {
            "cmyk.jpg" => 3,
            _ when file.EndsWith(".jpg", StringComparison.Ordinal) || file == "lossy.webp" => 2,
            _ when file.Contains("16", StringComparison.Ordinal) => 1,
            _ => 0,
        };
    }

    [TestMethod]
    [DataRow("truncated.png", "the file ends early, after 3,364 bytes")]
    [DataRow("truncated.jpg", "the file ends early, after 1,469 bytes")]
    [DataRow("truncated_progressive.jpg", "the file ends early, after 823 bytes")]
    [DataRow("header_only.png", "header only, no pixels")]
    [DataRow("header_only.jpg", "header only, no pixels")]
    [DataRow("empty.png", "the file is empty (0 bytes)")]
    [DataRow("empty.jpg", "the file is empty (0 bytes)")]
    [DataRow("text.png", "not an image but text, which begins with")]
    [DataRow("page.jpg", "not an image: it looks like HTML")]
    [DataRow("vector.png", "not a raster image but SVG")]
    [DataRow("bomb60000.png", "60000 x 60000 pixels (10.8 GB decoded) is more than the limit")]
    [DataRow("bomb_zeros.png", "30000 x 30000 pixels")]
    [DataRow("huge_claim.png", "pixels")]
    [DataRow("zero_width.png", "width 0 is not allowed")]
    [DataRow("bad_crc.png", "the header's check sum is wrong")]
    [DataRow("bad_idat_crc.png", "a check sum of the data is wrong")]
    [DataRow("bad_zlib.png", "the compressed data of the PNG image are damaged")]
    [DataRow("noise.jpg", "a damaged JPEG image")]
    [DataRow("truncated.gif", "the file ends early, after 900 bytes")]
    [DataRow("truncated.bmp", "the file ends early, after 2,000 bytes")]
    [DataRow("truncated.webp", "the file ends early, after 5,390 bytes")]
    [DataRow("bom.tsv", "not an image but text")]
    public void Bad_files_are_answered_with_what_was_found(string name, string said)
    {
        var error = Assert.ThrowsExactly<ImageFormatException>(() => ImageFile.Read(Path.Combine(Bad, name)));
        StringAssert.Contains(error.Message, said);
        StringAssert.Contains(error.Message, name);
        Assert.HasCount(1, error.Message.Split('\n'));
    }

    [TestMethod]
    [DataRow("png_named.jpg", false)]
    [DataRow("jpg_named.png", false)]
    [DataRow("trailing.png", false)]
    [DataRow("no_iend.png", true)]
    public void What_is_all_there_is_read(string name, bool warned)
    {
        var (image, warning) = ImageFile.Read(Path.Combine(Bad, name));
        Assert.AreEqual((72, 48), (image.Width, image.Height));
        Assert.AreEqual(warned, warning?.Contains("lacks its end mark", StringComparison.Ordinal) == true);
    }

    [TestMethod]
    public void A_TIFF_is_refused_by_its_name() => StringAssert.Contains(
        Assert.ThrowsExactly<ImageFormatException>(() => ImageFile.Read(Path.Combine(Files, "tiff.tif"))).Message,
        "it is a TIFF, which is not read; convert it to PNG");

    [TestMethod]
    [DataRow(1)]
    [DataRow(3)]
    [DataRow(6)]
    [DataRow(8)]
    public void A_WebP_is_turned_as_its_EXIF_says(int orientation)
    {
        var plain = File.ReadAllBytes(Path.Combine(Files, "lossless.webp"));
        byte[] exif = [.. "MM\0*"u8, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, (byte)orientation, 0, 0, 0, 0, 0, 0];
        // An extended file: its header (with EXIF, 72 × 48), the picture as it was, the EXIF data.
        byte[] body =
        [
            .. "WEBPVP8X"u8, 10, 0, 0, 0, 8, 0, 0, 0, 71, 0, 0, 47, 0, 0, .. plain.AsSpan(12), .. "EXIF"u8, (byte)exif.Length, 0, 0, 0,
            .. exif,
        ];
        byte[] file = [.. "RIFF"u8, .. BitConverter.GetBytes(body.Length), .. body];
        var upright = ImageFile.Decode(plain, "plain.webp").Image;

        var turned = ImageFile.Decode(file, "turned.webp").Image;

        Assert.AreEqual(orientation > 4 ? (48, 72) : (72, 48), (turned.Width, turned.Height));
        var (x, y) = orientation switch { 1 => (0, 0), 3 => (71, 47), 6 => (47, 0), _ => (0, 71) };
        Assert.AreEqual(upright[0, 0], turned[x, y]);
    }

    [TestMethod]
    public void Every_cut_of_every_file_ends_in_one_sentence()
    {
        foreach (var name in (string[])["rgb8.png", "baseline420.jpg", "progressive420.jpg", "lossless.webp", "palette.gif", "bmp8.bmp", "exif6.jpg"])
        {
            var whole = File.ReadAllBytes(Path.Combine(Files, name));
            var full = ImageFile.Decode(whole, name).Image;
            for (var length = 0; length < whole.Length - 1; length += Math.Max(1, whole.Length / 97))
            {
                try
                {
                    // Only what is complete but for its end mark may come through, and then it is the whole picture.
                    var (image, warning) = ImageFile.Decode(whole.AsSpan(0, length), name);
                    CollectionAssert.AreEqual(full.Pixels.ToArray(), image.Pixels.ToArray(), $"{name}, {length}");
                }
                catch (ImageFormatException)
                {
                }
            }
        }
    }

    [TestMethod]
    public void Flipped_bytes_never_do_more_than_fail()
    {
        var random = new Random(7);
        foreach (var path in Directory.EnumerateFiles(Files).Where(f => !f.Contains("source_", StringComparison.Ordinal)))
        {
            var whole = File.ReadAllBytes(path);
            for (var round = 0; round < 20; round++)
            {
                var bytes = (byte[])whole.Clone();
                for (var i = 0; i < 4; i++)
                    bytes[random.Next(Math.Min(bytes.Length, 200))] = (byte)random.Next(256);
                try
                {
                    ImageFile.Decode(bytes, "flipped", 1 << 20);
                }
                catch (ImageFormatException)
                {
                }
            }
        }
    }

    [TestMethod]
    public void Limits_are_the_callers()
    {
        var path = Path.Combine(Files, "rgb8.png");
        StringAssert.Contains(Assert.ThrowsExactly<ImageFormatException>(() => ImageFile.Read(path, 1000)).Message,
            "72 x 48 pixels");
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => ImageFile.Read(path, 0));
        Assert.ThrowsExactly<FileNotFoundException>(() => ImageFile.Read(path + ".none"));
    }

    [TestMethod]
    public void A_picture_comes_back_from_its_own_file()
    {
        using var folder = new TemporaryFolder();
        var pixels = new byte[5 * 4 * 4];
        new Random(3).NextBytes(pixels);
        var image = new Raster(5, 4, PixelFormat.Rgba, pixels);
        PngWriter.Save(image, folder["own.png"]);
        PictureAssert.Near(image, ImageFile.Read(folder["own.png"]).Image, 0, "own.png");
    }
}
