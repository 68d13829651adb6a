using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Models;

/// <summary>What the queries of an attention block attend to.</summary>
public enum AttentionKind
{
    /// <summary>The tokens that they are made of themselves.</summary>
    Self,

    /// <summary>Other tokens: those of an encoder.</summary>
    Cross,

    /// <summary>Their own tokens, a window of them at a time.</summary>
    Window,
}

/// <summary>
/// A block of attention as it stands in a network: softmax(q·kᵀ)·v, in whatever operators it is written. The blocks of a network are
/// numbered in the order in which they are computed.
/// </summary>
public sealed class AttentionBlock
{
    internal AttentionBlock(Node softmax, Value probabilities, int[] axes, Value query, Value key, Value values)
    {
        (Node, Probabilities, Axes, Query, Key, Values) = (softmax, probabilities, axes, query, key, values);
        (QuerySource, KeySource) = (Source(query), Source(key));
        Kind = !AreSame(QuerySource, KeySource, 4) ? AttentionKind.Cross : IsWindowed() ? AttentionKind.Window : AttentionKind.Self;
    }

    /// <summary>The name of the tensor that holds the probabilities.</summary>
    public string Name => Probabilities.Name;

    /// <summary>The operator that makes the probabilities: Softmax.</summary>
    public string Operator => Node.OperatorType;

    /// <summary>Whether the queries attend to their own tokens or to others.</summary>
    public AttentionKind Kind { get; }

    /// <summary>The shape of the probabilities, [N, heads, queries, keys].</summary>
    public Shape Shape => new(Axes.Select(axis => Probabilities.Shape[axis]));

    /// <summary>The tokens that the queries are made of, in the network's own graph.</summary>
    internal Value QuerySource { get; }

    /// <summary>The tokens that the keys are made of.</summary>
    internal Value KeySource { get; }

    internal Node Node { get; }

    /// <summary>The probabilities as the values are weighed by them.</summary>
    internal Value Probabilities { get; }

    /// <summary>Whether the softmax runs along the keys alone, with no sink beside them.</summary>
    internal bool IsWhole => Node.Outputs[0].Shape[(int)Node.Attributes.Int("axis", -1)] == Shape[^1];

    /// <summary>The axes of the probabilities in the order of rows, heads, queries, keys.</summary>
    internal int[] Axes { get; }

    internal Value Query { get; }

    internal Value Key { get; }

    internal Value Values { get; }

    /// <summary>The blocks of a network, in the order in which they are computed; none where it has no attention.</summary>
    /// <param name="network">The network.</param>
    public static IReadOnlyList<AttentionBlock> Of(Network network) => AttentionSearch.Of(network).Blocks;

    /// <summary>What else of a network is attention, but tells no probabilities, or has none.</summary>
    /// <param name="network">The network.</param>
    public static IReadOnlyList<LeftAttention> LeftIn(Network network) => AttentionSearch.Of(network).Left;

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
        while (value.Producer is { Domain: "" } node && Moved(node) is { Constant: null } moved)
            value = moved;
        return value;
    }

    // What a node only lays otherwise; a plane whose edges are cut off and put to the other side (as Swin shifts its windows) is one.
    private static Value? Moved(Node node) => node.OperatorType switch
    {
        "Transpose" or "Reshape" or "Identity" or "Squeeze" or "Unsqueeze" => node.Inputs[0],
        "Concat" when node.Outputs[0].ShapeOrNull is { } shape
            && node.Inputs.Select(i => i?.Producer is { Domain: "", OperatorType: "Slice" } cut ? cut.Inputs[0] : null).Distinct().ToList()
                is [{ ShapeOrNull: { } before } one] && before.Equals(shape) => one,
        _ => null,
    };

    // Some exporters write a node once for each that reads it.
    private static bool AreSame(Value a, Value b, int depth) => ReferenceEquals(a, b)
        || depth > 0 && a.Producer is { } left && b.Producer is { } right && a.OutputIndex == b.OutputIndex
            && (left.OperatorType, left.Domain, left.Inputs.Count) == (right.OperatorType, right.Domain, right.Inputs.Count)
            && left.Captures.Count + right.Captures.Count == 0 && left.Attributes.Key == right.Attributes.Key
            && left.Facts?.Kind != OperatorKind.Random && left.Inputs.Zip(right.Inputs).All(p => ReferenceEquals(p.First, p.Second)
                || p.First is { Constant: null } x && p.Second is { Constant: null } y && AreSame(x, y, depth - 1));

    // Several groups of tokens to a row, each attending to itself.
    private bool IsWindowed()
    {
        if (QuerySource.ShapeOrNull is not { Rank: 3 or 4 } tokens)
            return false;
        var (queries, rows) = (Shape[^2], tokens[0]);
        var areTokens = TokenLayout.IsOfTokens(QuerySource);
        var all = tokens.Skip(1).Take(tokens.Rank - 2).Aggregate((Dimension)1, (count, d) => count * d);
        var areGroups = Shape.Rank > 3 && Shape[0] != rows && Shape[0].Name == rows.Name && Shape[0].Factor > rows.Factor
            && Shape[0].Factor % rows.Factor == 0;
        // Of a fixed batch it is not told which extents are rows.
        return areGroups && (areTokens || rows.Name is not null)
            || areTokens && queries.IsKnown && all.IsKnown && queries.Value > 0 && all.Value > queries.Value
                && all.Value % queries.Value == 0 && Shape[^1] == queries;
    }
}

/// <summary>Attention that tells no probabilities.</summary>
/// <param name="Name">The node.</param>
/// <param name="Operator">Its operator.</param>
/// <param name="Reason">Why it is left.</param>
public sealed record LeftAttention(string Name, string Operator, string Reason);
