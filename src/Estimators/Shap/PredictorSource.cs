using Microsoft.ML.Introspection.Estimators.Columns;
using Microsoft.ML.Introspection.Estimators.Models;
using Microsoft.ML.Introspection.Models;

namespace Microsoft.ML.Introspection.Estimators.Shap;

/// <summary>A trained model of one feature column.</summary>
internal sealed class PredictorSource : ShapSource
{
    private readonly ISingleFeaturePredictionTransformer<object> _predictor;
    private readonly InputColumn _features;

    public PredictorSource(ISingleFeaturePredictionTransformer<object> predictor)
    {
        ArgumentNullException.ThrowIfNull(predictor);
        _predictor = predictor;
        var name = predictor.FeatureColumnName ?? throw new ArgumentException(
            $"The model ({predictor.Model.GetType().Name}) reads no single feature column. Explain the whole pipeline instead: Shap(outputColumnName, pipeline).", nameof(predictor));
        _features = FeatureFeed.ColumnOf(name, FeatureVectors.SizeOf(predictor.FeatureColumnType, name));
    }

    public override void Check(SchemaShape schema) => _features.Check(schema);

    public override FittedShap Fit(TransformsCatalog catalog, string outputColumnName, IDataView data, ShapOptions options)
    {
        // Before the model is read, so that what is wrong with the data is said of the data.
        _features.Find(data.Schema);
        var model = new FittedModel(_predictor, data.Schema);
        var exact = new ExactShapFit(catalog, outputColumnName, data, options, _features);
        if (ShapMethods.IsExact(options, ShapAlgorithm.Tree) && options.OneHotBlocksAreFeatures)
        {
            var blocks = model.Blocks ?? throw new ArgumentException($"The column '{_features.Name}' declares no one-hot blocks that could be features.", nameof(options));
            return exact.Of(((TreeForm)model.With(blocks)).Ensemble, blocks);
        }
        return model.Form switch
        {
            TreeForm form when ShapMethods.IsExact(options, ShapAlgorithm.Tree) => exact.Of(Whole(form, options).Ensemble, null),
            LinearForm form when ShapMethods.IsExact(options, ShapAlgorithm.Linear) => exact.Of(form.Model, model.FeatureNames, model.OutputNames),
            TreeForm or LinearForm => BlackBox(outputColumnName, data, options, "The model"),
            OpaqueForm { Reason: var reason } when options.Algorithm is ShapAlgorithm.Tree or ShapAlgorithm.Linear => throw new ArgumentException(
                $"{nameof(ShapAlgorithm)}.{options.Algorithm} cannot explain this model. {reason}", nameof(options)),
            _ => BlackBox(outputColumnName, data, options, $"A model of type {_predictor.Model.GetType().Name.Split('`')[0]}"),
        };
    }

    private PipelineShap BlackBox(string outputColumnName, IDataView data, ShapOptions options, string model) =>
        PipelineShap.Of(outputColumnName, _predictor, data, options, [_features.Name], model);

    private static TreeForm Whole(TreeForm form, ShapOptions options) => options.Output == Introspection.Shapley.Trees.TreeShapOutput.RawScore || form.LeavesOut is not { } leftOut
        ? form
        : throw new ArgumentException($"{leftOut} Explain the raw score, or choose {nameof(ShapAlgorithm)}.Permutation.", nameof(options));
}
