using System.Collections;
using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using Microsoft.ML.Data;

namespace Microsoft.ML.Introspection.Estimators.Streams;

/// <summary>
/// A transformer over a stream of objects: chunks are data that it transforms as a whole, so that networks see batches. What is bound to
/// columns is bound once for each chunk that is worked on at the same time, not for every chunk.
/// </summary>
internal sealed class StreamedTransformer<TInput, TOutput>(DataOperationsCatalog catalog, ITransformer transformer, StreamOptions options)
    where TInput : class where TOutput : class, new()
{
    private readonly ConcurrentBag<Lane> _idle = [];

    /// <summary>Transforms the stream.</summary>
    public IAsyncEnumerable<TOutput> Of(IAsyncEnumerable<TInput> rows, CancellationToken cancellation) =>
        OrderedWork.Of(RowChunks.Of(rows, options.MostRows, options.Patience, cancellation),
            (chunk, stop) => Task.FromResult(Transform(chunk, stop)), options.ChunksAtOnce, cancellation);

    private ChunkResult<TOutput> Transform(RowChunk<TInput> chunk, CancellationToken cancellation)
    {
        var lane = _idle.TryTake(out var idle) ? idle : new Lane(catalog, transformer, options);
        var results = new List<TOutput>(chunk.Rows.Count);
        try
        {
            lane.Transform(chunk.Rows, results, cancellation);
            return new(results);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // Behind ML.NET's own threads what stopped a reader is within what they say.
            cancellation.ThrowIfCancellationRequested();
            var last = chunk.First + chunk.Rows.Count - 1;
            return new(results, ExceptionDispatchInfo.Capture(new InvalidOperationException(
                $"Rows {chunk.First} to {last} of the stream, which count from 0 in what follows: {e.Message}", e)));
        }
        finally
        {
            _idle.Add(lane);
        }
    }

    private sealed class Lane : IEnumerable<TInput>
    {
        private readonly IEnumerable<TOutput> _outputs;
        private IReadOnlyList<TInput> _rows = [];
        private CancellationToken _cancellation;

        public Lane(DataOperationsCatalog catalog, ITransformer transformer, StreamOptions options)
        {
            var input = options.InputSchemaDefinition ?? SchemaDefinition.Create(typeof(TInput));
            _outputs = catalog.CreateEnumerable<TOutput>(transformer.Transform(catalog.LoadFromEnumerable(this, input)),
                reuseRowObject: false, schemaDefinition: options.OutputSchemaDefinition);
        }

        public void Transform(IReadOnlyList<TInput> rows, List<TOutput> results, CancellationToken cancellation)
        {
            (_rows, _cancellation) = (rows, cancellation);
            foreach (var output in _outputs)
            {
                cancellation.ThrowIfCancellationRequested();
                results.Add(output);
            }
        }

        public IEnumerator<TInput> GetEnumerator()
        {
            foreach (var row in _rows)
            {
                _cancellation.ThrowIfCancellationRequested();
                yield return row;
            }
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
