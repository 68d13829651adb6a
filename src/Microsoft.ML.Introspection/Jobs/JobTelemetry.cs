using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Microsoft.ML.Introspection.Jobs;

/// <summary>
/// What jobs tell of themselves while they run, through System.Diagnostics: whatever collector listens (OpenTelemetry, dotnet-counters)
/// reads it, and where none does it costs nothing.
/// </summary>
public static class JobTelemetry
{
    /// <summary>The name of the meter and of the source of activities.</summary>
    public const string Name = "Introspection.Jobs";

    private static readonly ActivitySource Activities = new(Name);
    private static readonly Meter Meter = new(Name);

    private static readonly Counter<long> Rows =
        Meter.CreateCounter<long>("introspection.job.rows", "{row}", "Rows that were done, those that failed among them.");

    private static readonly Counter<long> FailedRows =
        Meter.CreateCounter<long>("introspection.job.failed_rows", "{row}", "Rows that failed and were left out.");

    private static readonly Histogram<double> Stages = Meter.CreateHistogram<double>("introspection.job.stage.duration", "s",
        "Seconds that a block of rows took in a stage: read, compute, write.");

    /// <summary>Counts rows that failed and were left out.</summary>
    /// <param name="rows">How many.</param>
    public static void Fail(long rows) => FailedRows.Add(rows);

    internal static void Done(long rows) => Rows.Add(rows);

    internal static Activity? Begin(string name) => Activities.StartActivity(name);

    internal static long Now => Stages.Enabled ? Stopwatch.GetTimestamp() : 0;

    /// <summary>Ends a stage.</summary>
    /// <param name="stage">The stage.</param>
    /// <param name="since">When it began, as <see cref="Now"/> told.</param>
    /// <returns>When the next begins.</returns>
    internal static long Passed(string stage, long since)
    {
        if (since == 0)
            return Now;
        var now = Stopwatch.GetTimestamp();
        Stages.Record(Stopwatch.GetElapsedTime(since, now).TotalSeconds, new KeyValuePair<string, object?>("stage", stage));
        return now;
    }
}
