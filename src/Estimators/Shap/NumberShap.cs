using Microsoft.ML.Introspection.Estimators.Columns;
using Microsoft.ML.Introspection.Estimators.Models;
using Microsoft.ML.Introspection.Estimators.Saving;
using Microsoft.ML.Introspection.Estimators.Scoring;
using Microsoft.ML.Introspection.Explaining;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Estimators.Shap;

/// <summary>SHAP values of rows of one feature column, by an explainer that all cursors share, if it serves several threads.</summary>
internal sealed class NumberShap : FittedShap
{
    private readonly TransformsCatalog _catalog;
    private readonly ShapColumns _columns;
    private readonly FeatureFeed _features;
    private readonly Explainer _explainer;
    private readonly Func<Explainer> _another;
    private readonly Lazy<OnnxModel> _graph;

    private NumberShap(TransformsCatalog catalog, ShapColumns columns, FeatureFeed features, Explainer explainer, Func<Explainer> another,
        IReadOnlyDictionary<string, IReadOnlyList<string>> slotNames)
    {
        (_catalog, _columns, _features, _explainer, _another) = (catalog, columns, features, explainer, another);
        _graph = new(() => explainer.Compile(columns.Names(features.Name)).WithSlotNames(slotNames));
    }

    public override IExplanationColumns Columns => _columns;

    /// <summary>Prepares a model of one feature column.</summary>
    /// <param name="catalog">The catalog that makes the form in which they are saved.</param>
    /// <param name="outputColumnName">The column of the values.</param>
    /// <param name="data">The data, from which covers and backgrounds are taken where none are given.</param>
    /// <param name="options">The options.</param>
    /// <param name="features">The feature column.</param>
    /// <param name="outputNames">What the outputs are called; null where nobody named them.</param>
    /// <param name="count">How many features the model has.</param>
    /// <param name="make">Makes what explains it.</param>
    public static NumberShap Of(
        TransformsCatalog catalog, string outputColumnName, IDataView data, ShapOptions options, FeatureFeed features,
        IReadOnlyList<string>? outputNames, int count,
        Func<ExplainerOptions, Explainer> make)
    {
        features.Column.Find(data.Schema);
        var rows = options.Background ?? data;
        var background = new Background(
            () => FeatureVectors.Sample(rows, features.Name, options.BackgroundRows), "against rows of the data",
            () => FeatureVectors.Rows(rows, features.Name));
        var explaining = options.ForExplainer(count, background) with { Blocks = features.Blocks,
            Covers = ("the data", () => FeatureVectors.Rows(data, features.Name)) };
        var explainer = make(explaining);
        var columns = new ShapColumns(outputColumnName, options, explainer, features, outputNames);
        return new NumberShap(catalog, columns, features, explainer, () => make(explaining with { Algorithm = explainer.Algorithm }),
            ((IExplanationColumns)columns).SlotNamesIn(data.Schema));
    }

    public override RowScorer Scorer(int? rows)
    {
        var explainer = _explainer.ServesThreads ? _explainer : _another();
        return new ShapScorer(_columns, explainer, _features, rows, owns: !_explainer.ServesThreads);
    }

    public override OnnxModel Graph() => _graph.Value;

    public override void Save(ModelSaveContext context) => OnnxTransformerForm.Save(
        _catalog, Graph(), _columns.Label is { } label ? [_features.Column, label] : [_features.Column], _columns.Outputs, context);

    public override void Release() => _explainer.Dispose();
}
