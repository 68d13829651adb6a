using System.Diagnostics;

namespace Introspected;

/// <summary>Signs of life of the worker, and what it waits for.</summary>
public sealed class Heartbeat
{
    private long _last = Stopwatch.GetTimestamp();

    /// <summary>How long ago the last sign was.</summary>
    public TimeSpan Silence => Stopwatch.GetElapsedTime(Interlocked.Read(ref _last));

    /// <summary>What it waits for; null where it does not.</summary>
    public string? WaitsFor { get; private set; }

    /// <summary>Lives.</summary>
    public void Beat(string? waitsFor = null)
    {
        WaitsFor = waitsFor;
        Interlocked.Exchange(ref _last, Stopwatch.GetTimestamp());
    }
}
