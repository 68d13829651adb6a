using System.Text;
using System.Text.Json;
using Microsoft.ML.Introspection.Text.Normalizing;
using Microsoft.ML.Introspection.Text.Splitting;
using Microsoft.ML.Introspection.Text.Subwords;

namespace Microsoft.ML.Introspection.Text.Reading;

/// <summary><c>tokenizer.json</c> of Hugging Face's tokenizers: WordPiece, BPE, Unigram, and what stands before and behind.</summary>
internal static class JsonTokenizer
{
    private const int Deepest = 64;

    /// <summary>Parses a file.</summary>
    /// <exception cref="InvalidDataException">It is no JSON.</exception>
    public static JsonDocument Parse(string path)
    {
        try
        {
            return JsonDocument.Parse(TokenizerFile.Bytes(path), new JsonDocumentOptions { MaxDepth = Deepest });
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"'{path}' is no JSON: {e.Message}", e);
        }
    }

    /// <summary>Reads the file; null where it is none, but a mere vocabulary.</summary>
    public static TokenizerDefinition? Read(string path)
    {
        using var document = Parse(path);
        if (document.RootElement.ValueKind != JsonValueKind.Object || !document.RootElement.TryGetProperty("model", out var model)
            || model.ValueKind != JsonValueKind.Object)
            return null;
        try
        {
            return Read(new JsonNode(document.RootElement, path, ""), path);
        }
        catch (InvalidOperationException e)
        {
            throw new InvalidDataException($"'{path}' is no tokenizer.json: {e.Message}", e);
        }
    }

    private static TokenizerDefinition Read(JsonNode root, string path)
    {
        var steps = new JsonSteps();
        var normalizer = root.Optional("normalizer") is { } n ? steps.Normalizer(n) : null;
        var splitter = root.Optional("pre_tokenizer") is { } p ? steps.Splitter(p) : null;
        var (kind, vocabulary, subwords, unknown) = JsonModel.Read(root["model"], steps.IsByteLevel, path);
        var added = root.Optional("added_tokens")?.Items.Select(t => new AddedToken(t["id"].Int, t["content"].Text, t.Flag("single_word"),
            t.Flag("lstrip"), t.Flag("rstrip"), t.Flag("normalized"))).ToList() ?? [];
        foreach (var token in added)
        {
            if (token.Id is < 0 or >= Vocabulary.MostTokens)
                throw new InvalidDataException($"'{path}' numbers the added token '{Vocabulary.Shown(token.Content)}' {token.Id}.");
            vocabulary.Add(token.Content, token.Id);
        }
        var (template, trimming) = root.Optional("post_processor") is { } after ? JsonTemplate.Read(after, vocabulary)
            : (Template.Bare, SpanTrimming.None);
        return new TokenizerDefinition
        {
            Kind = kind,
            Vocabulary = vocabulary,
            Subwords = subwords,
            Added = new AddedTokens(added, normalizer),
            Normalizer = normalizer,
            Splitter = splitter,
            Template = template,
            Trimming = trimming,
            PaddingId = root.Optional("padding")?.Optional("pad_id")?.Int
                ?? vocabulary.AnyOf("[PAD]", "<pad>", "<|pad|>", "<|endoftext|>", "</s>") ?? 0,
            UnknownId = unknown,
        };
    }
}
