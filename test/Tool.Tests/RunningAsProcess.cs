using System.Diagnostics;
using Microsoft.ML.Introspection.Files;

namespace Microsoft.ML.Introspection.Tool.Tests;

/// <summary>What only a process of its own shows: streams, exit codes, signals.</summary>
[TestClass]
public class RunningAsProcess
{
    private static readonly string Tool = typeof(Introspect).Assembly.Location;

    [TestMethod]
    public void Speaks_plain_utf_8_into_pipes_under_any_culture()
    {
        using var work = new Workplace();
        TinyNetworks.Linear(input: "größe").Save(work);
        work.Write("rows.csv", "a,b\n0.5,1\n");
        var (exitCode, listing, error) = Run("layers", work["model.onnx"]);
        Assert.AreEqual((0, ""), (exitCode, error));
        Assert.Contains("größe Float [batch, 2]", listing);
        Assert.DoesNotContain('\u001b', listing);
        Assert.DoesNotContain('\ufeff', listing);

        (exitCode, _, error) =
            Run("explain", work["model.onnx"], "--data", work["rows.csv"], "-m", "saliency", "-t", "2", "-o", work["out.csv"]);
        Assert.AreEqual((0, ""), (exitCode, error));
        Assert.AreEqual("row,target,score,a,b\n0,2,-3.875,0.25,-4\n", File.ReadAllText(work["out.csv"]));
    }

    [TestMethod]
    public void Shares_scores_of_trees_and_says_by_what_and_how_well()
    {
        using var work = new Workplace();
        work.Write("rows.csv", "size;age;colour;city;grade;share\n0.5;1;2;3;1;0.5\n");
        var (exitCode, output, error) =
            Run("shap", Workplace.Given("lgbm_multiclass.txt"), "--data", work["rows.csv"], "--delimiter", ";", "-o", work["out.tsv"]);
        Assert.AreEqual((0, ""), (exitCode, error));
        var lines = output.TrimEnd().Split(Environment.NewLine);
        Assert.HasCount(3, lines);
        Assert.StartsWith("Explained 1 rows in ", lines[0]);
        Assert.AreEqual("Algorithm: exact tree SHAP, path-dependent", lines[1]);
        Assert.MatchesRegex(@"^Local accuracy: the largest \|base \+ Σ values − score\| is [0-9.]+(E-[0-9]+)?, in row 0$", lines[2]);
        Assert.HasCount(4, File.ReadAllLines(work["out.tsv"]));
        Assert.StartsWith("row\ttarget\tscore\tbase\tsize\t", File.ReadAllText(work["out.tsv"]));
    }

    [TestMethod]
    public void A_pipeline_that_ML_NET_does_not_come_to_an_end_with_is_refused()
    {
        using var work = new Workplace();
        work.Write("rows.csv", "F0,F1,F2,F3\n1,1,1,1\n");
        var clock = Stopwatch.StartNew();
        var (exitCode, _, error) = Run("shap", Workplace.Given("mlnet_endless.zip"), "--data", work["rows.csv"], "--background", "data", "-o",
            work["out.csv"]);
        Assert.AreEqual(1, exitCode, error);
        Assert.Contains("ML.NET was still reading it after", error);
        Assert.IsTrue(clock.Elapsed < TimeSpan.FromSeconds(60), $"{clock.Elapsed}");
    }

    [TestMethod]
    public void A_standard_output_that_takes_the_rows_takes_nothing_else()
    {
        using var work = new Workplace();
        work.Write("rows.csv", "size;age;colour;city;grade;share\n0.5;1;2;3;1;0.5\n");
        var (exitCode, output, error) =
            Run("shap", Workplace.Given("lgbm_multiclass.txt"), "--data", work["rows.csv"], "--delimiter", ";", "-o", "-");
        Assert.AreEqual(0, exitCode, error);
        var lines = output.TrimEnd().Split('\n');
        Assert.HasCount(4, lines);
        Assert.StartsWith("row,target,score,base,size,", lines[0]);
        Assert.IsTrue(lines[1..].All(line => line.StartsWith("0,", StringComparison.Ordinal)), output);
        Assert.Contains("Algorithm: exact tree SHAP", error);
        Assert.Contains("Local accuracy: ", error);
    }

    [TestMethod]
    public void Tells_the_shell_how_it_ended()
    {
        Assert.AreEqual(0, Run("--version").ExitCode);
        Assert.AreEqual(1, Run("layers", "missing.onnx").ExitCode);
        Assert.AreEqual(2, Run("layers").ExitCode);
        var (_, output, error) = Run("layers", "missing.onnx");
        Assert.AreEqual(("", $"error: The model file 'missing.onnx' does not exist.{Environment.NewLine}"), (output, error));
    }

    [TestMethod]
    public void Ends_cleanly_when_told_to_stop()
    {
        if (OperatingSystem.IsWindows())
            Assert.Inconclusive("There are no such signals.");
        using var work = new Workplace();
        TinyNetworks.Linear().Save(work);
        NpyArray.From(new float[2 * 5_000_000], 5_000_000, 2).Save(work["rows.npy"]);
        using var process =
            Start("explain", work["model.onnx"], "--data", work["rows.npy"], "-m", "saliency", "-b", "1", "-o", work["out.csv"]);
        while (!process.HasExited && !work.Files.Any(f => f.EndsWith(".partial", StringComparison.Ordinal)))
            Thread.Sleep(5);
        Assert.IsFalse(process.HasExited);
        using (var kill = Process.Start("kill", ["-TERM", $"{process.Id}"]))
            kill.WaitForExit();
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.AreEqual((1, $"error: Cancelled; nothing was written.{Environment.NewLine}"), (process.ExitCode, error));
        CollectionAssert.AreEqual((string[])["model.onnx", "rows.npy"], work.Files);
    }

    private static (int ExitCode, string Out, string Error) Run(params string[] arguments)
    {
        using var process = Start(arguments);
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }

    private static Process Start(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Tool, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = System.Text.Encoding.UTF8,
            StandardErrorEncoding = System.Text.Encoding.UTF8,
            Environment = { ["LANG"] = "de_DE.UTF-8", ["LC_ALL"] = "de_DE.UTF-8" },
        };
        return Process.Start(start)!;
    }
}
