using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators.Columns;
using Microsoft.ML.Introspection.Estimators.Scoring;

namespace Microsoft.ML.Introspection.Estimators;

/// <summary>
/// Adds explanation columns to data: what all transformers have in common.
/// </summary>
/// <remarks>
/// <see cref="Transform"/> is lazy: nothing is computed until a cursor that asks for an explanation column is read. Such
/// a cursor reads up to a batch of rows ahead.
/// </remarks>
public abstract class ExplanationTransformer : ITransformer, IDisposable
{
    private readonly Lock _lock = new();
    private readonly List<WeakReference<RowScorer>> _rowScorers = [];

    private protected ExplanationTransformer()
    {
    }

    bool ITransformer.IsRowToRowMapper => true;

    private protected abstract IExplanationColumns Added { get; }

    /// <summary>The columns of the data, then the explanations, with the slot names of the explained columns.</summary>
    /// <param name="inputSchema">The columns of the data.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column that is read is missing or does not fit.</exception>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => Bound(inputSchema).Whole;

    /// <summary>The data with its explanations, computed as they are read.</summary>
    /// <param name="input">The data.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column that is read is missing or does not fit.</exception>
    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new ExplanationDataView(this, input, Bound(input.Schema));
    }

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema) =>
        new ExplanationRowMapper(this, Bound(inputSchema));

    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        ArgumentNullException.ThrowIfNull(ctx);
        Save(ctx);
    }

    /// <summary>
    /// Frees what is held. Cursors that are at work finish undisturbed; new ones, and rows that were made by a prediction
    /// engine, fail with <see cref="ObjectDisposedException"/>.
    /// </summary>
    public void Dispose()
    {
        // ML.NET's prediction engine disposes of its transformer but not of the rows that it got from it.
        lock (_lock)
        {
            foreach (var reference in _rowScorers)
                if (reference.TryGetTarget(out var scorer))
                    scorer.Dispose();
            _rowScorers.Clear();
        }
        Release();
        GC.SuppressFinalize(this);
    }

    internal IReadOnlyList<OutputColumn> Outputs => Added.Outputs;

    internal RowScorer BatchScorer() => Scorer(null);

    internal RowScorer RowScorer()
    {
        var scorer = Scorer(1);
        lock (_lock)
        {
            _rowScorers.RemoveAll(reference => !reference.TryGetTarget(out _));
            _rowScorers.Add(new WeakReference<RowScorer>(scorer));
        }
        return scorer;
    }

    // For so many rows at once; null for as many as suit.
    private protected abstract RowScorer Scorer(int? rows);

    private protected abstract void Save(ModelSaveContext context);

    private protected abstract void Release();

    private SchemaBinding Bound(DataViewSchema schema)
    {
        ArgumentNullException.ThrowIfNull(schema);
        return new SchemaBinding(schema, Added.FindInputs(schema), Added.Outputs.Select(o => o.In(schema)));
    }
}
