using System.Text.Json.Nodes;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Importers.Keras;

/// <summary>The functions that Keras knows by name, a line each.</summary>
internal static class Activations
{
    private static readonly Dictionary<string, Func<Value, int, Value>> Functions = new()
    {
        ["linear"] = (x, _) => x,
        ["relu"] = (x, _) => x.Relu(),
        ["relu6"] = (x, _) => x.Clip(0, 6),
        ["sigmoid"] = (x, _) => x.Sigmoid(),
        ["hard_sigmoid"] = (x, version) => version < 3 ? x.HardSigmoid(0.2f, 0.5f) : x.HardSigmoid(1 / 6f, 0.5f),
        ["tanh"] = (x, _) => x.Tanh(),
        ["hard_tanh"] = (x, _) => x.Clip(-1, 1),
        ["softmax"] = (x, _) => x.Softmax(-1),
        ["log_softmax"] = (x, _) => x.LogSoftmax(-1),
        ["softplus"] = (x, _) => Operators.Emit("Softplus", x),
        ["softsign"] = (x, _) => Operators.Emit("Softsign", x),
        ["elu"] = (x, _) => Operators.Emit("Elu", x),
        ["selu"] = (x, _) => Operators.Emit("Selu", x),
        ["celu"] = (x, _) => Operators.Emit("Celu", x),
        ["gelu"] = (x, _) => Operators.Emit("Gelu", x),
        ["swish"] = (x, _) => x * x.Sigmoid(),
        ["silu"] = (x, _) => x * x.Sigmoid(),
        ["hard_swish"] = (x, _) => Operators.Emit("HardSwish", x),
        ["hard_silu"] = (x, _) => Operators.Emit("HardSwish", x),
        ["exponential"] = (x, _) => x.Exp(),
        ["mish"] = (x, _) => Operators.Emit("Mish", x),
        ["leaky_relu"] = (x, _) => Leaky(x, 0.2),
        ["log_sigmoid"] = (x, _) => -Operators.Emit("Softplus", -x),
        ["squareplus"] = (x, _) => (x + (x * x + 4).Sqrt()) * 0.5,
        ["tanh_shrink"] = (x, _) => x - x.Tanh(),
        ["sparse_plus"] = (x, _) => x.Greater(-1).Where(x.Less(1).Where((x + 1) * (x + 1) * 0.25, x), x.Like(0)),
        ["sparse_sigmoid"] = (x, _) => (x * 0.5 + 0.5).Clip(0, 1),
        ["soft_shrink"] = (x, _) => x - x.Clip(-0.5, 0.5),
        ["hard_shrink"] = (x, _) => x.Abs().Greater(0.5).Where(x, x.Like(0)),
    };

    /// <summary>The function of a name; null where there is none.</summary>
    public static Func<Value, int, Value>? Find(string name) => Functions.GetValueOrDefault(name);

    public static Value Leaky(Value x, double slope) => Operators.Emit("LeakyRelu", Attributes.Of(("alpha", (float)slope)), x);

    /// <summary>The name of a function by its description; null where it is a layer, or none.</summary>
    public static string? NameOf(JsonNode? activation) => activation switch
    {
        null => "linear",
        JsonValue value when value.TryGetValue<string>(out var name) => name,
        // A function as Keras 3 describes it.
        JsonObject item when item["config"] is JsonValue value && value.TryGetValue<string>(out var name)
            && ArchitectureReader.Name(item, "class_name") == "function" => name,
        _ => null,
    };

    /// <summary>An activation by name, or as a layer that is described in the place of one.</summary>
    public static Value Apply(KerasLayer layer, Value x, JsonNode? activation)
    {
        if (NameOf(activation) is { } name)
            return Functions.TryGetValue(name, out var function) ? function(x, layer.KerasVersion)
                : throw layer.Refused($"has the activation '{name}', which is not known; it was defined in Python");
        return activation is JsonObject item
            ? layer.Translation.Within(layer, (JsonObject)item.DeepClone(), [new KerasTensor(x)], layer.Weights)[0].Value
            : throw layer.Refused($"has the activation {Settings.Shown(activation)}, which is not understood");
    }
}
