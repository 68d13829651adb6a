using Microsoft.ML.Introspection.Text.Subwords;

namespace Microsoft.ML.Introspection.Text.Reading;

/// <summary>The model of a tokenizer.json: its vocabulary, and how pieces are cut by it.</summary>
internal static class JsonModel
{
    /// <summary>Reads the model.</summary>
    /// <param name="model">The part of the file.</param>
    /// <param name="isByteLevel">Whether bytes are cut rather than characters.</param>
    /// <param name="path">The file.</param>
    public static (string Kind, Vocabulary Vocabulary, ISubwords Subwords, int? Unknown) Read(JsonNode model, bool isByteLevel, string path)
    {
        // Files of old versions leave the type out.
        var type = model.Optional("type")?.Text ?? (model.Optional("merges") is not null ? "BPE"
            : model.Optional("continuing_subword_prefix") is not null ? "WordPiece" : "Unigram");
        return type switch
        {
            "WordPiece" => WordPiece(model, path),
            "BPE" => BytePairEncoding(model, isByteLevel, path),
            "Unigram" => Unigram(model, path),
            _ => throw model.Unknown("model", "WordPiece, BPE, Unigram"),
        };
    }

    private static (string, Vocabulary, ISubwords, int?) WordPiece(JsonNode model, string path)
    {
        var (vocabulary, unknown) = (Words(model, path), model.Optional("unk_token")?.Text ?? "[UNK]");
        var longest = model.Optional("max_input_chars_per_word")?.Int ?? WordPieceFile.LongestWord;
        return ("WordPiece", vocabulary, new WordPieces(vocabulary, unknown, model.Optional("continuing_subword_prefix")?.Text ?? "##",
            longest is >= 1 and <= 1 << 16 ? longest : throw model["max_input_chars_per_word"].Unexpected("a number from 1 to 65536"),
            path),
            vocabulary.IdOf(unknown));
    }

    private static (string, Vocabulary, ISubwords, int?) BytePairEncoding(JsonNode model, bool isByteLevel, string path)
    {
        var vocabulary = Words(model, path);
        var unknown = model.Optional("unk_token")?.Text;
        var form = new BytePairForm(NotEmpty(model, "end_of_word_suffix"), NotEmpty(model, "continuing_subword_prefix"),
            unknown is not null && vocabulary.IdOf(unknown) is not null ? unknown : null, model.Flag("ignore_merges"));
        var merges = model["merges"].Items.Select(Merge).ToList();
        if (isByteLevel)
            return ("byte-level BPE", vocabulary, new BytePairs(vocabulary, [.. merges.Select(m => $"{m.Item1} {m.Item2}")], form, path),
                Id(form.Unknown));
        if (form.Prefix is not null)
            throw model["continuing_subword_prefix"].Unexpected("nothing, or a pre_tokenizer ByteLevel");
        var ranks = new Dictionary<(string, string), int>();
        foreach (var merge in merges)
            ranks.TryAdd(merge, ranks.Count);
        return ("BPE", vocabulary, new CharacterPairs(vocabulary, ranks, form, model.Flag("byte_fallback"), model.Flag("fuse_unk")),
            Id(form.Unknown));

        int? Id(string? token) => token is null ? null : vocabulary.IdOf(token);
    }

    private static (string, Vocabulary, ISubwords, int?) Unigram(JsonNode model, string path)
    {
        var pieces = model["vocab"].Items.Take(Vocabulary.MostTokens + 1)
            .Select(entry => entry.Items.ToArray() is [var text, var score] ? (Text: text.Text, Score: score.Number)
                : throw entry.Unexpected("a piece and its score")).ToList();
        var vocabulary = new Vocabulary(pieces.Select((p, i) => KeyValuePair.Create(p.Text, i)), path);
        var unknown = model.Optional("unk_id")?.Int;
        if (unknown is { } id && (id < 0 || id >= pieces.Count))
            throw model["unk_id"].Unexpected($"a number below {pieces.Count}");
        return ("Unigram", vocabulary,
            new UnigramPieces(vocabulary, [.. pieces.Select(p => p.Score)], unknown, model.Flag("byte_fallback"), path), unknown);
    }

    private static Vocabulary Words(JsonNode model, string path) =>
        new(model["vocab"].Members.Select(t => KeyValuePair.Create(t.Name, t.Value.Int)), path);

    private static (string, string) Merge(JsonNode merge)
    {
        if (merge.Element.ValueKind == System.Text.Json.JsonValueKind.Array)
            return merge.Items.ToArray() is [var left, var right] ? (left.Text, right.Text) : throw merge.Unexpected("two tokens");
        return merge.Text.Split(' ') is [var first, var second] ? (first, second) : throw merge.Unexpected("two tokens and a blank");
    }

    private static string? NotEmpty(JsonNode model, string name) => model.Optional(name)?.Text is { Length: > 0 } text ? text : null;
}
