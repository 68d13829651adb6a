using System.Text.Json;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Tool.Tests;

[TestClass]
public class GroupingHeatMaps
{
    private const int Side = 6, Count = 40, Marked = 8;
    private const string Layer = "/conv1/Conv";

    // Class 0 lights the left, class 1 the right; some of class 1 bear a mark in the corner instead, and the network reads it.
    private static void Plant(Workplace work)
    {
        var (random, rows) = (new Random(4), new float[Count * Side * Side]);
        for (var i = 0; i < rows.Length; i++)
        {
            var (row, y, x) = (i / (Side * Side), i / Side % Side, i % Side);
            var lit = row < Marked ? y == 0 && x == 0 : y is 2 or 3 && (row % 2 == 0 ? x < 3 : x >= 3);
            rows[i] = (float)((lit ? 1 : 0) + 0.02 * random.NextDouble());
        }
        NpyArray.From(rows, Count, 1, Side, Side).Save(work["rows.npy"]);
        NpyArray.From([.. Enumerable.Range(0, Count).Select(Label)], Count).Save(work["labels.npy"]);
        var graph = new Graph();
        var x0 = graph.Input("x", ElementType.Float, new Shape(Dimension.Symbol("N"), 1, Side, Side));
        float[] weights = [.. Enumerable.Range(0, Side * Side).SelectMany(i => (float[])
            [i % Side < 3 && i > Side ? 1 : 0, i % Side >= 3 && i > Side ? 1 : i == 0 ? 6 : 0])];
        graph.ToModel([("scores", x0.Reshape(-1, Side * Side).MatMul(graph.Constant(Tensor.From(weights, Side * Side, 2))))])
            .Save(work["net.onnx"]);
    }

    private static long Label(int row) => row < Marked ? 1 : row % 2;

    [TestMethod]
    public async Task A_mark_is_found_and_files_are_the_same_twice()
    {
        using var work = new Workplace();
        Plant(work);
        string[] command = ["clusters", "@net.onnx", "--data", "@rows.npy", "--labels", "@labels.npy", "--method", "input-x-gradient",
            "--clusters", "2..3", "--neighbours", "7"];
        foreach (var name in (string[])["a", "b"])
            (await work.RunAsync([.. command, "-o", $"@{name}.html", "-o", $"@{name}.json", "-o", $"@{name}.csv"])).IsDone();
        foreach (var kind in (string[])["html", "json", "csv"])
            CollectionAssert.AreEqual(File.ReadAllBytes(work["a." + kind]), File.ReadAllBytes(work["b." + kind]), kind);

        using var json = JsonDocument.Parse(File.ReadAllText(work["a.json"]));
        var group = json.RootElement.GetProperty("groups").EnumerateArray().Single();
        var clusterings = group.GetProperty("clusterings").EnumerateArray().ToList();
        Assert.HasCount(3 + 2 * 2, clusterings);
        var found = clusterings[0].GetProperty("clusters").EnumerateArray().ToList();
        Assert.HasCount(3, found);
        var mark = found.Single(c => c.GetProperty("suspicious").GetBoolean());
        CollectionAssert.AreEqual(Enumerable.Range(0, Marked).ToArray(),
            mark.GetProperty("rows").EnumerateArray().Select(r => r.GetInt32()).ToArray());
        Assert.AreEqual(Marked, mark.GetProperty("truth").GetProperty("1").GetInt32());
        Finite.AtLeast(0.8, mark.GetProperty("map")[0].GetDouble());

        var table = work.ReadCsv("a.csv");
        CollectionAssert.AreEqual((string[])["row", "group", "predicted", "probability", "label", "x", "y", "k-means", "agglomerative"],
            table[0].Take(9).ToArray());
        Assert.HasCount(1 + Count, table);
        foreach (var (row, line) in table.Skip(1).Index())
        {
            Assert.AreEqual(row < Marked ? "1" : "0", line[^1], $"row {row}");
            Assert.AreEqual(Label(row), long.Parse(line[2]), $"row {row}");
        }
        var page = File.ReadAllText(work["a.html"]);
        foreach (var text in (string[])["Suspicious clusters", "8 rows (20 % of all)", "What the numbers do not say", "Scatter of 40 points",
            "Mean map of cluster 2", "row 3, class 1"])
            Assert.Contains(text, page);
    }

    [TestMethod]
    public async Task Classes_are_grouped_by_themselves()
    {
        using var work = new Workplace();
        Plant(work);
        (await work.RunAsync("clusters", "@net.onnx", "--data", "@rows.npy", "--per-class", "--no-tsne", "--neighbours", "4", "--method",
            "input-x-gradient", "-k", "2", "-o", "@x.json", "-o", "@x.jsonl", "--virelay", "@virelay")).IsDone();
        CollectionAssert.AreEqual((string[])["analysis.h5", "attribution.h5", "input.h5", "label_map.json", "project.yaml"],
            Directory.EnumerateFiles(work["virelay"]).Select(Path.GetFileName).Order(StringComparer.Ordinal).ToArray());
        using var json = JsonDocument.Parse(File.ReadAllText(work["x.json"]));
        var groups = json.RootElement.GetProperty("groups").EnumerateArray().ToList();
        CollectionAssert.AreEqual((string[])["Class 0", "Class 1"], groups.Select(g => g.GetProperty("name").GetString()).ToArray());
        CollectionAssert.AreEqual(Enumerable.Range(0, Count).Where(r => Label(r) == 1).ToArray(),
            groups[1].GetProperty("rows").EnumerateArray().Select(r => r.GetInt32()).ToArray());
        Assert.AreEqual("spectral", groups[0].GetProperty("layout").GetString());
        // Marks make one of the two clusters of their class.
        Assert.Contains(Marked, groups[1].GetProperty("clusterings")[0].GetProperty("clusters").EnumerateArray()
            .Select(c => c.GetProperty("rows").GetArrayLength()).ToArray());
        Assert.HasCount(Count, File.ReadAllLines(work["x.jsonl"]));
    }

    [TestMethod]
    public async Task Prototypes_of_classes_and_rows_far_from_them_are_told()
    {
        using var work = new Workplace();
        NpyArray.From([.. Enumerable.Range(0, 20 * 64).Select(i => i * 7 % 23 / 22f)], 20, 1, 8, 8).Save(work["rows.npy"]);
        string[] command = ["clusters", Workplace.Given("cnn_digits.onnx"), "--data", "@rows.npy", "--rows", "18", "--layer", Layer];
        foreach (var name in (string[])["a", "b"])
            (await work.RunAsync([.. command, "-o", $"@{name}.html", "-o", $"@{name}.json", "-o", $"@{name}.csv"])).IsDone();
        foreach (var kind in (string[])["html", "json", "csv"])
            CollectionAssert.AreEqual(File.ReadAllBytes(work["a." + kind]), File.ReadAllBytes(work["b." + kind]), kind);
        using var json = JsonDocument.Parse(File.ReadAllText(work["a.json"]));
        var prototypes = json.RootElement.GetProperty("prototypes");
        Assert.AreEqual(Layer, prototypes.GetProperty("layer").GetString());
        Assert.HasCount(18, prototypes.GetProperty("distances").EnumerateArray().ToArray());
        CollectionAssert.AreEquivalent(Enumerable.Range(0, 18).ToArray(), prototypes.GetProperty("classes").EnumerateArray()
            .SelectMany(c => c.GetProperty("rows").EnumerateArray().Select(r => r.GetInt32())).ToArray());
        CollectionAssert.AreEqual((string[])["prototype", "distance", "density"], work.ReadCsv("a.csv")[0].TakeLast(3).ToArray());
        var page = File.ReadAllText(work["a.html"]);
        foreach (var text in (string[])["Prototypes of classes", "prototype 0", "The most unusual rows"])
            Assert.Contains(text, page);
        (await work.RunAsync([.. command, "-o", "@x.csv", "--prototypes", "0"])).WasWrongUse("from 1");
        (await work.RunAsync(["clusters", Workplace.Given("cnn_digits.onnx"), "--data", "@rows.npy", "-o", "@x.csv", "--layer", "nowhere"]))
            .Failed("nowhere");
    }

    [TestMethod]
    public async Task What_does_not_fit_is_said()
    {
        using var work = new Workplace();
        Plant(work);
        NpyArray.From([0.5, 1], 2).Save(work["half.npy"]);
        string[] command = ["clusters", "@net.onnx", "--data", "@rows.npy"];
        (await work.RunAsync(command)).WasWrongUse("--output FILE.html");
        (await work.RunAsync([.. command, "-o", "@x.npz"])).WasWrongUse("none of these");
        (await work.RunAsync([.. command, "-o", "@x.csv", "--rows", "1"])).WasWrongUse("from 2 to 5000");
        (await work.RunAsync([.. command, "-o", "@x.csv", "-k", "5..2"])).WasWrongUse("2..8");
        (await work.RunAsync([.. command, "-o", "@x.csv", "-k", "2..900"])).WasWrongUse("from 2 to 64");
        (await work.RunAsync([.. command, "-o", "@x.csv", "-k", "0"])).WasWrongUse("from 1");
        (await work.RunAsync([.. command, "-o", "@x.csv", "--method", "magic"])).WasWrongUse("magic");
        (await work.RunAsync([.. command, "-o", "@x.csv", "--method", "lrp,saliency"])).WasWrongUse("one method");
        (await work.RunAsync([.. command, "-o", "@x.csv", "--target", "2"])).WasWrongUse("classes 0 to 1");
        (await work.RunAsync([.. command, "-o", "@x.csv", "--labels", "@half.npy"])).Failed("2 rows");
        (await work.RunAsync([.. command, "-o", "@x.csv", "--labels", "@half.npy", "--rows", "2"])).Failed("0.5 in row 0");
        Assert.IsFalse(File.Exists(work["x.csv"]));
    }
}
