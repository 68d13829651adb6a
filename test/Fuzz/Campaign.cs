using System.Collections.Concurrent;
using System.Diagnostics;

namespace Microsoft.ML.Introspection.Fuzz;

/// <summary>
/// Has files tried by processes of their own, so that one that dies, hangs or grows is an observation: the file is kept, and another
/// process goes on behind it.
/// </summary>
internal sealed class Campaign(Options options)
{
    private const long MostMemory = 2L << 30;
    private static readonly TimeSpan MostTime = TimeSpan.FromSeconds(10);

    private readonly SortedDictionary<string, int> _counts = [];
    private readonly List<string> _findings = [];

    public int Run()
    {
        Directory.CreateDirectory(options.Keep);
        Seeds.Train(options.Keep);
        var clock = Stopwatch.StartNew();
        var next = 0;
        while (next < options.Count && clock.Elapsed.TotalSeconds < options.Seconds)
            next = Watch(next, clock);
        foreach (var (outcome, count) in _counts)
            Console.WriteLine($"{count,8} {outcome}");
        Console.WriteLine($"{next,8} files of seed {options.Seed} in {clock.Elapsed.TotalSeconds:0} s; {_findings.Count} went wrong");
        foreach (var finding in _findings)
            Console.WriteLine(finding);
        return _findings.Count == 0 ? 0 : 1;
    }

    /// <summary>Lets a process try files from a number on, and gives the number of the file to go on with.</summary>
    private int Watch(int first, Stopwatch clock)
    {
        var isHost = Path.GetFileNameWithoutExtension(Environment.ProcessPath) == nameof(Fuzz);
        var start = new ProcessStartInfo(
            Environment.ProcessPath!, [.. isHost ? [] : (string[])[typeof(Campaign).Assembly.Location], .. options.ForChild(first)])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        };
        using var child = Process.Start(start)!;
        var lines = new BlockingCollection<string?>();
        var complaint = child.StandardError.ReadToEndAsync();
        child.OutputDataReceived += (_, e) => lines.Add(e.Data);
        child.BeginOutputReadLine();
        // A file begins with its number; then come the steps, and the outcome.
        var (current, step) = (first, "starting");
        var (since, used) = (Stopwatch.StartNew(), TimeSpan.Zero);
        while (true)
        {
            if (lines.TryTake(out var line, 50))
            {
                if (line is null)
                    break;
                var words = line.Split('\t');
                (since, used) = (Stopwatch.StartNew(), Used(child));
                switch (words[0])
                {
                    case "begin":
                        (current, step) = (int.Parse(words[1]), words[2]);
                        break;
                    case "step":
                        step = words[1];
                        continue;
                    case "end":
                        Note(words[1]);
                        current++;
                        break;
                    default:
                        Wrong(current, step, line);
                        current++;
                        break;
                }
                if (clock.Elapsed.TotalSeconds >= options.Seconds)
                {
                    child.Kill();
                    return current;
                }
                continue;
            }
            child.Refresh();
            // On a busy machine a file waits for its turn: what counts is time of the processor too.
            var grown = !child.HasExited && child.WorkingSet64 > MostMemory;
            if (grown || since.Elapsed > MostTime && (since.Elapsed > 4 * MostTime || Used(child) - used > MostTime))
            {
                child.Kill();
                Wrong(current, step, grown ? "more than 2 GiB" : "more than 10 s");
                return current + 1;
            }
        }
        child.WaitForExit();
        if (child.ExitCode == 0)
            return options.Count;
        if (child.ExitCode == Child.Weary)
            return current;
        if (step == "starting")
            throw new InvalidOperationException(complaint.Result);
        Wrong(current, step, $"died with {child.ExitCode}: {complaint.Result.Trim().Split('\n')[0]}");
        return current + 1;
    }

    private static TimeSpan Used(Process child) => Ask(child, c => c.TotalProcessorTime);

    // Nothing can be asked of a process that has just ended.
    private static T Ask<T>(Process child, Func<Process, T> what) where T : struct
    {
        try
        {
            child.Refresh();
            return what(child);
        }
        catch (InvalidOperationException)
        {
            return default;
        }
    }

    private void Note(string outcome) => _counts[outcome] = _counts.GetValueOrDefault(outcome) + 1;

    private void Wrong(int file, string step, string what)
    {
        Note("wrong");
        var finding = $"{file}\t{step}\t{what}";
        Console.WriteLine(finding);
        _findings.Add(finding);
    }
}
