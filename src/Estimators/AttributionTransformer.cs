using Microsoft.ML.Introspection.Estimators.Columns;
using Microsoft.ML.Introspection.Estimators.Models;
using Microsoft.ML.Introspection.Estimators.Saving;
using Microsoft.ML.Introspection.Estimators.Scoring;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Estimators;

/// <summary>
/// Adds explanations of networks to data: what the transformers of all methods have in common.
/// </summary>
/// <remarks>
/// <para><see cref="ExplanationTransformer.Transform"/> is lazy: nothing is computed until a cursor that asks for an explanation column is
/// read. Such a cursor reads up to a batch of rows ahead. Several cursors, on several threads, share one session of ONNX Runtime; it is
/// opened when it is first needed and closed by <see cref="ExplanationTransformer.Dispose"/>, or when the last cursor that is still at work
/// ends.</para>
/// <para>A row with NaN in a column that the network reads, or with a label that is no class, fails with
/// <see cref="InvalidOperationException"/> when its explanation is fetched; the other rows do not suffer, unless a mapper behind reads
/// ahead: then ML.NET's own error wraps this one, and rows that it had buffered are lost with it.</para>
/// <para>Saved, alone or in a chain, the transformer becomes ML.NET's <c>OnnxTransformer</c> with the explanation graph: whoever
/// loads it needs the package Microsoft.ML.OnnxTransformer, not this one, and gets columns of the same types and values, and the
/// slot names of the data that the estimator was fitted to. <c>OnnxTransformer</c> scores one row at a time and passes NaN on.</para>
/// </remarks>
public abstract class AttributionTransformer : ExplanationTransformer
{
    private readonly TransformsCatalog _catalog;
    private readonly ExplainOptions _options;
    private readonly IReadOnlyDictionary<string, IReadOnlyList<string>> _slotNames;
    private readonly SharedSession _session;

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

    private protected override IExplanationColumns Added => Columns;

    private protected override RowScorer Scorer(int? rows) =>
        new GraphScorer(Columns, _session, rows ?? _options.Runtime.BatchSize, MlHost.Of(_catalog), _options.Cancellation);

    private protected override void Save(ModelSaveContext context) =>
        OnnxTransformerForm.Save(_catalog, Columns.Model.WithSlotNames(_slotNames), Columns.Inputs, Columns.Outputs, context);

    private protected override void Release() => _session.Dispose();
}
