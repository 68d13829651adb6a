using Microsoft.ML.Introspection.Differentiation.Rules;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Differentiation;

/// <summary>
/// Reverse-mode differentiation of graphs: the nodes between two values are walked backwards, each handing its outputs'
/// gradients on to its inputs by its rule. What is written are ordinary nodes, so a gradient can be differentiated again.
/// </summary>
public static class Gradient
{
    /// <summary>The gradient of the sum of a value's elements.</summary>
    /// <param name="of">The value; for a score of each row, the result is each row's own gradient.</param>
    /// <param name="withRespectTo">Any value of the same graph.</param>
    /// <param name="rules">The backward rules; null for the plain ones.</param>
    /// <returns>A value of the type and shape of <paramref name="withRespectTo"/>; zeros where nothing depends on it.</returns>
    /// <exception cref="UnsupportedOperatorException">A gradient would have to pass an operator without a rule.</exception>
    public static Value Of(Value of, Value withRespectTo, BackwardRules? rules = null) => Of(of, [withRespectTo], null, rules)[0];

    /// <summary>The gradients with respect to several values at once.</summary>
    /// <param name="of">The value.</param>
    /// <param name="withRespectTo">The values to differentiate by.</param>
    /// <param name="seed">
    /// The gradient to start from, of the shape of <paramref name="of"/>: the result is the vector–Jacobian product. Null for ones.
    /// </param>
    /// <param name="rules">The backward rules; null for the plain ones.</param>
    /// <returns>A value for each of <paramref name="withRespectTo"/>, of its type and shape.</returns>
    /// <exception cref="UnsupportedOperatorException">A gradient would have to pass an operator without a rule.</exception>
    public static IReadOnlyList<Value> Of(Value of, IReadOnlyList<Value> withRespectTo, Value? seed = null, BackwardRules? rules = null)
    {
        ArgumentNullException.ThrowIfNull(of);
        ArgumentNullException.ThrowIfNull(withRespectTo);
        foreach (var value in withRespectTo.Append(of))
        {
            if (!value.Type.IsFloating())
                throw new ArgumentException($"'{value.Name}' holds elements of type {value.Type}; gradients exist only between "
                    + "floating-point values. For token inputs, ask for the gradient of the embedding instead.");
        }
        if (of.ShapeOrNull is null && of.Producer is { } made && made.Inputs.Any(i => i?.Type == ElementType.Undefined))
            throw BackwardRules.Missing(made);
        return Of([(of, seed ?? of.FullLike(1))], withRespectTo, rules);
    }

    /// <summary>The gradients of several values at once, each with its seed, summed.</summary>
    internal static IReadOnlyList<Value> Of(IReadOnlyList<(Value Of, Value Seed)> seeds, IReadOnlyList<Value> withRespectTo,
        BackwardRules? rules = null, bool isAside = false)
    {
        rules ??= BackwardRules.Default;
        var path = Between(seeds.Select(s => s.Of), withRespectTo);
        var gradients = new Dictionary<Value, Value>();
        foreach (var (of, seed) in seeds)
            gradients[of] = gradients.TryGetValue(of, out var sum) ? sum + seed : seed;
        var aside = UntakenBranches.Among(path.Nodes, path.Before, isAside ? gradients.Keys : []);
        foreach (var node in Enumerable.Reverse(path.Nodes))
        {
            Value?[] outputs = [.. node.Outputs.Select(gradients.GetValueOrDefault)];
            if (Array.TrueForAll(outputs, g => g is null))
                continue;
            if (node.Dependencies.Except(node.Inputs).FirstOrDefault(v => v!.Type.IsFloating() && path.Values.Contains(v)) is { } captured)
                throw new UnsupportedOperatorException($"The {node.Describe()} uses '{captured.Name}' inside its body, and a gradient "
                    + "has to pass it; bodies have no backward rule. Export the network with the branch or loop written out, or use a "
                        + "method that needs no gradient.");
            var real = Quantization.AsReal(node, path.Quantised.Contains);
            for (var i = 0; i < node.Inputs.Count; i++)
            {
                if (node.Inputs[i] is not { } input || !path.Values.Contains(input))
                    continue;
                // A sequence or an optional value may hold what the gradient is asked by.
                if (input.Type == ElementType.Undefined)
                    throw BackwardRules.Missing(node);
                if (!input.Type.IsFloating() && !path.Quantised.Contains(input))
                    continue;
                if (rules.ToOperand(new Adjoint(real, outputs, i) { IsAside = aside.Contains(node) }) is not { } gradient)
                    continue;
                gradients[input] = gradients.TryGetValue(input, out var sum) ? SubPixel.Sum(sum, gradient) : gradient;
            }
        }
        return [.. withRespectTo.Select(v => gradients.TryGetValue(v, out var gradient) ? gradient : v.FullLike(0))];
    }

    /// <summary>
    /// The nodes on the ways from some values to others, in order, the values on these ways, and those among them that hold
    /// real numbers quantised to integers: gradients flow through these as if they were not. Before them lies what they are made of.
    /// </summary>
    internal static (List<Node> Nodes, HashSet<Value> Values, HashSet<Value> Quantised, Func<IEnumerable<Node>> Before) Between(
        IEnumerable<Value> of, IReadOnlyList<Value> from)
    {
        var ancestors = new HashSet<Node>();
        var open = new Stack<Value>(of);
        var graph = open.Peek().Graph;
        while (open.TryPop(out var value))
        {
            // What lies before the only value asked about cannot depend on it.
            if (from.Count == 1 && ReferenceEquals(value, from[0]))
                continue;
            graph = value.Graph.IsWithin(graph) ? value.Graph : graph;
            if (value.Producer is not { } node || !ancestors.Add(node))
                continue;
            foreach (var dependency in node.Dependencies)
                open.Push(dependency);
        }

        var values = new HashSet<Value>(from);
        var (nodes, quantised) = (new List<Node>(), new HashSet<Value>());
        foreach (var node in InOrder(graph, ancestors))
        {
            if (!node.Dependencies.Any(values.Contains))
                continue;
            nodes.Add(node);
            values.UnionWith(node.Outputs);
            if (Quantization.KeepsQuantised(node, quantised.Contains))
                quantised.UnionWith(node.Outputs.Where(o => !o.Type.IsFloating()));
        }
        return (nodes, values, quantised, () => InOrder(graph, ancestors));
    }

    // The nodes of the graphs around a body come before those of the body.
    private static IEnumerable<Node> InOrder(Graph graph, HashSet<Node> wanted) =>
        (graph.Parent is null ? [] : InOrder(graph.Parent, wanted)).Concat(graph.Nodes.Where(wanted.Contains));
}
