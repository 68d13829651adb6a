using Microsoft.ML.Introspection.Differentiation.Rules;
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
    public static Value Of(Value of, Value withRespectTo, RelevanceComposite composite) =>
        Of(of, withRespectTo, withRespectTo, composite, [], keepsParallel: false);

    /// <summary>The relevance of several values at once, in one walk.</summary>
    /// <param name="of">The value that is explained.</param>
    /// <param name="withRespectTo">The values whose elements get the relevance.</param>
    /// <param name="composite">Which layer follows which rule.</param>
    /// <param name="seed">The relevance to start from, of the shape of <paramref name="of"/>.</param>
    public static IReadOnlyList<Value> Of(Value of, IReadOnlyList<Value> withRespectTo, RelevanceComposite composite, Value seed) =>
        Gradient.Of(of, withRespectTo, seed, Rules(new LayerMap(of, withRespectTo), composite));

    /// <summary>The same with some relevance taken away on the way.</summary>
    /// <param name="of">The value that is explained.</param>
    /// <param name="withRespectTo">The value whose elements get the relevance.</param>
    /// <param name="input">The value from which on layers are counted: the first linear layer behind it is the first.</param>
    /// <param name="composite">Which layer follows which rule.</param>
    /// <param name="conditions">Values on the way, and what their relevance is multiplied by.</param>
    /// <param name="keepsParallel">Whether relevance that by-passes these values stays; otherwise all has to go through each.</param>
    public static Value Of(Value of, Value withRespectTo, Value input, RelevanceComposite composite,
        IReadOnlyList<(Value At, Value Mask)> conditions, bool keepsParallel)
    {
        ArgumentNullException.ThrowIfNull(of);
        ArgumentNullException.ThrowIfNull(withRespectTo);
        ArgumentNullException.ThrowIfNull(composite);
        var map = new LayerMap(of, [input]);
        var rules = BackwardRules.Default.Choosing(node => keepsParallel ? Masked(node) : Rule(node, map, composite));
        var (from, relevance) = (of, of);
        if (!keepsParallel)
        {
            // The one that depends on all others first: a value has no fewer before it than those before it have.
            foreach (var (at, mask) in conditions.OrderByDescending(c => conditions.Count(o => c.At.DependsOn(o.At))))
            {
                relevance = (ReferenceEquals(at, from) ? relevance : Gradient.Of(from, [at], relevance, rules)[0]) * mask;
                from = at;
            }
        }
        return Gradient.Of(from, [withRespectTo], relevance, rules)[0];

        BackwardRule Masked(Node node)
        {
            var rule = Rule(node, map, composite);
            var masks = conditions.Where(c => ReferenceEquals(c.At.Producer, node)).Select(c => (c.At.OutputIndex, c.Mask)).ToList();
            return masks.Count == 0 ? rule : adjoint => rule(adjoint with
            {
                Gradients = [.. adjoint.Gradients.Select((g, i) =>
                    masks.Where(m => m.OutputIndex == i).Aggregate(g, (kept, m) => kept is null ? null : kept * m.Mask))],
            });
        }
    }

    private static BackwardRules Rules(LayerMap map, RelevanceComposite composite) =>
        BackwardRules.Default.Choosing(node => Rule(node, map, composite));

    private static BackwardRule Rule(Node node, LayerMap map, RelevanceComposite composite)
    {
        // What an operator of attention is in others is walked through by the same composite.
        if (Attention.FormulaOf(node) is { } formula)
            return Formula.Of(formula, (of, asked) => Rules(new LayerMap(of, [asked]), composite));
        if (map.IsMerged(node))
            return adjoint => map.IsOnTheWay(adjoint.X) ? adjoint.Dy : null;
        RelevanceRule? RuleOf(LayerKind of) => composite.RuleFor(of, map.IsFirst(node), node.Name, node.Outputs[0].Name);
        if (map.Normalization(node) is { } written && RuleOf(LayerKind.Normalization) is NormalizationRule normalization)
            return normalization.Through(written, node);
        var layer = map.Linear(node);
        var kind = layer?.Kind ?? LayerKinds.Of(node) ?? throw new UnsupportedOperatorException(
            $"There is no relevance rule for the {node.Describe()}, and relevance has to pass it. Explain the network with a method that "
                + "needs no relevance.");
        // Of a composite that says nothing of recurrent layers these follow the ε of its dense ones.
        var rule = RuleOf(kind) ?? (kind == LayerKind.Recurrent
            ? RelevanceRules.Recurrent(RuleOf(LayerKind.Dense) is LinearRule dense ? dense.Stabilizer : RecurrentEpsilon)
            : RelevanceRules.Gradient);
        return adjoint => rule.Propagate(adjoint, layer);
    }
}
