using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Microsoft.ML.Introspection.Estimators.Streams;

/// <summary>Rows of data, read on a thread of their own.</summary>
internal static class StreamedRows
{
    /// <summary>Reads no further ahead than is said.</summary>
    public static async IAsyncEnumerable<T> Of<T>(DataOperationsCatalog catalog, IDataView data, int rowsAhead,
        [EnumeratorCancellation] CancellationToken cancellation) where T : class, new()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var rows = Channel.CreateBounded<T>(new BoundedChannelOptions(rowsAhead) { SingleReader = true, SingleWriter = true });
        // Cursors block, while they read and while the channel is full; the pool's threads are for others.
        var reading = Task.Factory.StartNew(Read, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            await foreach (var row in rows.Reader.ReadAllAsync(cancellation).ConfigureAwait(false))
                yield return row;
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await reading.ConfigureAwait(false);
        }

        void Read()
        {
            Exception? failure = null;
            try
            {
                foreach (var row in catalog.CreateEnumerable<T>(new StoppableView(data, stop.Token), reuseRowObject: false))
                    if (!rows.Writer.TryWrite(row))
                        rows.Writer.WriteAsync(row, stop.Token).AsTask().GetAwaiter().GetResult();
            }
            catch (Exception e)
            {
                failure = stop.IsCancellationRequested ? new OperationCanceledException(e.Message, e, stop.Token) : e;
            }
            rows.Writer.Complete(failure);
        }
    }
}
