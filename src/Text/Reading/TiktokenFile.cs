using System.Buffers;
using System.Globalization;
using System.Text;
using Microsoft.ML.Introspection.Text.Normalizing;
using Microsoft.ML.Introspection.Text.Splitting;
using Microsoft.ML.Introspection.Text.Subwords;

namespace Microsoft.ML.Introspection.Text.Reading;

/// <summary><c>.tiktoken</c>: in each line the bytes of a token in base64, a blank, its rank.</summary>
internal static class TiktokenFile
{
    // The patterns that OpenAI trained these vocabularies with.
    private const string Cl100k = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
        + @"|\s*[\r\n]+|\s+(?!\S)|\s+";

    private const string O200k =
        @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
        + @"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
        + @"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <summary>Reads the file.</summary>
    public static TokenizerDefinition Read(string path, TokenizerOptions options)
    {
        var lines = TokenizerFile.Lines(path).Select((line, i) => (Line: line.TrimEnd('\r'), Number: i + 1)).Where(l => l.Line.Length > 0)
            .ToList();
        var tokens = lines.Select(l => Token(l.Line, l.Number, path)).ToList();
        var vocabulary = new Vocabulary(tokens, path);
        for (var value = 0; value < 256; value++)
            if (vocabulary.IdOf(ByteLetters.Of([(byte)value])) is null)
                throw new InvalidDataException($"'{path}' has no token for the byte {value}; all 256 were expected.");
        if (vocabulary.Ids.Count != tokens.Count)
            throw new InvalidDataException($"'{path}' holds a token twice.");
        var name = Path.GetFileName(path);
        return new TokenizerDefinition
        {
            Kind = "tiktoken",
            Vocabulary = vocabulary,
            Subwords = new RankedBytes(new MemoryStream(Encoding.UTF8.GetBytes(string.Join('\n', lines.Select(l => l.Line)))), vocabulary),
            Splitter = Splitters.At(
                new Pattern(options.Pattern ?? (name.Contains("cl100k", StringComparison.OrdinalIgnoreCase) ? Cl100k
                    : name.Contains("o200k", StringComparison.OrdinalIgnoreCase) ? O200k : Splitters.Gpt2)),
                SplitBehavior.Isolated),
        };
    }

    private static KeyValuePair<string, int> Token(string line, int number, string path)
    {
        var blank = line.IndexOf(' ');
        if (blank > 0 && int.TryParse(line.AsSpan(blank + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var rank))
        {
            var buffer = new byte[blank];
            if (System.Buffers.Text.Base64.DecodeFromUtf8(Encoding.UTF8.GetBytes(line[..blank]), buffer, out _, out var written)
                == OperationStatus.Done && written > 0)
                return KeyValuePair.Create(ByteLetters.Of(buffer.AsSpan(0, written)), rank);
        }
        throw new InvalidDataException($"Line {number} of '{path}' is '{Vocabulary.Shown(line)}'; a token in base64, a blank and its rank "
            + "were expected.");
    }
}
