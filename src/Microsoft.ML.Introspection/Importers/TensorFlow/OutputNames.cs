using Microsoft.ML.Introspection.Importers.TensorFlow.Proto;

namespace Microsoft.ML.Introspection.Importers.TensorFlow;

/// <summary>What operators call their outputs, for those that have several: bodies of functions name outputs, graphs count them.</summary>
internal static class OutputNames
{
    private static readonly Dictionary<string, string[]> s_names = new()
    {
        ["FusedBatchNorm"] = ["y", "batch_mean", "batch_variance", "reserve_space_1", "reserve_space_2"],
        ["FusedBatchNormV2"] = ["y", "batch_mean", "batch_variance", "reserve_space_1", "reserve_space_2"],
        ["FusedBatchNormV3"] = ["y", "batch_mean", "batch_variance", "reserve_space_1", "reserve_space_2", "reserve_space_3"],
        ["TopK"] = ["values", "indices"],
        ["TopKV2"] = ["values", "indices"],
        ["ListDiff"] = ["out", "idx"],
        ["Switch"] = ["output_false", "output_true"],
        ["Merge"] = ["output", "value_index"],
        ["TensorListPopBack"] = ["output_handle", "tensor"],
        ["Unique"] = ["y", "idx"],
        ["MaxPoolWithArgmax"] = ["output", "argmax"],
        ["BroadcastGradientArgs"] = ["r0", "r1"],
        ["TensorArrayV3"] = ["handle", "flow"],
    };

    /// <summary>Whether a node calls the function that its attribute names.</summary>
    public static bool IsCall(string op) => op is "PartitionedCall" or "StatefulPartitionedCall";

    /// <summary>Which of a node's outputs is the first that has a name.</summary>
    public static int First(NodeDef node, string output) =>
        s_names.TryGetValue(node.Op, out var names) && Array.IndexOf(names, output) is > 0 and var place ? place : 0;
}
