using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Estimators;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Shapley;

namespace Microsoft.ML;

// Methods that take features for players of a game. Absent ones come from the method's baseline: zeros, unless it is given the rows of a background.
public static partial class IntrospectionCatalog
{
    /// <summary>
    /// Kernel SHAP: Shapley values by a weighted regression over coalitions of features, in units of the score; they sum to f(x) − mean f(b), b being rows of the
    /// background. Lundberg, Lee 2017, arXiv:1705.07874.
    /// Features that are absent are 0: the mean, where a column is normalised.
    /// </summary>
    /// <inheritdoc cref="Saliency(TransformsCatalog, string, string, string, Target?, SaliencyForm)" path="/*[self::param[@name != 'form'] or self::exception]"/>
    public static MethodEstimator<KernelShap> KernelShap(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, string modelFile, Target? target = null) =>
        catalog.Attribution(outputColumnName, inputColumnName, modelFile, new KernelShap(), new AttributionOptions { Target = target ?? Target.ArgMax });

    /// <summary>
    /// Kernel SHAP: Shapley values by a weighted regression over coalitions of features, in units of the score; they sum to f(x) − mean f(b), b being rows of the
    /// background. Lundberg, Lee 2017, arXiv:1705.07874.
    /// </summary>
    /// <example>
    /// <code>
    /// var background = Tensor.From(rows, 100, 30);
    /// mlContext.Transforms.KernelShap("Why", "Features", "breast-cancer.onnx", new KernelShap(Samples: 2048) { Baseline = Baseline.Given(background) });
    /// </code>
    /// </example>
    /// <inheritdoc cref="Attribution{TMethod}(TransformsCatalog, string, string, string, TMethod, AttributionOptions)" path="/*[self::param or self::exception]"/>
    public static MethodEstimator<KernelShap> KernelShap(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, string modelFile, KernelShap method, AttributionOptions? options = null) =>
        catalog.Attribution(outputColumnName, inputColumnName, modelFile, method, options);

    /// <summary>
    /// Permutation SHAP: Shapley values as the mean of what the score gains when features join in random orders, walked forwards and backwards; in units of the score,
    /// with the sum f(x) − mean f(b). Castro, Gómez, Tejada 2009; Mitchell, Cooper, Frank, Holmes 2022, arXiv:2104.12199.
    /// Features that are absent are 0: the mean, where a column is normalised.
    /// </summary>
    /// <inheritdoc cref="Saliency(TransformsCatalog, string, string, string, Target?, SaliencyForm)" path="/*[self::param[@name != 'form'] or self::exception]"/>
    public static MethodEstimator<PermutationShap> PermutationShap(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, string modelFile, Target? target = null) =>
        catalog.Attribution(outputColumnName, inputColumnName, modelFile, new PermutationShap(), new AttributionOptions { Target = target ?? Target.ArgMax });

    /// <summary>
    /// Permutation SHAP: Shapley values as the mean of what the score gains when features join in random orders, walked forwards and backwards; in units of the score,
    /// with the sum f(x) − mean f(b). Castro, Gómez, Tejada 2009; Mitchell, Cooper, Frank, Holmes 2022, arXiv:2104.12199.
    /// </summary>
    /// <inheritdoc cref="Attribution{TMethod}(TransformsCatalog, string, string, string, TMethod, AttributionOptions)" path="/*[self::param or self::exception]"/>
    public static MethodEstimator<PermutationShap> PermutationShap(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, string modelFile, PermutationShap method, AttributionOptions? options = null) =>
        catalog.Attribution(outputColumnName, inputColumnName, modelFile, method, options);

    /// <summary>
    /// Sampling SHAP: Shapley values from random orders of the features, each with one row of the background; in units of the score. For large backgrounds.
    /// Štrumbelj, Kononenko 2014.
    /// Features that are absent are 0: the mean, where a column is normalised.
    /// </summary>
    /// <inheritdoc cref="Saliency(TransformsCatalog, string, string, string, Target?, SaliencyForm)" path="/*[self::param[@name != 'form'] or self::exception]"/>
    public static MethodEstimator<SamplingShap> SamplingShap(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, string modelFile, Target? target = null) =>
        catalog.Attribution(outputColumnName, inputColumnName, modelFile, new SamplingShap(), new AttributionOptions { Target = target ?? Target.ArgMax });

    /// <summary>
    /// Sampling SHAP: Shapley values from random orders of the features, each with one row of the background; in units of the score. For large backgrounds.
    /// Štrumbelj, Kononenko 2014.
    /// </summary>
    /// <inheritdoc cref="Attribution{TMethod}(TransformsCatalog, string, string, string, TMethod, AttributionOptions)" path="/*[self::param or self::exception]"/>
    public static MethodEstimator<SamplingShap> SamplingShap(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, string modelFile, SamplingShap method, AttributionOptions? options = null) =>
        catalog.Attribution(outputColumnName, inputColumnName, modelFile, method, options);

    /// <summary>
    /// Shapley values from all coalitions of up to 16 features, or groups of them; in units of the score, with the sum f(x) − mean f(b).
    /// Features that are absent are 0: the mean, where a column is normalised.
    /// </summary>
    /// <param name="catalog">The catalog of transforms.</param>
    /// <param name="outputColumnName">The name of the explanation column.</param>
    /// <param name="inputColumnName">The explained column: it feeds the network's floating-point input.</param>
    /// <param name="modelFile">The network, an ONNX file.</param>
    /// <param name="groups">The group of every item, as whole numbers of the shape of a row; null where there are 16 items at most. The column has a number for each group.</param>
    /// <param name="target">The score to explain; null for that of the best class, row by row.</param>
    /// <inheritdoc cref="Saliency(TransformsCatalog, string, string, string, Target?, SaliencyForm)" path="/*[self::exception]"/>
    public static MethodEstimator<ExactShap> ExactShap(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, string modelFile, Tensor? groups, Target? target = null) =>
        catalog.Attribution(outputColumnName, inputColumnName, modelFile, new ExactShap { Groups = groups }, new AttributionOptions { Target = target ?? Target.ArgMax });

    /// <summary>
    /// Shapley values from all coalitions of up to 16 features, or groups of them; in units of the score, with the sum f(x) − mean f(b).
    /// </summary>
    /// <inheritdoc cref="Attribution{TMethod}(TransformsCatalog, string, string, string, TMethod, AttributionOptions)" path="/*[self::param or self::exception]"/>
    public static MethodEstimator<ExactShap> ExactShap(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, string modelFile, ExactShap method, AttributionOptions? options = null) =>
        catalog.Attribution(outputColumnName, inputColumnName, modelFile, method, options);

    /// <summary>
    /// Partition SHAP: Shapley values through a hierarchy of halves, of images, texts, and tables in their order; in units of the score, with the sum
    /// f(x) − mean f(b). Owen 1977.
    /// Features that are absent are 0: the mean, where a column is normalised.
    /// </summary>
    /// <inheritdoc cref="Saliency(TransformsCatalog, string, string, string, Target?, SaliencyForm)" path="/*[self::param[@name != 'form'] or self::exception]"/>
    public static MethodEstimator<PartitionShap> PartitionShap(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, string modelFile, Target? target = null) =>
        catalog.Attribution(outputColumnName, inputColumnName, modelFile, new PartitionShap(), new AttributionOptions { Target = target ?? Target.ArgMax });

    /// <summary>
    /// Partition SHAP: Shapley values through a hierarchy of halves, of images, texts, and tables in their order; in units of the score, with the sum
    /// f(x) − mean f(b). Owen 1977.
    /// </summary>
    /// <inheritdoc cref="Attribution{TMethod}(TransformsCatalog, string, string, string, TMethod, AttributionOptions)" path="/*[self::param or self::exception]"/>
    public static MethodEstimator<PartitionShap> PartitionShap(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, string modelFile, PartitionShap method, AttributionOptions? options = null) =>
        catalog.Attribution(outputColumnName, inputColumnName, modelFile, method, options);

    /// <summary>
    /// Gradient SHAP, expected gradients: the gradient averaged over ways from background rows, times the way; in units of the score, with the sum f(x) − mean f(b), as
    /// nearly as the samples tell (the gap column). Erion, Janizek, Sturmfels, Lundberg, Lee 2021, arXiv:1906.10670.
    /// It is compared with 0: the mean, where a column is normalised.
    /// </summary>
    /// <inheritdoc cref="Saliency(TransformsCatalog, string, string, string, Target?, SaliencyForm)" path="/*[self::param[@name != 'form'] or self::exception]"/>
    public static MethodEstimator<GradientShap> GradientShap(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, string modelFile, Target? target = null) =>
        catalog.Attribution(outputColumnName, inputColumnName, modelFile, new GradientShap(), new AttributionOptions { Target = target ?? Target.ArgMax });

    /// <summary>
    /// Gradient SHAP, expected gradients: the gradient averaged over ways from background rows, times the way; in units of the score, with the sum f(x) − mean f(b), as
    /// nearly as the samples tell (the gap column). Erion, Janizek, Sturmfels, Lundberg, Lee 2021, arXiv:1906.10670.
    /// </summary>
    /// <example>
    /// <code>
    /// var background = Tensor.From(rows, 100, 30);
    /// mlContext.Transforms.GradientShap("Why", "Features", "breast-cancer.onnx", new GradientShap(500) { Baseline = Baseline.Given(background) });
    /// </code>
    /// </example>
    /// <inheritdoc cref="Attribution{TMethod}(TransformsCatalog, string, string, string, TMethod, AttributionOptions)" path="/*[self::param or self::exception]"/>
    public static MethodEstimator<GradientShap> GradientShap(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, string modelFile, GradientShap method, AttributionOptions? options = null) =>
        catalog.Attribution(outputColumnName, inputColumnName, modelFile, method, options);

    /// <summary>
    /// Deep SHAP: DeepLIFT averaged over background rows; in units of the score, with the sum f(x) − mean f(b). Lundberg, Lee 2017, arXiv:1705.07874.
    /// It is compared with 0: the mean, where a column is normalised.
    /// </summary>
    /// <inheritdoc cref="Saliency(TransformsCatalog, string, string, string, Target?, SaliencyForm)" path="/*[self::param[@name != 'form'] or self::exception]"/>
    public static MethodEstimator<DeepShap> DeepShap(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, string modelFile, Target? target = null) =>
        catalog.Attribution(outputColumnName, inputColumnName, modelFile, new DeepShap(), new AttributionOptions { Target = target ?? Target.ArgMax });

    /// <summary>
    /// Deep SHAP: DeepLIFT averaged over background rows; in units of the score, with the sum f(x) − mean f(b). Lundberg, Lee 2017, arXiv:1705.07874.
    /// </summary>
    /// <inheritdoc cref="Attribution{TMethod}(TransformsCatalog, string, string, string, TMethod, AttributionOptions)" path="/*[self::param or self::exception]"/>
    public static MethodEstimator<DeepShap> DeepShap(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, string modelFile, DeepShap method, AttributionOptions? options = null) =>
        catalog.Attribution(outputColumnName, inputColumnName, modelFile, method, options);

    /// <summary>
    /// LIME: the weights of a linear model that follows the score near a row, as features, superpixels or words are there or not; in units of the score. Ribeiro,
    /// Singh, Guestrin 2016, arXiv:1602.04938.
    /// Features that are absent are 0: the mean, where a column is normalised.
    /// </summary>
    /// <inheritdoc cref="Saliency(TransformsCatalog, string, string, string, Target?, SaliencyForm)" path="/*[self::param[@name != 'form'] or self::exception]"/>
    public static MethodEstimator<Lime> Lime(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, string modelFile, Target? target = null) =>
        catalog.Attribution(outputColumnName, inputColumnName, modelFile, new Lime(), new AttributionOptions { Target = target ?? Target.ArgMax });

    /// <summary>
    /// LIME: the weights of a linear model that follows the score near a row, as features, superpixels or words are there or not; in units of the score. Ribeiro,
    /// Singh, Guestrin 2016, arXiv:1602.04938.
    /// </summary>
    /// <example>
    /// <code>
    /// var segments = Superpixels.Grid(224, 224, 7, 7);
    /// mlContext.Transforms.Lime("Why", "Pixels", "resnet.onnx", new Lime { Groups = segments, Spread = true, Baseline = Baseline.MeansOf(segments) });
    /// </code>
    /// </example>
    /// <inheritdoc cref="Attribution{TMethod}(TransformsCatalog, string, string, string, TMethod, AttributionOptions)" path="/*[self::param or self::exception]"/>
    public static MethodEstimator<Lime> Lime(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, string modelFile, Lime method, AttributionOptions? options = null) =>
        catalog.Attribution(outputColumnName, inputColumnName, modelFile, method, options);

    /// <summary>
    /// Quantitative input influence: what the score loses when features are drawn anew, as the Shapley value, the Banzhaf index, or of each feature alone; in units of the
    /// score. Datta, Sen, Zick 2016, doi:10.1109/SP.2016.42.
    /// Features that are absent are 0: the mean, where a column is normalised.
    /// </summary>
    /// <inheritdoc cref="Saliency(TransformsCatalog, string, string, string, Target?, SaliencyForm)" path="/*[self::param[@name != 'form'] or self::exception]"/>
    public static MethodEstimator<Qii> Qii(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, string modelFile, Target? target = null) =>
        catalog.Attribution(outputColumnName, inputColumnName, modelFile, new Qii(), new AttributionOptions { Target = target ?? Target.ArgMax });

    /// <summary>
    /// Quantitative input influence: what the score loses when features are drawn anew, as the Shapley value, the Banzhaf index, or of each feature alone; in units of the
    /// score. Datta, Sen, Zick 2016, doi:10.1109/SP.2016.42.
    /// </summary>
    /// <inheritdoc cref="Attribution{TMethod}(TransformsCatalog, string, string, string, TMethod, AttributionOptions)" path="/*[self::param or self::exception]"/>
    public static MethodEstimator<Qii> Qii(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, string modelFile, Qii method, AttributionOptions? options = null) =>
        catalog.Attribution(outputColumnName, inputColumnName, modelFile, method, options);
}
