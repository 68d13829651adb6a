using System.IO.Compression;
using Microsoft.ML.Introspection.Files;

namespace Microsoft.ML.Introspection.Tool.Tests;

[TestClass]
public class LookingIntoNetworks
{
    [TestMethod]
    public async Task Filters_as_numbers_a_picture_and_a_page()
    {
        using var work = new Workplace();
        string[] command = ["filters", Workplace.Given("cnn_digits.onnx")];
        (await work.RunAsync([.. command, "-o", "@filters.npz", "--average-axis", "2", "--report", "@filters.html", "--layer", "/conv1/Conv"])).IsDone();
        using (var archive = NpzArchive.Open(work["filters.npz"]))
        {
            var weights = archive.Read("/conv1/Conv.weights");
            var norms = archive.Read("/conv1/Conv.norm").ToDoubles();
            var size = weights.Count / norms.Length;
            ShapFilesAreSame([.. weights.ToDoubles().Chunk(size).Select(f => Math.Sqrt(f.Sum(w => w * w)))], norms);
            CollectionAssert.AreEqual((int[])[weights.Shape[0], weights.Shape[1], weights.Shape[3]],
                archive.Read("/conv1/Conv.mean").Shape.ToArray());
        }
        Assert.Contains("/conv1/Conv", File.ReadAllText(work["filters.html"]));
        (await work.RunAsync([.. command, "-o", "@kernels.png", "--layer", "/conv1/Conv"])).IsDone();
        CollectionAssert.AreEqual((byte[])[0x89, 0x50, 0x4E, 0x47], File.ReadAllBytes(work["kernels.png"])[..4]);
        (await work.RunAsync([.. command, "-o", "@kernels.png"])).WasWrongUse("choose one");
        (await work.RunAsync(command)).WasWrongUse("--output FILE.npz");
        (await work.RunAsync([.. command, "-o", "@x.txt"])).WasWrongUse(".npz or .png");
        (await work.RunAsync([.. command, "-o", "@x.npz", "--layer", "none"])).Failed("no layer 'none'");
        (await work.RunAsync([.. command, "-o", "@x.npz", "--average-axis", "9"])).Failed("axes 0 to");
    }

    [TestMethod]
    public async Task Maps_of_a_row_are_what_run_gives()
    {
        using var work = new Workplace();
        NpyArray.From([.. Enumerable.Range(0, 192).Select(i => i % 23 / 22f)], 3, 1, 8, 8).Save(work["rows.npy"]);
        var model = Workplace.Given("cnn_digits.onnx");
        (await work.RunAsync("maps", model, "--data", "@rows.npy", "--row", "2", "-o", "@maps.npz", "--report", "@maps.html")).IsDone();
        (await work.RunAsync("run", model, "--data", "@rows.npy", "--layer", "/conv2/Conv", "-o", "@all.npy")).IsDone();
        using var archive = NpzArchive.Open(work["maps.npz"]);
        var all = NpyArray.Load(work["all.npy"]).ToDoubles();
        ShapFilesAreSame(all[(all.Length / 3 * 2)..], archive.Read("/conv2/Conv").ToDoubles());
        Assert.Contains("<img", File.ReadAllText(work["maps.html"]));
        (await work.RunAsync("maps", model, "--data", "@rows.npy", "--row", "3", "-o", "@maps.npz")).Failed("there is no row 3");
        (await work.RunAsync("maps", model, "--data", "@rows.npy", "--row", "-1", "-o", "@maps.npz")).WasWrongUse("from 0");
    }

    [TestMethod]
    public async Task Statistics_as_a_table_and_a_page()
    {
        using var work = new Workplace();
        NpyArray.From([.. Enumerable.Range(0, 192).Select(i => i % 23 / 22f)], 3, 1, 8, 8).Save(work["rows.npy"]);
        NpyArray.From([7L, 3, 7], 3).Save(work["labels.npy"]);
        var model = Workplace.Given("cnn_digits.onnx");
        (await work.RunAsync("statistics", model, "--data", "input=@rows.npy", "--data", "label=@labels.npy", "--target", "label:label",
            "--gradients", "-l", "/conv2/Conv", "-o", "@units.csv", "--report", "@units.html")).IsDone();
        var table = work.ReadCsv("units.csv");
        Assert.HasCount(1 + 2 * 32, table);
        CollectionAssert.AreEqual((string[])["layer", "of", "unit", "mean"], table[0][..4]);
        CollectionAssert.AreEqual((string[])["mean[3]", "mean[7]"], table[0][^2..]);
        Assert.AreEqual("gradient", table[^1][1]);
        Assert.Contains("Gradients by layer", File.ReadAllText(work["units.html"]));
        (await work.RunAsync("statistics", model, "--data", "@rows.npy", "--no-classes", "-o", "@plain.csv")).IsDone();
        Assert.AreEqual("q0.99", work.ReadCsv("plain.csv")[0][^1]);
        (await work.RunAsync("statistics", model, "--data", "@rows.npy")).WasWrongUse("--report FILE.html");
        (await work.RunAsync("statistics", model, "--data", "@rows.npy", "-o", "@x.npy")).WasWrongUse("table");
    }

    [TestMethod]
    public async Task Responses_of_two_checkpoints()
    {
        using var work = new Workplace();
        TinyNetworks.Probabilities().Save(work);
        File.Copy(work["model.onnx"], work["later.onnx"]);
        string[] command = ["responses", work["model.onnx"], "--range", "-2..2", "--steps", "5"];
        (await work.RunAsync([.. command, "--checkpoint", "@later.onnx", "-o", "@planes.npz", "--report", "@planes.html"])).IsDone();
        using var archive = NpzArchive.Open(work["planes.npz"]);
        Assert.Contains("later.", archive.Names[^1]);
        CollectionAssert.AreEqual((int[])[5, 5], archive.Read(archive.Names[0]).Shape.ToArray()[1..]);
        (await work.RunAsync([.. command, "--x", "5", "-o", "@planes.npz"])).Failed("2 elements");
        (await work.RunAsync("responses", work["model.onnx"], "--range", "2", "-o", "@planes.npz")).WasWrongUse("FROM..TO");
    }

    [TestMethod]
    public async Task Images_that_excite_as_a_sheet_a_film_numbers_and_a_page()
    {
        using var work = new Workplace();
        string[] command = ["maximize", Workplace.Given("cnn_digits.onnx"), "--layer", "/conv2/Conv", "-c", "0-2,7", "-n", "6"];
        (await work.RunAsync([.. command, "-o", "@sheet.png", "--report", "@found.html"])).IsSaid("Found 4 images");
        CollectionAssert.AreEqual((byte[])[0x89, 0x50, 0x4E, 0x47], File.ReadAllBytes(work["sheet.png"])[..4]);
        Assert.Contains("/conv2/Conv 7", File.ReadAllText(work["found.html"]));
        (await work.RunAsync([.. command, "-o", "@film.apng", "--frame-every", "3"])).IsSaid("Found");
        Assert.Contains("acTL", System.Text.Encoding.Latin1.GetString(File.ReadAllBytes(work["film.apng"])));
        (await work.RunAsync([.. command, "-o", "@one.npz", "--penalty", "tv=0.1", "--copies", "2", "--diversity", "0.5"])).IsSaid("8 images");
        (await work.RunAsync([.. command, "-o", "@two.npz", "--penalty", "tv=0.1", "--copies", "2", "--diversity", "0.5"])).IsSaid("8 images");
        CollectionAssert.AreEqual(File.ReadAllBytes(work["one.npz"]), File.ReadAllBytes(work["two.npz"]));
        using (var archive = NpzArchive.Open(work["one.npz"]))
        {
            CollectionAssert.AreEqual((int[])[8, 1, 8, 8], archive.Read("image").Shape.ToArray());
            CollectionAssert.AreEqual((int[])[6, 8], archive.Read("objective").Shape.ToArray());
            CollectionAssert.AreEqual((long[])[0, 0, 1, 1, 2, 2, 7, 7], archive.Read("target").ToInt64s());
        }
        (await work.RunAsync([.. command, "-o", "@graph.onnx"])).IsDone();
        CollectionAssert.AreEqual((string[])["steps", "seed", "target"],
            Onnx.OnnxModel.Load(work["graph.onnx"]).Inputs.Select(i => i.Name).ToArray());
    }

    [TestMethod]
    public async Task Images_that_cannot_be_are_refused()
    {
        using var work = new Workplace();
        string[] command = ["maximize", Workplace.Given("cnn_digits.onnx"), "-o", "@x.png"];
        (await work.RunAsync(command[..2])).WasWrongUse("--output FILE.png");
        (await work.RunAsync([.. command, "-c", "3-1"])).WasWrongUse("ranges");
        (await work.RunAsync([.. command, "-c", "10"])).Failed("0 to 9");
        (await work.RunAsync([.. command, "--parametrisation", "maco"])).WasWrongUse("--natural");
        (await work.RunAsync([.. command, "--penalty", "x=1"])).WasWrongUse("tv, l1, l2, blur");
        (await work.RunAsync([.. command, "--neuron"])).WasWrongUse("--layer LAYER");
        (await work.RunAsync([.. command[..2], "-o", "@x.apng"])).WasWrongUse("--frame-every");
        (await work.RunAsync([.. command, "-n", "5", "--frame-every", "2"])).Failed("no multiple");
        (await work.RunAsync([.. command, "--colors", "lucid"])).Failed("3 channels");
        Assert.IsEmpty(work.Files);
    }

    [TestMethod]
    public async Task Examples_as_arrays_a_table_and_a_page()
    {
        using var work = new Workplace();
        NpyArray.From([.. Enumerable.Range(0, 320).Select(i => i * i % 23 / 22f)], 5, 1, 8, 8).Save(work["rows.npy"]);
        string[] command = ["examples", Workplace.Given("cnn_digits.onnx"), "--data", "@rows.npy", "-l", "/conv2/Conv", "--top", "3"];
        (await work.RunAsync([.. command, "-o", "@top.npz", "--report", "@top.html", "-u", "0-3", "--deconvnet", "--guided"])).IsDone();
        (await work.RunAsync([.. command, "-o", "@top.csv"])).IsDone();
        (await work.RunAsync("run", command[1], "--data", "@rows.npy", "--layer", "/conv2/Conv", "-o", "@all.npy")).IsDone();
        var all = NpyArray.Load(work["all.npy"]);
        var (values, size) = (all.ToDoubles(), all.Shape[2] * all.Shape[3]);
        var best = Enumerable.Range(0, 5).Select(row => values.AsSpan((row * all.Shape[1] + 7) * size, size).ToArray().Largest())
            .Index().OrderByDescending(r => r.Item).Take(3).ToArray();
        using (var archive = NpzArchive.Open(work["top.npz"]))
        {
            CollectionAssert.AreEqual(best.Select(b => (long)b.Index).ToArray(), archive.Read("/conv2/Conv/row").ToInt64s()[21..24]);
            ShapFilesAreSame([.. best.Select(b => b.Item)], archive.Read("/conv2/Conv/value").ToDoubles()[21..24]);
        }
        var table = work.ReadCsv("top.csv");
        CollectionAssert.AreEqual((string[])["layer", "unit", "rank", "row", "value", "position"], table[0]);
        CollectionAssert.AreEqual((string[])["/conv2/Conv", "7", "0", $"{best[0].Index}"], table[1 + 21][..4]);
        var page = File.ReadAllText(work["top.html"]);
        Assert.Contains("Unit 3", page);
        Assert.DoesNotContain("Unit 4<", page);
        (await work.RunAsync([.. command, "-o", "@sum.csv", "--order", "sum", "--relevance", "--target", "3"])).IsDone();
        Assert.HasCount(table.Length, work.ReadCsv("sum.csv"));
        (await work.RunAsync(command)).WasWrongUse("--output FILE.npz");
        (await work.RunAsync([.. command[..2], "-o", "@x.npz"])).WasWrongUse("--data FILE, or --images FOLDER");
        (await work.RunAsync([.. command[..^1], "0", "-o", "@x.npz"])).WasWrongUse("Between 1 and");
        (await work.RunAsync([.. command, "-o", "@x.txt"])).WasWrongUse("no known ending");
    }

    [TestMethod]
    public async Task Concepts_of_several_networks()
    {
        using var work = new Workplace();
        ZipFile.ExtractToDirectory(Workplace.Given("broden.zip"), work["broden"]);
        var model = Workplace.Given("resnet_tiny.onnx");
        string[] command = ["dissect", model, "--concepts", "@broden", "-l", "/layer3/relu2/Relu", "--tail", "0.05", "--preprocess", "plain"];
        var done = await work.RunAsync([.. command, "--checkpoint", model, "-o", "@tables", "--report", "@page.html", "--rotations", "1"]);
        Assert.AreEqual(0, done.ExitCode, done.Error);
        Assert.StartsWith("note: preprocessing", done.Error);
        string[] files = [.. Directory.EnumerateFiles(work["tables"]).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)];
        CollectionAssert.AreEqual((string[])
        [
            "0-layer3-relu2-Relu-result.csv", "0-layer3-relu2-Relu-rotation1-result.csv", "1-layer3-relu2-Relu-result.csv",
            "1-layer3-relu2-Relu-rotation1-result.csv",
        ], files);
        // The same network has the same concepts.
        Assert.AreEqual(File.ReadAllText(Path.Combine(work["tables"], files[0])), File.ReadAllText(Path.Combine(work["tables"], files[2])));
        Assert.Contains("Unique detectors, rotated", File.ReadAllText(work["page.html"]));
        Assert.Contains("<img", File.ReadAllText(work["page.html"]));
        (await work.RunAsync([.. command, "-o", "@tables"])).Failed("not empty");
        (await work.RunAsync(command)).WasWrongUse("--report FILE.html");
        (await work.RunAsync([.. command, "-o", "@x", "--iou", "2"])).WasWrongUse("up to 1");
        (await work.RunAsync([.. command, "-o", "@x", "--enlarge", "much"])).WasWrongUse("half-pixel");
        (await work.RunAsync("dissect", model, "--concepts", "@nowhere", "-o", "@x")).Failed("no folder");
        Assert.IsFalse(Directory.Exists(work["x"]));
    }

    private static void ShapFilesAreSame(double[] expected, double[] found) => Shap.ShapFiles.AreSame(expected, found, 1e-6);
}
