using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Models;

/// <summary>The end of a network that has a class activation map: global average pooling, then one dense layer.</summary>
/// <param name="Features">What is pooled, shape [N, channels, D₁, …].</param>
/// <param name="Pooled">The means over space.</param>
internal sealed record PoolingHead(Value Features, Value Pooled)
{
    /// <summary>Finds pooling and features from the scores, in the network's own graph.</summary>
    /// <exception cref="ArgumentException">The network does not end so.</exception>
    public static PoolingHead Of(Value scores)
    {
        var dense = Before(scores);
        if (dense.Producer is { OperatorType: "Add" } bias && bias.Inputs.Any(i => i!.Constant is not null))
            dense = Before(bias.Inputs.First(i => i!.Constant is null)!);
        if (dense.Producer is not { } layer || !IsDense(layer))
            throw Unfit(dense, "a dense layer with trained weights was expected at the end");
        var pooled = Before(layer.Inputs[0]!);
        return pooled.Producer is { } pooling && IsGlobalMean(pooling)
            ? new PoolingHead(pooling.Inputs[0]!, pooled)
            : throw Unfit(pooled, "global average pooling was expected before the dense layer");
    }

    // What only changes the layout, or nothing at all.
    private static Value Before(Value value)
    {
        while (value.Producer is { } node && node.Facts?.Has(OperatorTraits.SameElements) == true)
            value = node.Inputs[0]!;
        return value;
    }

    // A convolution of maps of a single position is a dense layer too.
    private static bool IsDense(Node node) => node.OperatorType switch
    {
        "Gemm" or "MatMul" => node.Inputs[1]!.Constant is not null,
        "Conv" => node.Inputs[1]!.Constant is not null && node.Inputs[0]!.ShapeOrNull is { } shape && shape.Skip(2).All(d => d == 1),
        _ => false,
    };

    private static bool IsGlobalMean(Node node)
    {
        if (node.Inputs[0]!.ShapeOrNull is not { Rank: > 2 } shape)
            return false;
        return node.OperatorType switch
        {
            "GlobalAveragePool" => true,
            "ReduceMean" => node.Inputs.ElementAtOrDefault(1)?.Constant is { } axes
                && axes.ToInt64().Select(a => a < 0 ? a + shape.Rank : a).Order().SequenceEqual(Axes.Space(shape.Rank)),
            "AveragePool" => shape.Skip(2).SequenceEqual(node.Attributes.Ints("kernel_shape")!.Select(k => (Dimension)k))
                && node.Outputs[0].Shape.Skip(2).All(d => d == 1),
            _ => false,
        };
    }

    private static ArgumentException Unfit(Value found, string expected) => new(
        $"CAM exists only for networks that end in global average pooling followed by one dense layer: {expected}, and "
            + $"{found.Producer?.Describe() ?? $"'{found.Name}'"} was found. Use Grad-CAM, which needs no such end and equals CAM up to "
                + "a factor where there is one.");
}
