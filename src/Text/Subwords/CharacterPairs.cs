using System.Text;
using Microsoft.ML.Introspection.Text.Normalizing;

namespace Microsoft.ML.Introspection.Text.Subwords;

/// <summary>
/// Byte pair encoding over characters, with bytes for what is unknown where the vocabulary has them, as a Llama in a tokenizer.json.
/// </summary>
/// <param name="vocabulary">The vocabulary.</param>
/// <param name="merges">Pairs, in the order in which they are joined.</param>
/// <param name="form">What ends a word, and what the unknown becomes.</param>
/// <param name="byteFallback">Whether what is unknown becomes bytes.</param>
/// <param name="fuseUnknown">Whether neighbours that are unknown become one token.</param>
internal sealed class CharacterPairs(
    Vocabulary vocabulary, IReadOnlyDictionary<(string, string), int> merges, BytePairForm form, bool byteFallback, bool fuseUnknown)
    : ISubwords
{
    private readonly Joining _joining = new((left, right) => merges.TryGetValue((left, right), out var rank) ? rank : null);
    private readonly int? _unknown = form.Unknown is null ? null : vocabulary.IdOf(form.Unknown);

    /// <inheritdoc/>
    public void Cut(AlignedText piece, List<Subword> into)
    {
        if (form.WholeFirst && vocabulary.IdOf(piece.ToString()) is { } whole)
        {
            into.Add(new Subword(whole, piece.ToString(), piece.SpanOf(0, piece.Count)));
            return;
        }
        var symbols = new List<(string Text, int Start, int End, bool IsUnknown)>();
        for (var i = 0; i < piece.Count; i++)
            Add(symbols, char.ConvertFromUtf32(piece[i]) + (i == piece.Count - 1 ? form.Suffix : ""), i);
        var at = 0;
        foreach (var count in _joining.Join([.. symbols.Select(s => s.Text)], i => symbols[i].IsUnknown))
        {
            var text = string.Concat(symbols.Skip(at).Take(count).Select(s => s.Text));
            if ((symbols[at].IsUnknown ? _unknown : vocabulary.IdOf(text)) is { } id)
                into.Add(new Subword(id, text, piece.SpanOf(symbols[at].Start, symbols[at + count - 1].End)));
            at += count;
        }
    }

    private void Add(List<(string Text, int Start, int End, bool IsUnknown)> symbols, string character, int place)
    {
        if (vocabulary.IdOf(character) is not null)
        {
            symbols.Add((character, place, place + 1, false));
            return;
        }
        string[] bytes = byteFallback ? [.. Encoding.UTF8.GetBytes(character).Select(b => SentencePieces.ByteName(b))] : [];
        if (bytes.Length > 0 && bytes.All(b => vocabulary.IdOf(b) is not null))
            symbols.AddRange(bytes.Select(b => (b, place, place + 1, false)));
        else if (_unknown is not null && fuseUnknown && symbols is [.., { IsUnknown: true }])
            symbols[^1] = symbols[^1] with { End = place + 1 };
        else if (_unknown is not null)
            symbols.Add((form.Unknown!, place, place + 1, true));
    }
}
