using System.Text.Json.Nodes;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Importers.Keras;

/// <summary>Reads what <c>model.to_json()</c> writes, and what model files hold of it, of Keras 1, 2 and 3.</summary>
internal static class ArchitectureReader
{
    private const int Deepest = 32, MostLayers = 1 << 13;

    private static readonly HashSet<string> Models = ["Model", "Functional", "Sequential"];

    /// <summary>Whether some object describes a model, not a layer.</summary>
    public static bool IsModel(JsonObject item) => Name(item, "class_name") is { } kind && Models.Contains(kind)
        && (item["config"] is JsonArray || item["config"] is JsonObject config && config["layers"] is JsonArray);

    public static ModelDefinition Read(JsonObject model, int version, int depth = 0)
    {
        if (depth > Deepest)
            throw new InvalidModelException($"Models stand in each other more than {Deepest} deep.");
        if (!IsModel(model))
            throw new InvalidModelException(
                $"The model is of the class '{Name(model, "class_name")}', which is written in Python and has no "
                + "list of layers in the file. Sequential and functional models are read; rebuild it as one of these, or export "
                + "it by tf2onnx.");
        var settings = model["config"] as JsonObject;
        var items = (settings?["layers"] ?? model["config"]) as JsonArray;
        if (items!.Count > MostLayers)
            throw new InvalidModelException($"It has {items.Count:N0} layers; at most {MostLayers:N0} are read.");
        var name = settings is null ? "sequential" : Name(settings, "name") ?? "model";
        var layers = items.Select(i => i as JsonObject ?? throw new InvalidModelException("A layer is no JSON object.")).ToList();
        return Name(model, "class_name") == "Sequential" ? Sequential(name, settings, layers, version, depth)
            : Functional(name, settings ?? throw new InvalidModelException($"The model is of the class '{Name(model, "class_name")}', and "
                + "where its configuration should be there is a list."), layers, version, depth);
    }

    private static ModelDefinition Functional(string name, JsonObject settings, List<JsonObject> items, int version, int depth)
    {
        var names = items.Select(LayerName).ToHashSet();
        var referred = new Dictionary<string, HashSet<int>>();
        var calls = items.Select(item => (item["inbound_nodes"] as JsonArray ?? []).Select(n => CallOf(n, names)).ToList()).ToList();
        var inputs = References(settings["input_layers"], names);
        var outputs = References(settings["output_layers"], names);
        foreach (var reference in calls.SelectMany(c => c).SelectMany(c => c.Needed).Concat(outputs))
            (referred.TryGetValue(reference.Layer, out var nodes) ? nodes : referred[reference.Layer] = []).Add(reference.Node);
        var layers = new List<LayerDefinition>();
        foreach (var (item, uses) in items.Zip(calls))
        {
            // A model used within another has a use of its own, number 0, in Keras before 3.
            var first = version < 3 && IsModel(item) && !(referred.GetValueOrDefault(LayerName(item))?.Contains(0) ?? false) ? 1 : 0;
            layers.Add(Layer(item, uses, first, version, depth));
        }
        if (layers.GroupBy(l => l.Name).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new InvalidModelException($"Two layers are named '{twice.Key}'.");
        if (inputs.Count == 0 || outputs.Count == 0)
            throw new InvalidModelException($"The model '{name}' has no inputs or no outputs.");
        return new ModelDefinition(name, layers, inputs, outputs);
    }

    private static ModelDefinition Sequential(string name, JsonObject? settings, List<JsonObject> items, int version, int depth)
    {
        if (items.Count == 0)
            throw new InvalidModelException($"The model '{name}' has no layers.");
        var layers = new List<LayerDefinition>();
        if (Name(items[0], "class_name") != "InputLayer")
        {
            var first = items[0]["config"] as JsonObject;
            var inner = IsModel(items[0]) ? Input(items[0]) : null;
            var shape = first?["batch_input_shape"] ?? first?["batch_shape"] ?? inner?["batch_input_shape"] ?? inner?["batch_shape"]
                ?? settings?["build_input_shape"] ?? (items[0]["build_config"] as JsonObject)?["input_shape"];
            layers.Add(new LayerDefinition(LayerName(items[0]) + "_input", "InputLayer",
                new Settings(new JsonObject
                {
                    ["batch_shape"] = shape?.DeepClone(),
                    ["dtype"] = (first?["input_dtype"] ?? (Name(items[0], "class_name") == "Embedding" ? "int32" : null))?.DeepClone(),
                }, "The input"),
                [], 0, null, false));
        }
        foreach (var item in items)
        {
            List<Call> calls = layers.Count == 0 ? []
                : [new Call([new Argument(new TensorReference(layers[^1].Name, 0, 0), null, null)], new Dictionary<string, Argument>())];
            layers.Add(Layer(item, calls, 0, version, depth));
        }
        if (layers.GroupBy(l => l.Name).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new InvalidModelException($"Two layers are named '{twice.Key}'.");
        return new ModelDefinition(name, layers, [new TensorReference(layers[0].Name, 0, 0)], [new TensorReference(layers[^1].Name, 0, 0)]);
    }

    private static JsonObject? Input(JsonObject model) =>
        ((model["config"] as JsonObject)?["layers"] ?? model["config"]) is JsonArray { Count: > 0 } layers
            ? (layers[0] as JsonObject)?["config"] as JsonObject : null;

    private static LayerDefinition Layer(JsonObject item, IReadOnlyList<Call> calls, int first, int version, int depth)
    {
        var (kind, name) = (Name(item, "class_name") ?? throw new InvalidModelException("A layer has no class."), LayerName(item));
        if (IsModel(item))
            return new(name, kind, new Settings([], name), calls, first, Read(item, version, depth + 1), false);
        var config = item["config"] as JsonObject
            ?? throw new InvalidModelException($"The layer '{name}' of the class '{kind}' has no configuration.");
        // A class of the user's is registered as package>Class.
        if (Name(item, "registered_name") is { } registered && registered.Contains('>'))
            kind = registered;
        if (version == 1)
            (kind, config) = FirstVersion.Upgrade(kind, config);
        return new(name, kind, new Settings(config, $"The layer '{name}' of the class '{kind}'"), calls, first, null,
            Name(item, "module") is { } module && module.Contains(".ops"));
    }

    private static string LayerName(JsonObject item) => Name(item, "name") ?? (item["config"] is JsonObject config ? Name(config, "name")
        : null)
        ?? throw new InvalidModelException($"A layer of the class '{Name(item, "class_name")}' has no name.");

    internal static string? Name(JsonObject item, string key) =>
        item.TryGetPropertyValue(key, out var node) && node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    private static Call CallOf(JsonNode? node, HashSet<string> names)
    {
        if (node is JsonObject { } call && call.ContainsKey("args"))
            return new Call([.. (call["args"] as JsonArray ?? []).Select(a => Value(a, names))],
                Keywords(call["kwargs"] as JsonObject, names));
        if (node is not JsonArray list)
            throw new InvalidModelException($"How a layer is used is not understood: {Settings.Shown(node)}.");
        // One tensor, or a list of them; words stand behind the first.
        var isOne = list.Count > 0 && list[0] is JsonValue;
        List<JsonArray> entries = isOne ? [list]
            : [.. list.Select(e => e as JsonArray ?? throw new InvalidModelException($"An input is not understood: {Settings.Shown(e)}."))];
        var arguments = entries.Select(e => Entry(e, names)).ToList();
        var words = entries.Select(e => e.Count > 3 ? e[3] as JsonObject : null).FirstOrDefault(w => w is { Count: > 0 });
        return new Call(isOne || arguments.Count == 1 ? arguments : [new Argument(null, arguments, null)], Keywords(words, names));
    }

    private static Argument Entry(JsonArray entry, HashSet<string> names) =>
        entry.Count > 2 && entry[0] is JsonValue first && first.TryGetValue<string>(out var text) && text == "_CONSTANT_VALUE"
            ? new Argument(null, null, entry[2])
            : Reference(entry, names) is { } tensor ? new Argument(tensor, null, null)
            : Value(entry, names) is { List: not null } nested && nested.Tensors.Any() ? nested
            : throw new InvalidModelException($"An input is not understood: {Settings.Shown(entry)}.");

    private static Dictionary<string, Argument> Keywords(JsonObject? words, HashSet<string> names) =>
        words?.ToDictionary(w => w.Key, w => Value(w.Value, names)) ?? [];

    private static Argument Value(JsonNode? node, HashSet<string> names) => node switch
    {
        JsonArray list when Reference(list, names) is { } tensor => new(tensor, null, null),
        JsonArray list when list.Select(i => Value(i, names)).ToList() is var items && items.Exists(i => i.Tensors.Any()) =>
            new(null, items, null),
        JsonObject item when Name(item, "class_name") == "__keras_tensor__" =>
            Reference((item["config"] as JsonObject)?["keras_history"] as JsonArray,
            names) is { } tensor ? new(tensor, null, null) : throw new InvalidModelException("A tensor has no history of layers."),
        _ => new(null, null, node),
    };

    private static TensorReference? Reference(JsonArray? list, HashSet<string> names) =>
        list is { Count: 3 or 4 } && list[0] is JsonValue first && first.TryGetValue<string>(out var name) && names.Contains(name)
        && list[1] is JsonValue second && second.TryGetValue<int>(out var node) && list[2] is JsonValue third
        && third.TryGetValue<int>(out var index) ? new TensorReference(name, node, index) : null;

    private static List<TensorReference> References(JsonNode? node, HashSet<string> names)
    {
        if (node is JsonArray list)
            return Reference(list, names) is { } one ? [one] : [.. list.SelectMany(i => References(i, names))];
        return node is JsonObject dictionary ? [.. dictionary.SelectMany(d => References(d.Value, names))] : [];
    }
}
