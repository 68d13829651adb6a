using System.Text.Json.Nodes;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Importers.Keras;

/// <summary>A function of TensorFlow or of <c>keras.ops</c> that was called while a model was put together, with its arguments.</summary>
internal sealed class OperationCall
{
    private readonly KerasLayer _layer;
    private readonly List<(IReadOnlyList<Value> Values, bool IsList, JsonNode? Constant)> _arguments = [];

    public OperationCall(KerasLayer layer)
    {
        _layer = layer;
        var at = 0;
        foreach (var argument in layer.Call.Arguments)
        {
            var count = argument.Tensors.Count();
            _arguments.Add(([.. layer.Inputs.Skip(at).Take(count)], argument.List is not null, argument.Constant));
            at += count;
        }
        // A node of a graph: constants have a place of their own between the tensors.
        if (layer.Config.Object("constants") is { } constants)
        {
            var flat = layer.Inputs.Select(v => ((IReadOnlyList<Value>)[v], false, (JsonNode?)null)).ToList();
            _arguments = [.. flat];
            foreach (var (place, value) in constants.OrderBy(c => int.TryParse(c.Key, out var i) ? i : 0))
                _arguments.Insert(Math.Min(int.TryParse(place, out var i) ? i : 0, _arguments.Count), ([], false, value));
        }
    }

    public KerasLayer Layer => _layer;

    /// <summary>The first tensor: what constants take their type from.</summary>
    public Value First => Tensors.FirstOrDefault() ?? throw _layer.Refused("has no tensor among its arguments");

    /// <summary>The first argument, a tensor.</summary>
    public Value X => Operand(0, "x", "input", "inputs", "a", "logits", "tensor", "features", "input_tensor", "value", "x1")
        ?? throw _layer.Refused("has no first argument");

    private IEnumerable<Value> Tensors => _arguments.SelectMany(a =>
        a.Values).Concat(_layer.Keywords.Values.SelectMany(k => k.Select(t => t.Value)));

    /// <summary>An argument by place or by name, constants among them; null where it is not given.</summary>
    public Value? Operand(int place, params string[] names)
    {
        if (place < _arguments.Count)
            return _arguments[place] is { Values: [var value, ..], IsList: false } ? value : Number(_arguments[place].Constant);
        foreach (var name in names)
            if (_layer.Keywords.TryGetValue(name, out var tensors))
                return tensors[0].Value;
        foreach (var name in names)
            if (Constant(name) is { } constant)
                return Number(constant);
        return null;
    }

    public Value Second => Operand(1, "y", "b", "x2", "exponent") ?? throw _layer.Refused("has no second argument");

    /// <summary>All tensors of a list, or all arguments.</summary>
    public Value[] List(params string[] names)
    {
        if (_arguments.Count > 0 && _arguments[0].IsList)
            return [.. _arguments[0].Values];
        var named = names.FirstOrDefault(n => _layer.Keywords.ContainsKey(n));
        return named is not null ? [.. _layer.Keywords[named].Select(t => t.Value)] : [.. _arguments.SelectMany(a => a.Values)];
    }

    /// <summary>A constant argument, by place, or by name among arguments and settings; null where it is not given.</summary>
    public JsonNode? Constant(int place, params string[] names)
    {
        if (place < _arguments.Count && _arguments[place].Values.Count == 0)
            return Settings.Plain(_arguments[place].Constant);
        return names.Select(Constant).FirstOrDefault(c => c is not null);
    }

    private JsonNode? Constant(string name) => Settings.Plain(_layer.Call.Keywords.TryGetValue(name, out var given) ? given.Constant
        : _layer.Config[name] ?? ((_layer.Config.Object("node_def")?["attr"] as JsonObject)?[name] as JsonObject)?.First().Value);

    /// <summary>Whole numbers by place or name; null where they are not given.</summary>
    public long[]? Wholes(int place, params string[] names) => Constant(place, names) is not { } node ? null
        : new Settings(new JsonObject { [names[0]] = node.DeepClone() }, $"The layer '{_layer.Path}'").Wholes(names[0]);

    public bool Flag(int place, params string[] names) => Constant(place, names) is JsonValue value
        && value.TryGetValue<bool>(out var flag) && flag;

    public double? Double(int place, params string[] names) =>
        Constant(place, names) is JsonValue value && value.TryGetValue<double>(out var number) ? number : null;

    private Value? Number(JsonNode? node)
    {
        if (Settings.Plain(node) is not { } plain)
            return null;
        var numbers = new Settings(new JsonObject { ["value"] = plain.DeepClone() }, $"The layer '{_layer.Path}'").Numbers("value")!;
        var (shape, inner) = (new List<long>(), plain);
        while (inner is JsonArray { Count: > 0 } list)
        {
            shape.Add(list.Count);
            inner = Settings.Plain(list[0]);
        }
        return _layer.Graph.Constant(Tensor.FromDoubles(First.Type, numbers, [.. shape]));
    }
}
