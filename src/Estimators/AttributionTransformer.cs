using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators.Columns;
using Microsoft.ML.Introspection.Estimators.Saving;
using Microsoft.ML.Introspection.Estimators.Scoring;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Estimators;

/// <summary>
/// Adds explanation columns to data: what the transformers of all methods have in common.
/// </summary>
/// <remarks>
/// <para><see cref="Transform"/> is lazy: nothing is computed until a cursor that asks for an explanation column is read. Such
/// a cursor reads up to a batch of rows ahead. Several cursors, on several threads, share one session of ONNX Runtime; it is
/// opened when it is first needed and closed by <see cref="Dispose"/>, or when the last cursor that is still at work ends.</para>
/// <para>A row with NaN in a column that the network reads, or with a label that is no class, fails with
/// <see cref="InvalidOperationException"/> when its explanation is fetched; the other rows do not suffer, unless a mapper behind reads
/// ahead: then ML.NET's own error wraps this one, and rows that it had buffered are lost with it.</para>
/// <para>Saved, alone or in a chain, the transformer becomes ML.NET's <c>OnnxTransformer</c> with the explanation graph: whoever
/// loads it needs the package Microsoft.ML.OnnxTransformer, not this one, and gets columns of the same types and values, and the
/// slot names of the data that the estimator was fitted to. <c>OnnxTransformer</c> scores one row at a time and passes NaN on.</para>
/// </remarks>
public abstract class AttributionTransformer : ITransformer, IDisposable
{
    private readonly TransformsCatalog _catalog;
    private readonly AttributionOptions _options;
    private readonly IReadOnlyDictionary<string, IReadOnlyList<string>> _slotNames;
    private readonly SharedSession _session;
    private readonly Lock _lock = new();
    private readonly List<WeakReference<RowScorer>> _rowScorers = [];

    private protected AttributionTransformer(FittedExplanation fitted)
    {
        (_catalog, _options, Columns, _slotNames) = (fitted.Catalog, fitted.Options, fitted.Columns, fitted.SlotNames);
        _session = new SharedSession(Columns.Model, _options.Runtime);
    }

    /// <summary>
    /// The explanation graph, for any ONNX Runtime: its inputs and outputs are named like the columns.
    /// </summary>
    public OnnxModel Explanation => Columns.Model;

    internal ExplanationColumns Columns { get; }

    bool ITransformer.IsRowToRowMapper => true;

    /// <summary>The columns of the data, then the explanations, with the slot names of the explained columns.</summary>
    /// <param name="inputSchema">The columns of the data.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column that the network reads is missing or does not fit.</exception>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => new SchemaBinding(Columns, inputSchema).Whole;

    /// <summary>The data with its explanations, computed as they are read.</summary>
    /// <param name="input">The data.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column that the network reads is missing or does not fit.</exception>
    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new ExplanationDataView(this, input, new SchemaBinding(Columns, input.Schema));
    }

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema) =>
        new ExplanationRowMapper(this, new SchemaBinding(Columns, inputSchema));

    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        ArgumentNullException.ThrowIfNull(ctx);
        OnnxTransformerForm.Save(_catalog, SlotNameNodes.Add(Columns.Model, _slotNames), Columns, ctx);
    }

    /// <summary>
    /// Closes the session. Cursors that are at work finish undisturbed; new ones, and rows that were made by a prediction
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
        _session.Dispose();
        GC.SuppressFinalize(this);
    }

    internal RowScorer BatchScorer() => new(Columns, _session, _options.Runtime.BatchSize, _options.Cancellation);

    internal RowScorer RowScorer()
    {
        var scorer = new RowScorer(Columns, _session, 1, _options.Cancellation);
        lock (_lock)
        {
            _rowScorers.RemoveAll(reference => !reference.TryGetTarget(out _));
            _rowScorers.Add(new WeakReference<RowScorer>(scorer));
        }
        return scorer;
    }
}
