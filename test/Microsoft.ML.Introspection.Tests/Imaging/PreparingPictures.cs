using Microsoft.ML.Introspection.Imaging;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tests.Data;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Imaging;

[TestClass]
public sealed class PreparingPictures
{
    private static readonly PictureInput Small = new("image", 56, 56, 3, PixelLayout.ChannelsFirst);

    [TestMethod]
    [DataRow("big")]
    [DataRow("tall")]
    public void Torchvision_is_followed(string source)
    {
        var preprocessing = Preprocessing.Named("torchvision", Small);
        Assert.AreEqual(64, preprocessing.ShortSide);
        var image = ImageReferences.Resizing.Picture($"source.{source}");

        PictureAssert.Near(ImageReferences.Resizing.Picture($"torchvision.{source}.pil.resize64_crop56"), preprocessing.Fit(image), 0, source);
        // Made of tensors of bytes, which may differ from Pillow by one: 1 / 255 / 0.224.
        var expected = ImageReferences.Resizing[$"torchvision.{source}.normalised_f32.resize64_crop56"].ToSingles();
        Near.Equal(expected, preprocessing.Apply(image), 0.0176);
        var tensor = preprocessing with { Resizing = new Resizing(ResizeRule.Torch) { Antialias = true } };
        var bytes = ImageReferences.Resizing.Numbers($"torchvision.{source}.tensor_u8.resize64_crop56");
        PictureAssert.Near(Interleaved(bytes), tensor.Fit(image), 1, source);
        if (Interleaved(bytes).Pixels.SequenceEqual(tensor.Fit(image).Pixels))
            Near.Equal(expected, tensor.Apply(image), 1e-6);
    }

    [TestMethod]
    public void Numbers_are_scaled_and_put_in_order()
    {
        var image = new Raster(2, 1, PixelFormat.Rgb, [255, 51, 0, 10, 20, 30]);
        var input = new PictureInput("image", 1, 2, 3, PixelLayout.ChannelsLast);

        Near.Equal([0 - 103.939f, 51 - 116.779f, 255 - 123.68f, 30 - 103.939f, 20 - 116.779f, 10 - 123.68f],
            Preprocessing.Named("keras-caffe", input).Apply(image), 1e-5);
        Near.Equal([1, -0.6f, -1, 20 / 255f - 1, 40 / 255f - 1, 60 / 255f - 1], Preprocessing.Named("tf", input).Apply(image), 1e-6);
        Near.Equal([255, 10, 51, 20, 0, 30],
            Preprocessing.Named("mlnet", input with { Layout = PixelLayout.ChannelsFirst }).Apply(image), 0);
        Near.Equal([1, 10 / 255f, 0.2f, 20 / 255f, 0, 30 / 255f],
            Preprocessing.Named("plain", input with { Layout = PixelLayout.ChannelsFirst }).Apply(image), 1e-7);
    }

    [TestMethod]
    public void ExtractPixels_of_MlNet_is_the_same_arithmetic()
    {
        var source = ImageReferences.MlNet.Picture("extract|source_rgba");
        var planar = new Preprocessing(source.Width, source.Height) { Mean = [127.5], Deviation = [127.5] };
        Near.Equal(ImageReferences.MlNet["extract|ARGB.rgb.offset127.5.scale0.007843.planar"].ToSingles(), planar.Apply(source), 1e-6);
        Near.Equal(ImageReferences.MlNet["extract|ARGB.rgb.offset127.5.scale0.007843.interleaved"].ToSingles(),
            (planar with { Layout = PixelLayout.ChannelsLast }).Apply(source), 1e-6);
        Near.Equal(ImageReferences.MlNet["extract|ABGR.rgb.offset127.5.scale0.007843.planar"].ToSingles(),
            (planar with { Channels = ChannelOrder.Bgr }).Apply(source), 1e-6);
    }

    [TestMethod]
    public void A_map_is_carried_back_through_crop_and_size()
    {
        // 200 × 100 is halved to 100 × 50; the middle 50 columns are seen.
        var preprocessing = new Preprocessing(50, 50) { Fitting = PictureFitting.Crop };
        var frame = preprocessing.Frame(200, 100);
        Assert.AreEqual(new ImageFrame(-25, 0, 100, 50), frame);
        var map = new double[50 * 50];
        for (var i = 0; i < map.Length; i++)
            map[i] = i % 50;

        var back = frame.CarryBack(map, 50, 50, 100, 200);

        Assert.IsTrue(double.IsNaN(back[49]) && double.IsNaN(back[150]));
        for (var x = 51; x < 149; x++)
            Near.Equal((x + 0.5) / 2 - 25 - 0.5, back[40 * 200 + x], 1e-12);
        Near.Equal(10, frame.CarryBack(map, 50, 50, 100, 200, Introspection.Imaging.Interpolation.Nearest)[70], 0);
    }

    [TestMethod]
    [DataRow(PictureFitting.Crop, PictureAnchor.Left, 61, 37)]
    [DataRow(PictureFitting.Pad, PictureAnchor.Bottom, 37, 61)]
    [DataRow(PictureFitting.Pad, PictureAnchor.Center, 9, 5)]
    [DataRow(PictureFitting.Stretch, PictureAnchor.Center, 13, 90)]
    public void Sharing_out_is_the_transpose_of_resizing(PictureFitting fitting, PictureAnchor anchor, int width, int height)
    {
        foreach (var resizing in new Resizing[] { new(), new(ResizeRule.Torch, ResizeFilter.Bicubic), new(ResizeRule.OpenCv, ResizeFilter.Area) })
        {
            var preprocessing = new Preprocessing(24, 20) { Fitting = fitting, Anchor = anchor, Resizing = resizing };
            var random = new Random(1);
            double[] image = [.. Enumerable.Range(0, width * height).Select(_ => random.NextDouble())];
            double[] map = [.. Enumerable.Range(0, 24 * 20).Select(_ => random.NextDouble() - 0.3)];
            var frame = preprocessing.Frame(width, height);
            var drawn = resizing.Apply(image, height, width, frame.Height, frame.Width);
            var (seen, inside) = (0.0, 0.0);
            for (var y = 0; y < 20; y++)
                for (var x = 0; x < 24; x++)
                    if (x - frame.Left is >= 0 and var u && u < frame.Width && y - frame.Top is >= 0 and var v && v < frame.Height)
                        (seen, inside) = (seen + map[y * 24 + x] * drawn[v * frame.Width + u], inside + map[y * 24 + x]);

            var shared = preprocessing.ShareOut(map, width, height);

            Near.Equal(seen, image.Zip(shared, (a, b) => a * b).Sum(), 1e-10);
            Near.Equal(inside, shared.Sum(), 1e-10);
        }
    }

    [TestMethod]
    [DataRow(PictureFitting.Crop, 200, 151)]
    [DataRow(PictureFitting.Pad, 7, 5)]
    [DataRow(PictureFitting.Pad, 1, 90)]
    [DataRow(PictureFitting.Stretch, 31, 17)]
    public void Shared_out_as_MlNet_resizes_sums_hold(PictureFitting fitting, int width, int height)
    {
        var preprocessing = new Preprocessing(16, 16)
        {
            Fitting = fitting,
            Resizing = new(ResizeRule.MlNet, fitting == PictureFitting.Stretch ? ResizeFilter.Nearest : ResizeFilter.Bilinear),
        };
        var frame = preprocessing.Frame(width, height);
        double[] map = [.. Enumerable.Range(0, 256).Select(i => Math.Sin(i))];
        var inside = Enumerable.Range(0, 256).Where(i => i % 16 >= frame.Left && i % 16 < frame.Left + frame.Width
            && i / 16 >= frame.Top && i / 16 < frame.Top + frame.Height).Sum(i => map[i]);

        Near.Equal(inside, preprocessing.ShareOut(map, width, height).Sum(), 1e-10);
        var error = Assert.ThrowsExactly<ArgumentException>(() => preprocessing.ShareOut(map.AsSpan(1), width, height));
        StringAssert.Contains(error.Message, "16 × 16");
    }

    [TestMethod]
    public void A_padded_picture_gives_its_border_to_nobody()
    {
        var preprocessing = new Preprocessing(8, 8) { Fitting = PictureFitting.Pad, Anchor = PictureAnchor.Top };
        var picture = preprocessing.Fit(Raster.Create(4, 2, (_, _) => new Rgb(9, 9, 9)));
        Assert.AreEqual(new Rgb(9, 9, 9), picture[7, 3]);
        Assert.AreEqual(new Rgb(0, 0, 0), picture[7, 4]);

        var back = preprocessing.Frame(4, 2).CarryBack([.. Enumerable.Range(0, 64).Select(i => i < 32 ? 1.0 : 100)], 8, 8, 2, 4);

        // What borders on the padding may be mixed with it only beyond its last row's middle.
        Near.Equal([1, 1, 1, 1, 1, 1, 1, 1], back, 1e-12);
    }

    [TestMethod]
    public void A_file_says_the_rest()
    {
        using var folder = new TemporaryFolder();
        var path = folder["p.json"];
        File.WriteAllText(path, """{"resize": 64, "crop": 56, "filter": "bicubic", "scale": 0.5, "mean": [1, 2, 3], "std": 2, "channels": "bgr"}""");

        var read = PreprocessingFile.Load(path, Small);

        Assert.AreEqual((PictureFitting.Crop, 64, ResizeFilter.Bicubic), (read.Fitting, read.ShortSide!.Value, read.Resizing.Filter));
        Near.Equal((100 * 0.5f - 3) / 2, read.Apply(Raster.Create(56, 56, (_, _) => new Rgb(100, 1, 1)))[2 * 56 * 56], 0);
        StringAssert.Contains(read.Description, "p.json: short side to 64, 56 × 56 cropped from the middle by pillow bicubic, Bgr");
    }

    [TestMethod]
    [DataRow("""{"sclae": 1}""", "no entry \"sclae\"; there are base, resize")]
    [DataRow("""{"filter": "cubist"}""", "is one of nearest, bilinear, bicubic")]
    [DataRow("""{"rule": "opencv", "filter": "lanczos"}""", "OpenCv does not resize by Lanczos")]
    [DataRow("""{"crop": 224}""", "pictures of 224 × 224 are asked for; the input 'image' takes 56 × 56")]
    [DataRow("""{"layout": "nhwc"}""", "ChannelsLast, are asked for; the input 'image' takes 3, ChannelsFirst")]
    [DataRow("""{"std": 0}""", "One finite number but 0")]
    [DataRow("""{"resize": "large"}""", "is one whole number, or [height, width]")]
    [DataRow("""[1]""", "an object was expected")]
    [DataRow("""{"scale": """, "cannot be used")]
    public void A_wrong_file_is_answered_with_what_is_wrong(string text, string said)
    {
        using var folder = new TemporaryFolder();
        var path = folder["p.json"];
        File.WriteAllText(path, text);
        StringAssert.Contains(Assert.ThrowsExactly<InvalidDataException>(() => PreprocessingFile.Load(path, Small)).Message, said);
    }

    [TestMethod]
    public void What_the_model_says_is_taken()
    {
        var network = References.Network("resnet_tiny");
        var silent = PreprocessingGuess.Of(network, new Dictionary<string, string>());
        Assert.IsFalse(silent.IsSaid);
        Assert.AreEqual("torchvision", silent.Preprocessing.Name);

        var said = PreprocessingGuess.Of(network, new Dictionary<string, string>
        {
            ["Image.NominalPixelRange"] = "Normalized_1_1", ["Image.BitmapPixelFormat"] = "Bgr8",
        });
        Assert.IsTrue(said.IsSaid);
        Assert.AreEqual(ChannelOrder.Bgr, said.Preprocessing.Channels);
        Near.Equal(-1, said.Preprocessing.Apply(Raster.Create(32, 32, (_, _) => default))[0], 0);
    }

    [TestMethod]
    public void A_network_that_scales_by_itself_gets_bytes()
    {
        var graph = new Graph();
        var image = graph.Input("image", ElementType.Float, new Shape(Dimension.Symbol("batch"), 3, 8, 8));
        var model = graph.ToModel([("scores", (image * 0.01).ReduceMean([2, 3], keepDimensions: false))]);
        var guess = PreprocessingGuess.Of(Network.From(model), new Dictionary<string, string>());
        Assert.IsTrue(guess.IsSaid);
        Near.Equal(200, guess.Preprocessing.Apply(Raster.Create(8, 8, (_, _) => new Rgb(200, 0, 0)))[0], 0);
    }

    [TestMethod]
    public void What_takes_no_pictures_is_refused() => StringAssert.Contains(
        Assert.ThrowsExactly<ArgumentException>(() => PictureInput.Of(References.Network("mlp_breast_cancer"))).Message,
        "takes no pictures: [N, channels, height, width]");

    private static Raster Interleaved(double[] planes)
    {
        var count = planes.Length / 3;
        var pixels = new byte[planes.Length];
        for (var i = 0; i < pixels.Length; i++)
            pixels[i] = (byte)planes[i % 3 * count + i / 3];
        return new Raster(56, 56, PixelFormat.Rgb, pixels);
    }
}
