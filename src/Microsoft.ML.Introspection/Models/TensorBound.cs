using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Models;

/// <summary>What one row may take: a few bytes of a file can ask for any amount of memory when the network is run.</summary>
internal static class TensorBound
{
    /// <summary>The most elements that the windows of a pooling may look at for one row: minutes of a processor.</summary>
    private const long MostLookedAt = 1L << 36;

    /// <summary>Throws where a tensor is larger.</summary>
    /// <param name="network">The network; extents that are open count as 1.</param>
    /// <param name="bytes">The most bytes of a tensor.</param>
    /// <exception cref="InvalidModelException">Names the tensor, its operator and size.</exception>
    public static void Check(Graph network, long bytes)
    {
        foreach (var (value, shape) in network.Inputs.Select(i => (i, i.ShapeOrNull))
            .Concat(network.Nodes.SelectMany(n => n.Outputs).Select(o => (o, o.ShapeOrNull))).Concat(network.Nodes.SelectMany(Made)))
            if (shape is not null && Size(value.Type, shape) is var size && size > bytes)
                throw new InvalidModelException(FormattableString.Invariant(
                    $"The tensor '{value.Name}' {shape}{Maker(value)} takes {size:N0} bytes for a single row; {bytes:N0} are the most. ")
                    + "If that is meant, allow more: NetworkOptions.LargestTensor, or --largest-tensor MIB.");
        // A window of a million zeros for every place is a few bytes of a file, and an operator cannot be stopped.
        foreach (var node in network.Nodes.Where(n => n.Facts?.Has(OperatorTraits.Pools) == true))
            if (node.Attributes.Ints("kernel_shape") is { } kernel && node.Outputs[0].ShapeOrNull is { } shape
                && kernel.Aggregate(Size(ElementType.UInt8, shape), (p, k) => Int128.Min(p * k, long.MaxValue)) > MostLookedAt)
                throw new InvalidModelException(FormattableString.Invariant($"The {node.Describe()} looks at more than {MostLookedAt:N0} ")
                    + $"elements for a single row, by windows of [{string.Join(", ", kernel)}].");
    }

    // Of some that make much of a number ONNX Runtime does not tell how much, and what is more than 2³¹ is cut off on the way from it.
    private static IEnumerable<(Value Value, Shape? Shape)> Made(Node node)
    {
        if (node.Facts is not { Infer: not null } facts || !facts.Has(OperatorTraits.Grows))
            return [];
        try
        {
            return node.Outputs.Zip(
                ShapeInference.Infer(node.Graph, node.OperatorType, node.Inputs, node.Attributes, node.Outputs.Count),
                (o, told) => (o, (Shape?)told.Shape));
        }
        catch (Exception e) when (e is InvalidModelException or InvalidOperationException)
        {
            // It is not to be told before a run.
            return [];
        }
    }

    // A product of many extents could overflow; one of 0 makes nothing of what came before.
    private static Int128 Size(ElementType type, Shape shape) =>
        shape.Where(d => d.IsKnown).Aggregate((Int128)type.Size(), (size, d) => Int128.Min(size * d.Value, long.MaxValue));

    private static string Maker(Value value) => value.Producer is { } node ? $" that {node.OperatorType} makes" : "";
}
