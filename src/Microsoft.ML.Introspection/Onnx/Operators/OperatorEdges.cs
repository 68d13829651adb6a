using Microsoft.ML.Introspection.Onnx.Proto;
using AttributeType = Microsoft.ML.Introspection.Onnx.Proto.AttributeProto.Types.AttributeType;

namespace Microsoft.ML.Introspection.Onnx;

/// <summary>
/// The edges of operators' definitions. Runtimes differ there, and a graph is to mean the same on all of them: <see cref="Relied"/> is what
/// graphs rely on, all of it said by the standard; <see cref="Avoided"/> finds what none of our nodes may rely on, for some runtime has it
/// otherwise.
/// </summary>
internal static class OperatorEdges
{
    // Numbers of attributes whose default is 0 already.
    private static readonly HashSet<(string Operator, string Attribute)> ZeroByDefault =
    [
        ("Attention", "softcap"), ("RandomNormal", "mean"), ("RandomNormalLike", "mean"), ("RandomUniform", "low"),
        ("RandomUniformLike", "low"), ("Resize", "extrapolation_value"), ("Shrink", "bias"),
    ];

    /// <summary>The edges that graphs rely on, and the operators that have them; every one is held by a test of the same name.</summary>
    public static IReadOnlyDictionary<string, string> Relied { get; } = new Dictionary<string, string>
    {
        ["a steep slope makes a step"] = "HardSigmoid",
        ["an absent bound bounds nothing"] = "Clip",
        ["what is not chosen does not count, NaN and infinities included"] = "Where",
        ["the first of equals wins"] = "ArgMax TopK MaxPool",
        ["a quotient by 0 is infinite or NaN, and no error"] = "Div",
        ["negative pads take away, and new elements are 0"] = "Pad",
        ["updates of one place add up"] = "ScatterElements ScatterND",
        ["an end beyond the axis is its end"] = "Slice",
        ["0 keeps an extent and -1 takes the rest"] = "Reshape",
        ["no element sums to 0"] = "ReduceSum",
        ["whole numbers divide towards 0 and wrap around"] = "Div Mul Mod",
        ["truth values become 0 and 1, fractions are cut off"] = "Cast",
        ["enlarging repeats elements"] = "Resize",
    };

    /// <summary>What a node relies on that not every runtime has alike; nothing for a node that means the same everywhere.</summary>
    public static IEnumerable<string> Avoided(NodeProto node)
    {
        foreach (var attribute in node.Attribute)
        {
            // Runtimes that read files by the older protocol take such a value for the operator's default.
            var (type, value) = (attribute.Type, attribute.F);
            if (type == AttributeType.Float && !attribute.HasF || type == AttributeType.Int && !attribute.HasI
                || type == AttributeType.String && !attribute.HasS)
                yield return $"'{attribute.Name}' has no value in the file";
            if (type == AttributeType.Float && value == 0 && !ZeroByDefault.Contains((node.OpType, attribute.Name)))
                yield return $"'{attribute.Name}' is 0.0, which OpenVINO takes for the operator's default";
            if (type == AttributeType.Float && value != 0 && !float.IsNormal(value))
                yield return $"'{attribute.Name}' is {value}, which a runtime may flush to 0 or refuse";
            if (attribute is { Name: "noop_with_empty_axes" or "select_last_index", I: not 0 } or { Name: "sorted", I: 0 })
                yield return $"'{attribute.Name}' is {attribute.I}, which some runtimes pass over";
        }
        if (node.Input.Count < 2 && (node.OpType == "Squeeze" || node.OpType.StartsWith("Reduce", StringComparison.Ordinal)))
            yield return "its axes are left out";
    }
}
