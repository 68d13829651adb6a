using System.Text;
using Microsoft.ML.Introspection.Text.Normalizing;
using Microsoft.ML.Tokenizers;

namespace Microsoft.ML.Introspection.Text.Subwords;

/// <summary>
/// BERT's WordPiece: of each word the longest beginning that is known, then of the rest; a word with a rest that is not is unknown as a
/// whole. Microsoft.ML.Tokenizers finds the pieces; words, and where they come from, are found before.
/// </summary>
internal sealed class WordPieces : ISubwords
{
    private readonly WordPieceTokenizer _pieces;
    private readonly Subword _unknown;
    private readonly int _longest;

    /// <summary>Prepares a vocabulary.</summary>
    /// <param name="vocabulary">The vocabulary.</param>
    /// <param name="unknown">What an unknown word becomes.</param>
    /// <param name="prefix">What pieces begin with that do not begin a word.</param>
    /// <param name="longest">How many characters a word may have; a longer one is unknown.</param>
    /// <param name="source">The file, for messages.</param>
    /// <exception cref="InvalidDataException">The vocabulary has no token for the unknown.</exception>
    public WordPieces(Vocabulary vocabulary, string unknown, string prefix, int longest, string source)
    {
        var id = vocabulary.IdOf(unknown) ?? throw new InvalidDataException(
            $"'{source}' has no token '{unknown}' for words that are unknown. A vocabulary of WordPiece was expected: a token in "
                + "each line, [UNK] among them.");
        (_unknown, _longest) = (new Subword(id, unknown, default), longest);
        _pieces = WordPieceTokenizer.Create(Lines(vocabulary), new WordPieceOptions
        {
            UnknownToken = unknown,
            ContinuingSubwordPrefix = prefix,
            // Counted in halves of pairs there.
            MaxInputCharsPerWord = 2 * longest,
        });
    }

    /// <inheritdoc/>
    public void Cut(AlignedText piece, List<Subword> into)
    {
        if (piece.Count > _longest)
        {
            into.Add(_unknown with { Span = piece.SpanOf(0, piece.Count) });
            return;
        }
        var word = piece.ToString();
        var units = UnitPlaces.Of(piece, word);
        foreach (var token in _pieces.EncodeToTokens(word, out _, considerPreTokenization: false, considerNormalization: false))
            into.Add(new Subword(token.Id, token.Value,
                piece.SpanOf(units.PlaceOf(token.Offset.Start.Value), units.PlaceOf(token.Offset.End.Value))));
    }

    // The library reads the file's own form; a number without a token is an empty line.
    private static MemoryStream Lines(Vocabulary vocabulary)
    {
        var text = new StringBuilder();
        for (var id = 0; id < vocabulary.Size; id++)
        {
            var token = vocabulary.TokenOf(id);
            text.Append(vocabulary.IdOf(token) == id && !token.AsSpan().ContainsAny('\r', '\n') ? token : "").Append('\n');
        }
        return new MemoryStream(Encoding.UTF8.GetBytes(text.ToString()));
    }
}

/// <summary>Which code point of a piece each UTF-16 unit of its text belongs to.</summary>
internal readonly struct UnitPlaces
{
    private readonly int[]? _places;

    private UnitPlaces(int[]? places) => _places = places;

    /// <summary>Counts a piece.</summary>
    public static UnitPlaces Of(AlignedText piece, string text)
    {
        if (text.Length == piece.Count)
            return default;
        var (places, unit) = (new int[text.Length + 1], 0);
        for (var i = 0; i < piece.Count; i++)
            for (var half = piece[i] >= 0x10000 ? 2 : 1; half > 0; half--)
                places[unit++] = i;
        places[unit] = piece.Count;
        return new UnitPlaces(places);
    }

    /// <summary>The code point of a unit.</summary>
    public int PlaceOf(int unit) => _places?[unit] ?? unit;
}
