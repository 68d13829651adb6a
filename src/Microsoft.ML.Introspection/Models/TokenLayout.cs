using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Models;

/// <summary>
/// Where the tokens of a transformer for images lie on the plane that they were cut from: which of them stand beside it (a class token,
/// registers), and how the others are rows and columns.
/// </summary>
/// <param name="First">The first token that is a place of the plane.</param>
/// <param name="Extents">The extents of the plane in tokens; one extent for a sequence.</param>
internal sealed record TokenLayout(long First, IReadOnlyList<long> Extents)
{
    /// <summary>How many tokens are places.</summary>
    public long Count => Sizes.Count([.. Extents]);

    /// <summary>The layout of a tensor of tokens [N, tokens, channels]; null where a tensor is none.</summary>
    public static TokenLayout? Of(Network network, string tensor)
    {
        var definition = network.Definition(tensor);
        if (definition.ShapeOrNull is not { Rank: 3 } shape || !shape[1].IsKnown || !shape[2].IsKnown || !IsOfTokens(definition))
            return null;
        return FromPatches(definition, shape[1].Value) ?? new TokenLayout(0, [shape[1].Value]);
    }

    /// <summary>Whether the last axis is that of the channels: what makes the tensor, or reads it, works along that axis.</summary>
    public static bool IsOfTokens(Value tensor)
    {
        var channels = tensor.Shape[^1];
        return IsAlongLast(tensor.Producer, channels, isReader: false)
            || tensor.Graph.Nodes.Any(n => n.Inputs.Contains(tensor) && (IsAlongLast(n, channels, isReader: true)
                || n.Facts?.Has(OperatorTraits.Elementwise) == true && n.Outputs[0].ShapeOrNull is { } shape && shape.Equals(tensor.Shape)
                    && tensor.Graph.Nodes.Any(m => m.Inputs.Contains(n.Outputs[0]) && IsAlongLast(m, channels, isReader: true))));
    }

    private static bool IsAlongLast(Node? node, Dimension channels, bool isReader) => node switch
    {
        { Domain: "", OperatorType: "LayerNormalization" or "RMSNormalization" } =>
            node.Attributes.Int("axis", -1) is -1 || node.Attributes.Int("axis", -1) == node.Inputs[0]!.Rank - 1,
        { Domain: "", OperatorType: "ReduceMean" } =>
            isReader && Axis(node) is { } axis && (axis == -1 || axis == node.Inputs[0]!.Rank - 1),
        { Domain: "", OperatorType: "MatMul" } =>
            node.Inputs[1] is { Constant: not null, Rank: 2 } weights && weights.Shape[isReader ? 0 : 1] == channels,
        // A bias, a residual sum, or the scale of a normalisation.
        { Domain: "", OperatorType: "Add" or "Mul" } when !isReader =>
            node.Inputs.Any(i => i is { Constant: not null, Rank: 1 } && i.Shape[0] == channels)
            || node.Inputs.Any(i => i is { Constant: null } && IsAlongLast(i.Producer, channels, false)),
        _ => false,
    };

    private static long? Axis(Node node) => node.Attributes.Ints("axes") is [var only] ? only
        : node.Inputs.ElementAtOrDefault(1)?.Constant?.ToInt64() is [var given] ? given : null;

    // Follows the places of a convolution, [N, channels, h, w], until they are tokens, [N, h·w, channels], with others put beside them.
    private static TokenLayout? FromPatches(Value tensor, long tokens)
    {
        var before = FeatureMaps.Ancestors(tensor);
        var patches = before.FindLast(n => n.Is(OperatorKind.Convolution) && Axes.HasSpace(n.Outputs[0]) && n.Outputs[0].Rank > 3);
        if (patches is null)
            return Squared(before, tokens);
        long[] plane = [.. patches.Outputs[0].Shape.Skip(2).Select(d => d.Value)];
        var (first, count) = (0L, Sizes.Count(plane));
        var holders = new HashSet<Value> { patches.Outputs[0] };
        foreach (var node in before)
        {
            if (!node.Inputs.Any(i => i is not null && holders.Contains(i)))
                continue;
            if (node is { OperatorType: "Concat", Domain: "" } && node.Outputs[0].Rank == 3 && node.Attributes.Int("axis") is 1 or -2)
                foreach (var operand in node.Inputs)
                {
                    if (holders.Contains(operand!))
                        break;
                    first += operand!.Shape[1].Value;
                }
            else if (node is { OperatorType: "Slice", Domain: "" } && node.Inputs[0]!.Rank == 3 && node.Outputs[0].Rank == 3
                && node.Outputs[0].Shape[1] != node.Inputs[0]!.Shape[1])
                // Tokens that stood in front and are dropped again.
                first = Math.Max(0, first - (node.Inputs[0]!.Shape[1].Value - node.Outputs[0].Shape[1].Value));
            // What only tells their number holds none.
            holders.UnionWith(node.Outputs.Where(o => o.Type.IsFloating()));
        }
        return first + count <= tokens ? new TokenLayout(first, plane) : null;
    }

    // Patches that were cut by reshaping leave no convolution: a square behind the few tokens that models put in front.
    private static TokenLayout? Squared(List<Node> before, long tokens)
    {
        if (!before.Exists(n => n.Inputs.Any(i => i is { Producer: null, Constant: null, Rank: 4 })))
            return null;
        for (var first = 0; first <= 8 && first < tokens; first++)
            if ((long)Math.Sqrt(tokens - first) is var side && side * side == tokens - first)
                return new TokenLayout(first, [side, side]);
        return null;
    }
}
