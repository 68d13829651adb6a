using System.Diagnostics;

namespace Microsoft.ML.Introspection.Tool.Tests.Scoring;

/// <summary>A job that is killed, by the system, at any moment, goes on to the bytes that it would have written unbroken.</summary>
[TestClass]
public class GoingOnAfterKills
{
    private static readonly string Tool = typeof(Introspect).Assembly.Location;

    [TestMethod]
    [DataRow(".csv", 11)]
    [DataRow(".parquet", 12)]
    [DataRow(".arrow", 13)]
    public async Task Killed_several_times_it_ends_as_if_unbroken(string kind, int seed)
    {
        using var work = new Workplace();
        var command = SharingJobsOut.Command(work, rows: 20_000);
        (await work.RunAsync([.. command, "-o", $"@whole{kind}"])).IsDone();
        string[] resumed = [.. command, "-o", $"@out{kind}", "--resume", "--part-rows", "1"];
        var random = new Random(seed);
        for (var kills = 0; kills < 6; kills++)
        {
            using var process = Start(work.Resolve(resumed));
            // Some at the beginning, some within the parts, some while these are put together.
            var (parts, wanted) = (work[$"out{kind}.parts"], random.Next(4));
            while (!process.HasExited && wanted > 0 && !(Directory.Exists(parts) && Directory.EnumerateFiles(parts).Count() > 3 * wanted))
                Thread.Sleep(1);
            if (process.WaitForExit(random.Next(80)))
                break;
            process.Kill();
            await process.WaitForExitAsync();
            Assert.IsFalse(File.Exists(work[$"out{kind}.manifest.json"]) && Directory.Exists(parts)
                && File.Exists(Path.Combine(parts, "whole.json")), "what is sealed is whole");
        }
        (await work.RunAsync(resumed)).IsDone();
        (await work.RunAsync(resumed)).IsSaid("It was complete already.");
        SharingJobsOut.AreSame(work, "whole", "out");
        CollectionAssert.AreEqual((string[])[$"out{kind}", $"out{kind}.manifest.json", "rows.csv", $"whole{kind}"], work.Files);
        Assert.IsFalse(Directory.Exists(work[$"out{kind}.parts"]));
    }

    [TestMethod]
    [DataRow(".csv.gz")]
    [DataRow(".jsonl")]
    [DataRow(".npz")]
    [DataRow(".parquet")]
    [DataRow(".arrow")]
    public async Task Parts_of_any_size_make_the_same_files(string kind)
    {
        using var work = new Workplace();
        string[] command = [.. SharingJobsOut.Command(work, rows: 3000)];
        File.WriteAllText(work["rows.csv"], File.ReadAllText(work["rows.csv"]).Replace("\nk1500,", "\nk1500,x"));
        (await work.RunAsync([.. command, "-o", $"@whole{kind}", "--failed", "@bad.csv"])).IsDone();
        (await work.RunAsync([.. command, "-o", $"@out{kind}", "--failed", "@bad.out.csv", "--resume", "--part-rows", "1000"])).IsDone();
        SharingJobsOut.AreSame(work, "whole", "out");
        Assert.AreEqual(File.ReadAllText(work["bad.csv"]), File.ReadAllText(work["bad.out.csv"]));
        Assert.HasCount(2, File.ReadAllLines(work["bad.csv"]));
    }

    [TestMethod]
    public async Task What_was_kept_of_another_job_is_not_gone_on_with()
    {
        using var work = new Workplace();
        var command = SharingJobsOut.Command(work, rows: 3000);
        using (var stop = new CancellationTokenSource())
        {
            var running = work.RunAsync(stop.Token, [.. command, "-o", "@out.csv", "--resume", "--part-rows", "1"]);
            // The thread waits itself: while all others of the pool compute, what is awaited may come late.
            while (!running.IsCompleted && !Directory.Exists(work["out.csv.parts"]))
                Thread.Sleep(1);
            stop.Cancel();
            Assert.AreEqual(1, (await running).ExitCode);
        }
        File.WriteAllText(Path.Combine(work["out.csv.parts"], "manifest.json"),
            """{"Settings":{"model":"x"},"Ports":[],"First":0,"IsComplete":false,"Parts":[]}""");
        (await work.RunAsync([.. command, "-o", "@out.csv", "--resume"])).Failed("other settings", "model is 'x' and '", "choose another folder");
        Directory.Delete(work["out.csv.parts"], recursive: true);
        (await work.RunAsync([.. command, "-o", "@out.csv", "--resume"])).IsDone();
        // Another question of the same name begins anew.
        (await work.RunAsync([.. command, "-o", "@out.csv", "--resume", "--top", "1"])).IsSaid("Scored 3,000 rows");
        Assert.AreEqual("reason1.value", work.ReadCsv("out.csv")[0][^1]);
    }

    [TestMethod]
    [DataRow("--verbose")]
    [DataRow("--isolate")]
    public async Task A_folder_in_the_hands_of_another_job_has_an_exit_code_of_its_own(string option)
    {
        using var work = new Workplace();
        string[] command = [.. SharingJobsOut.Command(work, rows: 100), "-o", "@out.csv", "--resume", option];
        Directory.CreateDirectory(work["out.csv.parts"]);
        using (new FileStream(work["out.csv.parts/.lock"], FileMode.Create, FileAccess.ReadWrite, FileShare.None))
        {
            var refused = await work.RunAsync(command);
            Assert.AreEqual(4, refused.ExitCode, refused.Error);
            Assert.Contains("out.csv.parts' is in use by another job. Let it end, or choose another folder.", refused.Error);
        }
        (await work.RunAsync(command)).IsDone();
    }

    private static Process Start(string[] arguments) => Process.Start(new ProcessStartInfo("dotnet", [Tool, .. arguments])
    {
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!;
}
