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
            if (node.Facts?.Has(OperatorTraits.Elementwise) == true && shape.Equals(node.Outputs[0].ShapeOrNull))
                same.Add(node.Outputs[0]);
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

    /// <summary>The axis of the classes of a network's output, as the file has it.</summary>
    public static int Classes(Value output)
    {
        while (output.Producer is { OperatorType: "Identity" } identity)
            output = identity.Inputs[0]!;
        if (output.ShapeOrNull is not { Rank: > 2 } shape || output.Producer is not { } squash || !squash.Is(OperatorKind.Softmax))
            return 1;
        var axis = squash.Attributes.Int("axis", -1);
        return (int)(axis < 0 ? axis + shape.Rank : axis) is > 0 and var classes ? classes : 1;
    }
}
