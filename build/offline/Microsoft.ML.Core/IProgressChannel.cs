// Offline stand-in for ML.NET, used where no NuGet source has the real packages; not shipped.
namespace Microsoft.ML.Runtime;

/// <summary>Starts reports of progress.</summary>
public interface IProgressChannelProvider
{
    IProgressChannel StartProgressChannel(string name);
}

/// <summary>Takes reports of progress.</summary>
public interface IProgressChannel : IProgressChannelProvider, IDisposable
{
    void SetHeader(ProgressHeader header, Action<IProgressEntry> fillAction);

    void Checkpoint(params double?[] values);
}

/// <summary>The names of what is counted and measured.</summary>
public sealed class ProgressHeader
{
    public readonly IReadOnlyList<string> UnitNames;
    public readonly IReadOnlyList<string> MetricNames;

    public ProgressHeader(string[] metricNames, string[] unitNames)
    {
        UnitNames = unitNames ?? [];
        MetricNames = metricNames ?? [];
    }

    public ProgressHeader(params string[] unitNames) : this(null, unitNames)
    {
    }
}

/// <summary>Where the counts and measures of one report go.</summary>
public interface IProgressEntry
{
    void SetProgress(int index, double value);

    void SetProgress(int index, double value, double lim);

    void SetMetric(int index, double value);
}

/// <summary>Accepts progress and keeps none: an MLContext shows none of it either.</summary>
internal sealed class ProgressChannel : IProgressChannel
{
    private ProgressHeader _header = new(null);
    private bool _disposed;

    public void SetHeader(ProgressHeader header, Action<IProgressEntry> fillAction) => _header = header;

    public void Checkpoint(params double?[] values)
    {
        Contracts.Check(!_disposed, "A disposed progress channel takes no checkpoints.");
        var room = _header.MetricNames.Count + (2 * _header.UnitNames.Count);
        Contracts.Check((values?.Length ?? 0) <= room, "The checkpoint has more values than the header names.");
    }

    public IProgressChannel StartProgressChannel(string name) => new ProgressChannel();

    public void Dispose() => _disposed = true;
}
