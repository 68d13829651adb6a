using System.Globalization;
using Microsoft.ML.Introspection.Features;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Rows;

namespace Microsoft.ML.Introspection.Tool.Tests;

/// <summary>The commands of concepts, against the library.</summary>
[TestClass]
public class FindingConcepts
{
    private const string Layer = "/layer3/relu2/Relu";

    [TestMethod]
    public async Task Tcav_as_a_table_vectors_and_a_page()
    {
        using var work = new Workplace();
        var model = Workplace.Given("resnet_tiny.onnx");
        Images(work["class.npy"], 8, i => i % 3);
        Images(work["stripes.npy"], 6, _ => 1);
        Images(work["random.npy"], 24, _ => 0);
        string[] command =
        [
            "tcav", model, "--data", "@class.npy", "-t", "2", "-l", Layer, "--concept", $"stripes={work["stripes.npy"]}", "--random",
            "@random.npy", "--random-sets", "4", "--function", "loss", "--pooled",
        ];
        (await work.RunAsync([.. command, "-o", "@tcav.csv", "--vectors", "@vectors", "--report", "@tcav.html"])).IsDone();
        var table = work.ReadCsv("tcav.csv");
        CollectionAssert.AreEqual((string[])["concept", "layer", "tcav"], table[0][..3]);
        Assert.AreEqual(6, table[1].Length - 6);
        var vectors = Enumerable.Range(0, 3).Select(i => ConceptVector.Load(Path.Combine(work["vectors"], $"stripes-layer3_relu2_Relu-{i}.npy")))
            .ToList();
        Assert.AreEqual((6, 6), vectors[0].Rows);
        using var rows = ArrayRows.OpenNpy(work["class.npy"]);
        var gradients = LayerActivations.TakeGradients(Network.Load(model), rows, [Layer], Target.Class(2), ConceptFunction.Loss, true)[0];
        Near(vectors.Average(v => ConceptScore.Of(gradients, v, ConceptFunction.Loss).Share), table[1][2]);
        Near(vectors.Average(v => ConceptScore.Of(gradients, v, ConceptFunction.Loss).Mean), table[1][5]);
        var page = File.ReadAllText(work["tcav.html"]);
        Assert.Contains("stripes", page);
        Assert.Contains("<img", page);

        (await work.RunAsync([.. command, "-o", "@again.csv", "--find", "--correction", "holm"])).IsDone();
        Assert.Contains("concept 1", File.ReadAllText(work["again.csv"]));
        (await work.RunAsync(command)).WasWrongUse("--vectors FOLDER");
        (await work.RunAsync([.. command, "-o", "@x.npy"])).WasWrongUse("table");
        (await work.RunAsync([.. command.Select(word => word == "4" ? "2" : word), "-o", "@x.csv"])).WasWrongUse("three sets");
        (await work.RunAsync([.. command, "-o", "@x.csv", "--concept", "plain.npy"])).WasWrongUse("NAME=FILES");
        (await work.RunAsync([.. command[..8], "-o", "@x.csv", "--random", "@random.npy"])).WasWrongUse("--find");
        Assert.IsFalse(File.Exists(work["x.csv"]));

        // And the network without it.
        var file = Path.Combine(work["vectors"], "stripes-layer3_relu2_Relu-0.npy");
        (await work.RunAsync("forget", model, "--vector", file, "--data", "@random.npy", "-o", "@blind.onnx")).IsSaid("without stripes");
        // Moved along the vector, at every position, to where random rows lie: what is pooled lies there then.
        using var random = ArrayRows.OpenNpy(work["random.npy"]);
        var without = LayerActivations.Take(Network.Load(model), random, [Layer], pooled: true)[0];
        ConceptProjection.Remove(Network.Load(model), [vectors[0]], without).Save(work["expected.onnx"]);
        (await work.RunAsync("run", work["expected.onnx"], "--data", "@class.npy", "-o", "@expected.npy")).IsDone();
        (await work.RunAsync("run", work["blind.onnx"], "--data", "@class.npy", "-o", "@blind.npy")).IsDone();
        (await work.RunAsync("run", model, "--data", "@class.npy", "-o", "@before.npy")).IsDone();
        var (expected, found, before) = (NpyArray.Load(work["expected.npy"]).ToDoubles(), NpyArray.Load(work["blind.npy"]).ToDoubles(),
            NpyArray.Load(work["before.npy"]).ToDoubles());
        Shap.ShapFiles.AreSame(expected, found, 1e-5);
        Assert.IsTrue(before.Zip(found).Any(p => Math.Abs(p.First - p.Second) > 1e-3));
        (await work.RunAsync("forget", model, "--vector", file, "-o", "@blind.npz")).WasWrongUse(".onnx");
        (await work.RunAsync("forget", model, "--vector", "@none.npy", "-o", "@x.onnx")).Failed("none.npy");
    }

    [TestMethod]
    public async Task Factorised_layers_as_arrays_a_model_and_a_page()
    {
        using var work = new Workplace();
        var model = Workplace.Given("resnet_tiny.onnx");
        Images(work["rows.npy"], 6, i => i % 3);
        string[] command = ["concepts", model, "--data", "@rows.npy", "-l", Layer, "-k", "3", "--target", "1", "--designs", "8"];
        (await work.RunAsync([.. command, "-o", "@found.npz", "--report", "@found.html"])).IsDone();
        using (var archive = NpzArchive.Open(work["found.npz"]))
        {
            using var rows = ArrayRows.OpenNpy(work["rows.npy"]);
            var (bank, maps) = ConceptBank.Learn(LayerActivations.Take(Network.Load(model), rows, [Layer])[0], 3);
            Shap.ShapFiles.AreSame(bank.Vectors, archive.Read("vectors").ToDoubles(), 1e-6);
            Shap.ShapFiles.AreSame(maps, archive.Read("maps").ToDoubles(), 1e-6);
            CollectionAssert.AreEqual((int[])[6, 3], archive.Read("importance").Shape.ToArray());
            Assert.AreEqual(4, archive.Read("maps").Shape.Count);
        }
        Assert.Contains("Concept 2", File.ReadAllText(work["found.html"]));
        (await work.RunAsync([.. command, "-o", "@found.onnx", "--of", "squares", "--square", "0.4"])).IsDone();
        CollectionAssert.AreEqual((string[])["maps", "importance"],
            Onnx.OnnxModel.Load(work["found.onnx"]).Outputs.Select(o => o.Name).Where(n => n is "maps" or "importance").ToArray());
        (await work.RunAsync(command)).WasWrongUse("--report FILE.html");
        (await work.RunAsync([.. command, "-o", "@x.npz", "--of", "all"])).WasWrongUse("maps|squares");
        (await work.RunAsync([.. command, "-o", "@x.npz", "-l", "/conv1/Conv"])).WasWrongUse("One layer");
        (await work.RunAsync([.. command[..6], "-o", "@x.npz", "-k", "4000"])).Failed("4000 concepts");
    }

    [TestMethod]
    public async Task Channels_with_the_rows_that_stand_for_them()
    {
        using var work = new Workplace();
        var model = Workplace.Given("resnet_tiny.onnx");
        Images(work["rows.npy"], 6, i => i % 3);
        string[] command = ["channels", model, "--data", "@rows.npy", "-l", Layer, "-l", "/layer2/relu2/Relu", "--target", "1", "--top", "3"];
        (await work.RunAsync([.. command, "-o", "@shares.npz", "--references", "@folder", "--report", "@page.html", "--graph", "2",
            "--width", "2"])).IsDone();
        using (var archive = NpzArchive.Open(work["shares.npz"]))
        {
            var shares = archive.Read(Layer);
            Near(1, shares.ToDoubles()[..shares.Shape[1]].Sum(Math.Abs).ToString("R", CultureInfo.InvariantCulture));
        }
        Assert.IsTrue(File.Exists(Path.Combine(work["folder"], "RelMax_sum_normed", "layer3_relu2_Relu_data.npy")));
        var page = File.ReadAllText(work["page.html"]);
        Assert.Contains("Attribution graph", page);
        Assert.Contains("<img", page);
        (await work.RunAsync([.. command, "--condition", $"{Layer}=3,7", "-o", "@heat.onnx", "-l", "/layer1/relu2/Relu"]))
            .Failed("no way");
        string[] lower = [.. command[..4], "-l", "/layer1/relu2/Relu", "--target", "1", "--condition", $"{Layer}=3,7"];
        (await work.RunAsync([.. lower, "-o", "@heat.onnx"])).IsDone();
        Assert.AreEqual("[3, 32, 32]", $"[{string.Join(", ", Onnx.OnnxModel.Load(work["heat.onnx"]).Outputs[0].Shape!.Skip(1))}]");
        (await work.RunAsync([.. command, "--condition", "x", "-o", "@x.npz"])).WasWrongUse("LAYER=3,7");
        (await work.RunAsync([.. command, "--graph", "2", "-o", "@x.npz"])).WasWrongUse("--report FILE.html");
        (await work.RunAsync([.. command, "-o", "@x.npz", "--references", "@folder"])).Failed("not empty");
    }

    // Kind 0 is noise, 1 has stripes, 2 a disc.
    internal static void Images(string path, int count, Func<int, int> kind)
    {
        var (random, pixels) = (new Random(count), new float[count * 3 * 32 * 32]);
        for (var i = 0; i < pixels.Length; i++)
        {
            var (image, y, x) = (i / 3072, i / 32 % 32, i % 32);
            var shape = kind(image) switch { 1 => x / 4 % 2 == 0 ? 0.8 : 0, 2 => Math.Pow(x - 16, 2) + Math.Pow(y - 16, 2) < 64 ? 0.8 : 0, _ => 0.4 };
            pixels[i] = (float)(shape + 0.2 * random.NextDouble());
        }
        NpyArray.From(pixels, count, 3, 32, 32).Save(path);
    }

    private static void Near(double expected, string found) =>
        Shap.ShapFiles.AreSame([expected], [double.Parse(found, CultureInfo.InvariantCulture)], 1e-6);
}
