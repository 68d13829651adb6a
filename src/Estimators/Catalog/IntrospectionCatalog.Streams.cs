using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators;
using Microsoft.ML.Introspection.Estimators.Streams;

namespace Microsoft.ML;

// Rows that come one after the other, and readers that may stop.
public static partial class IntrospectionCatalog
{
    /// <summary>
    /// Engines for many callers at once: what <see cref="CreateExplanationEngine"/> makes, pooled, with limits and cancellation.
    /// </summary>
    /// <typeparam name="TInput">The class of the rows, with the columns that the pipeline reads.</typeparam>
    /// <param name="catalog">The catalog of operations on models.</param>
    /// <param name="explained">
    /// The pipeline with its reasons, as <c>mlContext.Transforms.Explain(model).Fit(data)</c> gives it. It belongs to the caller, and must
    /// live as long.
    /// </param>
    /// <param name="options">How many at once, and how many may wait; null for the defaults.</param>
    /// <param name="inputSchemaDefinition">What columns the members are; null for what the class itself says.</param>
    /// <exception cref="ArgumentException">A column is missing, or has another type.</exception>
    /// <example>
    /// <code>
    /// using var pool = mlContext.Model.CreateExplanationPool&lt;House&gt;(explained);
    /// var prediction = await pool.ExplainAsync(new House { Area = 120, District = "North" }, cancellation);
    /// </code>
    /// </example>
    public static ExplanationPool<TInput> CreateExplanationPool<TInput>(this ModelOperationsCatalog catalog, ExplainedPredictions explained,
        ExplanationPoolOptions? options = null, SchemaDefinition? inputSchemaDefinition = null) where TInput : class
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(explained);
        return new ExplanationPool<TInput>(catalog, explained, options ?? new(), inputSchemaDefinition);
    }

    /// <summary>
    /// Sends a stream of objects through a fitted pipeline, explanations and all: those that come together go through together, so that
    /// networks see batches, and come out in their order. Who reads slowly slows down the source.
    /// </summary>
    /// <typeparam name="TInput">The class of the rows that go in.</typeparam>
    /// <typeparam name="TOutput">The class of the rows that come out, with the columns that are wanted.</typeparam>
    /// <param name="catalog">The catalog of operations on data.</param>
    /// <param name="transformer">The fitted pipeline; each row by itself, or what it says of a chunk is said of that chunk alone.</param>
    /// <param name="rows">The rows; the stream may have no end.</param>
    /// <param name="options">How many go together, and how long they wait for one another; null for the defaults.</param>
    /// <param name="cancellation">Stops the stream.</param>
    /// <returns>The rows that come out, as they are computed, on threads of the pool.</returns>
    /// <exception cref="ArgumentException">A column is missing, or has another type; told when the first row is asked for.</exception>
    /// <exception cref="InvalidOperationException">Rows cannot be transformed: the message has their numbers.</exception>
    /// <exception cref="OperationCanceledException">The stream was stopped.</exception>
    /// <example>
    /// <code>
    /// await foreach (var scored in mlContext.Data.TransformAsync&lt;Galaxy, ScoredGalaxy&gt;(pipeline, galaxies))
    ///     Console.WriteLine(scored.Saliency.Length);
    /// </code>
    /// </example>
    public static IAsyncEnumerable<TOutput> TransformAsync<TInput, TOutput>(this DataOperationsCatalog catalog, ITransformer transformer,
        IAsyncEnumerable<TInput> rows, StreamOptions? options = null, CancellationToken cancellation = default)
        where TInput : class where TOutput : class, new()
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(transformer);
        ArgumentNullException.ThrowIfNull(rows);
        return new StreamedTransformer<TInput, TOutput>(catalog, transformer, options ?? new()).Of(rows, cancellation);
    }

    /// <summary>
    /// Reads data as a stream of objects: <c>CreateEnumerable</c> for <c>await foreach</c>. Reading, and with it what pipelines compute,
    /// happens on a thread of its own, which waits where the rows are not taken.
    /// </summary>
    /// <typeparam name="TRow">The class of the rows, with the columns that are wanted.</typeparam>
    /// <param name="catalog">The catalog of operations on data.</param>
    /// <param name="data">The data.</param>
    /// <param name="rowsAhead">How many rows may wait to be taken.</param>
    /// <param name="cancellation">Stops reading.</param>
    /// <exception cref="OperationCanceledException">Reading was stopped.</exception>
    public static IAsyncEnumerable<TRow> CreateAsyncEnumerable<TRow>(this DataOperationsCatalog catalog, IDataView data,
        int rowsAhead = 256, CancellationToken cancellation = default) where TRow : class, new()
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentOutOfRangeException.ThrowIfLessThan(rowsAhead, 1);
        return StreamedRows.Of<TRow>(catalog, data, rowsAhead, cancellation);
    }

    /// <summary>
    /// The data, with readers that stop: whoever reads them, or what pipelines make of them, gets an
    /// <see cref="OperationCanceledException"/> at the next row; where ML.NET reads by several threads, within an exception of its own.
    /// </summary>
    /// <param name="catalog">The catalog of operations on data.</param>
    /// <param name="data">The data; best the source, before anything is computed.</param>
    /// <param name="cancellation">Stops the readers.</param>
    public static IDataView WithCancellation(this DataOperationsCatalog catalog, IDataView data, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(data);
        return new StoppableView(data, cancellation);
    }
}
