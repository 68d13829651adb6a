using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators.Columns;
using Microsoft.ML.Introspection.Estimators.Pipelines;
using Microsoft.ML.Introspection.Estimators.Scoring;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Shapley;
using Microsoft.ML.Introspection.Shapley.Trees;

namespace Microsoft.ML.Introspection.Estimators.Shap;

/// <summary>SHAP values of a pipeline that is asked for the scores of rows put together of others. Every cursor asks it through a scorer of its own.</summary>
internal sealed class PipelineShap : FittedShap
{
    private readonly PipelineScorer _first;
    private readonly Func<PipelineScorer> _scorer;
    private readonly IDataView _background;
    private readonly ShapColumns _columns;
    private readonly CoalitionMethod _method;
    private readonly string _model;
    private readonly Lock _lock = new();

    private PipelineShap(PipelineScorer first, Func<PipelineScorer> scorer, float[] background, ShapColumns columns, CoalitionMethod method, string model) =>
        (_first, _scorer, _background, _columns, _method, _model) = (first, scorer, first.Decoded(background), columns, method, model);

    public override IExplanationColumns Columns => _columns;

    /// <summary>Prepares a pipeline.</summary>
    /// <param name="outputColumnName">The column of the values.</param>
    /// <param name="pipeline">The pipeline, or a part of it.</param>
    /// <param name="data">The data that it is for.</param>
    /// <param name="options">The options.</param>
    /// <param name="features">The columns that are features; null for those that the pipeline reads.</param>
    /// <param name="model">What it is, for messages: "The pipeline".</param>
    public static PipelineShap Of(string outputColumnName, ITransformer pipeline, IDataView data, ShapOptions options, IReadOnlyList<string>? features, string model)
    {
        if (options.InteractionsColumnName is not null)
            throw new ArgumentException("Only path-dependent values of trees have interactions: leave their column out.", nameof(options));
        var schema = data.Schema;
        var scorerOptions = new PipelineScorerOptions
        {
            Columns = features,
            OutputColumn = options.ExplainedColumnName ?? OutputOf(pipeline, schema, options),
            Threads = options.Runtime.Threads,
            WholeColumns = options.WholeColumns,
        };
        var first = new PipelineScorer(pipeline, schema, scorerOptions);
        var players = ShapPlayers.Of(first.FeatureNames.Count, options);
        var method = ShapMethods.ForScores(options, players, model);
        var background = first.EncodeSample(options.Background ?? data, options.BackgroundRows);
        if (background.Length == 0)
            throw new ArgumentException("There is no background row: the data given for it is empty.", nameof(options));
        var names = players.Names(first.FeatureNames);
        var shape = new ShapShape(first.FeatureNames.Count, players.Count, first.OutputNames.Count, _ => names);
        var columns = ShapColumns.Of(outputColumnName, options, shape, new PipelineFeed([.. first.Columns.Select(c => c.Name)], first), first.OutputNames);
        return new PipelineShap(first, () => new PipelineScorer(pipeline, schema, scorerOptions), background, columns, method, model);
    }

    public override RowScorer Scorer(int? rows)
    {
        var scorer = _scorer();
        try
        {
            float[] background;
            lock (_lock)
                background = scorer.Encode(_background);
            var engine = new BlackBoxEngine(new BlackBox(scorer, background), _method, _model);
            return new ShapScorer(_columns, engine, new PipelineRows(_columns, scorer), rows, scorer);
        }
        catch
        {
            scorer.Dispose();
            throw;
        }
    }

    public override OnnxModel Graph() => throw BlackBoxEngine.NoGraph(_model);

    public override void Save(ModelSaveContext context) => throw BlackBoxEngine.NoGraph(_model);

    public override void Release() => _first.Dispose();

    private static string? OutputOf(ITransformer pipeline, DataViewSchema schema, ShapOptions options) =>
        options.Output == TreeShapOutput.Prediction && pipeline.GetOutputSchema(schema).GetColumnOrNull("Probability") is not null ? "Probability" : null;
}

/// <summary>The raw columns of a pipeline.</summary>
/// <param name="Columns">Their names.</param>
/// <param name="Scorer">Who knows their types.</param>
internal sealed record PipelineFeed(IReadOnlyList<string> Columns, PipelineScorer Scorer) : IShapFeed
{
    public IReadOnlyList<InputColumn>? Tensors => null;

    public IEnumerable<DataViewSchema.Column> Find(DataViewSchema schema) => Scorer.FindColumns(schema);

    public SlotNaming Naming(Func<IReadOnlyList<string>, IReadOnlyList<string>> names) => new FixedSlots(names(Scorer.FeatureNames));
}
