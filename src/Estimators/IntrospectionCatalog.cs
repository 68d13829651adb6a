using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Estimators;
using Microsoft.ML.Introspection.Models;

namespace Microsoft.ML;

/// <summary>
/// Explanation columns for the predictions of ONNX networks. All methods read the columns that the network reads, and add a
/// vector that says, item by item of the explained column, what it did to the score.
/// </summary>
/// <remarks>
/// <para>A column feeds an input of shape [N, …] with one row: a vector of float (or whatever the input holds) with as many items as
/// the row has, last axis fastest, so an image for [N, C, H, W] channel by channel; sparse vectors are filled up; a scalar column does
/// for a row of one item. A network with several inputs reads the others from columns of their names, or as
/// <see cref="AttributionOptions.InputColumns"/> says.</para>
/// <para>The explanation is a dense vector with the dimensions of the network's input, the first being 1, and the slot names of the
/// explained column, unless the method makes another shape of it and says so.</para>
/// <para>Every method can be given by itself, with the best class explained or another <see cref="Target"/>, or as a record with its
/// own options, followed by those that all methods share (<see cref="AttributionOptions"/>). <c>Attribution</c> takes any
/// method: wrapped in <see cref="Smooth"/>, multiplied, averaged over networks, or your own.</para>
/// </remarks>
public static partial class IntrospectionCatalog
{
    /// <summary>
    /// Saliency: the derivative ∂f/∂x of the score by each item of the input, in units of score per unit of input.
    /// Simonyan, Vedaldi, Zisserman 2013, arXiv:1312.6034.
    /// </summary>
    /// <param name="catalog">The catalog of transforms.</param>
    /// <param name="outputColumnName">The name of the explanation column.</param>
    /// <param name="inputColumnName">The explained column: it feeds the network's floating-point input.</param>
    /// <param name="modelFile">The network, an ONNX file.</param>
    /// <param name="target">The score to explain; null for that of the best class, row by row.</param>
    /// <param name="form">What is kept of the derivative.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="Introspection.Onnx.InvalidModelException">The file is damaged.</exception>
    /// <exception cref="ArgumentException">A name is unknown to the network or cannot be a column's, or what is to be explained is ambiguous.</exception>
    /// <example>
    /// <code>
    /// var pipeline = mlContext.Transforms.Concatenate("Features", featureNames)
    ///     .Append(mlContext.Transforms.NormalizeMeanVariance("Features", fixZero: false))
    ///     .Append(mlContext.Transforms.Saliency("Saliency", "Features", "breast-cancer.onnx"));
    /// var explained = pipeline.Fit(rows).Transform(rows);
    /// foreach (var gradient in explained.GetColumn&lt;float[]&gt;("Saliency"))
    ///     Console.WriteLine(string.Join(" ", gradient));
    /// </code>
    /// </example>
    public static SaliencyEstimator Saliency(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, string modelFile,
        Target? target = null, SaliencyForm form = SaliencyForm.Signed) =>
        new(catalog, outputColumnName, inputColumnName, modelFile, new SaliencyOptions { Target = target ?? Target.ArgMax, Form = form });

    /// <param name="catalog">The catalog of transforms.</param>
    /// <param name="outputColumnName">The name of the explanation column.</param>
    /// <param name="inputColumnName">The explained column: it feeds the network's floating-point input.</param>
    /// <param name="modelFile">The network, an ONNX file.</param>
    /// <param name="options">What to explain, further columns, how to run.</param>
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
    /// <inheritdoc cref="Saliency(TransformsCatalog, string, string, string, Target?, SaliencyForm)"/>
    public static SaliencyEstimator Saliency(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, string modelFile, SaliencyOptions options) =>
        new(catalog, outputColumnName, inputColumnName, modelFile, options);

    /// <summary>
    /// Input times gradient, x·∂f/∂x: the first-order share of each item of the input in the score, in units of the score; positive
    /// where it speaks for the target. Shrikumar, Greenside, Shcherbina, Kundaje 2016, arXiv:1605.01713.
    /// </summary>
    /// <inheritdoc cref="Saliency(TransformsCatalog, string, string, string, Target?, SaliencyForm)" path="/*[self::param[@name != 'form'] or self::exception]"/>
    public static MethodEstimator<InputXGradient> InputXGradient(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, string modelFile, Target? target = null) =>
        catalog.Attribution(outputColumnName, inputColumnName, modelFile, new InputXGradient(), new AttributionOptions { Target = target ?? Target.ArgMax });

    /// <param name="catalog">The catalog of transforms.</param>
    /// <param name="outputColumnName">The name of the explanation column.</param>
    /// <param name="inputColumnName">The explained column: it feeds the network's floating-point input.</param>
    /// <param name="modelFile">The network, an ONNX file.</param>
    /// <param name="options">What to explain, further columns, how to run.</param>
    /// <inheritdoc cref="InputXGradient(TransformsCatalog, string, string, string, Target?)"/>
    public static MethodEstimator<InputXGradient> InputXGradient(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, string modelFile, AttributionOptions options) =>
        catalog.Attribution(outputColumnName, inputColumnName, modelFile, new InputXGradient(), options);

    /// <summary>
    /// Any method: wrapped in noise (<c>new Smooth(new Saliency(), Samples: 50)</c>), a product of two, reduced per token,
    /// averaged over networks, or your own. The column has the dimensions that the method says.
    /// </summary>
    /// <param name="catalog">The catalog of transforms.</param>
    /// <param name="outputColumnName">The name of the explanation column.</param>
    /// <param name="inputColumnName">The explained column: it feeds the network's floating-point input.</param>
    /// <param name="modelFile">The network, an ONNX file.</param>
    /// <param name="method">The method, with its options.</param>
    /// <param name="options">What to explain, further columns, how to run; null for the best class of each row and no further column.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="Introspection.Onnx.InvalidModelException">The file is damaged.</exception>
    /// <exception cref="ArgumentException">A name is unknown to the network or cannot be a column's, or what is to be explained is ambiguous.</exception>
    /// <example>
    /// <code>
    /// mlContext.Transforms.Attribution("SmoothGrad", "Pixels", "digits.onnx", new Smooth(new Saliency(), Samples: 50, Noise: 0.15));
    /// </code>
    /// </example>
    public static MethodEstimator<TMethod> Attribution<TMethod>(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, string modelFile, TMethod method, AttributionOptions? options = null)
        where TMethod : AttributionMethod =>
        new(catalog, outputColumnName, inputColumnName, modelFile, method, options ?? new AttributionOptions());

    /// <summary>
    /// Several explanations, and whatever else is read off a network, from one pass of one session: cheaper than an estimator for each, since
    /// they share the network and what their backward passes have in common.
    /// </summary>
    /// <param name="catalog">The catalog of transforms.</param>
    /// <param name="modelFile">The network, an ONNX file.</param>
    /// <param name="inputColumnName">The explained column: it feeds the network's floating-point input.</param>
    /// <param name="ask">Asks, column by column.</param>
    /// <param name="options">The columns of other inputs, further columns, how to run; null for none.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="Introspection.Onnx.InvalidModelException">The file is damaged.</exception>
    /// <exception cref="ArgumentException">Nothing is asked, a name is unknown to the network or cannot be a column's, or what is to be explained is ambiguous.</exception>
    /// <example>
    /// <code>
    /// mlContext.Transforms.Explain("digits.onnx", "Pixels", e => e
    ///     .Add("Why", new GradCam())
    ///     .Add(new Ask(new LayerwiseRelevance(), Target.Class(3), "Relevance") { ScoreName = "Three" }));
    /// </code>
    /// </example>
    public static ExplanationEstimator Explain(
        this TransformsCatalog catalog, string modelFile, string inputColumnName, Action<ExplanationBuilder> ask, ExplainOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(ask);
        var builder = new ExplanationBuilder();
        ask(builder);
        return builder.Asks.Count > 0 ? new ExplanationEstimator(catalog, modelFile, inputColumnName, builder.Asks, options ?? new ExplainOptions())
            : throw new ArgumentException("Nothing is asked.", nameof(ask));
    }
}
