using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Models;

/// <summary>
/// What an axis of a network's tensors is: the one place where the engine decides it. The batch is the axis whose extent is the symbol
/// <see cref="InputShapes.Batch"/>, the first where a file fixes it; channels stand behind it, as ONNX's convolutions want them, unless
/// the network moves them there; space is what stands behind those; classes lie on the axis of a final softmax, else on axis 1.
/// </summary>
internal static class Axes
{
    /// <summary>Whether the rows of a batch share an axis with heads, positions, windows in some tensor of a network.</summary>
    public static bool FoldsBatch(Network network) => network.Layers.Any(layer =>
        layer.Type.IsFloating() && (layer.Shape is null || layer.Shape.Any(d => !d.IsKnown && (d.IsUnknown || d.Factor != 1))));

    /// <summary>
    /// Whether a network knows no batch, but takes one row: the file fixes the first extents of all its inputs, and that of its scores is
    /// none of them (nor another of theirs, unless it is 1: the batch may stand behind a sequence).
    /// </summary>
    public static bool LacksBatch(IReadOnlyList<Shape> inputs, Shape? scores) => scores is not null
        && inputs.Where(i => i.Rank > 0).Select(i => i[0]).ToList() is { Count: > 0 } first && first.TrueForAll(d => d.IsKnown)
        && (scores.Rank == 0 || scores[0].IsKnown && !first.Contains(scores[0])
            && (scores[0] == 1 || !inputs.Any(i => i.Contains(scores[0]))));

    /// <summary>The extents of a shape for a single row: 1 for the batch, wherever it stands.</summary>
    /// <exception cref="InvalidOperationException">An extent that is not the batch is open.</exception>
    public static long[] OneRow(Shape shape)
    {
        long[] extents = [.. shape.Select((d, axis) => d.Name is not null || axis == 0 && !d.IsKnown ? 1 : d.Value)];
        if (extents.Length > 0 && shape.IsKnown)
            extents[0] = 1;
        return extents;
    }

    /// <summary>The extents of a row.</summary>
    /// <exception cref="ArgumentException">Nothing stands behind the batch, or nothing is in a row.</exception>
    public static int[] Row(Value input) => input.Rank > 1
        ? [.. input.Shape.Skip(1).Select(d => d != 0 ? Sizes.Extent(d) : throw new ArgumentException(
            $"A row of '{input.Name}' {input.Shape} has no elements; there is nothing to attribute to."))]
        : throw new ArgumentException($"'{input.Name}' has the shape {input.Shape}: its one axis is taken for the batch, and nothing "
            + "in a row could be told apart. An input of shape [N, …] was expected; put an axis for the batch in front.");

    /// <summary>The axis of the channels of a tensor of a network's own graph.</summary>
    public static int Channels(Value tensor) => HasChannelsLast(tensor) ? tensor.Rank - 1 : 1;

    /// <summary>Whether a tensor of a network's own graph has its channels last: all that reads it moves them to the front.</summary>
    public static bool HasChannelsLast(Value tensor)
    {
        if (tensor.ShapeOrNull is not { Rank: > 2 } shape)
            return false;
        long[] toFront = [0, shape.Rank - 1, .. Enumerable.Range(1, shape.Rank - 2).Select(i => (long)i)];
        var same = new HashSet<Value> { tensor };
        var moved = false;
        foreach (var node in tensor.Graph.Nodes.Where(n => n.Dependencies.Any(same.Contains)))
        {
            // What a network may do to its input before it moves the channels.
            if (shape.Equals(node.Outputs[0].ShapeOrNull)
                && (node.Facts?.Has(OperatorTraits.Elementwise) == true || node.Is(OperatorKind.Quantization)))
                same.Add(node.Outputs[0]);
            else if (node.OperatorType == "Pad" && node.Outputs[0].ShapeOrNull is { } padded && padded.Rank == shape.Rank
                && padded[^1] == shape[^1])
                same.Add(node.Outputs[0]);
            // A single channel moves without moving anything.
            else if (node.OperatorType == "Reshape" && shape[^1] == 1 && node.Inputs[0]!.ShapeOrNull is { } from
                && node.Outputs[0].ShapeOrNull is { } to && to.SequenceEqual(toFront.Select(axis => from[(int)axis])))
                moved = true;
            else if (node.OperatorType == "Transpose" && toFront.AsSpan().SequenceEqual(node.Attributes.Ints("perm")))
                moved = true;
            else
                return false;
        }
        return moved;
    }

    /// <summary>The spatial axes of feature maps [N, channels, D₁, …].</summary>
    public static long[] Space(int rank) => [.. Enumerable.Range(2, Math.Max(rank - 2, 0)).Select(i => (long)i)];

    /// <summary>Whether a tensor is of feature maps that extend in space.</summary>
    public static bool HasSpace(Value value) => value.Type.IsFloating() && value.ShapeOrNull is { Rank: > 2 } shape
        && shape.Skip(2).All(d => d.IsKnown) && shape.Skip(2).Any(d => d != 1);

    /// <summary>Whether a tensor is of feature maps of the same positions as others.</summary>
    public static bool SameSpace(Value value, Value other) =>
        HasSpace(value) && value.Shape[0] == other.Shape[0] && value.Shape.Skip(2).SequenceEqual(other.Shape.Skip(2));

    /// <summary>
    /// The axis of the classes of a network's output: what the options say, else that of a softmax or ArgMax at the end, of the channels of
    /// a convolution, or, of maps, that behind the batch.
    /// </summary>
    /// <exception cref="ArgumentException">There are two axes behind the batch, and nothing tells.</exception>
    public static int Classes(Network network, string output)
    {
        var value = network.FileDefinition(output);
        if (value.ShapeOrNull is not { Rank: > 2 } shape)
            return 1;
        if (network.Options.ClassAxis is { } given)
            return (given < 0 ? given + shape.Rank : given) is > 0 and var axis && axis < shape.Rank ? axis
                : throw new ArgumentException($"The output '{output}' has the shape {shape}; its axis {given} cannot be that of the "
                    + $"classes. Expected was 1 to {shape.Rank - 1} (NetworkOptions.ClassAxis, --class-axis).");
        return Told(value) ?? (shape.Rank > 3 ? 1 : throw new ArgumentException(
            $"The output '{output}' has the shape {shape}, and nothing tells which axis is that of the classes. Say it: "
                + $"NetworkOptions.ClassAxis, --class-axis {shape.Rank - 1} or 1; or explain one number, --target unit:{output}:0,0."));
    }

    // Null where nothing tells, and where it would be the batch.
    private static int? Told(Value value)
    {
        if (value.ShapeOrNull is not { Rank: var rank })
            return null;
        if (FinalActivation.Find(value) is ({ } logits, var squashed))
            return Behind(squashed) ?? Told(logits);
        var reader = value.Graph.Nodes.FirstOrDefault(n => n.Domain.Length == 0 && n.Inputs.Contains(value)
            && (n.OperatorType is "ArgMax" or "Hardmax" || n.Is(OperatorKind.Softmax)));
        if (reader is not null && Behind((int)reader.Attributes.Int("axis", reader.OperatorType == "ArgMax" ? 0 : -1)) is { } read)
            return read;
        return value.Producer is not { } node ? null : node switch
        {
            { OperatorType: "Unsqueeze" } when node.Inputs[1]!.Constant?.ToInt64() is [0] => Told(node.Inputs[0]!) + 1,
            { OperatorType: "Transpose" } when node.Attributes.Ints("perm") is { } order =>
                Told(node.Inputs[0]!) is { } before ? Behind(Array.IndexOf(order, before)) : null,
            _ when node.Is(OperatorKind.Convolution) => 1,
            _ when node.Facts?.Has(OperatorTraits.Elementwise) == true => node.Inputs.OfType<Value>()
                .Where(i => i.Constant is null && value.Shape.Equals(i.ShapeOrNull))
                .Select(i => Told(i)).FirstOrDefault(a => a is not null),
            _ => null,
        };

        int? Behind(int? axis) => axis is not { } a ? null : (a < 0 ? a + rank : a) is > 0 and var known ? known : null;
    }
}
