using System.ComponentModel;
using System.Diagnostics;

namespace OrleansJob;

/// <summary>A process of <c>introspect</c> that makes a file.</summary>
internal sealed class IntrospectProcess
{
    // Exit codes of introspect (docs/jobs.md), and what a shell makes of a signal.
    private const int Done = 0, InUse = 4, Signalled = 128;

    private const int LinesKept = 40;

    private readonly Process? _process;
    private volatile bool _isKilled;

    private IntrospectProcess(IReadOnlyList<string> arguments, Process? process, Task<Answer> end) =>
        (Arguments, _process, End, Id) = (arguments, process, end, process?.Id);

    /// <summary>What follows <c>introspect</c>.</summary>
    public IReadOnlyList<string> Arguments { get; }

    /// <summary>What came of it.</summary>
    public Task<Answer> End { get; private set; }

    /// <summary>The number that the system has given it; null where it could not be started.</summary>
    public int? Id { get; }

    /// <summary>Starts it.</summary>
    /// <param name="introspect">The command, or its assembly (.dll).</param>
    /// <param name="request">What it is to do.</param>
    /// <param name="stopping">Is cancelled when the silo stops.</param>
    public static IntrospectProcess Start(string introspect, Request request, CancellationToken stopping)
    {
        var isAssembly = introspect.EndsWith(".dll", StringComparison.OrdinalIgnoreCase);
        string[] arguments = [.. isAssembly ? (string[])[introspect] : [], .. request.Arguments];
        var start = new ProcessStartInfo(isAssembly ? "dotnet" : introspect, arguments)
        {
            WorkingDirectory = request.Folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            var process = Process.Start(start)!;
            process.StandardInput.Close();
            var started = new IntrospectProcess(request.Arguments, process, null!);
            started.End = started.EndOf(process, stopping);
            return started;
        }
        catch (Win32Exception error)
        {
            return Failed(request, $"'{introspect}' cannot be started: {error.Message}. Install it (dotnet tool install -g "
                + "Introspection.ML.Tool) or name it to the silo with --introspect.");
        }
    }

    /// <summary>One that could not be started.</summary>
    public static IntrospectProcess Failed(Request request, string why) =>
        new(request.Arguments, null, Task.FromResult(new Answer(State.Failed, $"error: {why}")));

    /// <summary>Ends it at once: what it keeps is whole at any moment.</summary>
    public void Kill()
    {
        _isKilled = true;
        try
        {
            _process?.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It has ended by itself.
        }
    }

    private async Task<Answer> EndOf(Process process, CancellationToken stopping)
    {
        using (process)
        {
            var (said, errors) = (Tail(process.StandardOutput, first: true), Tail(process.StandardError, first: false));
            await process.WaitForExitAsync(CancellationToken.None);
            var text = (await said, await errors);
            if (process.ExitCode == Done)
                return new Answer(State.Done, text.Item1);
            if (process.ExitCode == InUse)
                return new Answer(State.InUse, text.Item2);
            if (_isKilled || process.ExitCode is < 0 or > Signalled || await IsStopping(stopping))
                return new Answer(State.Ended, $"exit code {process.ExitCode}");
            return new Answer(State.Failed, text.Item2);
        }
    }

    // Ctrl-C in a terminal, or a service that is stopped, reaches this process as soon as the silo.
    private static async Task<bool> IsStopping(CancellationToken stopping)
    {
        await Task.WhenAny(Task.Delay(TimeSpan.FromSeconds(1), stopping));
        return stopping.IsCancellationRequested;
    }

    // The first line, or the last lines: a process may say as much as it will.
    private static async Task<string> Tail(StreamReader stream, bool first)
    {
        var lines = new Queue<string>();
        while (await stream.ReadLineAsync() is { } line)
        {
            if (first && lines.Count > 0)
                continue;
            lines.Enqueue(line);
            if (lines.Count > LinesKept)
                lines.Dequeue();
        }
        return string.Join(Environment.NewLine, lines);
    }
}
