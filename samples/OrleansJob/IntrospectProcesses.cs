using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace OrleansJob;

/// <summary>The processes of a silo. They end when it stops; when it is killed they go on by themselves.</summary>
internal sealed partial class IntrospectProcesses
{
    private readonly string _introspect;
    private readonly CancellationToken _stopping;
    private readonly ILogger<IntrospectProcesses> _log;
    private readonly ConcurrentDictionary<IntrospectProcess, string> _running = [];

    public IntrospectProcesses(string introspect, IHostApplicationLifetime lifetime, ILogger<IntrospectProcesses> log)
    {
        (_introspect, _stopping, _log) = (introspect, lifetime.ApplicationStopping, log);
        _stopping.Register(() =>
        {
            foreach (var (process, _) in _running)
                process.Kill();
        });
    }

    /// <summary>Whether the silo stops, and none should be started.</summary>
    public bool AreStopping => _stopping.IsCancellationRequested;

    /// <summary>Starts one.</summary>
    /// <param name="request">What it is to do.</param>
    /// <param name="file">The file that it makes.</param>
    public IntrospectProcess Start(Request request, string file)
    {
        // Whoever reaches the silo's ports can ask: of all commands these are the ones that are meant.
        if (request.Arguments is not ["score" or "merge", ..])
            return IntrospectProcess.Failed(request, "A silo runs 'introspect score' and 'introspect merge', nothing else.");
        if (!Directory.Exists(request.Folder))
            return IntrospectProcess.Failed(request, $"The folder '{request.Folder}' is not on this silo ({Environment.MachineName}). "
                + "All silos should see one folder by one path; name it with --folder.");
        var folder = Path.GetDirectoryName(Path.GetFullPath(file, request.Folder))!;
        if (Directory.Exists(Path.GetDirectoryName(folder)))
            Directory.CreateDirectory(folder);

        var process = IntrospectProcess.Start(_introspect, request, _stopping);
        if (process.Id is not { } id)
            return process;
        Began(file, id);
        _running[process] = file;
        if (AreStopping)
            process.Kill();
        _ = Forget(process, file);
        return process;
    }

    private async Task Forget(IntrospectProcess process, string file)
    {
        var end = await process.End;
        _running.TryRemove(process, out _);
        Ended(file, end.State, end.Said);
    }

    [LoggerMessage(LogLevel.Information, "Began '{File}' (process {Process})")]
    private partial void Began(string file, int process);

    [LoggerMessage(LogLevel.Information, "Ended '{File}' ({State}): {Said}")]
    private partial void Ended(string file, State state, string said);
}
