using System.CommandLine;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Microsoft.ML.Introspection.Tool;

/// <summary>Does a command's work in a process of its own, and tells in a sentence when that one dies: for unknown files.</summary>
internal sealed class Isolation
{
    private const int Signalled = 128, Killed = 137;

    // What .NET writes of its own death is for programmers.
    private static readonly string[] LastWords = ["Stack overflow.", "Fatal error.", "Process terminated.", "Unhandled exception."];

    private readonly Option<bool> _isolate = new("--isolate")
    {
        Description = $"Work in a process of its own. If that one dies, say so and end with {ExitCode.Died}.", Recursive = true,
    };

    private readonly Option<int?> _memory = new("--memory-limit")
    {
        HelpName = "MIB", Description = "With --isolate: end the process when it holds more memory.", Recursive = true,
    };

    private readonly Option<double?> _time = new("--time-limit")
    {
        HelpName = "SECONDS", Description = "With --isolate: end the process when it takes longer.", Recursive = true,
    };

    public IEnumerable<Option> Options => [_isolate, _memory, _time];

    /// <summary>The exit code of the work, done by a process of its own; null where that is not asked for.</summary>
    /// <exception cref="UsageException">A limit is given without a process that it could be for.</exception>
    public async Task<int?> RunAsync(ParseResult parsed, IReadOnlyList<string> arguments, Terminal terminal, CancellationToken cancellation)
    {
        var (memory, time) = (parsed.GetValue(_memory), parsed.GetValue(_time));
        if (!parsed.GetValue(_isolate))
            return memory is null && time is null ? null
                : throw new UsageException("--memory-limit and --time-limit are for the process that --isolate starts.");
        if (memory <= 0 || time <= 0)
            throw new UsageException("A limit must be more than 0.");

        var own = ReferenceEquals(terminal.Out, Console.Out);
        var start = new ProcessStartInfo { RedirectStandardOutput = !own, RedirectStandardError = true };
        var isHost = Path.GetFileNameWithoutExtension(Environment.ProcessPath) == Failure.Program;
        start.FileName = isHost ? Environment.ProcessPath! : "dotnet";
        foreach (var argument in (string[])[.. isHost ? [] : (string[])[typeof(Isolation).Assembly.Location], .. Inner(arguments)])
            start.ArgumentList.Add(argument);
        using var child = Process.Start(start)!;
        using var ended = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var cancelled = cancellation.Register(() => Ask(child));
        var output = own ? Task.CompletedTask : Copy(child.StandardOutput, terminal.Out);
        var error = Copy(child.StandardError, terminal.Error);
        var fault = await Watch(child, memory, time);
        await Task.WhenAll(output, error);
        if (fault is null && child.ExitCode is ExitCode.Done or ExitCode.Failed or ExitCode.WrongUse or ExitCode.InUse)
            return child.ExitCode;
        Failure.Say(terminal, $"The process that worked on the files {fault ?? Death(child.ExitCode)}. A file is damaged or hostile, or "
            + "too large for this machine. Nothing was written.");
        return ExitCode.Died;

        void Stop(PosixSignalContext context)
        {
            context.Cancel = true;
            Ask(child);
        }
    }

    // The process ends itself: files that are half written go with it.
    private static void Ask(Process child)
    {
        if (OperatingSystem.IsWindows())
            child.Kill();
        else
            Process.Start("kill", ["-TERM", $"{child.Id}"]).Dispose();
    }

    private static async Task<string?> Watch(Process child, int? memory, double? time)
    {
        var clock = Stopwatch.StartNew();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!child.HasExited)
        {
            var fault = Held(child) >> 20 >= memory ? $"held more than {memory:N0} MiB of memory and was ended"
                : clock.Elapsed.TotalSeconds > time ? $"took more than {time:0.###} s and was ended" : null;
            if (fault is not null)
            {
                child.Kill(entireProcessTree: true);
                await child.WaitForExitAsync();
                return fault;
            }
            await Task.WhenAny(timer.WaitForNextTickAsync().AsTask(), child.WaitForExitAsync());
        }
        await child.WaitForExitAsync();
        return null;
    }

    private static long Held(Process child)
    {
        try
        {
            child.Refresh();
            return child.WorkingSet64;
        }
        catch (InvalidOperationException)
        {
            return 0;
        }
    }

    private IEnumerable<string> Inner(IReadOnlyList<string> arguments)
    {
        for (var i = 0; i < arguments.Count; i++)
        {
            var name = arguments[i].Split('=', ':')[0];
            if (name == _isolate.Name)
                continue;
            if (name == _memory.Name || name == _time.Name)
                i += name.Length == arguments[i].Length ? 1 : 0;
            else
                yield return arguments[i];
        }
    }

    private static async Task Copy(StreamReader from, TextWriter to)
    {
        var isDying = false;
        while (await from.ReadLineAsync() is { } line)
        {
            isDying |= LastWords.Any(w => line.StartsWith(w, StringComparison.Ordinal));
            if (!isDying)
                await to.WriteLineAsync(line);
        }
    }

    private static string Death(int exitCode) => exitCode switch
    {
        Killed => "was killed, as a system does that has no memory left",
        > Signalled and < Signalled + 64 => $"was ended by the signal {exitCode - Signalled}",
        _ => $"ended with the exit code {exitCode}",
    };
}
