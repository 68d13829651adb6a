using Microsoft.ML.Introspection.Estimators.Models;
using Microsoft.ML.Introspection.Estimators.Pipelines;
using Microsoft.ML.Introspection.Estimators.Predictions;
using Microsoft.ML.Introspection.Explaining;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Shapley.Trees;

namespace Microsoft.ML.Introspection.Estimators.Shap;

/// <summary>
/// A whole fitted pipeline, explained by its raw input columns: through the model that is found in it, if every slot of its features comes
/// from one raw column; else as a black box.
/// </summary>
internal sealed class PipelineSource(ITransformer pipeline) : ShapSource
{
    // What it reads is known only when there is data.
    public override void Check(SchemaShape schema)
    {
    }

    public override FittedShap Fit(TransformsCatalog catalog, string outputColumnName, IDataView data, ShapOptions options)
    {
        var host = MlHost.Of(catalog);
        var raw = new PipelineScorer(pipeline, data.Schema, new PipelineScorerOptions
        {
            OutputColumn = PipelineShap.OutputOf(pipeline, data.Schema, options), Threads = options.Runtime.Threads,
            WholeColumns = options.WholeColumns,
        });
        var model = new FittedModel(pipeline, raw.Schema);
        var feed = IsOfModel(model, options.ExplainedColumnName, out var reason)
            ? PreparedFeed.Of(model, raw, options.Players(raw.FeatureNames.Count), data, out reason) : null;
        if (feed is not null)
            return Fit(catalog, host, outputColumnName, data, options, model, feed);
        if (options.Choice is { Method: null, Algorithm: ShapAlgorithm.Tree or ShapAlgorithm.Linear })
            throw new ArgumentException(
                $"The raw columns of this pipeline are explained by asking it for scores ({reason}), which "
                    + $"{nameof(ShapAlgorithm)}.{options.Algorithm} cannot do with. To explain the feature column of its model " +
                "exactly, give the prediction transformer (model.LastTransformer) in the place of the pipeline.", nameof(options));
        return PipelineShap.Of(host, outputColumnName, pipeline, data, options, "the pipeline", reason);
    }

    private static FittedShap Fit(TransformsCatalog catalog, MlHost host, string outputColumnName, IDataView data, ShapOptions options,
        FittedModel model, PreparedFeed feed)
    {
        var choice = options.Choice;
        var predictions = options.Output == TreeShapOutput.Prediction;
        // Against a background rows are what a black box would be asked, so that values are the same whatever the algorithm.
        var against = options.Background is null && options.InteractionsColumnName is null ? options with { Background = data } : options;
        switch (Form())
        {
            case TreeForm { Ensemble: var trees } form
                when choice.Leaves(ShapAlgorithm.Tree) && !(predictions && form.LeavesOut is not null):
                return NumberShap.Of(catalog, outputColumnName, data, against, feed, trees.OutputNames, trees.FeatureCount,
                    explaining => Explainer.For(trees, explaining), check: Check(form));
            case LinearForm linear
                when choice.Leaves(ShapAlgorithm.Linear) && !(predictions && linear.LeavesOut is not null):
                return NumberShap.Of(catalog, outputColumnName, data, options, feed, model.OutputNames, feed.Size,
                    explaining => Explainer.For(linear.Model, explaining with { Link = linear.Link }),
                    check: Check(linear));
            case OpaqueForm { Sums: { } sums } when choice is { Method: null, Algorithm: ShapAlgorithm.Auto }:
                return NumberShap.Of(catalog, outputColumnName, data, against, feed, model.OutputNames, sums.FeatureCount,
                    explaining => Explainer.For(sums, explaining), check: Check(new TreeForm(sums)));
            case OpaqueForm { Reason: var why } when choice is { Algorithm: ShapAlgorithm.Tree or ShapAlgorithm.Linear }:
                throw new ArgumentException($"{nameof(ShapAlgorithm)}.{options.Algorithm} cannot explain this model. {why}",
                    nameof(options));
            case var form:
                return OpaqueShap.Of(catalog, host, outputColumnName, data, options, model.Predictor!, feed.Prepare(data).Schema, feed,
                    form is OpaqueForm ? $"a model of type {model.ModelName}" : "the model", Check(null));
        }

        // Splits on sets of categories may be too many for plain ones.
        ModelForm Form()
        {
            try
            {
                return model.Form;
            }
            catch (InvalidModelException) when (model.Blocks is not null)
            {
                feed = feed.Merged(model.Blocks);
                return model.With(model.Blocks);
            }
        }

        ScoreCheck? Check(ModelForm? form) => feed.Blocks is not null ? null : PipelineShap.CheckOf(options, form, model.FeatureColumnName,
            PipelineShap.OutputOf(model.Predictor!, feed.Prepare(data).Schema, options));
    }

    // A column that something behind the model makes is not the model's.
    private static bool IsOfModel(FittedModel model, string? column, out string reason)
    {
        reason = $"the column '{column}' is not its model's own";
        return column is null || model.Predictor is { } predictor
            && model.Steps.Aggregate(model.InputSchema, (s, t) => t.GetOutputSchema(s)) is var before
            && predictor.GetOutputSchema(before).Count(c => c.Name == column) > before.Count(c => c.Name == column);
    }
}
