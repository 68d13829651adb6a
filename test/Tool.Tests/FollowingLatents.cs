using System.Globalization;
using Microsoft.ML.Introspection.Features;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Rows;

namespace Microsoft.ML.Introspection.Tool.Tests;

/// <summary>Commands of codes, copies, and of units that are dropped, against the library; parts of statistics against the whole.</summary>
[TestClass]
public class FollowingLatents
{
    private const int Side = 6, Rows = 10;

    [TestMethod]
    public async Task Correlations_as_a_table_arrays_and_a_page()
    {
        using var work = Prepared();
        work.Write("truth.csv", "id,brightness,place\n" + string.Concat(Enumerable.Range(0, Rows).Select(r =>
            string.Create(CultureInfo.InvariantCulture, $"row{r},{0.1 * r},{r * 7 % 10}\n"))));
        string[] command = ["latents", work["whole.onnx"], "--data", "@rows.npy", "-l", "code", "-q", "@truth.csv"];
        (await work.RunAsync([.. command, "-o", "@latents.csv", "--report", "@latents.html"])).IsDone();
        var table = work.ReadCsv("latents.csv");
        CollectionAssert.AreEqual((string[])["layer", "unit", "quantity", "pearson", "spearman"], table[0]);
        Assert.HasCount(1 + 2 * 2, table);
        using (var rows = ArrayRows.OpenNpy(work["rows.npy"]))
        {
            var taken = LayerActivations.Take(Network.Load(work["whole.onnx"]), rows, ["code"])[0];
            var expected = UnitCorrelations.Of(taken, new("brightness", [.. Enumerable.Range(0, Rows).Select(r => 0.1 * r)]),
                new("place", [.. Enumerable.Range(0, Rows).Select(r => (double)(r * 7 % 10))]));
            Shap.ShapFiles.AreSame(expected.Spearman, [.. table.Skip(1).Select(r => Number(r[4]))], 1e-9);
            Shap.ShapFiles.AreSame(expected.Pearson, [.. table.Skip(1).Select(r => Number(r[3]))], 1e-9);
        }
        Assert.Contains("brightness", File.ReadAllText(work["latents.html"]));
        NpyArray.From([.. Enumerable.Range(0, Rows).Select(r => 0.1 * r)], Rows).Save(work["truth.npy"]);
        (await work.RunAsync([.. command[..^1], "@truth.npy", "-o", "@latents.npz"])).IsDone();
        using (var archive = NpzArchive.Open(work["latents.npz"]))
            Shap.ShapFiles.AreSame([Number(table[1][3]), Number(table[3][3])], archive.Read("code/pearson").ToDoubles(), 1e-9);
        NpyArray.From([1.0, 2], 2).Save(work["short.npy"]);
        (await work.RunAsync([.. command[..^1], "@short.npy", "-o", "@x.csv"])).Failed("tells of 2 rows, and 10");
        (await work.RunAsync([.. command, "-o", "@x.npy"])).WasWrongUse("neither");
        (await work.RunAsync([.. command, "-o", "@truth.csv"])).WasWrongUse("is read");
        (await work.RunAsync(command)).WasWrongUse("--report FILE.html");
    }

    [TestMethod]
    public async Task Traversals_of_two_networks_are_those_of_one()
    {
        using var work = Prepared();
        string[] how = ["--data", "@rows.npy", "--row", "4", "--relative", "--range", "-2..2", "-n", "5"];
        (await work.RunAsync(["traverse", work["decoder.onnx"], "--encoder", "@encoder.onnx", .. how, "-o", "@apart.npz", "--report", "@apart.html"]))
            .IsSaid("Wrote");
        (await work.RunAsync(["traverse", work["whole.onnx"], "-l", "code", .. how, "-o", "@whole.npz"])).IsSaid("Wrote");
        using (NpzArchive apart = NpzArchive.Open(work["apart.npz"]), whole = NpzArchive.Open(work["whole.npz"]))
        {
            CollectionAssert.AreEqual((int[])[2, 5, 1, Side, Side], apart.Read("made").Shape.ToArray());
            Shap.ShapFiles.AreSame(whole.Read("made").ToDoubles(), apart.Read("made").ToDoubles(), 1e-6);
            // In the middle it is the copy of the row.
            (await work.RunAsync("run", work["whole.onnx"], "--data", "@rows.npy", "--output-tensor", "copy", "-o", "@copies.npy")).IsDone();
            var copy = NpyArray.Load(work["copies.npy"]).ToDoubles()[(4 * Side * Side)..(5 * Side * Side)];
            var made = apart.Read("made").ToDoubles();
            Shap.ShapFiles.AreSame(copy, made[(2 * Side * Side)..(3 * Side * Side)], 1e-6);
            Shap.ShapFiles.AreSame(copy, made[(7 * Side * Side)..(8 * Side * Side)], 1e-6);
            var (code, values) = (apart.Read("code").ToDoubles(), apart.Read("value").ToDoubles());
            Shap.ShapFiles.AreSame([code[0] - 2, code[0] - 1, code[0], code[0] + 1, code[0] + 2], values[..5], 1e-9);
        }
        Assert.Contains("latent 1", File.ReadAllText(work["apart.html"]));
        (await work.RunAsync("traverse", work["decoder.onnx"], "--through", "1,-1", "-u", "1", "-o", "@sheet.png")).IsSaid("Wrote");
        (await work.RunAsync("traverse", work["decoder.onnx"], "--picture", "36", "-o", "@curves.png", "--report", "@curves.html")).IsSaid("Wrote");
        Assert.Contains("a curve for each of its values", File.ReadAllText(work["curves.html"]));
        (await work.RunAsync("traverse", work["decoder.onnx"], "--picture", "7,7", "-o", "@x.png")).Failed("do not have the extents");
        (await work.RunAsync("traverse", work["decoder.onnx"], "-u", "2", "-o", "@x.png")).Failed("There are 2");
        (await work.RunAsync("traverse", work["decoder.onnx"], "--data", "@rows.npy", "-o", "@x.png")).WasWrongUse("--encoder FILE");
        (await work.RunAsync("traverse", work["decoder.onnx"], "--through", "1", "-o", "@x.png")).Failed("takes 2");
        (await work.RunAsync(["traverse", work["whole.onnx"], "-l", "code", .. how.Select(word => word == "4" ? "10" : word), "-o", "@x.png"])).Failed("row 10");
        Assert.IsFalse(File.Exists(work["x.png"]));
    }

    [TestMethod]
    public async Task Errors_of_copies_as_files_and_a_page()
    {
        using var work = Prepared();
        string[] command = ["reconstruct", work["whole.onnx"], "--data", "@rows.npy"];
        (await work.RunAsync([.. command, "-o", "@errors.npz", "--report", "@errors.html", "--shown", "2"])).IsDone();
        (await work.RunAsync("run", work["whole.onnx"], "--data", "@rows.npy", "--output-tensor", "copy", "-o", "@copies.npy")).IsDone();
        var (copies, rows) = (NpyArray.Load(work["copies.npy"]).ToDoubles(), NpyArray.Load(work["rows.npy"]).ToDoubles());
        double[] expected = [.. copies.Zip(rows).Select(p => Math.Pow(p.First - p.Second, 2))];
        double[] means = [.. expected.Chunk(Side * Side).Select(r => r.Average())];
        using (var archive = NpzArchive.Open(work["errors.npz"]))
        {
            Shap.ShapFiles.AreSame(expected, archive.Read("error").ToDoubles(), 1e-6);
            Shap.ShapFiles.AreSame(means, archive.Read("mean_error").ToDoubles(), 1e-6);
            CollectionAssert.AreEqual((int[])[Rows], archive.Read("mean_error").Shape.ToArray());
        }
        var page = File.ReadAllText(work["errors.html"]);
        var best = Enumerable.Range(0, Rows).OrderByDescending(r => means[r]).ToArray();
        Assert.Contains($"row {best[0]}: ", page);
        Assert.Contains($"row {best[1]}: ", page);
        Assert.DoesNotContain($"row {best[2]}: ", page);
        (await work.RunAsync([.. command, "--mean", "row", "-o", "@errors.csv"])).IsDone();
        var table = work.ReadCsv("errors.csv");
        CollectionAssert.AreEqual((string[])["row", "error"], table[0]);
        Shap.ShapFiles.AreSame(means, [.. table.Skip(1).Select(r => Number(r[1]))], 1e-6);
        (await work.RunAsync([.. command, "--mean", "channels", "--measure", "signed", "-o", "@maps.npy"])).IsDone();
        CollectionAssert.AreEqual((int[])[Rows, Side, Side], NpyArray.Load(work["maps.npy"]).Shape.ToArray());
        (await work.RunAsync(command)).WasWrongUse("--report FILE.html");
        (await work.RunAsync([.. command, "--output-tensor", "none", "-o", "@x.npy"])).Failed("no output 'none'");
        (await work.RunAsync("reconstruct", work["encoder.onnx"], "--data", "@rows.npy", "-o", "@x.npy")).Failed("0 outputs");
        Assert.IsFalse(File.Exists(work["x.npy"]));
    }

    [TestMethod]
    public async Task Accuracy_as_units_are_dropped()
    {
        using var work = new Workplace();
        var model = Workplace.Given("cnn_digits.onnx");
        NpyArray.From([.. Enumerable.Range(0, 12 * 64).Select(i => i * 31 % 97 / 96f)], 12, 1, 8, 8).Save(work["rows.npy"]);
        NpyArray.From([.. Enumerable.Range(0, 12).Select(i => (long)(i % 10))], 12).Save(work["labels.npy"]);
        NpyArray.From([5L, 2, 9], 3).Save(work["order.npy"]);
        string[] command = ["ablate", model, "--data", "input=@rows.npy", "--data", "label=@labels.npy", "-t", "label:label", "-l", "/conv2/Conv"];
        (await work.RunAsync([.. command, "--points", "5", "-o", "@curves.csv", "--report", "@curves.html"])).IsDone();
        var table = work.ReadCsv("curves.csv");
        CollectionAssert.AreEqual((string[])["order", "dropped", "accuracy", "loss"], table[0]);
        CollectionAssert.AreEqual((string[])["activation", "attribution", "random 1", "random 2", "random 3"],
            table.Skip(1).Select(r => r[0]).Distinct().ToArray());
        Assert.HasCount(1 + 5 * 5, table);
        // None and all dropped: the same for every order.
        Assert.AreEqual(1, table.Skip(1).Where(r => r[1] == "32").Select(r => r[2]).Distinct().Count());
        Assert.AreEqual(1, table.Skip(1).Where(r => r[1] == "0").Select(r => r[3]).Distinct().Count());
        Assert.Contains("random, mean of 3", File.ReadAllText(work["curves.html"]));
        (await work.RunAsync([.. command, "--order", "@order.npy", "--means", "-o", "@given.csv"])).IsDone();
        CollectionAssert.AreEqual((string[])["0", "1", "2", "3"], work.ReadCsv("given.csv").Skip(1).Select(r => r[1]).ToArray());
        (await work.RunAsync([.. command, "--order", "activation", "--least-first", "-o", "@least.csv"])).IsDone();
        Assert.AreNotEqual(string.Join(";", table.Skip(1).Take(5).Select(r => r[3])), string.Join(";", work.ReadCsv("least.csv").Skip(1).Select(r => r[3])));
        NpyArray.From([5L, 5], 2).Save(work["order.npy"]);
        (await work.RunAsync([.. command, "--order", "@order.npy", "-o", "@x.csv"])).Failed("no order of units");
        (await work.RunAsync([.. command, "--order", "best", "-o", "@x.csv"])).WasWrongUse("--order takes");
        (await work.RunAsync([.. command, "--points", "1", "-o", "@x.csv"])).WasWrongUse("points");
        (await work.RunAsync(command)).WasWrongUse("--report FILE.html");
    }

    [TestMethod]
    public async Task Statistics_of_parts_are_those_of_the_whole()
    {
        using var work = new Workplace();
        var model = Workplace.Given("cnn_digits.onnx");
        NpyArray.From([.. Enumerable.Range(0, 12 * 64).Select(i => i * 31 % 97 / 96f)], 12, 1, 8, 8).Save(work["rows.npy"]);
        string[] command = ["statistics", model, "--data", "@rows.npy", "-l", "/conv2/Conv"];
        (await work.RunAsync([.. command, "-o", "@whole.csv"])).IsDone();
        (await work.RunAsync([.. command, "--rows", "0..5", "--save", "@a.npz"])).IsDone();
        (await work.RunAsync([.. command, "--rows", "5..7", "--save", "@b.npz"])).IsDone();
        (await work.RunAsync([.. command, "--rows", "7..", "--merge", "@a.npz", "--merge", "@b.npz", "-o", "@joined.csv", "--save", "@all.npz"])).IsDone();
        (await work.RunAsync("statistics", model, "--merge", "@all.npz", "-o", "@merged.csv", "--report", "@merged.html")).IsSaid("12 rows");
        Assert.AreEqual(File.ReadAllText(work["joined.csv"]), File.ReadAllText(work["merged.csv"]));
        var (whole, merged) = (work.ReadCsv("whole.csv"), work.ReadCsv("merged.csv"));
        Assert.HasCount(whole.Length, merged);
        foreach (var (expected, found) in whole.Zip(merged).Skip(1))
        {
            CollectionAssert.AreEqual(expected[..3], found[..3]);
            Shap.ShapFiles.AreSame([.. expected[3..].Select(Number)], [.. found[3..].Select(Number)], 1e-9);
        }
        (await work.RunAsync([.. command[..4], "-l", "/conv1/Conv", "--merge", "@a.npz", "-o", "@x.csv"])).Failed("does not fit");
        (await work.RunAsync([.. command, "--merge", "@rows.npy", "-o", "@x.csv"])).Failed("rows.npy");
        (await work.RunAsync("statistics", model, "--merge", "@a.npz", "--rows", "0..2", "-o", "@x.csv")).WasWrongUse("looked at");
        (await work.RunAsync([.. command, "--rows", "5", "-o", "@x.csv"])).WasWrongUse("FROM..TO");
        (await work.RunAsync([.. command, "--rows", "20..30", "-o", "@x.csv"])).Failed("begins at row 20");
        (await work.RunAsync([.. command, "--merge", "@a.npz", "--save", "@a.npz"])).WasWrongUse("is read");
        Assert.IsFalse(File.Exists(work["x.csv"]));
    }

    // An autoencoder of images in which brightness and slope vary, and its halves.
    private static Workplace Prepared()
    {
        var (work, random) = (new Workplace(), new Random(4));
        double[] Draw(int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextDouble() - 0.5)];
        var (size, e, d) = (Side * Side, Draw(Side * Side * 2), Draw(Side * Side * 2));
        Value Encoded(Graph graph) => graph.Input("image", ElementType.Float, new Shape(Dimension.Symbol("N"), 1, Side, Side))
            .Reshape(-1, size).MatMul(graph.Constant(Tensor.FromDoubles(ElementType.Float, e, size, 2)));
        Value Decoded(Graph graph, Value code) =>
            code.MatMul(graph.Constant(Tensor.FromDoubles(ElementType.Float, d, 2, size))).Reshape(-1, 1, Side, Side);
        var (whole, encoder, decoder) = (new Graph(), new Graph(), new Graph());
        var code = Encoded(whole) * 1;
        whole.ToModel([("copy", Decoded(whole, code)), ("code", code)]).Save(work["whole.onnx"]);
        encoder.ToModel([("code", Encoded(encoder))]).Save(work["encoder.onnx"]);
        decoder.ToModel([("copy", Decoded(decoder, decoder.Input("code", ElementType.Float, new Shape(Dimension.Symbol("N"), 2))))])
            .Save(work["decoder.onnx"]);
        NpyArray.From([.. Enumerable.Range(0, Rows * size).Select(i => (float)(0.1 * (i / size) + 0.05 * (i % Side) + 0.2 * random.NextDouble()))],
            Rows, 1, Side, Side).Save(work["rows.npy"]);
        return work;
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
