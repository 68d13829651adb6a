using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Estimators;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Shapley;

namespace Microsoft.ML;

// What can be said shorter than by the record of a method.
public static partial class IntrospectionCatalog
{
    /// <inheritdoc cref="Introspection.Shapley.ExactShap" path="/summary"/>
    /// <param name="catalog">The catalog of transforms.</param>
    /// <param name="outputColumnName">The name of the explanation column.</param>
    /// <param name="inputColumnName">The explained column: it feeds the network's floating-point input.</param>
    /// <param name="modelFile">The network, an ONNX file.</param>
    /// <param name="groups">
    /// The group of every item, as whole numbers of the shape of a row; null where there are 16 items at most. The column has a number for
    /// each group.
    /// </param>
    /// <param name="target">The score to explain; null for that of the best class, row by row.</param>
    public static ExactShapEstimator ExactShap(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, string modelFile, Tensor? groups,
        Target? target = null) =>
        catalog.ExactShap(outputColumnName, inputColumnName, modelFile, new ExactShap { Groups = groups },
            new AttributionOptions { Target = target ?? Target.ArgMax });

    /// <inheritdoc cref="Introspection.Attribution.Occlusion" path="/summary"/>
    /// <param name="catalog">The catalog of transforms.</param>
    /// <param name="outputColumnName">The name of the explanation column.</param>
    /// <param name="inputColumnName">The explained column: it feeds the network's floating-point input.</param>
    /// <param name="modelFile">The network, an ONNX file.</param>
    /// <param name="window">The window's extent along every axis behind the channels, or among the features of a table.</param>
    /// <param name="target">The score to explain; null for that of the best class, row by row.</param>
    public static OcclusionEstimator Occlusion(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, string modelFile, int window,
        Target? target = null) =>
        catalog.Occlusion(outputColumnName, inputColumnName, modelFile, new Occlusion([window]),
            new AttributionOptions { Target = target ?? Target.ArgMax });

    /// <inheritdoc cref="Introspection.Attribution.Saliency" path="/summary"/>
    /// <param name="catalog">The catalog of transforms.</param>
    /// <param name="outputColumnName">The name of the explanation column.</param>
    /// <param name="inputColumnName">The explained column: it feeds the network's floating-point input.</param>
    /// <param name="modelFile">The network, an ONNX file.</param>
    /// <param name="options">What to explain, further columns, how to run, and what is kept of the gradient.</param>
    /// <example>
    /// Prediction and explanation from one pass:
    /// <code>
    /// mlContext.Transforms.Saliency("Saliency", "Pixels", "digits.onnx", new SaliencyOptions
    /// {
    ///     Form = SaliencyForm.Absolute,
    ///     TargetColumnName = "Digit",
    ///     OutputColumns = new Dictionary&lt;string, string&gt; { ["logits"] = "Scores" },
    ///     Runtime = new RuntimeOptions { BatchSize = 64 },
    /// });
    /// </code>
    /// </example>
    public static SaliencyEstimator Saliency(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, string modelFile, SaliencyOptions options) =>
        catalog.Saliency(outputColumnName, inputColumnName, modelFile,
            new Saliency((options ?? throw new ArgumentNullException(nameof(options))).Form), options);
}
