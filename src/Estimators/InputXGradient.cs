using Microsoft.ML.Introspection.Attribution;

namespace Microsoft.ML.Introspection.Estimators;

/// <summary>
/// Adds a column with input times gradient. Made by
/// <see cref="IntrospectionCatalog.InputXGradient(TransformsCatalog, string, string, string, AttributionOptions)"/>.
/// </summary>
public sealed class InputXGradientEstimator : AttributionEstimator<InputXGradientTransformer>
{
    internal InputXGradientEstimator(TransformsCatalog catalog, string outputColumnName, string inputColumnName, string modelFile, AttributionOptions options)
        : base(catalog, outputColumnName, inputColumnName, modelFile, new InputXGradient(), options)
    {
    }

    private protected override InputXGradientTransformer Transformer(FittedExplanation fitted) => new(fitted);
}

/// <summary>The fitted form of <see cref="InputXGradientEstimator"/>.</summary>
public sealed class InputXGradientTransformer : AttributionTransformer
{
    internal InputXGradientTransformer(FittedExplanation fitted) : base(fitted)
    {
    }
}
