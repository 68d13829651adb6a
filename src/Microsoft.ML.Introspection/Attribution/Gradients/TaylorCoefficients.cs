using Microsoft.ML.Introspection.Differentiation;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>
/// The coefficients of the score's Taylor expansion around each row, to second order: which single features, and which pairs of
/// them, the score responds to. For F features a row of F + F + F·(F−1)/2 numbers: ∂f/∂xᵢ, then ½·∂²f/∂xᵢ², then ∂²f/∂xᵢ∂xⱼ
/// for i &lt; j; in units of the score over those of the features. <see cref="TaylorRanking"/> averages their sizes over a data
/// set. Wunsch, Friese, Wolf, Quast 2018, arXiv:1803.08782.
/// </summary>
/// <remarks>A network of ReLUs has no curvature in its logits; explain its probabilities (keep the final activation) instead.</remarks>
/// <param name="Order">1 for the first derivatives alone, 2 for all.</param>
[Method("taylor", "First and second derivatives by the features and their pairs",
    "Wunsch, Friese, Wolf, Quast 2018, arXiv:1803.08782")]
public sealed record TaylorCoefficients(
    [Option("1 for first derivatives alone, 2 for all.", Values = ["1", "2"])]
    int Order = 2) : AttributionMethod
{
    /// <summary>1 for the first derivatives alone, 2 for all.</summary>
    public int Order { get; } = Order is 1 or 2 ? Order
        : throw new ArgumentOutOfRangeException(nameof(Order), Order, "Taylor coefficients are there to order 1 or 2.");

    /// <inheritdoc/>
    /// <returns>Shape [N, coefficients].</returns>
    public override Value Attribute(Question question)
    {
        ArgumentNullException.ThrowIfNull(question);
        var features = Sizes.Count(question.Input.Shape.Skip(1));
        var first = question.Gradient().Reshape(-1, features);
        return Order == 1 ? first : Operators.Concat(1, first, Second(question, features));
    }

    /// <summary>The names of the coefficients, in their order: <c>x</c>, <c>x²</c>, <c>x · y</c>.</summary>
    /// <param name="items">The features' names.</param>
    public override IReadOnlyList<string> Names(IReadOnlyList<string> items)
    {
        ArgumentNullException.ThrowIfNull(items);
        return Order == 1
            ? [.. items]
            : [.. items, .. items.Select(f => f + "²"), .. items.SelectMany((f, i) => items.Skip(i + 1).Select(g => $"{f} · {g}"))];
    }

    private static Value Second(Question question, int features)
    {
        // A row of the Hessian is the gradient of one element of the gradient.
        long[] row = [.. question.Input.Shape.Skip(1).Select(d => d.Value)];
        var elements = Variants.Numbered(features, numbers => numbers.OneHot(features, question.Input.Type).Reshape([-1, .. row]));
        var hessian = question.Stack(elements, element => question.At(
            question.Beside(element), at => Gradient.Of(at.Gradient() * question.Flat(element), at.Input).Reshape(-1, features)));
        long[] places =
        [
            .. Enumerable.Range(0, features).Select(i => (long)i * features + i),
            .. Enumerable.Range(0, features).SelectMany(i => Enumerable.Range(i + 1, features - i - 1).Select(j => (long)i * features + j)),
        ];
        double[] factors = [.. Enumerable.Range(0, places.Length).Select(i => i < features ? 0.5 : 1)];
        return hessian.Reshape(-1, (long)features * features).Gather(question.Graph.Constant(places), 1)
            * question.Graph.Constant(Tensor.FromDoubles(question.Input.Type, factors, factors.Length));
    }
}
