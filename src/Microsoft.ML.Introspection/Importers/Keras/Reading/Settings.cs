using System.Text.Json.Nodes;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Importers.Keras;

/// <summary>What a layer is configured with.</summary>
internal sealed class Settings
{
    private readonly JsonObject _json;
    private readonly string _owner;

    public Settings(JsonObject json, string owner) => (_json, _owner) = (json, owner);

    /// <summary>A setting; null where it is not there, or null.</summary>
    public JsonNode? this[string name] => Plain(_json.TryGetPropertyValue(name, out var value) ? value : null);

    public bool Has(string name) => this[name] is not null;

    /// <summary>A text; the default where it is not there.</summary>
    public string? Text(string name, string? otherwise = null) =>
        this[name] is not { } node ? otherwise : node is JsonValue value && value.TryGetValue<string>(out var text) ? text
            : throw Odd(name, "text");

    public bool Flag(string name, bool otherwise = false) =>
        this[name] is not { } node ? otherwise : node is JsonValue value && value.TryGetValue<bool>(out var flag) ? flag
            : Numbers(node, name) is [var number] ? number != 0 : throw Odd(name, "true or false");

    public double Number(string name, double otherwise) =>
        this[name] is not { } node ? otherwise : Numbers(node, name) is [var number] ? number : throw Odd(name, "a number");

    /// <summary>A number; null where it is not there.</summary>
    public double? Number(string name) => Has(name) ? Number(name, 0) : null;

    public long Whole(string name, long? otherwise = null)
    {
        if (this[name] is not { } node)
            return otherwise ?? throw Odd(name, "a whole number");
        return Numbers(node, name) is [var number] && number == Math.Floor(number) && Math.Abs(number) <= int.MaxValue ? (long)number
            : throw Odd(name, "a whole number");
    }

    /// <summary>A list of numbers; a single number is a list of one. Null where it is not there.</summary>
    public double[]? Numbers(string name) => this[name] is { } node ? Numbers(node, name) : null;

    /// <summary>A list of whole numbers; null where it is not there.</summary>
    public long[]? Wholes(string name) => Numbers(name) is not { } numbers ? null
        : Array.ConvertAll(numbers, n => n == Math.Floor(n) && Math.Abs(n) <= int.MaxValue ? (long)n : throw Odd(name, "whole numbers"));

    /// <summary>Positive whole numbers, one for each axis; a single one holds for all.</summary>
    public long[] Axes(string name, int count, long[]? otherwise = null)
    {
        var given = Wholes(name) ?? otherwise ?? throw Odd(name, "whole numbers");
        if (given.Any(g => g is < 1 or > 1 << 24))
            throw Odd(name, "positive whole numbers");
        return given.Length == count ? given : given.Length == 1 ? [.. Enumerable.Repeat(given[0], count)]
            : throw Odd(name, $"{count} whole numbers");
    }

    /// <summary>An object within; null where it is not there.</summary>
    public JsonObject? Object(string name) => this[name] as JsonObject;

    /// <summary>The error of a setting that is not what it should be.</summary>
    public InvalidModelException Odd(string name, string expected) => new(
        $"{_owner} has '{name}' = {Shown(_json.TryGetPropertyValue(name, out var value) ? value : null)}; {expected} was expected.");

    /// <summary>Numbers of NumPy that some versions wrap, unwrapped.</summary>
    public static JsonNode? Plain(JsonNode? node) => node is JsonObject wrapped && wrapped["class_name"] is JsonValue name
        && name.TryGetValue<string>(out var kind) && kind is "__numpy__" or "__tensor__" && wrapped["config"] is JsonObject config
            ? config["value"] : node;

    internal static string Shown(JsonNode? node) => node?.ToJsonString() is not { } text ? "null" : text.Length <= 60 ? text : text[..60]
        + "…";

    private double[] Numbers(JsonNode node, string name)
    {
        if (node is JsonArray list)
        {
            var result = new List<double>();
            foreach (var item in list)
                result.AddRange(Numbers(Plain(item) ?? throw Odd(name, "numbers"), name));
            return [.. result];
        }
        return node is JsonValue value && value.TryGetValue<double>(out var number) ? [number]
            : node is JsonValue flag && flag.TryGetValue<bool>(out var truth) ? [truth ? 1 : 0]
            : throw Odd(name, "numbers");
    }
}
