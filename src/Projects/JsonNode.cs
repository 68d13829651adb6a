using System.Collections.Generic;
using System.Globalization;

namespace Microsoft.ML.Introspection.Projects;

/// <summary>What stands at a place of a JSON text; whatever is asked of it and not there is null, or nothing.</summary>
/// <remarks>Of our own, since an assembly that the compiler loads cannot bring a library for it along everywhere.</remarks>
internal sealed class JsonNode
{
    private static readonly JsonNode[] NoItems = [];

    private readonly object? _value;

    public JsonNode(object? value) => _value = value;

    /// <summary>The members of an object, in the order of the text; of equal names the last counts.</summary>
    public IReadOnlyList<KeyValuePair<string, JsonNode>> Members => _value as List<KeyValuePair<string, JsonNode>> ?? [];

    /// <summary>The items of an array.</summary>
    public IReadOnlyList<JsonNode> Items => _value as IReadOnlyList<JsonNode> ?? NoItems;

    public bool IsObject => _value is List<KeyValuePair<string, JsonNode>>;

    public bool IsArray => _value is IReadOnlyList<JsonNode>;

    /// <summary>A text; null for anything else.</summary>
    public string? Text => _value as string;

    /// <summary>A number; null for anything else.</summary>
    public double? Number => _value as double?;

    /// <summary>Whether it is true, or false; null for anything else.</summary>
    public bool? Truth => _value as bool?;

    /// <summary>A member of an object; null where there is none, or where it is null.</summary>
    public JsonNode? this[string name]
    {
        get
        {
            for (var i = Members.Count - 1; i >= 0; i--)
                if (Members[i].Key == name)
                    return Members[i].Value._value is null ? null : Members[i].Value;
            return null;
        }
    }

    /// <summary>A value as a text, whether it is one or a number or a truth value; null for anything else.</summary>
    public string? Plain => Text ?? Number?.ToString("R", CultureInfo.InvariantCulture)
        ?? (Truth is { } truth ? truth ? "true" : "false" : null);

    /// <summary>A text, or all texts of an array.</summary>
    public IEnumerable<string> Texts()
    {
        if (Text is { } one)
            yield return one;
        foreach (var item in Items)
            if (item.Text is { } text)
                yield return text;
    }
}
