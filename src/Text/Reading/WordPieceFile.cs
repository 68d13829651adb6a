using Microsoft.ML.Introspection.Text.Normalizing;
using Microsoft.ML.Introspection.Text.Splitting;
using Microsoft.ML.Introspection.Text.Subwords;

namespace Microsoft.ML.Introspection.Text.Reading;

/// <summary><c>vocab.txt</c>: a token a line, whose number is the line's.</summary>
internal static class WordPieceFile
{
    /// <summary>How many characters of a word BERT looks at.</summary>
    public const int LongestWord = 100;

    private static readonly string[] Special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];

    /// <summary>Reads the file.</summary>
    public static TokenizerDefinition Read(string path, TokenizerOptions options)
    {
        var lines = TokenizerFile.Lines(path);
        var vocabulary = new Vocabulary(
            lines.Select((line, i) => KeyValuePair.Create(line.TrimEnd(), i)).Where(t => t.Key.Length > 0), path);
        var (begin, end) = (Needed("[CLS]"), Needed("[SEP]"));
        var lower = options.Lowercase ?? !lines.Any(line => !Special.Contains(line.TrimEnd()) && line.Any(char.IsUpper));
        return new TokenizerDefinition
        {
            Kind = lower ? "WordPiece, lower case" : "WordPiece",
            Vocabulary = vocabulary,
            Subwords = new WordPieces(vocabulary, "[UNK]", "##", LongestWord, path),
            Added = new AddedTokens(Special.Where(t => vocabulary.IdOf(t) is not null)
                .Select(t => new AddedToken(vocabulary.IdOf(t)!.Value, t))),
            Normalizer = Normalizers.Bert(clean: true, chinese: true, stripAccents: null, lower),
            Splitter = Splitters.Bert,
            Template = Template.Bert(begin, end),
            PaddingId = vocabulary.IdOf("[PAD]") ?? 0,
            UnknownId = vocabulary.IdOf("[UNK]"),
        };

        int Needed(string token) => vocabulary.IdOf(token) ?? throw new InvalidDataException(
            $"'{path}' has no token '{token}'. A vocabulary of BERT was expected: a token in each line, {string.Join(", ", Special)} among "
                + "them.");
    }
}
