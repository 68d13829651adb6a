using Microsoft.ML.Introspection.Estimators.Columns;
using Microsoft.ML.Introspection.Estimators.Models;
using Microsoft.ML.Introspection.Estimators.Predictions;
using Microsoft.ML.Introspection.Estimators.Scoring;
using Microsoft.ML.Introspection.Explaining;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Estimators.Shap;

/// <summary>SHAP values of rows of one feature column, by an explainer that all cursors share, if it serves several threads.</summary>
internal sealed class NumberShap : FittedShap
{
    private readonly TransformsCatalog _catalog;
    private readonly ShapColumns _columns;
    private readonly VectorFeed _features;
    private readonly Explainer _explainer;
    private readonly Func<Explainer> _another;
    private readonly Lazy<OnnxModel> _graph;

    private NumberShap(TransformsCatalog catalog, ShapColumns columns, VectorFeed features, Explainer explainer, Func<Explainer> another,
        IReadOnlyDictionary<string, IReadOnlyList<string>> slotNames, string? opaque)
    {
        (_catalog, _columns, _features, _explainer, _another) = (catalog, columns, features, explainer, another);
        _graph = new(() => opaque is not null ? throw PipelineShap.NoGraph(opaque)
            : explainer.Compile(columns.Names(features.Name)).WithSlotNames(slotNames));
    }

    public override IExplanationColumns Columns => _columns;

    public override string Description => _columns.Description;

    /// <summary>What explains rows.</summary>
    public Explainer Explainer => _explainer;

    /// <summary>Prepares a model of one feature column.</summary>
    /// <param name="catalog">The catalog that makes the form in which they are saved.</param>
    /// <param name="outputColumnName">The column of the values.</param>
    /// <param name="data">The data, from which covers and backgrounds are taken where none are given.</param>
    /// <param name="options">The options.</param>
    /// <param name="features">The feature column.</param>
    /// <param name="outputNames">What the outputs are called; null where nobody named them.</param>
    /// <param name="count">How many features the model has.</param>
    /// <param name="make">Makes what explains it.</param>
    /// <param name="opaque">What the model is, where it can only be asked for scores; null where it can be looked into.</param>
    /// <param name="check">What holds the values against the score of a pipeline; null where nothing does.</param>
    public static NumberShap Of(
        TransformsCatalog catalog, string outputColumnName, IDataView data, ShapOptions options, VectorFeed features,
        IReadOnlyList<string>? outputNames, int count,
        Func<ExplainerOptions, Explainer> make, string? opaque = null, ScoreCheck? check = null)
    {
        _ = features.Find(data.Schema);
        var rows = options.Background ?? data;
        var background = new Background(() => features.Sample(rows, options.BackgroundRows), "against rows of the data",
            () => features.Rows(rows));
        var explaining = options.ForExplainer(features.Players ?? options.Players(count), background) with
        {
            Blocks = features.Blocks, Covers = ("the data", () => features.Rows(data)),
        };
        var explainer = make(explaining);
        var columns = new ShapColumns(outputColumnName, options, explainer, features, outputNames, data.Schema);
        return new NumberShap(catalog, columns, features, explainer, () => make(explaining with { Algorithm = explainer.Algorithm }),
            ((IExplanationColumns)columns).SlotNamesIn(data.Schema), opaque)
        {
            RawNames = (features as PreparedFeed)?.RawNames ?? new HashSet<string>(),
            Check = check is null ? null : check with { Choice = explainer.Outputs },
        };
    }

    public override RowScorer Scorer(int? rows)
    {
        var explainer = _explainer.ServesThreads ? _explainer : _another();
        return new ShapScorer(_columns, explainer, _features, rows, owns: !_explainer.ServesThreads, MlHost.Of(_catalog));
    }

    public override OnnxModel Graph() => _graph.Value;

    public override void Save(ModelSaveContext context) => _features.Save(_catalog, Graph(), _columns, context);

    public override void SaveWhole(ModelSaveContext context) => _features.SaveWhole(_catalog, Graph(), _columns, context);

    public override void Release() => _explainer.Dispose();
}
