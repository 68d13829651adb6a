using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Models;

/// <summary>What the queries of an attention block attend to.</summary>
public enum AttentionKind
{
    /// <summary>The tokens that they are made of themselves.</summary>
    Self,

    /// <summary>Other tokens: those of an encoder.</summary>
    Cross,
}

/// <summary>
/// A block of attention as it stands in a network: softmax(q·kᵀ)·v, in whatever operators it is written. The blocks of a network are
/// numbered in the order in which they are computed.
/// </summary>
public sealed class AttentionBlock
{
    private AttentionBlock(Node softmax, Value probabilities, Value query, Value key, Value values)
    {
        (Node, Probabilities, Query, Key, Values) = (softmax, probabilities, query, key, values);
        (QuerySource, KeySource) = (Source(query), Source(key));
        Kind = ReferenceEquals(QuerySource, KeySource) ? AttentionKind.Self : AttentionKind.Cross;
    }

    /// <summary>The name of the tensor that holds the probabilities, or of the node that keeps them to itself.</summary>
    public string Name => Probabilities.Name;

    /// <summary>The operator that makes the probabilities: Softmax or Attention.</summary>
    public string Operator => Node.OperatorType;

    /// <summary>Whether the queries attend to their own tokens or to others.</summary>
    public AttentionKind Kind { get; }

    /// <summary>The shape of the probabilities, [N, heads, queries, keys].</summary>
    public Shape Shape => Probabilities.Shape;

    /// <summary>The tokens that the queries are made of, in the network's own graph.</summary>
    internal Value QuerySource { get; }

    /// <summary>The tokens that the keys are made of.</summary>
    internal Value KeySource { get; }

    internal Node Node { get; }

    internal Value Probabilities { get; }

    internal Value Query { get; }

    internal Value Key { get; }

    internal Value Values { get; }

    /// <summary>The blocks of a network, in the order in which they are computed; none where it has no attention.</summary>
    /// <param name="network">The network.</param>
    public static IReadOnlyList<AttentionBlock> Of(Network network)
    {
        ArgumentNullException.ThrowIfNull(network);
        var graph = network.OutputDefinition(network.OutputNames[0]).Graph;
        var readers = graph.Nodes.SelectMany(n => n.Inputs.OfType<Value>().Distinct().Select(i => (i, n))).ToLookup(p => p.i, p => p.n);
        return [.. graph.Nodes.Select(n => Of(n, readers)).OfType<AttentionBlock>()];
    }

    /// <summary>
    /// The tokens of an image, [N, tokens, channels], that the last block of attention before a value reads; null where there are none, or
    /// a convolution follows them.
    /// </summary>
    internal static Value? LastPlane(Network network, Value scored)
    {
        var before = FeatureMaps.Ancestors(scored);
        var last = Of(network).LastOrDefault(b => before.Contains(b.Node));
        return last is { KeySource: { Producer: not null, Rank: 3 } tokens }
            && TokenLayout.Of(network, tokens.Name) is { Extents.Count: > 1 }
            && !before.Skip(before.IndexOf(last.Node)).Any(n => n.Is(OperatorKind.Convolution)) ? tokens : null;
    }

    private static AttentionBlock? Of(Node node, ILookup<Value, Node> readers)
    {
        if (node is { Domain: "", OperatorType: "Attention" } && node.Inputs.Count > 2)
        {
            var told = node.Outputs.Count > 3 && node.Attributes.Int("qk_matmul_output_mode") == 3 ? node.Outputs[3] : node.Outputs[0];
            return new AttentionBlock(node, told, node.Inputs[0]!, node.Inputs[1]!, node.Inputs[2]!);
        }
        if (node is not { Domain: "", OperatorType: "Softmax" }
            || node.Outputs[0] is not { ShapeOrNull: { Rank: >= 3 } shape } probabilities
            || node.Attributes.Int("axis", -1) is var axis && axis != -1 && axis != shape.Rank - 1)
            return null;
        var product = Scores(node.Inputs[0]!);
        return product is null || Weighed(probabilities, readers) is not var (weights, values) ? null
            : new AttentionBlock(node, weights, product.Inputs[0]!, product.Inputs[1]!, values);
    }

    // Back from the softmax through scale, mask and soft-cap to the product of queries and keys.
    private static Node? Scores(Value scores)
    {
        for (var turn = 0; turn < 16 && scores.Producer is { Domain: "" } node; turn++)
        {
            switch (node.OperatorType)
            {
                case "MatMul" or "Einsum" when node.Inputs.Count == 2 && node.Inputs.All(i => i is { Constant: null, Rank: >= 3 }):
                    return node;
                case "Where":
                    scores = node.Inputs[1]!.Constant is null && Scores(node.Inputs[1]!) is not null ? node.Inputs[1]! : node.Inputs[2]!;
                    break;
                case "Add" when node.Inputs[0]!.Constant is null && Scores(node.Inputs[0]!) is { } first:
                    return first;
                case "Add" or "Mul":
                    scores = node.Inputs[0]!.Constant is null && node.Inputs[0]!.Rank == scores.Rank ? node.Inputs[0]! : node.Inputs[1]!;
                    break;
                case "Sub" or "Div" or "Tanh" or "Cast" or "Identity" or "Reshape" or "Clip" or "Max":
                    scores = node.Inputs[0]!;
                    break;
                default:
                    return null;
            }
        }
        return null;
    }

    // On from the softmax, through what clears and casts, to the product with the values.
    private static (Value Weights, Value Values)? Weighed(Value probabilities, ILookup<Value, Node> readers)
    {
        var weights = probabilities;
        for (var turn = 0; turn < 8; turn++)
        {
            foreach (var reader in readers[weights].Where(r => r.Domain.Length == 0))
                if (reader.OperatorType is "MatMul" or "Einsum" && ReferenceEquals(reader.Inputs[0], weights) && reader.Inputs.Count == 2
                    && reader.Inputs[1] is { Constant: null })
                    return (weights, reader.Inputs[1]!);
            var next = readers[weights].FirstOrDefault(r =>
                r is { Domain: "", OperatorType: "Dropout" or "Cast" or "Identity" or "Where" });
            if (next is null)
                return null;
            weights = next.Outputs[0];
        }
        return null;
    }

    // The tokens that queries or keys are a linear map of.
    private static Value Source(Value value)
    {
        for (var turn = 0; turn < 40 && value.Producer is { Domain: "" } node; turn++)
        {
            if (node.OperatorType is "MatMul" or "Gemm" && node.Inputs[1]!.Constant is not null)
                return Unmoved(node.Inputs[0]!);
            var next = node.Inputs.FirstOrDefault(i => i is { Constant: null } && i.Type.IsFloating());
            if (next is null || node.Inputs.Count == 0)
                return value;
            value = next;
        }
        return value;
    }

    private static Value Unmoved(Value value)
    {
        while (value.Producer is { Domain: "", OperatorType: "Transpose" or "Reshape" or "Identity" or "Squeeze" or "Unsqueeze" } node
            && node.Inputs[0]!.Constant is null)
            value = node.Inputs[0]!;
        return value;
    }
}
