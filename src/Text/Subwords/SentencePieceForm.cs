using System.Text;
using Microsoft.ML.Introspection.Text.Normalizing;

namespace Microsoft.ML.Introspection.Text.Subwords;

/// <summary>How SentencePiece writes a text before it is cut.</summary>
/// <param name="Map">What is written otherwise; null for nothing.</param>
/// <param name="AddPrefix">Whether a text begins with a blank of its own.</param>
/// <param name="RemoveExtraSpaces">Whether blanks go at the ends, and all but one within.</param>
/// <param name="EscapeSpaces">Whether a blank is written as a mark.</param>
/// <param name="SpaceAsSuffix">Whether the blank of its own stands at the end.</param>
/// <param name="Given">Symbols that stay as they are; null for none.</param>
internal sealed record SentencePieceForm(
    CharacterMap? Map, bool AddPrefix, bool RemoveExtraSpaces, bool EscapeSpaces, bool SpaceAsSuffix, PieceIndex? Given)
{
    /// <summary>What stands for a blank.</summary>
    public const char Mark = '\u2581';

    /// <summary>Writes a text.</summary>
    /// <returns>
    /// The text as it is cut, and for each of its UTF-16 units, and for its end, the place in the original text.
    /// </returns>
    public (string Text, int[] Origins) Write(AlignedText text)
    {
        var (written, origins, place) = (new StringBuilder(text.Count + 1), new List<int>(text.Count + 2), 0);
        var rest = Given is null ? null : new Rest(text);
        var space = EscapeSpaces ? Mark : ' ';
        while (RemoveExtraSpaces && place < text.Count && Next(text, place, rest) is { By: " " } blank)
            place += blank.Count;
        if (place == text.Count)
            return ("", [Origin(text, place)]);
        if (AddPrefix && !SpaceAsSuffix)
            Append(space);

        var spaceBefore = RemoveExtraSpaces;
        while (place < text.Count)
        {
            var (by, count) = Next(text, place, rest);
            foreach (var unit in spaceBefore ? by.AsSpan().TrimStart(' ') : by)
                Append(unit == ' ' ? space : unit);
            if (by.Length > 0)
                spaceBefore = RemoveExtraSpaces && by[^1] == ' ';
            place += count;
        }
        // What ends before the blanks that go ends where the first of them stood.
        origins.Add(Origin(text, place));
        if (RemoveExtraSpaces)
            while (written.Length > 0 && written[^1] == space)
            {
                written.Length--;
                origins.RemoveAt(origins.Count - 1);
            }
        if (AddPrefix && SpaceAsSuffix)
        {
            written.Append(space);
            origins.Add(origins[^1]);
        }
        return (written.ToString(), [.. origins]);

        void Append(char unit)
        {
            written.Append(unit);
            origins.Add(Origin(text, place));
        }
    }

    private static int Origin(AlignedText text, int place) =>
        place < text.Count ? text.SpanOf(place).Start : text.Count > 0 ? text.SpanOf(text.Count - 1).End : 0;

    private (string By, int Count) Next(AlignedText text, int place, Rest? rest)
    {
        if (rest is not null && Given!.Beginning(rest.From(place)) is [.., var longest])
        {
            var given = rest.From(place)[..longest.Length].ToString();
            return (given, given.EnumerateRunes().Count());
        }
        if (Map is not null)
        {
            Span<byte> bytes = stackalloc byte[MostBytes];
            var (filled, end) = (0, place);
            while (end < text.Count && filled <= MostBytes - 4)
                filled += new Rune(text[end++]).EncodeToUtf8(bytes[filled..]);
            if (Map.Beginning(bytes[..filled], longest: true) is { } match)
                for (var (count, length) = (0, 0); length < match.Length && place + count < text.Count;)
                {
                    length += new Rune(text[place + count++]).Utf8SequenceLength;
                    // What a map knows of half a character is nothing.
                    if (length == match.Length)
                        return (match.By, count);
                }
        }
        return (char.ConvertFromUtf32(text[place]), 1);
    }

    // A text with the place of each of its code points.
    private sealed class Rest
    {
        private readonly string _text;
        private readonly int[] _units;

        public Rest(AlignedText text)
        {
            (_text, _units) = (text.ToString(), new int[text.Count + 1]);
            for (var i = 0; i < text.Count; i++)
                _units[i + 1] = _units[i] + (text[i] >= 0x10000 ? 2 : 1);
        }

        public ReadOnlySpan<char> From(int place) => _text.AsSpan(_units[place]);
    }

    // No map has longer sequences than this.
    private const int MostBytes = 128;
}
