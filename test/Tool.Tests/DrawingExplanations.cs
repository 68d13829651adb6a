using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Tool.Tests;

/// <summary>Pages beside the numbers, of explanations and of plain outputs.</summary>
[TestClass]
public sealed partial class DrawingExplanations
{
    private const string Rows = "id,first,second,truth\nann,1,-1,0\nbob,-2,0.5,1\n<b>cy,3,0,2\n";

    [TestMethod]
    public async Task Tables_have_the_plots_of_shap_for_each_method()
    {
        using var work = Linear(Rows);
        var outcome = (await ExplainAsync(work, "-m", "saliency", "-m", "integrated-gradients", "--id-column", "id", "--label-column", "truth",
            "-o", "@out.csv", "--report", "@page.html")).IsDone();
        Assert.Contains("page.html", outcome.Out);
        var html = File.ReadAllText(work["page.html"]);
        using var data = Data(html);
        var sets = data.RootElement.GetProperty("sets");
        Assert.AreEqual("Method", data.RootElement.GetProperty("choice").GetString());
        CollectionAssert.AreEqual((string[])["saliency", "integrated-gradients"], Texts(sets, "output"));
        CollectionAssert.AreEqual((string[])["saliency", "integrated-gradients"], Texts(sets, "method"));
        Assert.IsFalse(sets[0].GetProperty("sums").GetBoolean(), "gradients sum to nothing");
        Assert.IsTrue(sets[1].GetProperty("sums").GetBoolean());
        foreach (var words in (string[])["Explanations of model.onnx", "rows.csv", "first", "second", "ann", "&lt;b&gt;cy", "class 2",
            "base value + Σ integrated-gradients = score", "What matters", "How values act", "Single rows", "saliency value"])
            Assert.Contains(words, html);
        foreach (var words in (string[])["<b>cy", "SHAP value", "Σ saliency", "\"kind\":\"force\"", "decision"])
            Assert.DoesNotContain(words, Visible(html), words);

        // The numbers are those of the table beside it: mean |value| by feature.
        var lines = work.ReadCsv("out.csv");
        var means = Enumerable.Range(0, 4).Select(i => lines[1..].Average(line => Math.Abs(Number(line[^(4 - i)])))).ToArray();
        var told = sets.EnumerateArray().SelectMany(set => set.GetProperty("means").EnumerateArray().Select(mean => mean.GetDouble())).ToArray();
        Near.Equal(means, told, 1e-6);
    }

    [TestMethod]
    public async Task Attributions_that_add_up_start_at_the_methods_own_base_value()
    {
        using var work = Linear(Rows);
        (await ExplainAsync(work, "-m", "input-x-gradient", "-t", "1", "--id-column", "id", "--columns", "first,second", "-o", "@out.csv", "--report",
            "@saliency.html")).IsDone();
        (await ExplainAsync(work, "-m", "deep-lift", "-t", "1", "--columns", "first,second", "-o", "@out.csv", "--report", "@page.html")).IsDone();
        var html = File.ReadAllText(work["page.html"]);
        using var data = Data(html);
        var set = data.RootElement.GetProperty("sets")[0];
        Assert.AreEqual("score of class 1", set.GetProperty("score").GetString());
        Near.Equal(0, set.GetProperty("base").GetDouble(), 1e-6, "x·W at the baseline of zeros");
        Assert.Contains("decision", html);
        Assert.Contains("base value + Σ deep-lift = score", html);
    }

    [TestMethod]
    [DataRow("out.csv")]
    [DataRow("out.npz")]
    [DataRow("out.npy")]
    public async Task The_page_changes_no_number(string output)
    {
        using var work = Linear(Rows);
        string[] call = ["-m", "saliency", "-m", "integrated-gradients", "--gap-name", "gap", "-m", "deep-lift"];
        var refused = await ExplainAsync(work, [.. call, "--columns", "first,second", "-o", $"@{output}"]);
        Assert.AreNotEqual(0, refused.ExitCode, "saliency promises no sum");
        refused = await ExplainAsync(work, [.. call, "--columns", "first,second", "-o", $"@{output}", "--report", "@page.html"]);
        Assert.AreNotEqual(0, refused.ExitCode, "nor with a page");

        string[] given = ["-m", "integrated-gradients", "-m", "deep-lift", "--gap-name", "gap", "--columns", "first,second", "-o", $"@{output}"];
        (await ExplainAsync(work, given)).IsDone();
        var before = Contents();
        (await ExplainAsync(work, [.. given, "--report", "@page.html"])).IsDone();
        var after = Contents();
        CollectionAssert.AreEqual(before.Keys.ToArray(), after.Keys.ToArray());
        foreach (var (name, bytes) in before)
            CollectionAssert.AreEqual(bytes, after[name], name);

        SortedDictionary<string, byte[]> Contents() =>
            new(work.Files.Where(f => f.StartsWith("out", StringComparison.Ordinal)).ToDictionary(f => f, f => File.ReadAllBytes(work[f])));
    }

    [TestMethod]
    public async Task Rows_without_finite_numbers_are_left_out_and_counted()
    {
        using var work = new Workplace();
        TinyNetworks.Stateful().Save(work["model.onnx"]);
        NpyArray.From([1f, 2, -1, 3, 2, 2], 3, 2).Save(work["rows.npy"]);
        var outcome = await work.RunAsync("explain", "@model.onnx", "--data", "@rows.npy", "--constant", "rate=2", "--constant", "state=0",
            "-m", "input-x-gradient", "-o", "@out.npy", "--report", "@page.html");
        Assert.AreEqual(0, outcome.ExitCode, outcome.Error);
        var html = File.ReadAllText(work["page.html"]);
        Assert.Contains("Rows left out", html);
        Assert.Contains("1, of numbers that are not finite", html);
        using var data = Data(html);
        Assert.AreEqual(2, data.RootElement.GetProperty("sets")[0].GetProperty("total").GetInt32());
    }

    [TestMethod]
    public async Task Images_stand_beside_the_maps_of_all_methods()
    {
        using var work = new Workplace();
        Input("resnet_tiny").Save(work["rows.npy"]);
        (await work.RunAsync("explain", Workplace.Given("resnet_tiny.onnx"), "--data", "@rows.npy", "-m", "saliency", "-m", "grad-cam", "-m",
            "deep-lift", "-o", "@out.npz", "--report", "@page.html")).IsDone();
        var html = File.ReadAllText(work["page.html"]);
        var rows = Input("resnet_tiny").Shape[0];
        Assert.AreEqual(rows, Count(html, "class=\"methods\""), "a gallery for each row");
        Assert.AreEqual(rows * 4, Count(html, "<img "), "the image, and a map of each method");
        foreach (var method in (string[])["saliency", "grad-cam", "deep-lift"])
            Assert.AreEqual(rows, Count(html, $">{method}</p>"));
        Assert.Contains("row 1", html);
        Assert.DoesNotContain("<script", html, "what cannot be chosen needs no script");
    }

    [TestMethod]
    public async Task Volumes_are_shown_in_slices()
    {
        using var work = new Workplace();
        Input("conv3d_tiny").Save(work["rows.npy"]);
        (await work.RunAsync("explain", Workplace.Given("conv3d_tiny.onnx"), "--data", "@rows.npy", "-t", "1", "-m", "saliency", "-m",
            "input-x-gradient", "-o", "@out.npz", "--report", "@page.html")).IsDone();
        var html = File.ReadAllText(work["page.html"]);
        Assert.AreEqual(2, Count(html, "class=\"volume\""));
        Assert.Contains("depth 31", html);
        Assert.Contains("input-x-gradient: slices across the depth", html);
    }

    [TestMethod]
    [DataRow("--per-token", "sum")]
    [DataRow("--target", "1")]
    public async Task Tokens_are_coloured(string option, string value)
    {
        using var work = new Workplace();
        NpyArray.From([.. Enumerable.Range(0, 24).Select(i => (long)(i % 9))], 2, 12).Save(work["rows.npy"]);
        (await work.RunAsync("explain", Workplace.Given("lstm_text.onnx"), "--data", "@rows.npy", "--input", "token_ids", "-m",
            "integrated-gradients", option, value, "-o", "@out.npy", "--report", "@page.html")).IsDone();
        var html = File.ReadAllText(work["page.html"]);
        Assert.AreEqual(2, Count(html, "class=\"tokens\""), "a text for each row");
        Assert.AreEqual(24, Count(html, "class=\"word\""), "and a word for each token, whether its embedding is summed already or not");
        Assert.Contains("integrated-gradients: red speaks in favour", html);
    }

    [TestMethod]
    public async Task Layers_are_shown_beside_the_input()
    {
        using var work = new Workplace();
        Input("cnn_digits").Save(work["rows.npy"]);
        var layer = "/conv1/Conv";
        (await work.RunAsync("explain", Workplace.Given("cnn_digits.onnx"), "--data", "@rows.npy", "-m", "input-x-gradient", "--layer", layer,
            "-o", "@out.npy", "--report", "@page.html")).IsDone();
        var rows = Input("cnn_digits").Shape[0];
        Assert.AreEqual(rows * 2, Count(File.ReadAllText(work["page.html"]), "<img "));
    }

    [TestMethod]
    public async Task Several_inputs_are_told_apart()
    {
        using var work = new Workplace();
        TinyNetworks.TwoInputs().Save(work["model.onnx"]);
        NpyArray.From([1f, 2, 3, 4], 2, 2).Save(work["a.npy"]);
        NpyArray.From([5f, 6, 7, 8], 2, 2).Save(work["b.npy"]);
        (await work.RunAsync("explain", "@model.onnx", "--data", "a=@a.npy", "--data", "b=@b.npy", "--input", "a", "--input", "b", "-t", "0",
            "-m", "integrated-gradients", "-o", "@out.npz", "--report", "@page.html")).IsDone();
        using var data = Data(File.ReadAllText(work["page.html"]));
        var set = data.RootElement.GetProperty("sets")[0];
        Assert.IsTrue(set.GetProperty("sums").GetBoolean(), "jointly they sum to what is promised");
        var names = data.RootElement.GetProperty("parts")[set.GetProperty("features").GetInt32()];
        CollectionAssert.AreEqual((string[])["a: a[0]", "a: a[1]", "b: b[0]", "b: b[1]"],
            names.EnumerateArray().Select(name => name.GetString()).ToArray());
    }

    [TestMethod]
    public async Task Many_rows_are_sampled_and_the_page_says_so()
    {
        using var work = Linear(Rows);
        NpyArray.From([.. Enumerable.Range(0, 20_000).Select(i => i % 7f)], 10_000, 2).Save(work["many.npy"]);
        (await work.RunAsync("explain", "@model.onnx", "--data", "@many.npy", "-m", "input-x-gradient", "-o", "@out.npy", "--report",
            "@page.html")).IsDone();
        var html = File.ReadAllText(work["page.html"]);
        Assert.Contains("10,000; 1,250 of them, spread evenly, are on this page", html);
        Finite.Below(2_000_000, html.Length);
    }

    [TestMethod]
    public async Task Plain_outputs_are_a_table_and_layers_are_pictures()
    {
        using var work = Linear(Rows);
        (await work.RunAsync("run", "@model.onnx", "--data", "@rows.csv", "--id-column", "id", "--label-column", "truth", "-o", "@out.csv",
            "--report", "@page.html")).IsDone();
        var html = File.ReadAllText(work["page.html"]);
        foreach (var words in (string[])["Outputs of model.onnx", "scores[2]", "4.25", "ann", "&lt;b&gt;cy", "in truth"])
            Assert.Contains(words, html);

        Input("cnn_digits").Save(work["images.npy"]);
        (await work.RunAsync("run", Workplace.Given("cnn_digits.onnx"), "--data", "@images.npy", "--layer", "/conv1/Conv", "-o", "@out.npy",
            "--report", "@page.html")).IsDone();
        var channels = NpyArray.Load(work["out.npy"]).Shape[1];
        Assert.AreEqual(Input("cnn_digits").Shape[0] * Math.Min(12, channels), Count(File.ReadAllText(work["page.html"]), "<img "));
    }

    [TestMethod]
    [DataRow("explain", "-m", "saliency")]
    [DataRow("run", "--output-kind", "raw")]
    public async Task A_page_ends_in_html_and_replaces_nothing_that_is_read(string command, string option, string value)
    {
        using var work = Linear(Rows);
        Task<Outcome> Run(string report) => work.RunAsync(command, "@model.onnx", "--data", "@rows.csv", "--columns", "first,second", option,
            value, "-o", "@out.csv", "--report", report);
        (await Run("@page.pdf")).WasWrongUse("--report takes a file that ends in .html");
        File.Copy(work["model.onnx"], work["model.html"]);
        (await work.RunAsync(command, "@model.html", "--data", "@rows.csv", "--columns", "first,second", option, value, "-o", "@out.csv",
            "--report", "@model.html")).WasWrongUse("is the file that is read");
        Assert.IsFalse(File.Exists(work["out.csv"]));
    }

    private static Workplace Linear(string rows)
    {
        var work = new Workplace();
        TinyNetworks.Linear().Save(work["model.onnx"]);
        work.Write("rows.csv", rows);
        return work;
    }

    private static Task<Outcome> ExplainAsync(Workplace work, params string[] options) =>
        work.RunAsync(["explain", "@model.onnx", "--data", "@rows.csv", .. options]);

    private static NpyArray Input(string network)
    {
        using var reference = NpzArchive.Open(Workplace.Given($"{network}.npz"));
        return reference.Read("input");
    }

    private static JsonDocument Data(string html) => JsonDocument.Parse(PlotData().Match(html).Groups[1].Value);

    // What stands on the page, without the script that could draw more.
    private static string Visible(string html) => Script().Replace(html, "");

    private static string?[] Texts(JsonElement sets, string name) => [.. sets.EnumerateArray().Select(set => set.GetProperty(name).GetString())];

    private static int Count(string html, string words) => html.Split(words).Length - 1;

    private static double Number(string cell) => double.Parse(cell, CultureInfo.InvariantCulture);

    [GeneratedRegex("""<script type="application/json" id="plot-data">(.*?)</script>""", RegexOptions.Singleline)]
    private static partial Regex PlotData();

    [GeneratedRegex("<script.*?</script>", RegexOptions.Singleline)]
    private static partial Regex Script();
}
