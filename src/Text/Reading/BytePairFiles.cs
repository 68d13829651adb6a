using System.Text.Json;
using Microsoft.ML.Introspection.Text.Normalizing;
using Microsoft.ML.Introspection.Text.Splitting;
using Microsoft.ML.Introspection.Text.Subwords;

namespace Microsoft.ML.Introspection.Text.Reading;

/// <summary>
/// <c>vocab.json</c> and <c>merges.txt</c>: byte pairs as GPT-2, RoBERTa (told by its <c>&lt;s&gt;</c>) or CLIP (by <c>&lt;/w&gt;</c>).
/// </summary>
internal static class BytePairFiles
{
    private const string WordEnd = "</w>", EndOfText = "<|endoftext|>", StartOfText = "<|startoftext|>";

    /// <summary>Reads both files.</summary>
    public static TokenizerDefinition Read(string vocabularyPath, string mergesPath, TokenizerOptions options)
    {
        var vocabulary = ReadVocabulary(vocabularyPath);
        var merges = ReadMerges(mergesPath);
        var clip = vocabulary.Ids.Keys.Any(t => t.EndsWith(WordEnd, StringComparison.Ordinal));
        var (begin, end) = (vocabulary.AnyOf(clip ? StartOfText : "<s>"), vocabulary.AnyOf(clip ? EndOfText : "</s>"));
        var pattern = new Pattern(options.Pattern ?? (clip ? Splitters.Clip : Splitters.Gpt2));
        var unknown = vocabulary.AnyOf(clip ? EndOfText : "<unk>");
        string[] special = [StartOfText, EndOfText, "<s>", "</s>", "<pad>", "<unk>", "<mask>"];
        return new TokenizerDefinition
        {
            Kind = clip ? "byte-level BPE, CLIP's" : "byte-level BPE",
            Vocabulary = vocabulary,
            Subwords = new BytePairs(vocabulary, merges,
                new BytePairForm(Suffix: clip ? WordEnd : null, Unknown: unknown is { } id ? vocabulary.TokenOf(id) : null), mergesPath),
            Added = new AddedTokens(special.Where(t => vocabulary.IdOf(t) is not null)
                .Select(t => new AddedToken(vocabulary.IdOf(t)!.Value, t, TakesLeft: t == "<mask>"))),
            Normalizer = clip ? Clip : null,
            Splitter = Splitters.At(pattern, clip ? SplitBehavior.Removed : SplitBehavior.Isolated, inverted: clip),
            Template = begin is { } b && end is { } e ? Template.Roberta(b, e) : Template.Bare,
            PaddingId = vocabulary.AnyOf("<pad>", EndOfText, "</s>") ?? 0,
            UnknownId = unknown,
        };
    }

    /// <summary>
    /// Reads the three files of RoBERTa's first release, by which ML.NET's text classification cuts texts: tokens have the numbers of their
    /// ranks by how often they occur (<c>dict.txt</c>), a token stands in front of a text, and one between two of them.
    /// </summary>
    public static TokenizerDefinition ReadRanked(string vocabularyPath, string mergesPath, string ranksPath, TokenizerOptions options)
    {
        string[] first = ["<s>", "<pad>", "</s>", "<unk>"];
        var tokens = ReadVocabulary(vocabularyPath).Ids.ToDictionary(t => t.Value, t => t.Key);
        var ranked = TokenizerFile.Lines(ranksPath).Select((line, rank) => line.Split(' ') is [var name, var count]
            && count.TrimEnd('\r').All(char.IsAsciiDigit) ? KeyValuePair.Create(
                int.TryParse(name, out var id) && tokens.TryGetValue(id, out var token) ? token : $"<{name}>",
                first.Length + rank)
            : throw new InvalidDataException($"Line {rank + 1} of '{ranksPath}' is '{Vocabulary.Shown(line)}'; the number of a token "
                + "and how often it occurs were expected.")).ToList();
        var vocabulary = new Vocabulary(
            [.. first.Select((t, i) => KeyValuePair.Create(t, i)), .. ranked,
                KeyValuePair.Create("<mask>", first.Length + ranked.Count)], ranksPath);
        return new TokenizerDefinition
        {
            Kind = "byte-level BPE, by ranks",
            Vocabulary = vocabulary,
            Subwords = new Unranked(tokens.TryGetValue(0, out var zero) ? vocabulary.IdOf(zero) : null,
                new BytePairs(vocabulary, ReadMerges(mergesPath), new BytePairForm(Suffix: null, Unknown: first[3]), mergesPath)),
            Splitter = Splitters.At(new Pattern(options.Pattern ?? Splitters.Gpt2), SplitBehavior.Isolated, inverted: false),
            Template = Template.InFront(0, 2),
            PaddingId = 1,
            UnknownId = 3,
        };
    }

    // ML.NET leaves the token that had the number 0, the exclamation mark, at 0.
    private sealed class Unranked(int? ranked, ISubwords subwords) : ISubwords
    {
        public void Cut(AlignedText piece, List<Subword> into)
        {
            var before = into.Count;
            subwords.Cut(piece, into);
            for (var i = before; i < into.Count; i++)
                if (into[i].Id == ranked)
                    into[i] = into[i] with { Id = 0 };
        }
    }

    private static List<string> ReadMerges(string path)
    {
        var merges = TokenizerFile.Lines(path).Select(l => l.TrimEnd('\r')).Where(l => l.Length > 0 && !l.StartsWith("#version")).ToList();
        return merges.FindIndex(m => m.Count(c => c == ' ') != 1) is >= 0 and var odd
            ? throw new InvalidDataException($"Merge {odd + 1} of '{path}' is '{Vocabulary.Shown(merges[odd])}'; two tokens with a "
                + "blank between them were expected.") : merges;
    }

    private static readonly Pattern Space = new(@"\s+");

    private static void Clip(AlignedText text)
    {
        UnicodeForms.Apply(text, compose: true, compatible: false);
        text.Replace(Space.Matches(text), [' ']);
        Normalizers.Lower(text);
    }

    private static Vocabulary ReadVocabulary(string path)
    {
        using var document = JsonTokenizer.Parse(path);
        if (document.RootElement.ValueKind != JsonValueKind.Object)
            throw new InvalidDataException($"'{path}' holds {document.RootElement.ValueKind}; an object of tokens and their numbers was "
                + "expected.");
        return new Vocabulary(document.RootElement.EnumerateObject().Select(t => KeyValuePair.Create(t.Name,
            t.Value.ValueKind == JsonValueKind.Number && t.Value.TryGetInt32(out var id) ? id : throw new InvalidDataException(
                $"'{path}' gives the token '{Vocabulary.Shown(t.Name)}' {Vocabulary.Shown(t.Value.GetRawText())}; a number was expected. "
                    + "(A tokenizer.json has a \"model\", which this file has not.)"))), path);
    }
}
