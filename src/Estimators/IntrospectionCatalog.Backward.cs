using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Estimators;
using Microsoft.ML.Introspection.Models;

namespace Microsoft.ML;

// Methods that hand the score back through the network.
public static partial class IntrospectionCatalog
{
    /// <summary>
    /// Integrated gradients: the gradient averaged over the way from a baseline to the input, times that way; in units of the score,
    /// summing to its change from the baseline (the gap column tells how nearly). Sundararajan, Taly, Yan 2017, arXiv:1703.01365.
    /// </summary>
    /// <inheritdoc cref="Saliency(TransformsCatalog, string, string, string, Target?, SaliencyForm)" path="/*[self::param[@name != 'form'] or self::exception]"/>
    public static MethodEstimator<IntegratedGradients> IntegratedGradients(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, string modelFile, Target? target = null) =>
        catalog.Attribution(outputColumnName, inputColumnName, modelFile, new IntegratedGradients(), new AttributionOptions { Target = target ?? Target.ArgMax });

    /// <summary>
    /// Integrated gradients: the gradient averaged over the way from a baseline to the input, times that way; in units of the score,
    /// summing to its change from the baseline (the gap column tells how nearly). Sundararajan, Taly, Yan 2017, arXiv:1703.01365.
    /// </summary>
    /// <inheritdoc cref="Attribution{TMethod}(TransformsCatalog, string, string, string, TMethod, AttributionOptions)" path="/*[self::param or self::exception]"/>
    public static MethodEstimator<IntegratedGradients> IntegratedGradients(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, string modelFile, IntegratedGradients method, AttributionOptions? options = null) =>
        catalog.Attribution(outputColumnName, inputColumnName, modelFile, method, options);

    /// <summary>
    /// Guided backpropagation: the gradient, where every ReLU hands back only what is positive, and only where it was active; no
    /// unit. Springenberg, Dosovitskiy, Brox, Riedmiller 2014, arXiv:1412.6806.
    /// </summary>
    /// <inheritdoc cref="Saliency(TransformsCatalog, string, string, string, Target?, SaliencyForm)" path="/*[self::param[@name != 'form'] or self::exception]"/>
    public static MethodEstimator<GuidedBackprop> GuidedBackprop(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, string modelFile, Target? target = null) =>
        catalog.Attribution(outputColumnName, inputColumnName, modelFile, new GuidedBackprop(), new AttributionOptions { Target = target ?? Target.ArgMax });

    /// <summary>
    /// Guided backpropagation: the gradient, where every ReLU hands back only what is positive, and only where it was active; no
    /// unit. Springenberg, Dosovitskiy, Brox, Riedmiller 2014, arXiv:1412.6806.
    /// </summary>
    /// <inheritdoc cref="Attribution{TMethod}(TransformsCatalog, string, string, string, TMethod, AttributionOptions)" path="/*[self::param or self::exception]"/>
    public static MethodEstimator<GuidedBackprop> GuidedBackprop(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, string modelFile, AttributionOptions options) =>
        catalog.Attribution(outputColumnName, inputColumnName, modelFile, new GuidedBackprop(), options);

    /// <summary>
    /// DeconvNet: the score sent back through the transposed network, where every ReLU cuts off what is negative in what comes back; no
    /// unit. Zeiler, Fergus 2013, arXiv:1311.2901.
    /// </summary>
    /// <inheritdoc cref="Saliency(TransformsCatalog, string, string, string, Target?, SaliencyForm)" path="/*[self::param[@name != 'form'] or self::exception]"/>
    public static MethodEstimator<DeconvNet> DeconvNet(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, string modelFile, Target? target = null) =>
        catalog.Attribution(outputColumnName, inputColumnName, modelFile, new DeconvNet(), new AttributionOptions { Target = target ?? Target.ArgMax });

    /// <summary>
    /// DeconvNet: the score sent back through the transposed network, where every ReLU cuts off what is negative in what comes back; no
    /// unit. Zeiler, Fergus 2013, arXiv:1311.2901.
    /// </summary>
    /// <inheritdoc cref="Attribution{TMethod}(TransformsCatalog, string, string, string, TMethod, AttributionOptions)" path="/*[self::param or self::exception]"/>
    public static MethodEstimator<DeconvNet> DeconvNet(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, string modelFile, AttributionOptions options) =>
        catalog.Attribution(outputColumnName, inputColumnName, modelFile, new DeconvNet(), options);

    /// <summary>
    /// Layer-wise relevance propagation (LRP): the score shared out layer by layer, by rules that a composite chooses; in units of
    /// the score, summing to it but for what biases and stabilisers keep (the gap column). Bach et al. 2015,
    /// doi:10.1371/journal.pone.0130140.
    /// </summary>
    /// <inheritdoc cref="Saliency(TransformsCatalog, string, string, string, Target?, SaliencyForm)" path="/*[self::param[@name != 'form'] or self::exception]"/>
    public static MethodEstimator<LayerwiseRelevance> LayerwiseRelevance(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, string modelFile, Target? target = null) =>
        catalog.Attribution(outputColumnName, inputColumnName, modelFile, new LayerwiseRelevance(), new AttributionOptions { Target = target ?? Target.ArgMax });

    /// <summary>
    /// Layer-wise relevance propagation (LRP): the score shared out layer by layer, by rules that a composite chooses; in units of
    /// the score, summing to it but for what biases and stabilisers keep (the gap column). Bach et al. 2015,
    /// doi:10.1371/journal.pone.0130140.
    /// </summary>
    /// <inheritdoc cref="Attribution{TMethod}(TransformsCatalog, string, string, string, TMethod, AttributionOptions)" path="/*[self::param or self::exception]"/>
    public static MethodEstimator<LayerwiseRelevance> LayerwiseRelevance(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, string modelFile, LayerwiseRelevance method, AttributionOptions? options = null) =>
        catalog.Attribution(outputColumnName, inputColumnName, modelFile, method, options);

    /// <summary>
    /// DeepLIFT: what the differences from a baseline do to the score, summing to its change from the baseline; in units of the score.
    /// Shrikumar, Greenside, Kundaje 2017, arXiv:1704.02685.
    /// </summary>
    /// <inheritdoc cref="Saliency(TransformsCatalog, string, string, string, Target?, SaliencyForm)" path="/*[self::param[@name != 'form'] or self::exception]"/>
    public static MethodEstimator<DeepLift> DeepLift(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, string modelFile, Target? target = null) =>
        catalog.Attribution(outputColumnName, inputColumnName, modelFile, new DeepLift(), new AttributionOptions { Target = target ?? Target.ArgMax });

    /// <summary>
    /// DeepLIFT: what the differences from a baseline do to the score, summing to its change from the baseline; in units of the score.
    /// Shrikumar, Greenside, Kundaje 2017, arXiv:1704.02685.
    /// </summary>
    /// <inheritdoc cref="Attribution{TMethod}(TransformsCatalog, string, string, string, TMethod, AttributionOptions)" path="/*[self::param or self::exception]"/>
    public static MethodEstimator<DeepLift> DeepLift(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, string modelFile, DeepLift method, AttributionOptions? options = null) =>
        catalog.Attribution(outputColumnName, inputColumnName, modelFile, method, options);

    /// <summary>
    /// Taylor coefficients: first and second derivatives by the features and by their pairs. A vector of F + F + F·(F−1)/2 numbers for F
    /// features, with slot names made of theirs: x, x², x · y. Wunsch, Friese, Wolf, Quast 2018, arXiv:1803.08782.
    /// </summary>
    /// <inheritdoc cref="Saliency(TransformsCatalog, string, string, string, Target?, SaliencyForm)" path="/*[self::param[@name != 'form'] or self::exception]"/>
    public static MethodEstimator<TaylorCoefficients> TaylorCoefficients(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, string modelFile, Target? target = null) =>
        catalog.Attribution(outputColumnName, inputColumnName, modelFile, new TaylorCoefficients(), new AttributionOptions { Target = target ?? Target.ArgMax });

    /// <summary>
    /// Taylor coefficients: first and second derivatives by the features and by their pairs. A vector of F + F + F·(F−1)/2 numbers for F
    /// features, with slot names made of theirs: x, x², x · y. Wunsch, Friese, Wolf, Quast 2018, arXiv:1803.08782.
    /// </summary>
    /// <inheritdoc cref="Attribution{TMethod}(TransformsCatalog, string, string, string, TMethod, AttributionOptions)" path="/*[self::param or self::exception]"/>
    public static MethodEstimator<TaylorCoefficients> TaylorCoefficients(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, string modelFile, TaylorCoefficients method, AttributionOptions? options = null) =>
        catalog.Attribution(outputColumnName, inputColumnName, modelFile, method, options);
}
