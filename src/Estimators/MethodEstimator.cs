using Microsoft.ML.Introspection.Attribution;

namespace Microsoft.ML.Introspection.Estimators;

/// <summary>
/// Adds a column with the attributions of a method. Made by the extension of <see cref="IntrospectionCatalog"/> that is called like
/// the method, or for wrapped, composed and own methods by
/// <see cref="IntrospectionCatalog.Attribution{TMethod}(TransformsCatalog, string, string, string, TMethod, AttributionOptions)"/>.
/// </summary>
/// <typeparam name="TMethod">The method.</typeparam>
public sealed class MethodEstimator<TMethod> : AttributionEstimator<MethodTransformer<TMethod>>
    where TMethod : AttributionMethod
{
    internal MethodEstimator(TransformsCatalog catalog, string outputColumnName, string inputColumnName, string modelFile, TMethod method,
        AttributionOptions options)
        : base(catalog, outputColumnName, inputColumnName, modelFile, method, options) => Method = method;

    /// <summary>The method and its options.</summary>
    public TMethod Method { get; }

    private protected override MethodTransformer<TMethod> Transformer(FittedExplanation fitted) => new(fitted, Method);
}

/// <summary>The fitted form of <see cref="MethodEstimator{TMethod}"/>.</summary>
/// <typeparam name="TMethod">The method.</typeparam>
public sealed class MethodTransformer<TMethod> : AttributionTransformer
    where TMethod : AttributionMethod
{
    internal MethodTransformer(FittedExplanation fitted, TMethod method) : base(fitted) => Method = method;

    /// <summary>The method and its options.</summary>
    public TMethod Method { get; }
}
