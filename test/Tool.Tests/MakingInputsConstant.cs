using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Tool.Tests;

/// <summary>Inputs that are no rows are given once, axes are named, and NaN is told.</summary>
[TestClass]
public sealed class MakingInputsConstant
{
    private static readonly string[] Constants = ["--constant", "rate=2", "--constant", "state=@state.npy"];

    [TestMethod]
    public async Task Every_command_takes_constants()
    {
        using var work = Prepared("x,y\n1,2\n4,1\n");
        (await work.RunAsync(["layers", "@model.onnx", .. Constants])).IsDone();
        (await work.RunAsync(["explain", "@model.onnx", "--data", "@rows.csv", .. Constants, "-m", "input-x-gradient", "-o", "@out.csv"]))
            .IsDone();
        CollectionAssert.AreEqual((string[])["2", "6"], work.ReadCsv("out.csv")[1][3..]);
        (await work.RunAsync(["compile", "@model.onnx", .. Constants, "-m", "saliency", "-o", "@e.onnx"])).IsDone();
        Assert.AreEqual("x", OnnxModel.Load(work["e.onnx"]).Inputs.Single().Name);
        (await work.RunAsync(["run", "@model.onnx", "--data", "@rows.csv", .. Constants, "-o", "@scores.npy"])).IsDone();
        Near.Equal(6 * Math.Log(2), NpyArray.Load(work["scores.npy"]).ToDoubles()[0], 1e-6);
        (await work.RunAsync(["shap", "@model.onnx", "--data", "@rows.csv", "--background", "@ones.csv", .. Constants, "-o", "@s.csv"]))
            .IsDone();
        Close.To([0, (float)(6 * Math.Log(2))], [.. work.ReadCsv("s.csv")[1][^2..].Select(float.Parse)]);
    }

    [TestMethod]
    public async Task Says_what_does_not_fit()
    {
        using var work = Prepared("x,y\n1,2\n");
        string[] explain = ["explain", "@model.onnx", "--data", "@rows.csv", "-m", "saliency", "-o", "@out.csv"];
        (await work.RunAsync([.. explain, "--constant", "rate"])).WasWrongUse("--constant takes NAME=VALUE");
        (await work.RunAsync([.. explain, "--constant", "rate=fast"])).WasWrongUse("--constant takes NAME=VALUE");
        (await work.RunAsync([.. explain, "--constant", "speed=1"])).Failed("no input 'speed' to make constant; it has 'x', 'rate'");
        (await work.RunAsync([.. explain, "--constant", "state=1,2,3", "--constant", "rate=1"])).Failed("[1, 2]", "[3]");
        (await work.RunAsync(["explain", "@model.onnx", "--data", "x=@rows.csv", "--data", "rate=@rate.npy", "--constant", "state=0", "-m",
            "saliency", "--input", "x", "-o", "@out.csv"])).Failed("'rate' [] is the same for all rows", "--constant");
    }

    [TestMethod]
    public async Task NaN_is_told_with_row_and_reason()
    {
        using var work = Prepared("x,y\n1,2\n-1,3\n0.5,-2\n");
        foreach (var command in (string[][])[["explain", "-m", "saliency"], ["run"]])
        {
            var outcome = await work.RunAsync(
                [command[0], "@model.onnx", .. command[1..], "--data", "@rows.csv", .. Constants, "-o", "@out.csv"]);
            Assert.AreEqual(0, outcome.ExitCode, outcome.Error);
            Assert.StartsWith("warning: NaN is among the results of 2 rows; the first is row 1, 'score' at element 0: the network's own",
                outcome.Error);
            Assert.DoesNotContain('\n', outcome.Error.TrimEnd(), "one line");
        }
        Assert.AreEqual(4, work.ReadCsv("out.csv").Length);
    }

    [TestMethod]
    public async Task Classes_without_a_softmax_need_their_axis()
    {
        using var work = new Workplace();
        var graph = new Graph();
        var x = graph.Input("x", ElementType.Float, new Shape(Dimension.Symbol("N"), 4));
        graph.ToModel([("y", x.Reshape(-1, 2, 2))]).Save(work);
        work.Write("rows.csv", "1,2,3,4\n");
        string[] explain = ["explain", "@model.onnx", "--data", "@rows.csv", "-m", "saliency", "--target", "1", "-o", "@out.npy"];
        (await work.RunAsync(explain)).Failed("'y' has the shape [batch, 2, 2]", "--class-axis 2 or 1");
        foreach (var (axis, expected) in new[] { ("2", (float[])[0, 1, 0, 1]), ("1", [0, 0, 1, 1]), ("-1", [0, 1, 0, 1]) })
        {
            (await work.RunAsync([.. explain, "--class-axis", axis])).IsDone();
            Close.To(expected, NpyArray.Load(work["out.npy"]).ToSingles());
        }
    }

    private static Workplace Prepared(string rows)
    {
        var work = new Workplace();
        TinyNetworks.Stateful().Save(work);
        work.Write("rows.csv", rows);
        work.Write("ones.csv", "x,y\n1,1\n");
        NpyArray.From(new float[] { 0, 2 }, 1, 2).Save(work["state.npy"]);
        NpyArray.From(new float[] { 1 }, 1, 1).Save(work["rate.npy"]);
        return work;
    }
}
