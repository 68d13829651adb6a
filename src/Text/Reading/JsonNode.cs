using System.Text.Json;

namespace Microsoft.ML.Introspection.Text.Reading;

/// <summary>A part of a JSON file that knows where it stands, for messages.</summary>
/// <param name="element">The part.</param>
/// <param name="file">The file.</param>
/// <param name="place">Where in it.</param>
internal sealed class JsonNode(JsonElement element, string file, string place)
{
    /// <summary>The part itself.</summary>
    public JsonElement Element => element;

    /// <summary>What the part is called that says its type.</summary>
    public string Type => this["type"].Text;

    /// <summary>A text.</summary>
    public string Text => element.ValueKind == JsonValueKind.String ? element.GetString()! : throw Unexpected("a text");

    /// <summary>A whole number.</summary>
    public int Int => element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out var number) ? number
        : throw Unexpected("a whole number");

    /// <summary>A number.</summary>
    public double Number => element.ValueKind == JsonValueKind.Number && element.TryGetDouble(out var number) && double.IsFinite(number)
        ? number : throw Unexpected("a number");

    /// <summary>The items of a list.</summary>
    public IEnumerable<JsonNode> Items => element.ValueKind == JsonValueKind.Array
        ? element.EnumerateArray().Select((item, i) => new JsonNode(item, file, $"{place}[{i}]"))
        : throw Unexpected("a list");

    /// <summary>The members of an object.</summary>
    public IEnumerable<(string Name, JsonNode Value)> Members => element.ValueKind == JsonValueKind.Object
        ? element.EnumerateObject().Select(m => (m.Name, new JsonNode(m.Value, file, $"{place}.{m.Name}")))
        : throw Unexpected("an object");

    /// <summary>A member that must be there.</summary>
    public JsonNode this[string name] => Optional(name) ?? throw new InvalidDataException(
        $"'{file}' has no {(place.Length == 0 ? "" : place.TrimStart('.') + ".")}{name}; a tokenizer.json of Hugging Face's tokenizers was "
            + "expected.");

    /// <summary>A member; null where it is missing or null.</summary>
    public JsonNode? Optional(string name) => element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var member)
        && member.ValueKind != JsonValueKind.Null ? new JsonNode(member, file, $"{place}.{name}") : null;

    /// <summary>A member that is true or false.</summary>
    public bool Flag(string name, bool otherwise = false) => Optional(name) is not { } member ? otherwise
        : member.Element.ValueKind is JsonValueKind.True or JsonValueKind.False ? member.Element.GetBoolean()
        : throw member.Unexpected("true or false");

    /// <summary>A type that is not known.</summary>
    public InvalidDataException Unknown(string what, string known) => new($"'{file}' has a {what} of the type '{Type}' at "
        + $"{place.TrimStart('.')}, which is not known; there are {known}.");

    /// <summary>Something that cannot be used.</summary>
    public InvalidDataException Unexpected(string expected)
    {
        var raw = element.GetRawText();
        return new InvalidDataException(
            $"'{file}' has {(raw.Length > 60 ? raw[..60] + "…" : raw)} at {place.TrimStart('.')}; {expected} was expected.");
    }
}
