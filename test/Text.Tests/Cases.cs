using System.Text.Json;

namespace Microsoft.ML.Introspection.Text.Tests;

/// <summary>The tokenizers under <c>test/data/text</c>, and what the libraries that they come from make of texts.</summary>
internal static class Cases
{
    /// <summary>The path of a file of a tokenizer.</summary>
    public static string File(string tokenizer, string name) => Path.Combine(AppContext.BaseDirectory, "data", "text", tokenizer, name);

    /// <summary>A tokenizer.</summary>
    public static TextTokenizer Load(string tokenizer, string name) => TextTokenizer.Load(File(tokenizer, name));

    /// <summary>What the reference says.</summary>
    public static JsonElement Of(string tokenizer)
    {
        using var document = JsonDocument.Parse(System.IO.File.ReadAllBytes(File(tokenizer, "cases.json")));
        return document.RootElement.Clone();
    }

    /// <summary>A list of whole numbers.</summary>
    public static int[] Numbers(this JsonElement list) => [.. list.EnumerateArray().Select(n => n.GetInt32())];

    /// <summary>A list of stretches.</summary>
    public static TextSpan[] Spans(this JsonElement list) => [.. list.EnumerateArray().Select(s => new TextSpan(s[0].GetInt32(), s[1].GetInt32()))];
}
