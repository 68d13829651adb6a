using System.Text;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Tool.Tests;

[TestClass]
public class ScalingRows
{
    [TestMethod]
    [DataRow("""{ "mean": [1, 2], "std": [2, 4] }""", "2", "0.5", DisplayName = "by place")]
    [DataRow("""{ "mean": 1, "std": 2 }""", "2", "1.25", DisplayName = "the same for all")]
    [DataRow("""{ "feature_names": ["b", "a"], "mean": [2, 1], "std": [4, 2] }""", "2", "0.5", DisplayName = "by name")]
    [DataRow("""{ "feature_names": ["b", "z", "a"], "mean": [2, 0, 1], "std": [4, 1, 2], "source": "training" }""", "2", "0.5",
        DisplayName = "by name, more than needed")]
    public async Task Subtracts_the_mean_and_divides_by_the_deviation(string scale, string first, string second)
    {
        using var work = ReadingCsv.Linear("a,b\n5,6\n9,4\n");
        work.Write("scale.json", scale);
        (await ReadingCsv.Explain(work, "--scale", "@scale.json")).IsDone();
        CollectionAssert.AreEqual((string[])[first, second], work.ReadCsv("out.csv")[1][3..]);
    }

    [TestMethod]
    [DataRow("""{ "mean": [1, 2, 3], "std": [1, 1, 1] }""", "gives 3 means", "2 columns of numbers")]
    [DataRow("""{ "mean": [1, 2], "std": [1] }""", "2 means and 1 standard deviations", "")]
    [DataRow("""{ "mean": [1, 2], "std": [1, 0] }""", "a standard deviation that is 0", "")]
    [DataRow("""{ "mean": [1, 2] }""", "is not { \"mean\": […], \"std\": […] }", "")]
    [DataRow("""{ "mean": [1, "x"], "std": [1, 1] }""", "is not { \"mean\": […], \"std\": […] }", "")]
    [DataRow("""[1, 2]""", "is not { \"mean\": […], \"std\": […] }", "")]
    [DataRow("""{ "mean": [1, 2], "std": """, "is not { \"mean\": […], \"std\": […] }", "")]
    [DataRow("""{ "feature_names": ["a", "c"], "mean": [1, 2], "std": [1, 1] }""", "has nothing for the column 'b'", "--label-column")]
    [DataRow("""{ "feature_names": ["a"], "mean": [1, 2], "std": [1, 1] }""", "1 names for 2 means", "")]
    [DataRow("""{ "feature_names": ["a", null], "mean": [1, 2], "std": [1, 1] }""", "scale.json", "")]
    public async Task Refuses_what_does_not_fit(string scale, string says, string andSays)
    {
        using var work = ReadingCsv.Linear("a,b\n5,6\n");
        work.Write("scale.json", scale);
        (await ReadingCsv.Explain(work, "--scale", "@scale.json")).Failed("scale.json", says, andSays);
        Assert.DoesNotContain("out.csv", work.Files);
    }

    [TestMethod]
    public async Task Refuses_files_and_inputs_that_do_not_exist()
    {
        using var work = ReadingCsv.Linear("a,b\n5,6\n");
        work.Write("scale.json", """{ "mean": 1, "std": 2 }""");
        (await ReadingCsv.Explain(work, "--scale", "@none.json")).Failed("none.json' does not exist");
        (await ReadingCsv.Explain(work, "--scale", "y=@scale.json")).Failed("no input 'y'");
        (await ReadingCsv.Explain(work, "--scale", "@scale.json", "--scale", "@scale.json")).WasWrongUse("--scale is given twice");
    }

    [TestMethod]
    public async Task Scales_channels()
    {
        using var work = new Workplace();
        TinyNetworks.Image().Save(work);
        NpyArray.From([1f, 2f, 3f, 4f, 5f, 6f], 1, 2, 1, 3).Save(work["rows.npy"]);
        work.Write("scale.json", """{ "mean": [1, 4], "std": [2, 0.5] }""");
        (await work.RunAsync("explain", "@model.onnx", "--data", "@rows.npy", "--scale", "@scale.json", "-m", "input-x-gradient", "-o",
            "@out.npy")).IsDone();
        CollectionAssert.AreEqual((float[])[0, 0.5f, 1, 0, -4, -8], NpyArray.Load(work["out.npy"]).ToSingles());
    }

    [TestMethod]
    [DataRow(200, "plain", true)]
    [DataRow(200, "scaled", false, DisplayName = "--scale scales")]
    [DataRow(200, "divided", false, DisplayName = "the network scales by itself")]
    [DataRow(200, "flat", false, DisplayName = "no picture")]
    [DataRow(1, "plain", false, DisplayName = "a mask")]
    public async Task Tells_of_pixels_that_nothing_scales(int brightest, string kind, bool tells)
    {
        using var work = new Workplace();
        var graph = new Graph();
        int[] shape = kind == "flat" ? [12] : [3, 2, 2];
        var x = graph.Input("image", ElementType.Float, new Shape([Dimension.Symbol("N"), .. shape.Select(e => (Dimension)e)]));
        var seen = kind == "divided" ? x.Transpose(0, 2, 3, 1) / 255 : x;
        graph.ToModel([("score", (seen * seen).ReduceSum([.. Enumerable.Range(1, shape.Length)], keepDimensions: false).Unsqueeze(1))])
            .Save(work);
        var header = $"{{'descr': '|u1', 'fortran_order': False, 'shape': (2, {string.Join(", ", shape)}), }}".PadRight(117) + "\n";
        File.WriteAllBytes(work["rows.npy"], [0x93, .. "NUMPY"u8, 1, 0, 118, 0, .. Encoding.ASCII.GetBytes(header),
            .. Enumerable.Range(0, 24).Select(i => (byte)(i % 2 * brightest))]);
        work.Write("scale.json", """{ "mean": 0, "std": 255 }""");
        string[] options = ["@model.onnx", "--data", "@rows.npy", "-o", "@out.npy", .. kind == "scaled" ? (string[])["--scale", "@scale.json"] : []];
        foreach (var outcome in (Outcome[])[await work.RunAsync(["explain", "-m", "saliency", .. options]), await work.RunAsync(["run", .. options])])
        {
            Assert.AreEqual(0, outcome.ExitCode, outcome.Error);
            Assert.AreEqual(tells, outcome.Error.Contains("note: '") && outcome.Error.Contains("holds pixels as bytes, 0 to 255"), outcome.Error);
            Assert.AreEqual(tells, outcome.Error.Contains("--scale"));
        }
    }

    [TestMethod]
    public async Task Does_not_scale_numbers_of_tokens()
    {
        using var work = new Workplace();
        NpyArray.From(new long[12], 1, 12).Save(work["rows.npy"]);
        work.Write("scale.json", """{ "mean": 1, "std": 2 }""");
        (await work.RunAsync("explain", Workplace.Given("lstm_text.onnx"), "--data", "@rows.npy", "--scale", "@scale.json", "-m",
            "saliency", "-o", "@out.npy"))
            .Failed("no input of floating-point numbers", "token_ids");
    }
}
