using Microsoft.ML.Introspection.Estimators.Columns;
using Microsoft.ML.Introspection.Estimators.Models;
using Microsoft.ML.Introspection.Estimators.Pipelines;
using Microsoft.ML.Introspection.Estimators.Predictions;
using Microsoft.ML.Introspection.Estimators.Scoring;
using Microsoft.ML.Introspection.Explaining;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Shapley;
using Microsoft.ML.Introspection.Shapley.Trees;

namespace Microsoft.ML.Introspection.Estimators.Shap;

/// <summary>
/// SHAP values of a pipeline that is asked for the scores of rows put together of others. Every cursor asks it through a scorer of its own.
/// </summary>
internal sealed class PipelineShap : FittedShap
{
    private readonly PipelineScorer _first;
    private readonly Func<PipelineScorer> _scorer;
    private readonly IDataView _background;
    private readonly ShapColumns _columns;
    private readonly Func<PipelineScorer, float[], Explainer> _explainer;
    private readonly string _model;
    private readonly MlHost _host;
    private readonly Lock _lock = new();

    private PipelineShap(PipelineScorer first, Func<PipelineScorer> scorer, IDataView background, ShapColumns columns,
        Func<PipelineScorer, float[], Explainer> explainer, string model, MlHost host) =>
        (_first, _scorer, _background, _columns, _explainer, _model, _host) =
            (first, scorer, background, columns, explainer, model, host);

    public override IExplanationColumns Columns => _columns;

    public override string Description => _columns.Description;

    /// <summary>Prepares a pipeline.</summary>
    /// <param name="host">Who is told.</param>
    /// <param name="outputColumnName">The column of the values.</param>
    /// <param name="pipeline">The pipeline, or a part of it.</param>
    /// <param name="data">The data that it is for.</param>
    /// <param name="options">The options.</param>
    /// <param name="model">What it is, for messages: "the pipeline".</param>
    /// <param name="reason">Why it is not explained otherwise.</param>
    public static PipelineShap Of(MlHost host, string outputColumnName, ITransformer pipeline, IDataView data, ShapOptions options,
        string model, string reason)
    {
        var schema = data.Schema;
        var scorerOptions = new PipelineScorerOptions
        {
            OutputColumn = OutputOf(pipeline, schema, options),
            Threads = options.Runtime.Threads,
            WholeColumns = options.WholeColumns,
        };
        var first = new PipelineScorer(pipeline, schema, scorerOptions);
        var encoded =
            new Background(() => first.EncodeSample(options.Background ?? data, options.BackgroundRows), "against rows of the data");
        var explaining = options.ForExplainer(options.Players(first.FeatureNames.Count), encoded) with { ModelName = model };
        var explainer = Explainer.For(first, explaining);
        explaining = explaining with { Algorithm = explainer.Algorithm };
        var columns = new ShapColumns(outputColumnName, options, explainer, new PipelineFeed(first), first.OutputNames, schema);
        OpaqueShap.Tell(host, model, explainer, first, encoded.Rows, reason);
        return new PipelineShap(
            first, () => new PipelineScorer(pipeline, schema, scorerOptions), first.Decoded(encoded.Rows), columns,
            (scorer, background) => Explainer.For(scorer, explaining with { Background = new Background(background) }), model, host)
        {
            RawNames = first.Columns.Select(c => c.Name).ToHashSet(),
            Check = CheckOf(options, null, null, scorerOptions.OutputColumn) with { Choice = explainer.Outputs },
        };
    }

    public override RowScorer Scorer(int? rows)
    {
        var scorer = _scorer();
        try
        {
            float[] background;
            lock (_lock)
                background = scorer.Encode(_background);
            return new ShapScorer(_columns, _explainer(scorer, background), new PipelineFeed(scorer), rows, owns: true, _host);
        }
        catch
        {
            scorer.Dispose();
            throw;
        }
    }

    public override OnnxModel Graph() => throw NoGraph(_model);

    /// <summary>There is no graph of a model that is asked for scores.</summary>
    public static NotSupportedException NoGraph(string model) => new(
        $"There is no graph of {model} that ML.NET could load without this library: it is explained as a black box, by asking it for "
            + "the scores of many rows. " +
        "Save the pipeline without this step and add the step anew after loading; or explain trees and linear models exactly "
            + "(ShapAlgorithm.Auto over their prediction transformer), " +
        "or a network from its ONNX file: these can be saved.");

    public override void Save(ModelSaveContext context) => Graph();

    public override void Release() => _first.Dispose();

    /// <summary>What holds values against a pipeline's own score.</summary>
    /// <param name="options">The options.</param>
    /// <param name="form">What the model was read as; null where it is asked for its column.</param>
    /// <param name="features">Its feature column.</param>
    /// <param name="output">The column that is explained; null for the score.</param>
    public static ScoreCheck CheckOf(ShapOptions options, ModelForm? form, string? features, string? output) => new(
        form, features, form is null ? output ?? ScoreReader.Score : ScoreReader.Score, options.Output == TreeShapOutput.Prediction,
        new OutputChoice(options.Target),
        options.Kept is null && options is not { Algorithm: ShapAlgorithm.Sampling } and not { Method: SamplingShap });

    /// <summary>The column that is explained; null for the model's score.</summary>
    public static string? OutputOf(ITransformer pipeline, DataViewSchema schema, ShapOptions options) =>
        options.ExplainedColumnName is { } named ? named
            : options.Output == TreeShapOutput.Prediction && pipeline.GetOutputSchema(schema).GetColumnOrNull("Probability") is not null
            ? "Probability" : null;
}
