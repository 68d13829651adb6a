using Microsoft.ML.Introspection.Text.Normalizing;
using Microsoft.ML.Introspection.Text.Splitting;
using Microsoft.ML.Introspection.Text.Subwords;

namespace Microsoft.ML.Introspection.Text.Reading;

/// <summary>What a tokenizer.json does with a text before it looks into the vocabulary.</summary>
internal sealed class JsonSteps
{
    /// <summary>Whether bytes are cut rather than characters.</summary>
    public bool IsByteLevel { get; private set; }

    /// <summary>Reads how a text is written.</summary>
    public Normalizer Normalizer(JsonNode node) => node.Type switch
    {
        "Sequence" => Normalizers.Sequence([.. node["normalizers"].Items.Select(Normalizer)]),
        "BertNormalizer" => Normalizers.Bert(node.Flag("clean_text", true), node.Flag("handle_chinese_chars", true),
            node.Optional("strip_accents") is null ? null : node.Flag("strip_accents"), node.Flag("lowercase", true)),
        "Lowercase" => Normalizers.Lower,
        "StripAccents" => Normalizers.StripAccents,
        "Strip" => Normalizers.Strip(node.Flag("strip_left", true), node.Flag("strip_right", true)),
        "NFC" => text => UnicodeForms.Apply(text, compose: true, compatible: false),
        "NFD" => text => UnicodeForms.Apply(text, compose: false, compatible: false),
        "NFKC" => text => UnicodeForms.Apply(text, compose: true, compatible: true),
        "NFKD" => text => UnicodeForms.Apply(text, compose: false, compatible: true),
        "Replace" => Normalizers.Replace(PatternOf(node["pattern"]), node["content"].Text),
        "Prepend" => Normalizers.Prepend(node["prepend"].Text),
        "Precompiled" => Precompiled(node),
        _ => throw node.Unknown("normalizer", "Sequence, BertNormalizer, Lowercase, StripAccents, Strip, NFC, NFD, NFKC, NFKD, Replace, "
            + "Prepend, Precompiled"),
    };

    /// <summary>Reads how a text is cut into pieces.</summary>
    public Splitter Splitter(JsonNode node) => node.Type switch
    {
        "Sequence" => Splitters.Sequence([.. node["pretokenizers"].Items.Select(Splitter)]),
        "BertPreTokenizer" => Splitters.Bert,
        "Whitespace" => Splitters.At(new Pattern(Splitters.Words), SplitBehavior.Removed, inverted: true),
        "WhitespaceSplit" => Splitters.At(CodePoints.IsSpace, SplitBehavior.Removed),
        "Punctuation" => Splitters.At(CodePoints.IsBertPunctuation, Behavior(node, SplitBehavior.Isolated)),
        "Digits" => Splitters.At(CodePoints.IsNumber, node.Flag("individual_digits") ? SplitBehavior.Isolated : SplitBehavior.Contiguous),
        "CharDelimiterSplit" => Splitters.At(Pattern.Literal(node["delimiter"].Text), SplitBehavior.Removed),
        "Split" => Splitters.At(PatternOf(node["pattern"]), Behavior(node, SplitBehavior.Isolated), node.Flag("invert")),
        "Metaspace" => Metaspace(node),
        "ByteLevel" => ByteLevel(node),
        _ => throw node.Unknown("pre_tokenizer", "Sequence, BertPreTokenizer, Whitespace, WhitespaceSplit, Punctuation, Digits, "
            + "CharDelimiterSplit, Split, Metaspace, ByteLevel"),
    };

    private Splitter ByteLevel(JsonNode node)
    {
        IsByteLevel = true;
        var steps = new List<Splitter>();
        if (node.Flag("add_prefix_space", true))
            steps.Add(Splitters.PrefixSpace);
        if (node.Flag("use_regex", true))
            steps.Add(Splitters.At(new Pattern(Splitters.Gpt2), SplitBehavior.Isolated));
        return Splitters.Sequence(steps);
    }

    private static Splitter Metaspace(JsonNode node)
    {
        var mark = Normalizers.CodesOf(node["replacement"].Text) is [var only] ? only
            : throw node["replacement"].Unexpected("one character");
        var scheme = node.Optional("prepend_scheme")?.Text ?? (node.Flag("add_prefix_space", true) ? "always" : "never");
        return Splitters.Metaspace(mark, scheme switch
        {
            "always" => _ => true,
            "never" => _ => false,
            "first" => text => text.Count > 0 && text.SpanOf(0).Start == 0,
            _ => throw node["prepend_scheme"].Unexpected("always, never or first"),
        }, node.Flag("split", true));
    }

    private static Normalizer Precompiled(JsonNode node)
    {
        var bytes = new byte[node["precompiled_charsmap"].Text.Length];
        if (!Convert.TryFromBase64String(node["precompiled_charsmap"].Text, bytes, out var written))
            throw node["precompiled_charsmap"].Unexpected("base64");
        var map = CharacterMap.Read(bytes.AsSpan(0, written), "precompiled_charsmap");
        return text => map?.Apply(text);
    }

    private static SplitBehavior Behavior(JsonNode node, SplitBehavior otherwise) =>
        node.Optional("behavior") is not { } behavior ? otherwise : behavior.Text switch
        {
            "Removed" => SplitBehavior.Removed,
            "Isolated" => SplitBehavior.Isolated,
            "MergedWithPrevious" => SplitBehavior.MergedWithPrevious,
            "MergedWithNext" => SplitBehavior.MergedWithNext,
            "Contiguous" => SplitBehavior.Contiguous,
            _ => throw behavior.Unexpected("Removed, Isolated, MergedWithPrevious, MergedWithNext or Contiguous"),
        };

    private static Pattern PatternOf(JsonNode node) => node.Optional("Regex") is { } regex ? new Pattern(regex.Text)
        : Pattern.Literal(node["String"].Text);
}
