using System.Diagnostics;

namespace Microsoft.ML.Introspection.Tool.Tests;

/// <summary>A process of its own for files of unknown origin: it gives the same, and its death is told in a sentence.</summary>
[TestClass]
public class WorkingApart
{
    [TestMethod]
    public async Task Gives_what_it_gives_without()
    {
        using var work = ReadingCsv.Linear("a,b\n0.5,1\n");
        string[] explain = ["explain", "@model.onnx", "--data", "@rows.csv", "-m", "saliency", "-t", "2", "-o"];
        (await work.RunAsync([.. explain, "@there.csv", "--isolate", "--memory-limit", "4000", "--time-limit=300"])).IsDone();
        (await work.RunAsync([.. explain, "@here.csv"])).IsDone();
        Assert.AreEqual(File.ReadAllText(work["here.csv"]), File.ReadAllText(work["there.csv"]));
        var listed = (await work.RunAsync("layers", "@model.onnx")).Out;
        Assert.AreEqual(listed, (await work.RunAsync("layers", "@model.onnx", "--isolate")).Out);
    }

    [TestMethod]
    public async Task Tells_failures_as_they_are()
    {
        using var work = new Workplace();
        (await work.RunAsync("layers", "@missing.onnx", "--isolate")).Failed("missing.onnx' does not exist");
        (await work.RunAsync("layers", "@missing.onnx", "--memory-limit", "100")).WasWrongUse("--isolate");
        (await work.RunAsync("layers", "@missing.onnx", "--isolate", "--time-limit", "0")).WasWrongUse("more than 0");
    }

    [TestMethod]
    public async Task Tells_a_death_in_a_sentence()
    {
        if (!OperatingSystem.IsLinux())
            Assert.Inconclusive("Which process is whose child is told by /proc.");
        using var work = Slow();
        var running = work.RunAsync([.. SlowRun, "--isolate"]);
        Process? child = null;
        while (child is null && !running.IsCompleted)
        {
            await Task.Delay(20);
            child = Own(work["rows.npy"]);
        }
        child!.Kill();
        var outcome = await running;
        Assert.AreEqual(3, outcome.ExitCode, outcome.Error);
        Assert.StartsWith("error: The process that worked on the files ", outcome.Error);
        Assert.Contains("Nothing was written.", outcome.Error);
        Assert.DoesNotContain("out.csv", work.Files);
    }

    [TestMethod]
    public async Task Ends_what_goes_beyond_a_limit()
    {
        using var work = Slow();
        var outcome = await work.RunAsync([.. SlowRun, "--isolate", "--memory-limit", "10"]);
        Assert.AreEqual(3, outcome.ExitCode, outcome.Error);
        Assert.Contains("more than 10 MiB", outcome.Error);
        outcome = await work.RunAsync([.. SlowRun, "--isolate", "--time-limit", "0.2"]);
        Assert.AreEqual(3, outcome.ExitCode, outcome.Error);
        Assert.Contains("took more than 0.2 s", outcome.Error);
        Assert.DoesNotContain("out.csv", work.Files);
    }

    private static readonly string[] SlowRun =
        ["explain", "@model.onnx", "--data", "@rows.npy", "-m", "saliency", "-b", "1", "-o", "@out.csv"];

    private static Workplace Slow()
    {
        var work = new Workplace();
        TinyNetworks.Linear().Save(work);
        Files.NpyArray.From(new float[2 * 5_000_000], 5_000_000, 2).Save(work["rows.npy"]);
        return work;
    }

    // The child of this process that was given a file, once it has started its program.
    private static Process? Own(string file) => Process.GetProcesses().FirstOrDefault(p =>
    {
        try
        {
            return File.ReadAllText($"/proc/{p.Id}/stat").Split(')')[^1].Split(' ')[2] == $"{Environment.ProcessId}"
                && File.ReadAllText($"/proc/{p.Id}/cmdline").Contains(file, StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    });
}
