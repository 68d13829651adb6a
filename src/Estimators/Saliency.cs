using Microsoft.ML.Introspection.Attribution;

namespace Microsoft.ML.Introspection.Estimators;

/// <summary>The options of saliency columns.</summary>
public sealed record SaliencyOptions : AttributionOptions
{
    private readonly SaliencyForm _form = SaliencyForm.Signed;

    /// <summary>
    /// What is kept of the gradient: its signed value (the default) or its absolute value, both with the input's dimensions, or
    /// its largest absolute value over the channels (axis 1 of [N, channels, …]), whose dimension becomes 1.
    /// </summary>
    public SaliencyForm Form
    {
        get => _form;
        init => _form = Enum.IsDefined(value) ? value : throw new ArgumentOutOfRangeException(nameof(Form), value, "There is no such form of saliency.");
    }
}

/// <summary>
/// Adds a column with the derivative of a network's score by its input. Made by
/// <see cref="IntrospectionCatalog.Saliency(TransformsCatalog, string, string, string, SaliencyOptions)"/>.
/// </summary>
public sealed class SaliencyEstimator : AttributionEstimator<SaliencyTransformer>
{
    internal SaliencyEstimator(TransformsCatalog catalog, string outputColumnName, string inputColumnName, string modelFile, SaliencyOptions options)
        : base(catalog, outputColumnName, inputColumnName, modelFile, new Saliency(options?.Form ?? default), options!)
    {
    }

    private protected override SaliencyTransformer Transformer(FittedExplanation fitted) => new(fitted);
}

/// <summary>The fitted form of <see cref="SaliencyEstimator"/>.</summary>
public sealed class SaliencyTransformer : AttributionTransformer
{
    internal SaliencyTransformer(FittedExplanation fitted) : base(fitted)
    {
    }
}
