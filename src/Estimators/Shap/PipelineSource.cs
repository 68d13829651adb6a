using Microsoft.ML.Introspection.Models;

namespace Microsoft.ML.Introspection.Estimators.Shap;

/// <summary>A whole fitted pipeline, explained by its raw input columns.</summary>
internal sealed class PipelineSource(ITransformer pipeline) : ShapSource
{
    // What it reads is known only when there is data.
    public override void Check(SchemaShape schema)
    {
    }

    public override FittedShap Fit(TransformsCatalog catalog, string outputColumnName, IDataView data, ShapOptions options)
    {
        if (options.Method is null && options.Algorithm is ShapAlgorithm.Tree or ShapAlgorithm.Linear)
            throw new ArgumentException(
                $"The raw columns of a pipeline are explained by asking it for scores, which {nameof(ShapAlgorithm)}.{options.Algorithm} cannot do with. To explain the feature column of its model " +
                "exactly, give the prediction transformer (model.LastTransformer) in the place of the pipeline.", nameof(options));
        return PipelineShap.Of(outputColumnName, pipeline, data, options, null, "The pipeline");
    }
}
