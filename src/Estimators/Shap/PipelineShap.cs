using Microsoft.ML.Introspection.Estimators.Columns;
using Microsoft.ML.Introspection.Estimators.Pipelines;
using Microsoft.ML.Introspection.Estimators.Scoring;
using Microsoft.ML.Introspection.Explaining;
using Microsoft.ML.Introspection.Onnx;
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
    private readonly Lock _lock = new();

    private PipelineShap(PipelineScorer first, Func<PipelineScorer> scorer, IDataView background, ShapColumns columns,
        Func<PipelineScorer, float[], Explainer> explainer, string model) =>
        (_first, _scorer, _background, _columns, _explainer, _model) = (first, scorer, background, columns, explainer, model);

    public override IExplanationColumns Columns => _columns;

    /// <summary>Prepares a pipeline.</summary>
    /// <param name="outputColumnName">The column of the values.</param>
    /// <param name="pipeline">The pipeline, or a part of it.</param>
    /// <param name="data">The data that it is for.</param>
    /// <param name="options">The options.</param>
    /// <param name="features">The columns that are features; null for those that the pipeline reads.</param>
    /// <param name="model">What it is, for messages: "the pipeline".</param>
    public static PipelineShap Of(string outputColumnName, ITransformer pipeline, IDataView data, ShapOptions options,
        IReadOnlyList<string>? features, string model)
    {
        var schema = data.Schema;
        var scorerOptions = new PipelineScorerOptions
        {
            Columns = features,
            OutputColumn = options.ExplainedColumnName ?? OutputOf(pipeline, schema, options),
            Threads = options.Runtime.Threads,
            WholeColumns = options.WholeColumns,
        };
        var first = new PipelineScorer(pipeline, schema, scorerOptions);
        var encoded =
            new Background(() => first.EncodeSample(options.Background ?? data, options.BackgroundRows), "against rows of the data");
        var explaining = options.ForExplainer(first.FeatureNames.Count, encoded) with { ModelName = model };
        var explainer = Explainer.For(first, explaining);
        explaining = explaining with { Algorithm = explainer.Algorithm };
        var columns = new ShapColumns(outputColumnName, options, explainer, new PipelineFeed(first), first.OutputNames);
        return new PipelineShap(
            first, () => new PipelineScorer(pipeline, schema, scorerOptions), first.Decoded(encoded.Rows), columns,
            (scorer, background) => Explainer.For(scorer, explaining with { Background = new Background(background) }), model);
    }

    public override RowScorer Scorer(int? rows)
    {
        var scorer = _scorer();
        try
        {
            float[] background;
            lock (_lock)
                background = scorer.Encode(_background);
            return new ShapScorer(_columns, _explainer(scorer, background), new PipelineFeed(scorer), rows, owns: true);
        }
        catch
        {
            scorer.Dispose();
            throw;
        }
    }

    public override OnnxModel Graph() => throw new NotSupportedException(
        $"There is no graph of {_model} that ML.NET could load without this library: it is explained as a black box, by asking it for "
            + "the scores of many rows. " +
        "Save the pipeline without this step and add the step anew after loading; or explain trees and linear models exactly "
            + "(ShapAlgorithm.Auto over their prediction transformer), " +
        "or a network from its ONNX file: these can be saved.");

    public override void Save(ModelSaveContext context) => Graph();

    public override void Release() => _first.Dispose();

    private static string? OutputOf(ITransformer pipeline, DataViewSchema schema, ShapOptions options) =>
        options.Output == TreeShapOutput.Prediction && pipeline.GetOutputSchema(schema).GetColumnOrNull("Probability") is not null
            ? "Probability" : null;
}
