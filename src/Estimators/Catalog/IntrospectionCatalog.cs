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
/// <see cref="ExplainOptions.InputColumns"/> says.</para>
/// <para>The explanation is a dense vector with the dimensions of the network's input, the first being 1, and the slot names of the
/// explained column, unless the method makes another shape of it and says so.</para>
/// <para>Every method can be given by itself, with the best class explained or another <see cref="Target"/>, or as a record with its
/// own options, followed by those that all methods share (<see cref="AttributionOptions"/>). <c>Attribution</c> takes any
/// method: wrapped in <see cref="Smooth"/>, multiplied, averaged over networks, or your own.</para>
/// </remarks>
public static partial class IntrospectionCatalog
{
    /// <summary>
    /// Any method: wrapped in noise (<c>new Smooth(new Saliency(), Samples: 50)</c>), a product of two, reduced per token,
    /// averaged over networks, or your own. The column has the dimensions that the method says.
    /// </summary>
    /// <param name="catalog">The catalog of transforms.</param>
    /// <param name="outputColumnName">The name of the explanation column.</param>
    /// <param name="inputColumnName">The explained column: it feeds the network's floating-point input.</param>
    /// <param name="modelFile">The network, an ONNX file.</param>
    /// <param name="method">The method, with its options.</param>
    /// <param name="options">
    /// What to explain, further columns, how to run; null for the best class of each row and no further column.
    /// </param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="Introspection.Onnx.InvalidModelException">The file is damaged.</exception>
    /// <exception cref="ArgumentException">
    /// A name is unknown to the network or cannot be a column's, or what is to be explained is ambiguous.
    /// </exception>
    /// <example>
    /// <code>
    /// mlContext.Transforms.Attribution("SmoothGrad", "Pixels", "digits.onnx", new Smooth(new Saliency(), Samples: 50, Noise: 0.15));
    /// </code>
    /// </example>
    public static MethodEstimator<TMethod> Attribution<TMethod>(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, string modelFile, TMethod method,
        AttributionOptions? options = null)
        where TMethod : AttributionMethod =>
        new(catalog, outputColumnName, inputColumnName, modelFile, method, options ?? new AttributionOptions());
}
