using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Images;
using Microsoft.ML.Introspection.Imaging;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Reports;
using Microsoft.ML.Introspection.Tests.Imaging;
using Microsoft.ML.Transforms.Image;

namespace Microsoft.ML.Introspection.Tool.Tests;

/// <summary>A pipeline of ML.NET as a file: its own steps, a network, and a head that was trained behind it.</summary>
[TestClass]
public sealed class ExplainingPipelinesOfImages
{
    private static string Images => Path.Combine(ImageReferences.Folder, "files");

    private static string[] Pictures => [.. Directory.EnumerateFiles(Images, "source_*.png").Order(StringComparer.Ordinal)];

    [TestMethod]
    public async Task Scores_and_maps_are_those_of_ML_NET()
    {
        using var work = new Workplace();
        var (mlContext, model, data) = Saved(work["model.zip"]);
        var done = await work.RunAsync("explain", "@model.zip", "--images", Path.Combine(Images, "source_*.png"), "--method",
            "saliency,grad-cam", "-o", "@out");

        Assert.AreEqual(0, done.ExitCode, done.Error);
        StringAssert.Contains(done.Error, "the pipeline's own steps");
        using var arrays = NpzArchive.Open(Path.Combine(work["out"], "arrays.npz"));
        var scores = mlContext.Data.CreateEnumerable<Scored>(model.Transform(data), reuseRowObject: false).ToList();
        var (outputs, targets) = (arrays.Read("outputs").ToSingles(), arrays.Read("target").ToInt64s());
        for (var row = 0; row < scores.Count; row++)
        {
            Near.Equal(scores[row].Score, outputs.AsSpan(row * 3, 3).ToArray(), 1e-5);
            Assert.AreEqual(scores[row].Score.IndexOf(scores[row].Score.Largest()), (int)targets[row]);
        }
        using var column = mlContext.Transforms.ExplainImage(model, new Saliency()).Fit(data);
        var maps = mlContext.Data.CreateEnumerable<Explained>(column.Transform(data), reuseRowObject: false).ToList();
        var saliency = arrays.Read("saliency").ToSingles();
        for (var row = 0; row < maps.Count; row++)
        {
            var map = new float[32 * 32];
            for (var i = 0; i < 3 * map.Length; i++)
                map[i % map.Length] += saliency[row * 3 * map.Length + i];
            Near.Equal(maps[row].Why, map, 1e-5 * maps[row].Why.Select(Math.Abs).Largest());
        }
    }

    [TestMethod]
    public async Task Classes_have_the_names_of_the_labels_and_overlays_the_size_of_the_image()
    {
        using var work = new Workplace();
        Saved(work["model.zip"]);
        var done = await work.RunAsync("explain", "@model.zip", "--images", Path.Combine(Images, "source_tall.png"), "--method", "grad-cam",
            "--target", "class:source_wide", "-o", "@out");

        Assert.AreEqual(0, done.ExitCode, done.Error);
        StringAssert.Contains(File.ReadAllLines(Path.Combine(work["out"], "images.csv"))[1], "source_wide");
        StringAssert.Contains(File.ReadAllText(Path.Combine(work["out"], "index.html")), "source_big");
        var overlay = ImageFile.Read(Directory.EnumerateFiles(Path.Combine(work["out"], "overlays")).Single()).Image;
        Assert.AreEqual((37, 53), (overlay.Width, overlay.Height));
    }

    [TestMethod]
    public async Task Regions_play_where_methods_take_parts_away()
    {
        using var work = new Workplace();
        Saved(work["model.zip"]);
        var done = await work.RunAsync("explain", "@model.zip", "--images", Path.Combine(Images, "source_wide.png"), "--method",
            "kernel-shap", "--superpixels", "4", "--samples", "64", "-o", "@out");

        Assert.AreEqual(0, done.ExitCode, done.Error);
        using var arrays = NpzArchive.Open(Path.Combine(work["out"], "arrays.npz"));
        Assert.IsTrue(arrays.Read("kernel-shap").ToSingles().Distinct().Count() is > 1 and <= 3 * 12);
    }

    [TestMethod]
    public async Task What_the_pipeline_does_itself_is_not_to_be_said()
    {
        using var work = new Workplace();
        Saved(work["model.zip"]);
        var done = await work.RunAsync("explain", "@model.zip", "--images", Pictures[0], "--method", "saliency", "--preprocess", "plain",
            "-o", "@out");

        Assert.AreEqual(ExitCode.WrongUse, done.ExitCode);
        StringAssert.Contains(done.Error, "--preprocess");
    }

    [TestMethod]
    public async Task A_pipeline_without_images_is_told_what_it_lacks()
    {
        using var work = new Workplace();
        var mlContext = new MLContext(1);
        var data = mlContext.Data.LoadFromEnumerable<Labelled>([new() { File = "a", Label = "b" }]);
        mlContext.Model.Save(mlContext.Transforms.CopyColumns("Other", "File").Fit(data), data.Schema, work["model.zip"]);
        var done = await work.RunAsync("explain", "@model.zip", "--images", Pictures[0], "--method", "saliency", "-o", "@out");

        Assert.AreEqual(ExitCode.Failed, done.ExitCode);
        StringAssert.Contains(done.Error, "ExtractPixels");
        Assert.IsFalse(Directory.Exists(work["out"]));
    }

    private static (MLContext, ITransformer, IDataView) Saved(string path)
    {
        var mlContext = new MLContext(1);
        var rows = Pictures.Select(p => new Labelled { File = p, Label = Path.GetFileNameWithoutExtension(p) });
        var data = mlContext.Data.LoadFromEnumerable(rows);
        var network = Network.Load(Workplace.Given("resnet_tiny.onnx"));
        var input = network.DefaultInput.Name;
        var model = mlContext.Transforms.LoadImages("Image", "", nameof(Labelled.File))
            .Append(mlContext.Transforms.ResizeImages("Image", 32, 32, resizing: ImageResizingEstimator.ResizingKind.IsoPad))
            .Append(mlContext.Transforms.ExtractPixels(input, "Image", scaleImage: 1 / 255f))
            .Append(mlContext.Transforms.ApplyOnnxModel([network.DefaultOutput], [input], Workplace.Given("resnet_tiny.onnx"),
                shapeDictionary: new Dictionary<string, int[]> { [input] = [1, 3, 32, 32] }, gpuDeviceId: null, fallbackToCpu: false))
            .Append(mlContext.Transforms.Conversion.MapValueToKey("Key", nameof(Labelled.Label)))
            .Append(mlContext.MulticlassClassification.Trainers.LbfgsMaximumEntropy("Key", network.DefaultOutput)).Fit(data);
        mlContext.Model.Save(model, data.Schema, path);
        return (mlContext, model, data);
    }

    private sealed class Labelled
    {
        public string File { get; set; } = "";

        public string Label { get; set; } = "";
    }

    private sealed class Scored
    {
        public float[] Score { get; set; } = [];
    }

    private sealed class Explained
    {
        public float[] Why { get; set; } = [];
    }
}
