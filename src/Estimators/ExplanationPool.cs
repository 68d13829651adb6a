using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators.Streams;

namespace Microsoft.ML.Introspection.Estimators;

/// <summary>
/// Predicts and explains for many callers at once: engines are made as they are needed, up to a number, and used again. Made by
/// <c>mlContext.Model.CreateExplanationPool</c>; one for the whole program, for any number of threads.
/// </summary>
/// <typeparam name="TInput">The class of the rows.</typeparam>
public sealed class ExplanationPool<TInput> : IDisposable where TInput : class
{
    // Enough rows that handing them over to a thread costs nothing beside explaining them, and few enough to come back soon.
    private const int RowsAtOnce = 32;

    private readonly Func<ExplanationEngine<TInput>> _create;
    private readonly ExplanationPoolOptions _options;
    private readonly ConcurrentBag<ExplanationEngine<TInput>> _idle = [];
    private readonly SemaphoreSlim _free;
    private int _waiting;
    private volatile bool _disposed;

    internal ExplanationPool(ModelOperationsCatalog catalog, ExplainedPredictions explained, ExplanationPoolOptions options,
        SchemaDefinition? inputSchemaDefinition)
    {
        (_options, _free) = (options, new SemaphoreSlim(options.Engines));
        _create = () => new ExplanationEngine<TInput>(catalog, explained, inputSchemaDefinition);
        // A column that is missing is told here, and not to the first caller.
        _idle.Add(_create());
    }

    /// <summary>How many rows, or chunks of streams, are being explained.</summary>
    public int Busy => _options.Engines - _free.CurrentCount;

    /// <summary>How many callers wait for an engine.</summary>
    public int Waiting => Math.Max(0, Volatile.Read(ref _waiting));

    /// <summary>
    /// Predicts and explains a row, as soon as an engine is free; on the caller's own thread where one is at once.
    /// </summary>
    /// <param name="input">The row; what is true of it may be left at its default.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    /// <exception cref="ExplanationPoolFullException">Too many wait already.</exception>
    /// <exception cref="OperationCanceledException">The waiting was ended.</exception>
    public async ValueTask<ExplainedPrediction> ExplainAsync(TInput input, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(input);
        await Enter(isTurnedAway: true, cancellation).ConfigureAwait(false);
        return WithEngine(engine => engine.Explain(input));
    }

    /// <summary>
    /// Predicts and explains rows as they come, several at once, in their order. Who reads slowly slows down the source: at any time some
    /// 96 rows an engine are on their way.
    /// </summary>
    /// <param name="inputs">The rows; the stream may have no end.</param>
    /// <param name="cancellation">Stops the stream.</param>
    /// <exception cref="ExplanationPoolFullException">Too many wait already; told when the first row is asked for.</exception>
    /// <exception cref="InvalidOperationException">
    /// A row cannot be explained: the message has its number, and all before it have come.
    /// </exception>
    /// <exception cref="OperationCanceledException">The stream was stopped.</exception>
    public async IAsyncEnumerable<ExplainedPrediction> ExplainAsync(IAsyncEnumerable<TInput> inputs,
        [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        TurnAway();
        // A row waits for no other: those go together that are there.
        var chunks = RowChunks.Of(inputs, RowsAtOnce, TimeSpan.Zero, cancellation);
        await foreach (var prediction in OrderedWork.Of(chunks, Explain, _options.Engines, cancellation).ConfigureAwait(false))
            yield return prediction;
    }

    /// <summary>Frees the engines, those that are busy as soon as they are done; the explained pipeline stays as it is.</summary>
    public void Dispose()
    {
        _disposed = true;
        while (_idle.TryTake(out var engine))
            engine.Dispose();
    }

    private async Task<ChunkResult<ExplainedPrediction>> Explain(RowChunk<TInput> chunk, CancellationToken cancellation)
    {
        // A stream that has begun is not turned away.
        await Enter(isTurnedAway: false, cancellation).ConfigureAwait(false);
        return WithEngine(engine =>
        {
            var explained = new List<ExplainedPrediction>(chunk.Rows.Count);
            foreach (var row in chunk.Rows)
            {
                cancellation.ThrowIfCancellationRequested();
                try
                {
                    explained.Add(engine.Explain(row));
                }
                catch (Exception e) when (e is not OperationCanceledException)
                {
                    return new ChunkResult<ExplainedPrediction>(explained, ExceptionDispatchInfo.Capture(
                        new InvalidOperationException($"Row {chunk.First + explained.Count} of the stream: {e.Message}", e)));
                }
            }
            return new(explained);
        });
    }

    private void TurnAway()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_free.CurrentCount == 0 && Waiting >= _options.MostWaiting)
            throw new ExplanationPoolFullException(Waiting);
    }

    private async ValueTask Enter(bool isTurnedAway, CancellationToken cancellation)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        cancellation.ThrowIfCancellationRequested();
        if (_free.Wait(0, CancellationToken.None))
            return;
        var waiting = Interlocked.Increment(ref _waiting);
        try
        {
            if (isTurnedAway && waiting > _options.MostWaiting)
                throw new ExplanationPoolFullException(waiting - 1);
            await _free.WaitAsync(cancellation).ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    private T WithEngine<T>(Func<ExplanationEngine<TInput>, T> use)
    {
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            var engine = _idle.TryTake(out var idle) ? idle : _create();
            try
            {
                return use(engine);
            }
            finally
            {
                _idle.Add(engine);
                // Disposed meanwhile: whoever comes second takes it out.
                if (_disposed)
                    Dispose();
            }
        }
        finally
        {
            _free.Release();
        }
    }
}
