using System.Text;
using Microsoft.ML.Introspection.Text.Normalizing;

namespace Microsoft.ML.Introspection.Text.Subwords;

/// <summary>A unigram model as a tokenizer.json holds it: pieces of text that have been written and cut before.</summary>
/// <param name="vocabulary">The vocabulary.</param>
/// <param name="scores">The logarithm of each piece's probability, by its number.</param>
/// <param name="unknown">What the unknown becomes; null where nothing may be.</param>
/// <param name="byteFallback">Whether it becomes bytes.</param>
/// <param name="source">The file, for messages.</param>
internal sealed class UnigramPieces(
    Vocabulary vocabulary, IReadOnlyList<double> scores, int? unknown, bool byteFallback, string source) : ISubwords
{
    private readonly Unigram _unigram = new(vocabulary.Ids, (id, _) => scores[id], scores.Min(), single: false);

    /// <inheritdoc/>
    public void Cut(AlignedText piece, List<Subword> into)
    {
        var text = piece.ToString();
        var units = UnitPlaces.Of(piece, text);
        var parts = new List<(int Start, int End, int? Id)>();
        var at = 0;
        foreach (var (length, id) in _unigram.Cut(text))
        {
            // What is unknown is so together.
            if (id is null && parts is [.., { Id: null }])
                parts[^1] = parts[^1] with { End = at + length };
            else
                parts.Add((at, at + length, id));
            at += length;
        }
        foreach (var (start, end, id) in parts)
            Add(text[start..end], piece.SpanOf(units.PlaceOf(start), units.PlaceOf(end)), id, into);
    }

    private void Add(string part, TextSpan span, int? id, List<Subword> into)
    {
        int?[] bytes = id is null && byteFallback
            ? [.. Encoding.UTF8.GetBytes(part).Select(b => vocabulary.IdOf(SentencePieces.ByteName(b)))] : [];
        if (bytes.Length > 0 && bytes.All(b => b is not null))
            into.AddRange(bytes.Select(b => new Subword(b!.Value, vocabulary.TokenOf(b.Value), span)));
        else
            into.Add(new Subword(id ?? unknown ?? throw new InvalidDataException(
                $"'{source}' has no token for '{Vocabulary.Shown(part)}', and none for what is unknown."), part, span));
    }
}
