using System.Globalization;
using System.Text;
using Microsoft.ML.Introspection.Text.Normalizing;

namespace Microsoft.ML.Introspection.Text.Subwords;

/// <summary>A piece of a SentencePiece model.</summary>
/// <param name="Text">The piece.</param>
/// <param name="Score">The logarithm of its probability, or its place among the merges.</param>
/// <param name="Kind">What it is.</param>
internal readonly record struct Piece(string Text, float Score, PieceKind Kind);

/// <summary>What a piece of a SentencePiece model is.</summary>
internal enum PieceKind
{
    /// <summary>One of the language's.</summary>
    Normal = 1,

    /// <summary>Stands for what is not in the vocabulary.</summary>
    Unknown = 2,

    /// <summary>Is never in a text.</summary>
    Control = 3,

    /// <summary>Given, and always found.</summary>
    Given = 4,

    /// <summary>Not in use.</summary>
    Unused = 5,

    /// <summary>One byte.</summary>
    Byte = 6,
}

/// <summary>
/// SentencePiece as it is: unigram or byte pairs, over the text as the model's own map writes it. Microsoft.ML.Tokenizers 2.0 reads such
/// models as well, but refuses those without a beginning of sentence (T5's) and counts in the written text.
/// </summary>
internal sealed class SentencePieces : ISubwords
{
    private readonly SentencePieceForm _form;
    private readonly IReadOnlyList<Piece> _pieces;
    private readonly Dictionary<string, int> _known = new(StringComparer.Ordinal);
    private readonly Unigram? _unigram;
    private readonly Joining? _joining;
    private readonly int _unknown;
    private readonly int[]? _bytes;

    /// <summary>Prepares a model.</summary>
    /// <param name="pieces">Its pieces, by number.</param>
    /// <param name="form">How texts are written.</param>
    /// <param name="byPairs">Whether it joins pairs.</param>
    /// <param name="byteFallback">Whether what is unknown becomes bytes.</param>
    /// <param name="source">The file, for messages.</param>
    /// <exception cref="InvalidDataException">A piece that is needed is missing.</exception>
    public SentencePieces(IReadOnlyList<Piece> pieces, SentencePieceForm form, bool byPairs, bool byteFallback, string source)
    {
        (_pieces, _form) = (pieces, form);
        for (var id = 0; id < pieces.Count; id++)
            if (pieces[id].Kind is PieceKind.Normal or PieceKind.Given)
                _known[pieces[id].Text] = id;
        _unknown = Index(p => p.Kind == PieceKind.Unknown)
            ?? throw new InvalidDataException($"'{source}' has no piece for what is unknown; a SentencePiece model has one.");
        if (byteFallback)
            _bytes = [.. Enumerable.Range(0, 256).Select(b => Index(p => p.Kind == PieceKind.Byte && p.Text == ByteName(b))
                ?? throw new InvalidDataException($"'{source}' falls back to bytes, but has no piece {ByteName(b)}."))];
        if (byPairs)
            _joining = new Joining((left, right) => _known.TryGetValue(left + right, out var id) ? -pieces[id].Score : null);
        else
        {
            var scores = pieces.Where(p => p.Kind == PieceKind.Normal).Select(p => p.Score).DefaultIfEmpty();
            var (least, most) = (scores.Min(), scores.Max());
            // What is given is worth more than whatever it could be cut into.
            _unigram = new Unigram(
                _known, (id, length) => pieces[id].Kind == PieceKind.Given ? length * most - 0.1 : pieces[id].Score, least, single: true);
        }
    }

    /// <summary>What the piece of a byte is called.</summary>
    public static string ByteName(int value) => string.Create(CultureInfo.InvariantCulture, $"<0x{value:X2}>");

    /// <inheritdoc/>
    public void Cut(AlignedText piece, List<Subword> into)
    {
        var (text, origins) = _form.Write(piece);
        var (start, unknownBefore) = (0, false);
        foreach (var (length, known) in _joining is null ? _unigram!.Cut(text) : Joined(text))
        {
            var (from, to, part) = (origins[start], origins[start + length], text.Substring(start, length));
            start += length;
            if (known is null && _bytes is not null)
                Bytes(part, from, to, into);
            else if (known is null && unknownBefore)
                into[^1] = into[^1] with { Text = into[^1].Text + part, Span = new TextSpan(into[^1].Span.Start, to) };
            else
                into.Add(new Subword(known ?? _unknown, part, new TextSpan(from, to)));
            unknownBefore = known is null && _bytes is null;
        }
    }

    private List<(int Length, int? Id)> Joined(string text)
    {
        var (symbols, frozen) = (new List<string>(), new HashSet<int>());
        for (var at = 0; at < text.Length; at += symbols[^1].Length)
            if (_form.Given?.Beginning(text.AsSpan(at)) is [.., var given])
            {
                frozen.Add(symbols.Count);
                symbols.Add(text.Substring(at, given.Length));
            }
            else
                symbols.Add(text.Substring(at, char.IsHighSurrogate(text[at]) && at + 1 < text.Length ? 2 : 1));
        var (joined, from, symbol) = (new List<(int, int?)>(), 0, 0);
        foreach (var count in _joining!.Join(symbols, frozen.Count > 0 ? frozen.Contains : null))
        {
            var length = symbols.Skip(symbol).Take(count).Sum(s => s.Length);
            symbol += count;
            joined.Add((length, _known.TryGetValue(text.Substring(from, length), out var id) ? id : null));
            from += length;
        }
        return joined;
    }

    // The last byte of a character stands for it, the others for nothing.
    private void Bytes(string part, int from, int to, List<Subword> into)
    {
        var bytes = Encoding.UTF8.GetBytes(part);
        for (var i = 0; i < bytes.Length; i++)
            into.Add(new Subword(_bytes![bytes[i]], ByteName(bytes[i]), new TextSpan(from, i == bytes.Length - 1 ? to : from)));
    }

    private int? Index(Func<Piece, bool> fits)
    {
        for (var id = 0; id < _pieces.Count; id++)
            if (fits(_pieces[id]))
                return id;
        return null;
    }
}
