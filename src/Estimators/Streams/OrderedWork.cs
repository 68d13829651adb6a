using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Microsoft.ML.Introspection.Estimators.Streams;

/// <summary>Work on several chunks of a stream at once, whose results come in the stream's order.</summary>
internal static class OrderedWork
{
    /// <summary>Works on chunks. No more is begun than is asked for soon: who reads slowly slows down the source.</summary>
    /// <param name="chunks">The chunks.</param>
    /// <param name="work">What is done with each, on another thread.</param>
    /// <param name="atOnce">How many are worked on at once; as many results may wait to be read.</param>
    /// <param name="cancellation">Stops all of it.</param>
    public static async IAsyncEnumerable<TResult> Of<TRow, TResult>(IAsyncEnumerable<RowChunk<TRow>> chunks,
        Func<RowChunk<TRow>, CancellationToken, Task<ChunkResult<TResult>>> work, int atOnce,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var slots = new SemaphoreSlim(atOnce);
        var begun = Channel.CreateBounded<Task<ChunkResult<TResult>>>(
            new BoundedChannelOptions(atOnce) { SingleReader = true, SingleWriter = true });
        var feeding = Feed();
        try
        {
            await foreach (var task in begun.Reader.ReadAllAsync(cancellation).ConfigureAwait(false))
            {
                var (rows, fault) = await task.WaitAsync(cancellation).ConfigureAwait(false);
                foreach (var row in rows)
                    yield return row;
                fault?.Throw();
            }
        }
        finally
        {
            // What runs holds engines that belong to others: it ends before this does.
            await stop.CancelAsync().ConfigureAwait(false);
            await feeding.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            while (begun.Reader.TryRead(out var left))
                await ((Task)left).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            for (var slot = 0; slot < atOnce; slot++)
                await slots.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        }

        async Task Feed()
        {
            Exception? failure = null;
            try
            {
                await foreach (var chunk in chunks.WithCancellation(stop.Token).ConfigureAwait(false))
                {
                    await slots.WaitAsync(stop.Token).ConfigureAwait(false);
                    await begun.Writer.WriteAsync(Task.Run(() => Work(chunk), CancellationToken.None), stop.Token).ConfigureAwait(false);
                }
            }
            catch (Exception e)
            {
                failure = e;
            }
            begun.Writer.Complete(failure);
        }

        async Task<ChunkResult<TResult>> Work(RowChunk<TRow> chunk)
        {
            try
            {
                return await work(chunk, stop.Token).ConfigureAwait(false);
            }
            finally
            {
                slots.Release();
            }
        }
    }
}
