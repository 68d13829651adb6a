using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Differentiation.Relevance;

/// <summary>
/// Layer-wise relevance propagation: the walk of <see cref="Differentiation.Gradient"/> with relevance in the place of gradients, and a
/// composite's rules in the place of derivatives.
/// </summary>
internal static class RelevancePropagation
{
    private const double RecurrentEpsilon = 0.001;

    /// <summary>The relevance of a value for another.</summary>
    /// <param name="of">The value that is explained, whose elements are the relevance to start from.</param>
    /// <param name="withRespectTo">The value whose elements get the relevance.</param>
    /// <param name="composite">Which layer follows which rule.</param>
    /// <returns>A value of the type and shape of <paramref name="withRespectTo"/>.</returns>
    /// <exception cref="UnsupportedOperatorException">Relevance would have to pass an operator that has no rule.</exception>
    public static Value Of(Value of, Value withRespectTo, RelevanceComposite composite)
    {
        ArgumentNullException.ThrowIfNull(of);
        ArgumentNullException.ThrowIfNull(withRespectTo);
        ArgumentNullException.ThrowIfNull(composite);
        var map = new LayerMap(of, withRespectTo);
        return Gradient.Of(of, [withRespectTo], of, BackwardRules.Default.Choosing(node => Rule(node, map, composite)))[0];
    }

    private static BackwardRule Rule(Node node, LayerMap map, RelevanceComposite composite)
    {
        if (map.IsMerged(node))
            return adjoint => map.IsOnTheWay(adjoint.X) ? adjoint.Dy : null;
        var layer = map.Linear(node);
        var kind = layer?.Kind ?? LayerKinds.Of(node) ?? throw new UnsupportedOperatorException(
            $"There is no relevance rule for the {node.Describe()}, and relevance has to pass it. Explain the network with a method that "
                + "needs no relevance.");
        RelevanceRule? RuleOf(LayerKind of) => composite.RuleFor(of, map.IsFirst(node), node.Name, node.Outputs[0].Name);
        // Of a composite that says nothing of recurrent layers these follow the ε of its dense ones.
        var rule = RuleOf(kind) ?? (kind == LayerKind.Recurrent
            ? RelevanceRules.Recurrent(RuleOf(LayerKind.Dense) is LinearRule dense ? dense.Stabilizer : RecurrentEpsilon)
            : RelevanceRules.Gradient);
        return adjoint => rule.Propagate(adjoint, layer);
    }
}
