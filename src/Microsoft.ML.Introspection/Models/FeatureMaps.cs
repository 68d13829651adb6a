using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Models;

/// <summary>
/// Finds what class activation maps are made of: the last features that still know where they are, before they are pooled
/// away or flattened.
/// </summary>
internal static class FeatureMaps
{
    /// <summary>
    /// The tensor that the last convolution before a value makes, or, where layers of the same spatial extents follow
    /// (normalisation, activation, residual sum), the last of these: shape [N, channels, D₁, …].
    /// </summary>
    /// <exception cref="ArgumentException">No convolution lies before the value.</exception>
    public static Value Last(Value scored)
    {
        var before = Ancestors(scored);
        var convolutions =
            before.Where(n => n.Is(OperatorKind.Convolution) && n.Inputs[0]!.Constant is null && Axes.HasSpace(n.Outputs[0])).ToList();
        for (var i = convolutions.Count - 1; i >= 0; i--)
        {
            var features = LastLike(convolutions[i].Outputs[0], before);
            // A network that is convolutional to the end makes its very scores by its last convolution; what that one reads
            // are the features.
            if (features != scored)
                return features;
            if (convolutions[i].Inputs[0]!.Producer is not null && Axes.HasSpace(convolutions[i].Inputs[0]!))
                return convolutions[i].Inputs[0]!;
        }
        throw new ArgumentException($"No convolution whose output still has spatial extents was found before '{scored.Name}'. Name the "
            + "layer whose feature maps [N, channels, …] are to be mapped.");
    }

    private static Value LastLike(Value convolved, List<Node> before)
    {
        var features = convolved;
        var behind = new HashSet<Value> { convolved };
        foreach (var node in before)
        {
            if (!node.Inputs.Any(i => i is not null && behind.Contains(i)))
                continue;
            behind.UnionWith(node.Outputs);
            if (node.Facts?.Has(OperatorTraits.Pools) != true && Axes.SameSpace(node.Outputs[0], convolved))
                features = node.Outputs[0];
        }
        return features;
    }

    /// <summary>The nodes that a value depends on, in their order.</summary>
    public static List<Node> Ancestors(Value value)
    {
        var wanted = new HashSet<Node>();
        var open = new Stack<Value>([value]);
        while (open.TryPop(out var next))
            if (next.Producer is { } node && wanted.Add(node))
                foreach (var dependency in node.Dependencies)
                    open.Push(dependency);
        return [.. value.Graph.Nodes.Where(wanted.Contains)];
    }
}
