using System.IO.Compression;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Importers.TensorFlow.Proto;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Reports;
using Microsoft.ML.Introspection.Tests.Imaging;
using Microsoft.ML.Introspection.Tests.Importers.TensorFlow;

namespace Microsoft.ML.Introspection.Tool.Tests;

/// <summary>A pipeline that ends in ML.NET's ImageClassification, of whose package nothing is there: its network is explained.</summary>
[TestClass]
public sealed class ExplainingImageClassifications
{
    private const int Side = ClassifierZips.Side;

    private static string Images => Path.Combine(ImageReferences.Folder, "files");

    [TestMethod]
    public async Task Pictures_are_prepared_as_its_own_graph_does_and_classes_have_their_names()
    {
        using var work = new Workplace();
        var graph = Saved(work["model.zip"], "mean");
        var image = Path.Combine(Images, "source_tall.png");
        var done = await work.RunAsync("explain", "@model.zip", "--images", image, "--method", "saliency", "--target", "class:cat", "-o",
            "@out");

        Assert.AreEqual(0, done.ExitCode, done.Error);
        using var arrays = NpzArchive.Open(Path.Combine(work["out"], "arrays.npz"));
        Assert.AreEqual(1, (int)arrays.Read("target").ToInt64s()[0]);
        StringAssert.Contains(File.ReadAllLines(Path.Combine(work["out"], "images.csv"))[1], "cat");
        // What a hand makes of the picture: places by the corner, weights by the nearest two, the mean of each channel, the head.
        var picture = ImageFile.Read(image).Image.WithoutAlpha();
        var (weights, biases) = (Numbers(graph, "final_retrain_ops/weights"), Numbers(graph, "final_retrain_ops/biases"));
        var score = (double)biases[1];
        for (var i = 0; i < Side * Side * 3; i++)
            score += At(i / 3 / Side, i / 3 % Side, i % 3) * weights[i % 3 * ClassifierZips.Classes + 1] / (Side * Side);
        // Pixels are rounded to bytes behind the resizing.
        Near.Equal(score, arrays.Read("score").ToSingles()[0], 3e-3);

        double At(int y, int x, int channel)
        {
            var (down, across) = (y * (double)picture.Height / Side, x * (double)picture.Width / Side);
            var (top, left) = ((int)down, (int)across);
            var (bottom, right) = (Math.Min(top + 1, picture.Height - 1), Math.Min(left + 1, picture.Width - 1));
            double Pixel(int row, int column) => picture.Pixels[(row * picture.Width + column) * 3 + channel] / 255.0;
            return (1 - (down - top)) * ((1 - (across - left)) * Pixel(top, left) + (across - left) * Pixel(top, right))
                + (down - top) * ((1 - (across - left)) * Pixel(bottom, left) + (across - left) * Pixel(bottom, right));
        }
    }

    [TestMethod]
    [DataRow("resnet")]
    [DataRow("mobilenet")]
    [DataRow("inception")]
    public async Task Layers_are_listed_and_maps_made(string architecture)
    {
        using var work = new Workplace();
        Saved(work["model.zip"], architecture);
        Done(await work.RunAsync("layers", "@model.zip"), "input", "Conv");
        Done(await work.RunAsync("explain", "@model.zip", "--images", Path.Combine(Images, "source_*.png"), "--method",
            "grad-cam,integrated-gradients", "-o", "@out"));
        using var arrays = NpzArchive.Open(Path.Combine(work["out"], "arrays.npz"));
        Assert.IsTrue(arrays.Read("grad-cam").ToSingles().Any(v => v > 0));
    }

    [TestMethod]
    public async Task It_is_converted_and_what_is_damaged_is_told()
    {
        using var work = new Workplace();
        Saved(work["model.zip"], "mobilenet");
        Done(await work.RunAsync("convert", "@model.zip", "--output", "@net.onnx"), "gives what was read");
        // How its pictures are prepared goes with it.
        Assert.AreEqual("tensorflow", OnnxModel.Load(work["net.onnx"]).Metadata["Image.Resizing"]);
        using (var archive = ZipFile.Open(work["broken.zip"], ZipArchiveMode.Create))
            ClassifierZips.Write(archive, ClassifierZips.Graph("mean"), cutOff: 3);
        (await work.RunAsync("layers", "@broken.zip")).Failed("broken.zip", "damaged or cut off");
    }

    private static void Done(Outcome outcome, params string[] says)
    {
        Assert.AreEqual(0, outcome.ExitCode, outcome.Error);
        foreach (var words in says)
            StringAssert.Contains(outcome.Out, words);
    }

    // A pipeline of ML.NET's own with another model in the place of its predictor, whose training data it tells.
    private static GraphDef Saved(string path, string architecture)
    {
        var mlContext = new MLContext(1);
        string[] names = ["ant", "cat", "dog"];
        var data = mlContext.Data.LoadFromEnumerable(Enumerable.Range(0, 12).Select(i => new Row
        {
            Label = names[i % 3],
            Features = [i % 3, i % 2],
        }));
        var model = mlContext.Transforms.Conversion.MapValueToKey("Label")
            .Append(mlContext.MulticlassClassification.Trainers.LbfgsMaximumEntropy()).Fit(data);
        mlContext.Model.Save(model, data.Schema, path);
        using var archive = ZipFile.Open(path, ZipArchiveMode.Update);
        const string Place = "Transform_001/Model/";
        var folder = archive.Entries.Select(e => e.FullName.Replace('\\', '/')).First(n => n.Contains(Place, StringComparison.Ordinal));
        folder = folder[..(folder.IndexOf(Place, StringComparison.Ordinal) + Place.Length)];
        foreach (var entry in archive.Entries.ToList())
            if (entry.FullName.Replace('\\', '/').StartsWith(folder, StringComparison.Ordinal))
                entry.Delete();
        var graph = ClassifierZips.Graph(architecture);
        ClassifierZips.Write(archive, graph, folder);
        return graph;
    }

    private static float[] Numbers(GraphDef graph, string name) =>
        [.. graph.Node.Single(n => n.Name == name).Attr["value"].Tensor.FloatVal];

    private sealed class Row
    {
        public string Label { get; set; } = "";

        [Microsoft.ML.Data.VectorType(2)]
        public float[] Features { get; set; } = [];
    }
}
