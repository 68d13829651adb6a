using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Models;

/// <summary>Where an image has its channels: behind the batch, as ONNX's convolutions want them, or last, as other frameworks do.</summary>
internal static class SpatialLayout
{
    // What a network may do to its input before it moves the channels.
    private static readonly HashSet<string> Elementwise = ["Identity", "Cast", "Add", "Sub", "Mul", "Div", "Neg"];

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
            if (Elementwise.Contains(node.OperatorType) && node.Outputs[0].ShapeOrNull is { } next && next.Equals(shape))
                same.Add(node.Outputs[0]);
            else if (node.OperatorType == "Transpose" && node.Attributes.Ints("perm") is { } permutation && permutation.AsSpan().SequenceEqual(toFront))
                moved = true;
            else
                return false;
        }
        return moved;
    }
}
