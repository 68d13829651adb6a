using Microsoft.ML.Introspection.Estimators;

namespace Microsoft.ML;

// Several questions at once.
public static partial class IntrospectionCatalog
{
    /// <summary>
    /// Several explanations, and whatever else is read off a network, from one pass of one session: cheaper than an estimator for each,
    /// since they share the network and what their backward passes have in common.
    /// </summary>
    /// <param name="catalog">The catalog of transforms.</param>
    /// <param name="modelFile">The network, an ONNX file.</param>
    /// <param name="inputColumnName">The explained column: it feeds the network's floating-point input.</param>
    /// <param name="ask">Asks, column by column.</param>
    /// <param name="options">The columns of other inputs, further columns, how to run; null for none.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="Introspection.Onnx.InvalidModelException">The file is damaged.</exception>
    /// <exception cref="ArgumentException">
    /// Nothing is asked, a name is unknown to the network or cannot be a column's, or what is to be explained is ambiguous.
    /// </exception>
    /// <example>
    /// <code>
    /// mlContext.Transforms.Explain("digits.onnx", "Pixels", e => e
    ///     .Add("Why", new GradCam())
    ///     .Add(new Ask(new LayerwiseRelevance(), Target.Class(3), "Relevance") { ScoreName = "Three" }));
    /// </code>
    /// </example>
    public static ExplanationEstimator Explain(
        this TransformsCatalog catalog,
        string modelFile,
        string inputColumnName,
        Action<ExplanationBuilder> ask,
        ExplainOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(ask);
        var builder = new ExplanationBuilder();
        ask(builder);
        return builder.Asks.Count > 0
            ? new ExplanationEstimator(catalog, modelFile, inputColumnName, builder.Asks, options ?? new ExplainOptions())
            : throw new ArgumentException("Nothing is asked.", nameof(ask));
    }
}
