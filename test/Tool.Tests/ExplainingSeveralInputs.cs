using Microsoft.ML.Introspection.Files;

namespace Microsoft.ML.Introspection.Tool.Tests;

[TestClass]
public class ExplainingSeveralInputs
{
    private static readonly string[] Both = ["--data", "a=@a.csv", "--data", "b=@b.npy"];

    [TestMethod]
    public async Task Takes_a_file_for_each_and_explains_the_one_named()
    {
        using var work = TwoFiles();
        (await Explain(work, [.. Both, "--input", "b", "-o", "@out.csv"])).IsDone();
        var lines = work.ReadCsv("out.csv");
        CollectionAssert.AreEqual((string[])["row", "who", "target", "score", "b[0]", "b[1]"], lines[0]);
        CollectionAssert.AreEqual((string[])["0", "ann", "0", "11", "1", "2"], lines[1]);
    }

    [TestMethod]
    public async Task Explains_all_that_are_named()
    {
        using var work = TwoFiles();
        (await Explain(work, [.. Both, "--input", "a", "--input", "b", "-o", "@out.csv"])).IsDone();
        var lines = work.ReadCsv("out.csv");
        CollectionAssert.AreEqual((string[])["row", "who", "target", "score", "left", "right", "b[0]", "b[1]"], lines[0]);
        CollectionAssert.AreEqual((string[])["0", "ann", "0", "11", "3", "4", "1", "2"], lines[1]);
    }

    [TestMethod]
    public async Task Shares_the_score_among_all_unless_each_is_explained_alone()
    {
        using var work = TwoFiles();
        string[] command =
        [
            "explain", "@model.onnx", .. Both, "--input", "a", "--input", "b", "-m", "integrated-gradients", "--gap-name", "gap",
            "--output-tensor", "scores", "--id-column", "who",
        ];
        (await work.RunAsync([.. command, "-o", "@joint.csv"])).IsDone();
        var joint = work.ReadCsv("joint.csv");
        CollectionAssert.AreEqual((string[])["row", "who", "target", "score", "gap", "left", "right", "b[0]", "b[1]"], joint[0]);
        Near.Equal([11, 0, 1.5, 4, 1.5, 4], Numbers(joint[1]), 1e-4);

        (await work.RunAsync([.. command, "--each-input-alone", "-o", "@alone.csv"])).IsDone();
        var alone = work.ReadCsv("alone.csv");
        CollectionAssert.AreEqual((string[])["row", "who", "target", "score", "gap_a", "gap_b", "left", "right", "b[0]", "b[1]"], alone[0]);
        Near.Equal([11, 0, 0, 3, 8, 3, 8], Numbers(alone[1]), 1e-4);

        (await work.RunAsync([.. command, "-o", "@joint.npy"])).IsDone();
        Assert.Contains("joint.gap.npy", work.Files);
        (await work.RunAsync([.. command, "--each-input-alone", "-o", "@alone.npy"])).IsDone();
        Assert.Contains("alone.gap_b.npy", work.Files);

        static double[] Numbers(string[] line) =>
            [.. line.Skip(3).Select(cell => double.Parse(cell, System.Globalization.CultureInfo.InvariantCulture))];
    }

    [TestMethod]
    public async Task Writes_an_array_for_each_inside_the_folder_of_the_output()
    {
        using var work = new Workplace();
        TinyNetworks.TwoInputs("a", "../b").Save(work);
        NpyArray.From([1f, 2f], 1, 2).Save(work["a.npy"]);
        NpyArray.From([3f, 4f], 1, 2).Save(work["b.npy"]);
        (await work.RunAsync("explain", "@model.onnx", "--data", "a=@a.npy", "--data", "../b=@b.npy", "--input", "a", "--input", "../b",
            "-m", "saliency", "-o", "@out.npy")).IsDone();
        CollectionAssert.AreEqual((float[])[3, 4], NpyArray.Load(work["out.a.npy"]).ToSingles());
        CollectionAssert.AreEqual((float[])[1, 2], NpyArray.Load(work["out.___b.npy"]).ToSingles());
        CollectionAssert.AreEqual(
            (string[])["a.npy", "b.npy", "model.onnx", "out.___b.npy", "out.a.npy", "out.score.npy", "out.target.npy"], work.Files);
    }

    [TestMethod]
    public async Task Says_what_is_missing_or_too_much()
    {
        using var work = TwoFiles();
        (await Explain(work, [.. Both, "-o", "@out.csv"])).Failed("several inputs that can be explained: 'a', 'b'");
        (await Explain(work, "--data", "@a.csv", "-o", "@out.csv")).Failed("Say which input each file is for",
            "--data a=FILE --data b=FILE");
        (await Explain(work, "--data", "a=@a.csv", "-o", "@out.csv")).Failed("no file is given for 'b'");
        (await Explain(work, [.. Both, "--data", "c=@b.npy", "-o", "@out.csv"])).Failed("the model has no input 'c'");
        (await Explain(work, [.. Both, "--data", "b=@b.npy", "-o", "@out.csv"])).WasWrongUse("--data is given twice for 'b'");
        (await Explain(work, [.. Both, "--input", "c", "-o", "@out.csv"])).Failed("no input 'c'");
        NpyArray.From([3f, 4f, 5f, 6f], 2, 2).Save(work["b.npy"]);
        (await Explain(work, [.. Both, "--input", "a", "-o", "@out.csv"])).Failed("a.csv' ends before", "b.npy");
        CollectionAssert.AreEqual((string[])["a.csv", "b.npy", "model.onnx"], work.Files);
    }

    [TestMethod]
    public async Task Takes_a_file_without_a_name_for_the_one_input_left()
    {
        using var work = TwoFiles();
        (await Explain(work, "--data", "@a.csv", "--data", "b=@b.npy", "--input", "a", "-o", "@out.csv")).IsDone();
        CollectionAssert.AreEqual((string[])["0", "ann", "0", "11", "3", "4"], work.ReadCsv("out.csv")[1]);
    }

    [TestMethod]
    public async Task Scales_the_input_named()
    {
        using var work = TwoFiles();
        work.Write("scale.json", """{ "mean": 1, "std": 2 }""");
        (await Explain(work, [.. Both, "--input", "a", "--scale", "b=@scale.json", "-o", "@out.csv"])).IsDone();
        CollectionAssert.AreEqual((string[])["0", "ann", "0", "4", "1", "1.5"], work.ReadCsv("out.csv")[1]);
    }

    private static Workplace TwoFiles()
    {
        var work = new Workplace();
        TinyNetworks.TwoInputs().Save(work);
        work.Write("a.csv", "who,left,right\nann,1,2\n");
        NpyArray.From([3f, 4f], 1, 2).Save(work["b.npy"]);
        return work;
    }

    private static Task<Outcome> Explain(Workplace work, params string[] options) =>
        work.RunAsync(["explain", "@model.onnx", "-m", "saliency", "--output-tensor", "scores",
            .. options.Any(o => o.EndsWith("a.csv", StringComparison.Ordinal)) ? (string[])["--id-column", "who"] : [], .. options]);
}
