using System.Text.Json;
using System.Text.Json.Nodes;

namespace Microsoft.ML.Introspection.Fuzz;

/// <summary>Changes values, members and items of a description in JSON, so that it stays JSON.</summary>
internal static class JsonMutation
{
    private static readonly string[] Wild =
    [
        "0", "-1", "1", "2", "3", "7", "0.5", "-0.5", "1e30", "65536", "2147483647", "2147483648", "-2147483648", "9223372036854775807",
        "null", "true", "false", "\"\"", "[]", "{}", "[0]", "[-1]", "[1,1,1]", "[[1,2],[3,4]]", "\"same\"", "\"channels_first\"",
        "\"relu\"", "[null,null]",
        "[1073741824,1073741824]", "[null,1073741824,1073741824,3]",
    ];

    /// <summary>The description with other values; as it is where it is no JSON.</summary>
    public static byte[] Of(ReadOnlySpan<byte> content, Random random)
    {
        JsonNode? root;
        try
        {
            root = JsonNode.Parse(content, documentOptions: new() { MaxDepth = 256 });
        }
        catch (JsonException)
        {
            return content.ToArray();
        }
        for (var times = random.Next(1, 4); times > 0 && root is not null; times--)
        {
            var places = new List<JsonNode>();
            Collect(root, places);
            if (places.Count > 0)
                Change(places[random.Next(places.Count)], places, random);
        }
        return JsonSerializer.SerializeToUtf8Bytes(root, new JsonSerializerOptions { MaxDepth = 512 });
    }

    // What lies in an object or an array can be changed there; empty values that are null are no places.
    private static void Collect(JsonNode node, List<JsonNode> into)
    {
        foreach (var child in node switch
        {
            JsonObject members => members.Select(m => m.Value),
            JsonArray items => items,
            _ => [],
        })
        {
            if (child is null)
                continue;
            into.Add(child);
            Collect(child, into);
        }
    }

    private static void Change(JsonNode place, List<JsonNode> places, Random random)
    {
        JsonNode? other = random.Next(8) switch
        {
            0 => places[random.Next(places.Count)].DeepClone(),
            1 or 2 => JsonNode.Parse(Wild[random.Next(Wild.Length)]),
            // Of its own kind, from elsewhere: another name of a class, of a layer, another number.
            _ => places.Where(p => p.GetValueKind() == place.GetValueKind()).ElementAt(random.Next(
                places.Count(p => p.GetValueKind() == place.GetValueKind()))).DeepClone(),
        };
        switch (place.Parent)
        {
            case JsonObject owner when random.Next(6) == 0:
                owner.Remove(place.GetPropertyName());
                break;
            case JsonObject owner:
                owner[place.GetPropertyName()] = other;
                break;
            case JsonArray list when random.Next(4) == 0:
                list.RemoveAt(place.GetElementIndex());
                break;
            case JsonArray list when random.Next(3) == 0:
                list.Insert(random.Next(list.Count), place.DeepClone());
                break;
            case JsonArray list:
                list[place.GetElementIndex()] = other;
                break;
        }
    }
}
