using Microsoft.ML.Introspection.Importers.TensorFlow.Proto;

namespace Microsoft.ML.Introspection.Importers.TensorFlow;

/// <summary>What nodes that resize pictures tell of what they give, where the file keeps no shapes.</summary>
internal static class ResizedPictures
{
    // Nodes between the decoder of a file and what resizes its picture.
    private const int Longest = 64;

    /// <summary>Whether a node resizes pictures.</summary>
    public static bool IsResizing(string op) => op.StartsWith("Resize", StringComparison.Ordinal);

    /// <summary>The shape [N, height, width, channels] of a node that resizes to extents that are constant; null for others.</summary>
    public static TensorShapeProto? ShapeOf(FlatGraph flat, FlatNode node)
    {
        if (!IsResizing(node.Operator) || node.InputNames.Count() < 2
            || Numbers(flat, node.Frame, node.InputNames.ElementAt(1), 0) is not [> 0 and var height, > 0 and var width])
            return null;
        var shape = new TensorShapeProto();
        foreach (var extent in (long[])[-1, height, width, ChannelsOf(flat, node)])
            shape.Dim.Add(new TensorShapeProto.Types.Dim { Size = extent });
        return shape;
    }

    /// <summary>Whether pictures are scaled to numbers from 0 to 1 between their decoder and the node.</summary>
    public static bool AreScaled(FlatGraph flat, FlatNode node) =>
        Before(flat, node).Any(n => n.Operator is "Mul" or "Div" or "RealDiv" or "ConvertImageDtype");

    private static long ChannelsOf(FlatGraph flat, FlatNode node) => Before(flat, node).Select(n => n.Operator switch
    {
        "Placeholder" => n.Attributes.Shape("shape") is { UnknownRank: false, Dim: { Count: > 0 } dims } ? dims[^1].Size : -1,
        // No number of channels, or 0, is that of the file.
        var op when op.StartsWith("Decode", StringComparison.Ordinal) => n.Attributes.Int("channels") is > 0 and var told ? told : -1,
        _ => -1,
    }).FirstOrDefault(c => c > 0, -1);

    private static IEnumerable<FlatNode> Before(FlatGraph flat, FlatNode node)
    {
        for (var turn = 0; turn < Longest && node.InputNames.FirstOrDefault() is { } name; turn++)
            yield return node = flat.Resolve(node.Frame, name).Node;
    }

    private static long[]? Numbers(FlatGraph flat, CallFrame frame, string tensor, int depth)
    {
        var node = flat.Resolve(frame, tensor).Node;
        return node.Operator switch
        {
            _ when depth == Longest => null,
            "Const" => node.Attributes.Tensor("value") is { } value ? DataTypes.Constant(value, node.Name).ToInt64() : null,
            "Cast" => Numbers(flat, node.Frame, node.InputNames.First(), depth + 1),
            "Pack" or "ConcatV2" when node.InputNames.Take(3).ToList() is { Count: 2 or 3 } parts =>
                [.. parts.Take(2).SelectMany(p => Numbers(flat, node.Frame, p, depth + 1) ?? [])],
            _ => null,
        };
    }
}
