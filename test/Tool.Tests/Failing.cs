using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Tool.Tests;

[TestClass]
public class Failing
{
    [TestMethod]
    public async Task Says_what_is_wrong_with_the_model()
    {
        using var work = ReadingCsv.Linear("a,b\n1,2\n");
        var whole = File.ReadAllBytes(work["model.onnx"]);
        File.WriteAllBytes(work["short.onnx"], whole[..(whole.Length / 2)]);
        work.Write("text.onnx", "a,b\n1,2\n");
        work.Write("empty.onnx", "");
        TinyNetworks.UnknownOperator().Save(work, "unknown.onnx");
        foreach (var command in Commands)
        {
            (await work.RunAsync(With(command, "@missing.onnx"))).Failed("missing.onnx' does not exist");
            (await work.RunAsync(With(command, "@short.onnx"))).Failed("short.onnx' cannot be used", "truncated");
            (await work.RunAsync(With(command, "@text.onnx"))).Failed("text.onnx' cannot be used", "not an ONNX model");
            (await work.RunAsync(With(command, "@empty.onnx"))).Failed("empty.onnx' cannot be used");
            (await work.RunAsync(With(command, "@unknown.onnx"))).Failed("Telepathy", "reader", "opset");
        }
        CollectionAssert.AreEqual((string[])["empty.onnx", "model.onnx", "rows.csv", "short.onnx", "text.onnx", "unknown.onnx"],
            work.Files);
    }

    [TestMethod]
    public async Task Says_what_the_model_does_not_have()
    {
        using var work = ReadingCsv.Linear("a,b\n1,2\n");
        foreach (var command in Commands[1..])
        {
            (await work.RunAsync([.. command, "--target", "3"]))
                .Failed("The target class 3 is out of range: the output has 3 classes, 0 to 2");
            (await work.RunAsync([.. command, "--target", "0-3"])).Failed("The target class 3 is out of range");
            (await work.RunAsync([.. command, "--input", "y"])).Failed("no input 'y'; it has 'x'");
            (await work.RunAsync([.. command, "--output-tensor", "y"])).Failed("no output 'y'; it has 'scores'");
            (await work.RunAsync([.. command, "--form", "channel-maximum"]))
                .Failed("The maximum over channels needs an input of shape [N, channels, …]");
            (await work.RunAsync([.. command, "--target-name", "score"])).Failed("'score'");
            (await work.RunAsync([.. command, "--target-name", "x"])).Failed("'x'");
        }
        (await work.RunAsync([.. Commands[1], "--pass-through", "y=z"])).Failed("no output 'y'");
        CollectionAssert.AreEqual((string[])["model.onnx", "rows.csv"], work.Files);
    }

    [TestMethod]
    public async Task Says_where_it_cannot_write_before_it_works()
    {
        using var work = ReadingCsv.Linear("not read\n");
        File.Delete(work["model.onnx"]);
        Directory.CreateDirectory(work["folder.csv"]);
        (await work.RunAsync("compile", "@model.onnx", "-m", "saliency", "-o", "@none/e.onnx")).Failed("Cannot write",
            "none' does not exist");
        (await work.RunAsync("explain", "@model.onnx", "--data", "@rows.csv", "-m", "saliency", "-o", "@none/out.csv"))
            .Failed("Cannot write", "none' does not exist");
        (await work.RunAsync("explain", "@model.onnx", "--data", "@rows.csv", "-m", "saliency", "-o", "@folder.csv"))
            .Failed("this is a folder");
    }

    [TestMethod]
    public async Task Sees_through_links_to_what_it_reads()
    {
        if (OperatingSystem.IsWindows())
            Assert.Inconclusive("Making links needs a privilege there.");
        using var work = ReadingCsv.Linear("a,b\n1,2\n");
        File.CreateSymbolicLink(work["out.csv"], work["rows.csv"]);
        (await work.RunAsync(Commands[2])).WasWrongUse("is the file that is read");
        Assert.AreEqual("a,b\n1,2\n", File.ReadAllText(work["rows.csv"]));
    }

    [TestMethod]
    public async Task Falls_back_to_the_processor_only_where_allowed()
    {
        using var work = ReadingCsv.Linear("a,b\n1,2\n");
        // No machine has so many devices, so this fails with and without CUDA.
        string[] command = [.. Commands[2], "--device", "cuda:4000"];
        (await work.RunAsync(command)).Failed("CUDA device 4000 cannot be used", "--allow-cpu");
        Assert.DoesNotContain("out.csv", work.Files);
        var outcome = await work.RunAsync([.. command, "--allow-cpu"]);
        Assert.AreEqual(0, outcome.ExitCode);
        Assert.StartsWith("warning: CUDA device 4000 cannot be used", outcome.Error);
        Assert.Contains("out.csv", work.Files);
    }

    [TestMethod]
    public async Task Shows_the_stack_trace_where_asked()
    {
        using var work = new Workplace();
        foreach (var place in (string[][])[["--verbose", "layers", "@missing.onnx"], ["layers", "@missing.onnx", "--verbose"]])
        {
            var outcome = await work.RunAsync(place);
            Assert.AreEqual(1, outcome.ExitCode);
            Assert.Contains("at Microsoft.ML.Introspection.Importers.ModelFile.", outcome.Error);
        }
    }

    [TestMethod]
    public async Task Names_the_command_for_the_file_that_was_given()
    {
        using var work = new Workplace();
        work.Write("trees.txt", "tree\nversion=v4\n");
        work.Write("pipeline.zip", "PK\u0003\u0004");
        foreach (var command in (string[][])[["layers"], ["explain", "-m", "saliency", "--data", "@rows.npy", "-o", "@o.npy"],
            ["compile", "-m", "saliency", "-o", "@o.onnx"]])
        {
            (await work.RunAsync([command[0], "@trees.txt", .. command[1..]])).Failed("trees of LightGBM", "introspect shap");
            (await work.RunAsync([command[0], "@pipeline.zip", .. command[1..]])).Failed("a pipeline of ML.NET", "introspect shap");
        }
    }

    [TestMethod]
    public async Task Lets_no_name_in_a_file_steer_the_terminal()
    {
        using var work = ReadingCsv.Linear("a\u001b[31m,b,c\n1,2,3\n");
        var outcome = (await work.RunAsync(Commands[2])).Failed("3 columns of numbers from 'a\uFFFD[31m' to 'c'");
        Assert.DoesNotContain('\u001b', outcome.Error);
    }

    [TestMethod]
    public async Task Runs_out_of_memory_in_one_line()
    {
        using var work = new Workplace();
        TinyNetworks.OpenLength(Dimension.Symbol("length")).Save(work);
        NpyArray.From(new float[1 << 20], 1, 1 << 20).Save(work["rows.npy"]);
        (await work.RunAsync("explain", "@model.onnx", "--data", "@rows.npy", "-m", "saliency", "-b", "1048576", "-o", "@out.npy"))
            .Failed("not enough memory", "--batch-size");
    }

    private static readonly string[][] Commands =
    [
        ["layers", "@model.onnx"],
        ["compile", "@model.onnx", "-m", "saliency", "-o", "@e.onnx"],
        ["explain", "@model.onnx", "--data", "@rows.csv", "-m", "saliency", "-o", "@out.csv"],
    ];

    private static string[] With(string[] command, string model) => [command[0], model, .. command[2..]];

    [TestMethod]
    public async Task Says_what_is_wrong_with_trees()
    {
        using var work = new Workplace();
        work.Write("rows.csv", "1,2\n");
        var whole = File.ReadAllText(Workplace.Given("xgb_wine.json"));
        work.Write("short.json", whole[..(whole.Length / 2)]);
        work.Write("empty.json", "");
        work.Write("text.txt", "a,b\n1,2\n");
        work.Write("other.json", "{\"a\": 1}");
        var lines = File.ReadAllText(Workplace.Given("lgbm_multiclass.txt"));
        work.Write("cyclic.txt", lines.Replace("left_child=1 4 6 5", "left_child=1 4 6 0"));
        work.Write("far.txt", lines.Replace("split_feature=1 3 5", "split_feature=1 3 9"));
        foreach (var (model, says) in ((string, string)[])[("missing.json", "does not exist"), ("short.json", "short.json' cannot be used"),
            ("empty.json", "empty.json' cannot be used"),
            ("text.txt", "neither XGBoost's JSON or UBJSON, nor LightGBM's text, nor ONNX"), ("other.json", "other.json' cannot be used"),
            ("cyclic.txt", "cyclic.txt' cannot be used"), ("far.txt", "far.txt' cannot be used")])
        {
            (await work.RunAsync("shap", $"@{model}", "--data", "@rows.csv", "-o", "@out.csv")).Failed(model, says);
        }
        Assert.DoesNotContain("out.csv", work.Files);
    }
}
