using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Estimators;
using Microsoft.ML.Introspection.Models;

namespace Microsoft.ML;

// Methods that change the input and look what becomes of the score.
public static partial class IntrospectionCatalog
{
    /// <summary>
    /// Occlusion: how much the score falls when a window slid over the input is covered, window beside window; in units of the
    /// score. Zeiler, Fergus 2013, arXiv:1311.2901.
    /// </summary>
    /// <param name="catalog">The catalog of transforms.</param>
    /// <param name="outputColumnName">The name of the explanation column.</param>
    /// <param name="inputColumnName">The explained column: it feeds the network's floating-point input.</param>
    /// <param name="modelFile">The network, an ONNX file.</param>
    /// <param name="window">The window's extent along every axis behind the channels, or among the features of a table.</param>
    /// <param name="target">The score to explain; null for that of the best class, row by row.</param>
    /// <inheritdoc cref="Saliency(TransformsCatalog, string, string, string, Target?, SaliencyForm)" path="/*[self::param[@name != 'form'] or self::exception]"/>
    public static MethodEstimator<Occlusion> Occlusion(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, string modelFile, int window, Target? target = null) =>
        catalog.Attribution(outputColumnName, inputColumnName, modelFile, new Occlusion([window]), new AttributionOptions { Target = target ?? Target.ArgMax });

    /// <summary>
    /// Occlusion: how much the score falls when a window slid over the input is covered by a baseline; in units of the
    /// score. Zeiler, Fergus 2013, arXiv:1311.2901.
    /// </summary>
    /// <inheritdoc cref="Attribution{TMethod}(TransformsCatalog, string, string, string, TMethod, AttributionOptions)" path="/*[self::param or self::exception]"/>
    public static MethodEstimator<Occlusion> Occlusion(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, string modelFile, Occlusion method, AttributionOptions? options = null) =>
        catalog.Attribution(outputColumnName, inputColumnName, modelFile, method, options);

    /// <summary>
    /// Feature ablation: how much the score falls when a feature, or a group of features, takes the values of a baseline; in units
    /// of the score.
    /// </summary>
    /// <inheritdoc cref="Saliency(TransformsCatalog, string, string, string, Target?, SaliencyForm)" path="/*[self::param[@name != 'form'] or self::exception]"/>
    public static MethodEstimator<FeatureAblation> FeatureAblation(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, string modelFile, Target? target = null) =>
        catalog.Attribution(outputColumnName, inputColumnName, modelFile, new FeatureAblation(), new AttributionOptions { Target = target ?? Target.ArgMax });

    /// <summary>
    /// Feature ablation: how much the score falls when a feature, or a group of features, takes the values of a baseline; in units
    /// of the score.
    /// </summary>
    /// <inheritdoc cref="Attribution{TMethod}(TransformsCatalog, string, string, string, TMethod, AttributionOptions)" path="/*[self::param or self::exception]"/>
    public static MethodEstimator<FeatureAblation> FeatureAblation(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, string modelFile, FeatureAblation method, AttributionOptions? options = null) =>
        catalog.Attribution(outputColumnName, inputColumnName, modelFile, method, options);

    /// <summary>
    /// RISE: the mean score under random masks, weighted by what they show. One map for all channels. Petsiuk, Das, Saenko 2018,
    /// arXiv:1806.07421.
    /// </summary>
    /// <inheritdoc cref="Saliency(TransformsCatalog, string, string, string, Target?, SaliencyForm)" path="/*[self::param[@name != 'form'] or self::exception]"/>
    public static MethodEstimator<Rise> Rise(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, string modelFile, Target? target = null) =>
        catalog.Attribution(outputColumnName, inputColumnName, modelFile, new Rise(), new AttributionOptions { Target = target ?? Target.ArgMax });

    /// <summary>
    /// RISE: the mean score under random masks, weighted by what they show. One map for all channels. Petsiuk, Das, Saenko 2018,
    /// arXiv:1806.07421.
    /// </summary>
    /// <inheritdoc cref="Attribution{TMethod}(TransformsCatalog, string, string, string, TMethod, AttributionOptions)" path="/*[self::param or self::exception]"/>
    public static MethodEstimator<Rise> Rise(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, string modelFile, Rise method, AttributionOptions? options = null) =>
        catalog.Attribution(outputColumnName, inputColumnName, modelFile, method, options);
}
