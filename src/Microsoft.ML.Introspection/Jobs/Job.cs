using System.Diagnostics;
using Microsoft.ML.Introspection.Rows;

namespace Microsoft.ML.Introspection.Jobs;

/// <summary>How far a job is.</summary>
/// <param name="Share">The share that is done, from 0 to 1.</param>
/// <param name="Rows">The rows that are done.</param>
/// <param name="RowsPerSecond">How many were done in a second so far.</param>
public readonly record struct JobProgress(double Share, long Rows, double RowsPerSecond);

/// <summary>Some of the rows of a source: those from one to before another.</summary>
/// <param name="First">The first row, from 0.</param>
/// <param name="End">The row behind the last; null for all that follow.</param>
public sealed record Shard(long First = 0, long? End = null)
{
    /// <summary>The first row, from 0.</summary>
    public long First { get; } = First >= 0 ? First : throw new ArgumentOutOfRangeException(nameof(First), First, "Rows count from 0.");

    /// <summary>The row behind the last; null for all that follow.</summary>
    public long? End { get; } = End is null || End > First ? End
        : throw new ArgumentOutOfRangeException(nameof(End), End, $"The rows begin at {First}; a row behind it was expected.");

    /// <summary>The rows as one says it: "rows 0 to 999".</summary>
    public override string ToString() =>
        End is { } end ? FormattableString.Invariant($"rows {First} to {end - 1}") : FormattableString.Invariant($"rows from {First} on");
}

/// <summary>Work on the rows of a source, a block at a time: memory does not grow with the source.</summary>
/// <param name="source">The rows; before the first of them.</param>
/// <param name="work">What is made of them.</param>
/// <param name="shard">Which rows; null for all.</param>
public sealed class Job(RowSource source, IBlockWork work, Shard? shard = null)
{
    private readonly Shard _shard = shard ?? new Shard();
    private readonly List<string[]> _carried = [];
    private readonly Stopwatch _watch = new();
    private long _before;

    /// <summary>Works on all rows. The files of the sink appear at the end, or not at all.</summary>
    /// <param name="sink">Takes the results.</param>
    /// <param name="progress">Is told how far the job is, on this thread.</param>
    /// <param name="cancellation">Stops the job.</param>
    /// <returns>The number of rows.</returns>
    /// <exception cref="OperationCanceledException">The job was stopped.</exception>
    public long Run(IRowSink sink, Action<JobProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(sink);
        Begin(_shard.First);
        var rows = Work(sink, _shard.First, long.MaxValue, progress, cancellation);
        sink.Prepare();
        sink.Complete();
        return rows;
    }

    /// <summary>Works on the rows that are not done yet, part by part: what a part holds is kept whatever happens later.</summary>
    /// <param name="parts">What is done, and where further parts go; opened for the same shard.</param>
    /// <param name="begin">Begins the files of a part, given the path of its main file without its ending.</param>
    /// <param name="rowsAPart">About how many rows are one part; whole blocks.</param>
    /// <param name="progress">Is told how far the job is, on this thread.</param>
    /// <param name="cancellation">Stops the job after what the last part holds.</param>
    /// <returns>The number of rows that were done now.</returns>
    /// <exception cref="InvalidDataException">The parts were made by other works.</exception>
    /// <exception cref="OperationCanceledException">The job was stopped.</exception>
    public long Run(JobParts parts, Func<string, IRowSink> begin, long rowsAPart,
        Action<JobProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(parts);
        ArgumentNullException.ThrowIfNull(begin);
        ArgumentOutOfRangeException.ThrowIfLessThan(rowsAPart, 1);
        parts.Check(_shard, work.Ports);
        if (parts.IsComplete)
            return 0;
        Begin(parts.Next);
        var done = 0L;
        while (true)
        {
            using var sink = begin(parts.NextPath);
            var rows = Work(sink, parts.Next, rowsAPart, progress, cancellation);
            if (rows > 0)
            {
                sink.Prepare();
                sink.Complete();
                parts.Add(rows, sink.Paths);
            }
            done += rows;
            if (rows >= rowsAPart && parts.Next < (_shard.End ?? long.MaxValue))
                continue;
            parts.Complete();
            return done;
        }
    }

    private void Begin(long first)
    {
        if (source.Row >= 0)
            throw new InvalidOperationException($"The rows of '{source.Name}' have been read already; a job begins before the first.");
        if (source.Skip(first) is var there && there < first)
            throw new InvalidDataException($"'{source.Name}' has {there} rows; the job begins at row {first}.");
        _before = first;
        _watch.Restart();
    }

    // Until a number of rows is reached, in whole blocks.
    private long Work(IRowSink sink, long first, long enough, Action<JobProgress>? progress, CancellationToken cancellation)
    {
        using var activity = JobTelemetry.Begin("job part");
        var (done, share, since) = (0L, Share(), JobTelemetry.Now);
        while (done < enough && Fill(sink.Carries, first + done, cancellation) is > 0 and var rows)
        {
            since = JobTelemetry.Passed("read", since);
            var (before, behind, at) = (share, Share(), first + done);
            work.Compute(at, rows, part => Tell(before + part * (behind - before), at), cancellation);
            cancellation.ThrowIfCancellationRequested();
            since = JobTelemetry.Passed("compute", since);
            sink.Append(at, rows, _carried);
            since = JobTelemetry.Passed("write", since);
            JobTelemetry.Done(rows);
            (done, share) = (done + rows, behind);
            Tell(share, at + rows);
        }
        cancellation.ThrowIfCancellationRequested();
        _ = activity?.SetTag("introspection.job.source", source.Name).SetTag("introspection.job.first_row", first)
            .SetTag("introspection.job.rows", done);
        return done;

        void Tell(double done, long next) =>
            progress?.Invoke(new JobProgress(done, next - _shard.First, (next - _before) / Math.Max(1e-9, _watch.Elapsed.TotalSeconds)));
    }

    private int Fill(bool carries, long first, CancellationToken cancellation)
    {
        _carried.Clear();
        // Blocks end at the same rows wherever a job begins: what a row is computed with is not for its shard to tell.
        var (rows, most) = (0, Math.Min(work.Capacity - first % work.Capacity, (_shard.End ?? long.MaxValue) - first));
        for (; rows < most && source.MoveNext(); rows++)
        {
            cancellation.ThrowIfCancellationRequested();
            work.Take(source, rows);
            if (carries)
                _carried.Add(source.Carried());
        }
        return rows;
    }

    private double Share()
    {
        var end = Math.Min(_shard.End ?? long.MaxValue, source.Count ?? long.MaxValue);
        return end == long.MaxValue ? Math.Min(1, source.Progress)
            : Math.Clamp((source.Row + 1.0 - _shard.First) / Math.Max(1, end - _shard.First), 0, 1);
    }
}
