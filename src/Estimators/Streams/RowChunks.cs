using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace Microsoft.ML.Introspection.Estimators.Streams;

/// <summary>Some rows of a stream that follow one another.</summary>
/// <param name="First">The number of the first one in the stream, from 0.</param>
/// <param name="Rows">The rows.</param>
internal readonly record struct RowChunk<T>(long First, IReadOnlyList<T> Rows);

/// <summary>What came of a chunk.</summary>
/// <param name="Rows">The results of its rows, as far as they went.</param>
/// <param name="Failure">Why they went no further; null where they are whole.</param>
internal readonly record struct ChunkResult<T>(IReadOnlyList<T> Rows, ExceptionDispatchInfo? Failure = null);

/// <summary>Rows of a stream taken together, as far as they come in time.</summary>
internal static class RowChunks
{
    /// <summary>Cuts a stream.</summary>
    /// <param name="source">The rows.</param>
    /// <param name="most">The most rows of one chunk.</param>
    /// <param name="patience">How long the first row of a chunk waits for others; with none it waits for nobody.</param>
    /// <param name="cancellation">Stops the stream.</param>
    public static async IAsyncEnumerable<RowChunk<T>> Of<T>(IAsyncEnumerable<T> source, int most, TimeSpan patience,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var rows = source.GetAsyncEnumerator(stop.Token);
        Task<bool>? next = null;
        try
        {
            var (first, chunk, since, failure) = (0L, new List<T>(), 0L, (ExceptionDispatchInfo?)null);
            while (failure is null)
            {
                next = rows.MoveNextAsync().AsTask();
                var left = patience - Stopwatch.GetElapsedTime(since);
                if (chunk.Count > 0 && !await IsInTime(next, left, cancellation).ConfigureAwait(false))
                {
                    yield return new(first, chunk);
                    (first, chunk) = (first + chunk.Count, []);
                }
                try
                {
                    if (!await next.WaitAsync(cancellation).ConfigureAwait(false))
                        break;
                }
                catch (Exception e) when (!cancellation.IsCancellationRequested)
                {
                    // The rows before are good.
                    failure = ExceptionDispatchInfo.Capture(e);
                    break;
                }
                since = chunk.Count == 0 ? Stopwatch.GetTimestamp() : since;
                chunk.Add(rows.Current);
                if (chunk.Count < most)
                    continue;
                yield return new(first, chunk);
                (first, chunk) = (first + chunk.Count, []);
            }
            if (chunk.Count > 0)
                yield return new(first, chunk);
            failure?.Throw();
        }
        finally
        {
            // Whoever is still waiting for a row is told to stop, but not waited for: a source need not listen.
            await stop.CancelAsync().ConfigureAwait(false);
            if (next is null or { IsCompleted: true })
                await rows.DisposeAsync().ConfigureAwait(false);
            else
                _ = next.ContinueWith(async late =>
                {
                    _ = late.Exception;
                    await rows.DisposeAsync().ConfigureAwait(false);
                }, TaskScheduler.Default);
        }
    }

    private static async ValueTask<bool> IsInTime(Task next, TimeSpan patience, CancellationToken cancellation)
    {
        if (next.IsCompleted || patience <= TimeSpan.Zero)
            return next.IsCompleted;
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var timer = Task.Delay(patience, enough.Token);
        var isFirst = await Task.WhenAny(next, timer).ConfigureAwait(false) == next;
        await enough.CancelAsync().ConfigureAwait(false);
        cancellation.ThrowIfCancellationRequested();
        return isFirst;
    }
}
