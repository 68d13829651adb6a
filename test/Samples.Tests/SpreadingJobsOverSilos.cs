using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Microsoft.ML.Introspection.Tests.Data;

namespace Microsoft.ML.Introspection.Samples.Tests;

/// <summary>The sample OrleansJob: what becomes of a job whose silos, processes and clients are lost or stopped.</summary>
[TestClass]
[DoNotParallelize]
public sealed partial class SpreadingJobsOverSilos
{
    private const int Rows = 60_000, Shares = 8;

    private static readonly TimeSpan Hanging = TimeSpan.FromMinutes(3);

    private readonly TemporaryFolder _folder = new();
    private readonly List<Spoken> _started = [];

    [TestInitialize]
    public void Begin()
    {
        if (OperatingSystem.IsWindows())
            Assert.Inconclusive("There are no signals that halt and kill.");
    }

    [TestCleanup]
    public void End()
    {
        foreach (var process in _started)
            process.Dispose();
        _folder.Dispose();
    }

    [TestMethod]
    public void A_killed_silo_loses_nothing_and_doubles_nothing()
    {
        WriteRows();
        Assert.AreEqual(0, Start(Tool, ["score", .. Score, "-o", "whole.parquet"]).Wait());
        int[] ports = [.. FreePorts(4)];
        StartSilo(ports[0], ports[1]);
        var lost = StartSilo(ports[2], ports[3], primary: ports[0]);
        var client = StartJob(ports[1], ports[3], "scored.parquet");

        // Two shares of one silo, halted in the middle, are surely under way when it is killed.
        var halted = HaltUnderWay(lost, count: 2, client);
        lost.Kill();
        // The machine of one is gone; of the other the silo alone, and its process goes on when it has been met.
        Signal("KILL", halted[0].Process);
        Until(() => client.Has($"share {halted[1].Share}/{Shares} is still in the hands of a process"), client);
        Signal("CONT", halted[1].Process);

        Assert.AreEqual(0, client.Wait(), client.Said);
        CollectionAssert.AreEqual(File.ReadAllBytes(_folder["whole.parquet"]), File.ReadAllBytes(_folder["scored.parquet"]));
        for (var share = 1; share <= Shares; share++)
            Assert.AreEqual(1, client.Count($"share {share}/{Shares} is done"), client.Said);
        foreach (var (_, share) in halted)
            Assert.Contains($"share {share}/{Shares} was lost with 127.0.0.1:{ports[2]}", client.Said);
        Assert.IsEmpty(Directory.EnumerateDirectories(_folder["scored.parquet.shares"]));
    }

    [TestMethod]
    public void A_stopped_job_goes_on_and_a_share_that_fails_ends_it()
    {
        WriteRows();
        Assert.AreEqual(0, Start(Tool, ["score", .. Score, "-o", "whole.csv"]).Wait());
        int[] ports = [.. FreePorts(2)];
        var silo = StartSilo(ports[0], ports[1]);
        var client = StartJob(ports[1], ports[1], "scored.csv");
        var halted = HaltUnderWay(silo, count: 1, client);
        Signal("INT", client.Id);
        Assert.AreEqual(1, client.Wait(), client.Said);
        Assert.Contains("the same command goes on from there", client.Said);
        Assert.IsFalse(IsAlive(halted[0].Process));
        Assert.IsTrue(Directory.Exists(PartsOf("scored.csv", halted[0].Share)), "what it did by then is kept");
        Assert.IsFalse(File.Exists(_folder["scored.csv"]));

        client = StartJob(ports[1], ports[1], "scored.csv");
        Assert.AreEqual(0, client.Wait(), client.Said);
        CollectionAssert.AreEqual(File.ReadAllBytes(_folder["whole.csv"]), File.ReadAllBytes(_folder["scored.csv"]));

        client = Start(Sample, ["score", "--gateway", $"{ports[1]}", "-o", "other.csv", "--", "missing.json", "--data", "rows.csv"]);
        Assert.AreEqual(1, client.Wait(), client.Said);
        Assert.Contains("share 1/16 failed", client.Said);
        Assert.Contains("error: The model file 'missing.json' does not exist.", client.Said);
        var second = StartSilo(ports[0], ports[1]);
        Assert.AreEqual(1, second.Wait(), second.Said);
        Assert.Contains($"error: The port {ports[0]} cannot be had", second.Said);
        Signal("TERM", silo.Id);
        Assert.AreEqual(0, silo.Wait(), silo.Said);
        Assert.AreEqual(1, silo.Count("(Failed)"), "a share that fails is not begun again");
    }

    [TestMethod]
    [DataRow("score -o a.csv -- model.json --data rows.csv --shard 1/2", "'--shard' is said for each share")]
    [DataRow("score -o a.csv -- model.json --data rows.csv --output=b.csv", "'--output=b.csv' is said for each share")]
    [DataRow("score -o scored -- model.json --data rows.csv", "should have an ending")]
    [DataRow("score -o a.csv --shares 0 -- model.json", "--shares takes a number from 1 to 1000; 0 was given.")]
    [DataRow("score -o a.csv", "Required argument missing")]
    [DataRow("score -o a.csv --gateway 70000 -- model.json", "--gateway takes a number from 1 to 65535; 70000 was given.")]
    public void Wrong_jobs_are_told_before_a_silo_is_asked(string command, string said)
    {
        var client = Start(Sample, command.Split(' '));
        Assert.AreEqual(2, client.Wait(), client.Said);
        Assert.Contains(said, client.Said);
    }

    private static string Root { get; } = RootOf(new DirectoryInfo(AppContext.BaseDirectory));

    private static string Tool => Built("src/Tool", "introspect.dll");

    private static string Sample => Built("samples/OrleansJob", "OrleansJob.dll");

    private static string[] Score =>
    [
        Path.Combine(Root, "test/data/models/lgbm_multiclass.txt"), "--data", "rows.csv", "--id-column", "key", "--explain", "shap",
        "--threads", "1",
    ];

    // What is built as these tests are: Release, or Debug.
    private static string Built(string project, string name)
    {
        var own = new DirectoryInfo(AppContext.BaseDirectory);
        return Path.Combine(Root, project, "bin", own.Parent!.Name, own.Name, name);
    }

    private static string RootOf(DirectoryInfo folder) =>
        File.Exists(Path.Combine(folder.FullName, "Introspection.sln")) ? folder.FullName : RootOf(folder.Parent!);

    private static IEnumerable<int> FreePorts(int count)
    {
        // Below those that the system gives to whoever connects.
        var random = new Random();
        return Enumerable.Range(0, int.MaxValue).Select(_ => random.Next(20_000, 32_000)).Where(IsFree).Distinct().Take(count);
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static void Signal(string name, int process)
    {
        using var kill = Process.Start("kill", [$"-{name}", $"{process}"]);
        kill.WaitForExit();
    }

    private static bool IsAlive(int process)
    {
        using var kill = Process.Start(new ProcessStartInfo("kill", ["-0", $"{process}"]) { RedirectStandardError = true })!;
        kill.WaitForExit();
        return kill.ExitCode == 0;
    }

    private static T Until<T>(Func<T?> condition, Spoken client)
        where T : class
    {
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < Hanging && !client.HasEnded; Thread.Sleep(5))
            if (condition() is { } met)
                return met;
        throw new AssertFailedException($"It did not come to this; the client said:\n{client.Said}");
    }

    private static void Until(Func<bool> condition, Spoken client) => Until(() => condition() ? "" : null, client);

    // Halts shares of a silo, each as soon as it has done a part, until there are so many. One by one, since the short times in
    // which shares are under way need not meet by themselves.
    private List<(int Process, int Share)> HaltUnderWay(Spoken silo, int count, Spoken client)
    {
        List<(int Process, int Share)> halted = [];
        Until(() =>
        {
            foreach (var (process, share, output) in silo.Began())
                if (halted.Count < count && !halted.Contains((process, share)) && HasPart(share, output)
                    && IsHalted(process, share, output))
                    halted.Add((process, share));
            return halted.Count == count;
        }, client);
        return halted;
    }

    private bool IsHalted(int process, int share, string output)
    {
        Signal("STOP", process);
        // What it was about to write is there by then.
        Thread.Sleep(20);
        if (IsAlive(process) && HasPart(share, output) && !File.Exists(Path.Combine(PartsOf(output, share), "whole.json")))
            return true;
        Signal("CONT", process);
        return false;
    }

    private bool HasPart(int share, string output) => File.Exists(Path.Combine(PartsOf(output, share), "manifest.json"));

    private string PartsOf(string output, int share) => Path.Combine(_folder[$"{output}.shares"],
        string.Create(CultureInfo.InvariantCulture, $"{share:0000}-of-{Shares:0000}{Path.GetExtension(output)}.parts"));

    private void WriteRows()
    {
        var random = new Random(19);
        using var file = File.CreateText(_folder["rows.csv"]);
        file.WriteLine("key,size,age,colour,city,grade,share");
        for (var i = 0; i < Rows; i++)
            file.WriteLine(string.Create(CultureInfo.InvariantCulture, $"k{i},{random.NextDouble():0.######},{random.Next(5)},"
                + $"{random.Next(4)},{random.Next(9)},{random.Next(3)},{random.NextDouble():0.######}"));
    }

    private Spoken StartSilo(int port, int gateway, int? primary = null) => Start(Sample,
        ["silo", "--port", $"{port}", "--gateway", $"{gateway}", "--primary", $"{primary ?? port}", "--introspect", Tool]);

    private Spoken StartJob(int gateway, int other, string output) => Start(Sample, ["score", "--gateway", $"{gateway}", "--gateway",
        $"{other}", "--shares", $"{Shares}", "--at-once", "2", "--output", output, "--", .. Score, "--part-rows", "512"]);

    private Spoken Start(string assembly, string[] arguments)
    {
        var process = new Spoken(new ProcessStartInfo("dotnet", [assembly, .. arguments])
        {
            WorkingDirectory = _folder["."],
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["Membership__ProbeTimeout"] = "00:00:01", ["Membership__NumMissedProbesLimit"] = "2" },
        });
        _started.Add(process);
        return process;
    }

    /// <summary>A process and what it has said; it, and the processes that it says it has begun, end with the test.</summary>
    private sealed partial class Spoken : IDisposable
    {
        private readonly Process _process;
        private readonly List<string> _lines = [];

        public Spoken(ProcessStartInfo start)
        {
            _process = Process.Start(start)!;
            _process.OutputDataReceived += (_, line) => Add(line.Data);
            _process.ErrorDataReceived += (_, line) => Add(line.Data);
            _process.BeginOutputReadLine();
            _process.BeginErrorReadLine();
        }

        public int Id => _process.Id;

        public bool HasEnded => _process.HasExited;

        public string Said => string.Join('\n', Lines);

        private string[] Lines
        {
            get
            {
                lock (_lines)
                    return [.. _lines];
            }
        }

        public bool Has(string text) => Count(text) > 0;

        public int Count(string text) => Lines.Count(l => l.Contains(text, StringComparison.Ordinal));

        /// <summary>The shares that a silo says it has begun and not that they have ended.</summary>
        public IEnumerable<(int Process, int Share, string Output)> Began()
        {
            var begun = new Dictionary<string, (int Process, int Share, string Output)>();
            foreach (var line in Lines)
                if (BeganLine.Match(line) is { Success: true } began)
                    begun[began.Groups["file"].Value] =
                        (Number(began, "process"), Number(began, "share"), Path.GetFileName(began.Groups["output"].Value));
                else if (EndedLine.Match(line) is { Success: true } ended)
                    begun.Remove(ended.Groups["file"].Value);
            return begun.Values;
        }

        public void Kill()
        {
            _process.Kill();
            _process.WaitForExit();
        }

        public int Wait()
        {
            if (!_process.WaitForExit(Hanging))
                throw new AssertFailedException($"It does not end; it said:\n{Said}");
            // Until all that it said has been heard.
            _process.WaitForExit();
            return _process.ExitCode;
        }

        public void Dispose()
        {
            if (!_process.HasExited)
                _process.Kill(entireProcessTree: true);
            foreach (var (process, _, _) in Began())
                if (IsAlive(process))
                    Signal("KILL", process);
            _process.Dispose();
        }

        private static int Number(Match match, string group) => int.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);

        private void Add(string? line)
        {
            lock (_lines)
                _lines.AddRange(line is null ? [] : [line]);
        }

        [GeneratedRegex(@"Began '(?<file>(?<output>.*)\.shares/(?<share>\d+)-of-\d+\.\w+)' \(process (?<process>\d+)\)")]
        private static partial Regex BeganLine { get; }

        [GeneratedRegex(@"Ended '(?<file>.*)' \(\w+\)")]
        private static partial Regex EndedLine { get; }
    }
}
