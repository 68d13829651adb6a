using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Tool.Explaining;

/// <summary>Pictures whose numbers are still those of a file.</summary>
internal static class Pixels
{
    // What leaves numbers as they are, and what scales them.
    private static readonly HashSet<string> Moving =
    [
        "Cast", "Crop", "Expand", "Flatten", "Identity", "Pad", "Reshape", "Resize", "Slice", "Squeeze", "Transpose", "Unsqueeze",
        "Upsample",
    ];

    private static readonly HashSet<string> Normalizing =
        ["BatchNormalization", "InstanceNormalization", "LayerNormalization", "LpNormalization", "MeanVarianceNormalization"];

    /// <summary>Whether an input takes pictures of floating-point numbers, and the network does not scale them by itself.</summary>
    public static bool AreScaledElsewhere(Network network, TensorInfo input)
    {
        if (!input.Type.IsFloating() || input.Shape is not { Rank: > 2 })
            return false;
        var graph = new Graph();
        var inputs = network.Inputs.ToDictionary(i => i.Name, i => graph.Input(i.Name, i.Type, i.Shape!));
        network.Trace(graph, inputs);
        var seen = new HashSet<Value> { inputs[input.Name] };
        foreach (var node in graph.Nodes.Where(n => n.Inputs.Any(i => i is not null && seen.Contains(i))))
        {
            if (Normalizing.Contains(node.OperatorType)
                || node.OperatorType is "Add" or "Sub" or "Mul" or "Div" && node.Inputs.Any(i => i?.Constant is not null))
                return false;
            if (Moving.Contains(node.OperatorType))
                seen.UnionWith(node.Outputs);
        }
        return true;
    }
}
