using System.Text;
using Microsoft.ML.Introspection.Text.Normalizing;

namespace Microsoft.ML.Introspection.Text.Subwords;

/// <summary>
/// The bytes of a piece in UTF-8, each shown as a letter, as GPT-2 does: printable ones as themselves, the others from U+0100 on.
/// </summary>
internal sealed class ByteLetters
{
    private static readonly char[] Letters = MakeLetters();
    private readonly AlignedText _piece;
    private readonly List<int> _places;

    private ByteLetters(AlignedText piece, string text, List<int> places) => (_piece, Text, _places) = (piece, text, places);

    /// <summary>A letter for each byte.</summary>
    public string Text { get; }

    /// <summary>Writes a piece in bytes.</summary>
    public static ByteLetters Of(AlignedText piece)
    {
        var (text, places) = (new StringBuilder(piece.Count), new List<int>(piece.Count));
        Span<byte> bytes = stackalloc byte[4];
        for (var i = 0; i < piece.Count; i++)
        {
            var count = new Rune(piece[i]).EncodeToUtf8(bytes);
            foreach (var one in bytes[..count])
            {
                text.Append(Letters[one]);
                places.Add(i);
            }
        }
        return new ByteLetters(piece, text.ToString(), places);
    }

    /// <summary>Bytes as letters.</summary>
    public static string Of(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder(bytes.Length);
        foreach (var one in bytes)
            text.Append(Letters[one]);
        return text.ToString();
    }

    /// <summary>The stretch of the original that some bytes come from: all of the characters that they are parts of.</summary>
    public TextSpan SpanOf(int start, int end) => start >= end ? default : _piece.SpanOf(_places[start], _places[end - 1] + 1);

    private static char[] MakeLetters()
    {
        var (letters, others) = (new char[256], 0);
        for (var i = 0; i < 256; i++)
            letters[i] = i is >= '!' and <= '~' or >= 0xA1 and <= 0xAC or >= 0xAE ? (char)i : (char)(0x100 + others++);
        return letters;
    }
}
