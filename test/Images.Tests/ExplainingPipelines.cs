using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Images.Tests.Support;
using Microsoft.ML.Introspection.Imaging;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Tests.Imaging;
using Microsoft.ML.Transforms.Image;

namespace Microsoft.ML.Introspection.Images.Tests;

/// <summary>Maps, pictures and PNG of what pipelines of images see, against the engine on their own pixels and against finite differences.</summary>
[TestClass]
public sealed class ExplainingPipelines
{
    private const int Width = 24;
    private const int Height = 20;

    [TestMethod]
    [DataRow("IsoCrop", "Center", false, "ARGB", "Rgb", 0f, 1f)]
    [DataRow("IsoPad", "Left", true, "ABGR", "Rgb", 127.5f, 1 / 127.5f)]
    [DataRow("Fill", "Center", false, "ARBG", "All", 10f, 0.5f)]
    [DataRow("IsoPad", "Bottom", true, "ARGB", "Green", 0f, 1 / 255f)]
    public void Maps_are_those_of_the_engine_on_the_pixels_of_the_pipeline(
        string kind, string anchor, bool interleaved, string order, string colors, float offset, float scale)
    {
        using var networks = new PixelNetworks();
        var mlContext = new MLContext(1);
        var bits = Enum.Parse<ImagePixelExtractingEstimator.ColorBits>(colors);
        var planes = int.PopCount((int)bits);
        long[] shape = interleaved ? [Height, Width, planes] : [planes, Height, Width];
        var file = networks.Linear(shape);
        var data = Scenes.Paths(mlContext, "source_wide.png", "source_tall.png", "source_big.png", "rgba8.png", "exif6.jpg");
        var model = mlContext.Transforms.LoadImages("Image", Scenes.Files, nameof(PathRow.File))
            .Append(mlContext.Transforms.ResizeImages("Image", Width, Height, "Image", Enum.Parse<ImageResizingEstimator.ResizingKind>(kind),
                Enum.Parse<ImageResizingEstimator.Anchor>(anchor)))
            .Append(mlContext.Transforms.ExtractPixels("Pixels", "Image", bits,
                Enum.Parse<ImagePixelExtractingEstimator.ColorsOrder>(order), interleaved, offset, scale))
            .Append(mlContext.Transforms.ApplyOnnxModel("scores", "Pixels", file)).Fit(data);

        using var explain = mlContext.Transforms.ExplainImage(model, new InputXGradient()).Fit(data);
        var maps = explain.Transform(data).GetColumn<float[]>("Why").ToList();

        var pixels = model.Transform(data).GetColumn<float[]>("Pixels").ToList();
        using var session = new ModelSession(Explanation.Compile(Network.Load(file), new InputXGradient()));
        Assert.HasCount(5, maps);
        for (var row = 0; row < maps.Count; row++)
        {
            var attribution = session.Run(new Dictionary<string, Tensor> { ["Pixels"] = Tensor.From(pixels[row], [1, .. shape]) })
                ["attribution"].ToDouble();
            var expected = new double[Height * Width];
            for (var i = 0; i < attribution.Length; i++)
                expected[interleaved ? i / planes : i % expected.Length] += attribution[i];
            Near.Equal(expected, Array.ConvertAll(maps[row], v => (double)v), 1e-5 * expected.Largest(Math.Abs));
        }
    }

    [TestMethod]
    [DataRow("IsoCrop", "Top", false, 48, 30)]
    [DataRow("IsoPad", "Center", false, 61, 37)]
    [DataRow("IsoCrop", "Right", true, 17, 9)]
    [DataRow("IsoPad", "Left", true, 12, 19)]
    [DataRow("Fill", "Center", false, 50, 43)]
    [DataRow("Fill", "Center", false, Width, Height)]
    public void Shared_out_gradients_are_finite_differences_of_the_user_s_own_pixels(
        string kind, string anchor, bool gray, int width, int height)
    {
        using var networks = new PixelNetworks();
        var mlContext = new MLContext(1);
        var smooth = Raster.Create(width, height, (x, y) => new Rgb((byte)(60 + x), (byte)(90 + y), (byte)(70 + (x + y) / 2)));
        var none = mlContext.Data.LoadFromEnumerable<ImageRow>([]);
        IEstimator<ITransformer> pipeline = mlContext.Transforms.ResizeImages("Small", Width, Height, "Image",
            Enum.Parse<ImageResizingEstimator.ResizingKind>(kind), Enum.Parse<ImageResizingEstimator.Anchor>(anchor));
        if (gray)
            pipeline = pipeline.Append(mlContext.Transforms.ConvertToGrayscale("Small"));
        var model = pipeline.Append(mlContext.Transforms.ExtractPixels("Pixels", "Small", scaleImage: 2))
            .Append(mlContext.Transforms.ApplyOnnxModel("scores", "Pixels", networks.Linear(3, Height, Width))).Fit(none);
        using var explain = mlContext.Transforms.ExplainImage(model, new Saliency(), options: new ImageExplanationOptions
        {
            OwnSize = true, Carrying = MapCarrying.Shared, Target = Target.Class(0), SizeColumnName = "Size",
        }).Fit(none);

        // One pixel more, and one a good deal brighter, each in a row of its own.
        const byte More = 100;
        var places = Enumerable.Range(0, 40).Select(i => (X: i * 7 % width, Y: i * 11 % height)).Distinct().ToList();
        // ML.NET may dispose of images that it has seen, so that each pass has its own.
        IEnumerable<ImageRow> Rows() => places.Prepend((X: -1, Y: -1)).Select(p => new ImageRow
        {
            Image = Scenes.Image(Raster.Create(width, height, (x, y) => (x, y) == p
                ? new Rgb((byte)(smooth[x, y].Red + More), (byte)(smooth[x, y].Green + More), (byte)(smooth[x, y].Blue + More))
                : smooth[x, y])),
        });
        var data = mlContext.Data.LoadFromEnumerable(Rows());
        var scores = model.Transform(data).GetColumn<float[]>("scores").Select(s => s[0]).ToList();
        var explained = explain.Transform(data);
        var map = explained.GetColumn<float[]>("Why").First();
        CollectionAssert.AreEqual(new[] { height, width }, explained.GetColumn<int[]>("Size").First());

        // Gradients are by the extracted numbers, two for each level. Every pixel that is touched is rounded to a whole number.
        Assert.HasCount(width * height, map);
        var reach = map.Largest(Math.Abs) * 2;
        foreach (var (i, (x, y)) in places.Index())
            Near.Equal((scores[i + 1] - scores[0]) / More, 2 * map[y * width + x], 0.06 * reach + 0.05);
    }

    [TestMethod]
    [DataRow("IsoCrop", "Left")]
    [DataRow("IsoPad", "Top")]
    public void Carried_back_by_interpolation_what_was_cropped_gets_nothing_and_padding_is_dropped(string kind, string anchor)
    {
        using var networks = new PixelNetworks();
        var mlContext = new MLContext(1);
        var data = Scenes.Paths(mlContext, "source_wide.png");
        var model = mlContext.Transforms.LoadImages("Image", Scenes.Files, nameof(PathRow.File))
            .Append(mlContext.Transforms.ResizeImages("Image", 32, 32, "Image", Enum.Parse<ImageResizingEstimator.ResizingKind>(kind),
                Enum.Parse<ImageResizingEstimator.Anchor>(anchor)))
            .Append(mlContext.Transforms.ExtractPixels("Pixels", "Image"))
            .Append(mlContext.Transforms.ApplyOnnxModel("scores", "Pixels", networks.Linear(3, 32, 32))).Fit(data);

        using var seen = mlContext.Transforms.ExplainImage(model, new Saliency()).Fit(data);
        using var own = mlContext.Transforms.ExplainImage(model, new Saliency(), options: new() { OwnSize = true }).Fit(data);
        var small = seen.Transform(data).GetColumn<float[]>("Why").Single();
        var large = own.Transform(data).GetColumn<float[]>("Why").Single();

        // source_wide.png has 96 × 64 pixels.
        Assert.HasCount(96 * 64, large);
        var frame = new Preprocessing(32, 32)
        {
            // Padding is even, whatever the anchor.
            Fitting = kind == "IsoCrop" ? PictureFitting.Crop : PictureFitting.Pad,
            Anchor = kind == "IsoCrop" ? Enum.Parse<PictureAnchor>(anchor) : PictureAnchor.Center,
        }.Frame(96, 64);
        var expected = frame.CarryBack(Array.ConvertAll(small, v => (double)v), 32, 32, 64, 96);
        Near.Equal(Array.ConvertAll(expected, v => double.IsNaN(v) ? 0 : v), Array.ConvertAll(large, v => (double)v), 1e-6);
        Assert.AreEqual(kind == "IsoCrop", expected.Any(double.IsNaN));
    }

    [TestMethod]
    public void Paths_bytes_and_images_in_memory_are_explained_alike()
    {
        using var networks = new PixelNetworks();
        var mlContext = new MLContext(1);
        string[] files = ["source_wide.png", "rgba8.png", "baseline420.jpg", "bmp24.bmp", "lossy.webp"];
        var file = networks.Linear(3, Height, Width);
        IEstimator<ITransformer> Behind() => mlContext.Transforms.ResizeImages("Small", Width, Height, "Image")
            .Append(mlContext.Transforms.ExtractPixels("Pixels", "Small"))
            .Append(mlContext.Transforms.ApplyOnnxModel("scores", "Pixels", file));
        var paths = Scenes.Paths(mlContext, files);
        var loading = mlContext.Transforms.LoadImages("Image", Scenes.Files, nameof(PathRow.File)).Append(Behind()).Fit(paths);
        var images = mlContext.Data.LoadFromEnumerable(files.Select(f =>
            new ImageRow { Image = MLImage.CreateFromFile(Path.Combine(Scenes.Files, f)) }).ToList());
        var bytes = mlContext.Data.LoadFromEnumerable(files.Select(f =>
            new BytesRow { Image = File.ReadAllBytes(Path.Combine(Scenes.Files, f)) }));
        var plain = Behind().Fit(images);
        var options = new ImageExplanationOptions { OwnSize = true };

        var expected = Maps(loading, paths, nameof(PathRow.File));
        // Images belong to whoever made them: a second pass finds them as they were.
        for (var pass = 0; pass < 2; pass++)
            AssertSame(expected, Maps(plain, images, "Image"));
        AssertSame(expected, Maps(plain, bytes, "Image"));

        List<float[]> Maps(ITransformer model, IDataView data, string column)
        {
            using var explain = mlContext.Transforms.ExplainImage(model, new InputXGradient(), column, options: options).Fit(data);
            return [.. explain.Transform(data).GetColumn<float[]>("Why")];
        }

        static void AssertSame(List<float[]> expected, List<float[]> found)
        {
            Assert.HasCount(expected.Count, found);
            foreach (var (one, other) in expected.Zip(found))
                Near.Equal(one, other, 0);
        }
    }

    [TestMethod]
    public void Overlays_and_png_show_the_map_over_the_user_s_own_image()
    {
        using var networks = new PixelNetworks();
        var mlContext = new MLContext(1);
        var data = Scenes.Paths(mlContext, "source_wide.png", "source_tall.png");
        var model = Plain(mlContext, data, networks.Linear(3, Height, Width));
        var style = new OverlayStyle(OverlayKind.Contour) { Colors = ColorMap.Named("viridis"), OutlierPercentage = 5 };
        using var explain = mlContext.Transforms.ExplainImage(model, e => e
            .Add("Why", new InputXGradient())
            .Add("Overlay", new InputXGradient(), ImageForm.Overlay)
            .Add("Png", new InputXGradient(), ImageForm.Png, style: style)
            .Add("Other", new Saliency(), ImageForm.Overlay, Target.Class(1)), options: new() { OwnSize = true }).Fit(data);
        // The same question in three forms is one output of the graph.
        Assert.HasCount(2, explain.Explanation.Outputs);

        var explained = explain.Transform(data);
        var maps = explained.GetColumn<float[]>("Why").ToList();
        var overlays = explained.GetColumn<MLImage>("Overlay").ToList();
        var png = explained.GetColumn<byte[]>("Png").ToList();
        foreach (var (i, name) in new[] { "wide", "tall" }.Index())
        {
            var image = ImageReferences.Resizing.Picture($"source.{name}");
            var map = Array.ConvertAll(maps[i], v => v == 0 ? double.NaN : (double)v);
            PictureAssert.Near(new OverlayStyle().Draw(image, map), Scenes.Raster(overlays[i]), 1, name);
            var drawn = Reports.ImageFile.Decode(png[i], name).Image;
            PictureAssert.Near(style.Draw(image, map), drawn.WithoutAlpha(), 1, name);
        }
    }

    [TestMethod]
    public void In_the_size_of_the_network_overlays_show_the_picture_that_it_sees()
    {
        using var networks = new PixelNetworks();
        var mlContext = new MLContext(1);
        var data = Scenes.Paths(mlContext, "source_wide.png");
        var model = Plain(mlContext, data, networks.Linear(3, Height, Width));
        using var explain = mlContext.Transforms.ExplainImage(model, e => e.Add("Why", new InputXGradient())
            .Add("Heat", new InputXGradient(), ImageForm.Overlay, style: new OverlayStyle(OverlayKind.Alpha))
            .Add("Overlay", new InputXGradient(), ImageForm.Overlay), options: new() { OwnSize = false }).Fit(data);

        var explained = explain.Transform(data);

        var type = (ImageDataViewType)explained.Schema["Overlay"].Type;
        Assert.AreEqual((Height, Width), (type.Height, type.Width));
        var pixels = model.Transform(data).GetColumn<float[]>("Pixels").Single();
        var seen = Raster.FromPlanes(pixels, 3, Height, Width, white: 255);
        var map = Array.ConvertAll(explained.GetColumn<float[]>("Why").Single(), v => (double)v);
        PictureAssert.Near(new OverlayStyle().Draw(seen, map), Scenes.Raster(explained.GetColumn<MLImage>("Overlay").Single()), 0, "overlay");
        // Opacity is multiplied in, as ML.NET's images have it.
        var heat = explained.GetColumn<MLImage>("Heat").Single();
        var expected = new OverlayStyle(OverlayKind.Alpha).Draw(seen, map);
        for (var i = 0; i < Width * Height; i++)
        {
            var alpha = expected.Pixels[4 * i + 3];
            Assert.AreEqual(alpha, heat.Pixels[4 * i + 3]);
            Near.Equal(expected.Pixels[4 * i] * alpha / 255.0, heat.Pixels[4 * i], 0.51);
        }
    }

    [TestMethod]
    public void Trained_networks_give_the_maps_of_the_engine_by_several_methods_at_once()
    {
        var mlContext = new MLContext(1);
        var file = Path.Combine(AppContext.BaseDirectory, "data", "models", "resnet_tiny.onnx");
        var network = Network.Load(file);
        var input = PictureInput.Of(network);
        var data = Scenes.Paths(mlContext, [.. Enumerable.Range(0, 7).Select(i => i % 2 == 0 ? "source_wide.png" : "source_tall.png")]);
        var model = mlContext.Transforms.LoadImages("Image", Scenes.Files, nameof(PathRow.File))
            .Append(mlContext.Transforms.ResizeImages("Image", input.Width, input.Height))
            .Append(mlContext.Transforms.ExtractPixels(network.Inputs[0].Name, "Image", scaleImage: 1 / 255f))
            .Append(mlContext.Transforms.ApplyOnnxModel(network.OutputNames[0], network.Inputs[0].Name, file)).Fit(data);
        using var explain = mlContext.Transforms.ExplainImage(model, e => e.Add("Cam", new GradCam()).Add("Lrp", new LayerwiseRelevance()),
            options: new() { Runtime = new() { BatchSize = 3 }, TargetColumnName = "Class", ScoreColumnName = "Best" }).Fit(data);

        var explained = explain.Transform(data);

        var pixels = model.Transform(data).GetColumn<float[]>(network.Inputs[0].Name).ToList();
        var (cams, relevance) = (explained.GetColumn<float[]>("Cam").ToList(), explained.GetColumn<float[]>("Lrp").ToList());
        var scores = model.Transform(data).GetColumn<float[]>(network.OutputNames[0]).ToList();
        Assert.HasCount(7, cams);
        using var session = new ModelSession(Explanation.Compile(network, new Ask(new GradCam(), Name: "cam"),
            new Ask(new LayerwiseRelevance(), Name: "lrp") { TargetName = "t", ScoreName = "s" }).Model);
        for (var row = 0; row < 7; row++)
        {
            var results = session.Run(new Dictionary<string, Tensor>
            {
                [network.Inputs[0].Name] = Tensor.From(pixels[row], 1, 3, input.Height, input.Width),
            });
            var cam = results["cam"].ToDouble();
            Near.Equal(cam, Array.ConvertAll(cams[row], v => (double)v), 1e-5 * cam.Largest(Math.Abs) + 1e-9);
            var lrp = results["lrp"].ToDouble();
            var summed = Enumerable.Range(0, input.Height * input.Width)
                .Select(i => lrp[i] + lrp[i + input.Height * input.Width] + lrp[i + 2 * input.Height * input.Width]).ToArray();
            Near.Equal(summed, Array.ConvertAll(relevance[row], v => (double)v), 1e-5 * summed.Largest(Math.Abs) + 1e-9);
            Assert.AreEqual(results["t"].ToInt64()[0], explained.GetColumn<long>("Class").ElementAt(row));
            Near.Equal(results["s"].ToDouble()[0], explained.GetColumn<float>("Best").ElementAt(row), 1e-4);
        }
    }

    internal static ITransformer Plain(MLContext mlContext, IDataView data, string file) =>
        mlContext.Transforms.LoadImages("Image", Scenes.Files, nameof(PathRow.File))
            .Append(mlContext.Transforms.ResizeImages("Image", Width, Height))
            .Append(mlContext.Transforms.ExtractPixels("Pixels", "Image"))
            .Append(mlContext.Transforms.ApplyOnnxModel("scores", "Pixels", file)).Fit(data);
}
