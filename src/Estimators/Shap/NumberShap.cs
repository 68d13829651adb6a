using Microsoft.ML.Introspection.Estimators.Columns;
using Microsoft.ML.Introspection.Estimators.Saving;
using Microsoft.ML.Introspection.Estimators.Scoring;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Estimators.Shap;

/// <summary>SHAP values of rows of one feature column, computed by an engine that all cursors share.</summary>
internal sealed class NumberShap(TransformsCatalog catalog, ShapColumns columns, ShapEngine engine, IReadOnlyDictionary<string, IReadOnlyList<string>> slotNames) : FittedShap
{
    private readonly Lazy<OnnxModel> _graph = new(() => SlotNameNodes.Add(engine.Compile(columns), slotNames));

    public override IExplanationColumns Columns => columns;

    public override RowScorer Scorer(int? rows) => new ShapScorer(columns, engine, new FeatureRows(columns, (FeatureFeed)columns.Feed), rows);

    public override OnnxModel Graph() => _graph.Value;

    public override void Save(ModelSaveContext context) => OnnxTransformerForm.Save(
        catalog, Graph(), columns.Label is { } label ? [.. columns.Feed.Tensors!, label] : columns.Feed.Tensors!, columns.Outputs, context);
}
