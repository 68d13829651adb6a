using System.Globalization;
using System.Text;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>
/// Estimates how wide a text will be in a drawing (12.5 pixels, no serifs), since only the browser knows its fonts.
/// Errs on the wide side.
/// </summary>
internal static class TextWidth
{
    private const double Narrow = 4.5;
    private const double Normal = 7.9;
    private const double Capital = 9.2;
    private const double Wide = 12.4;
    private const double FullWidth = 13.5;
    private const double BoldShare = 1.12;

    /// <summary>About how many pixels the text takes.</summary>
    public static double Of(string text) => text.EnumerateRunes().Sum(Of);

    /// <summary>About how many pixels the text takes in bold.</summary>
    public static double OfBold(string text) => BoldShare * Of(text);

    /// <summary>The text, cut off with an ellipsis where it would exceed a width; never in the middle of a character.</summary>
    public static string Shorten(string text, double width)
    {
        var kept = new StringBuilder();
        var used = 0.0;
        for (var elements = StringInfo.GetTextElementEnumerator(text); elements.MoveNext();)
        {
            var element = elements.GetTextElement();
            used += Of(element);
            if (used > width)
                return kept.Append('…').ToString();
            kept.Append(element);
        }

        return text;
    }

    /// <summary>
    /// The text, its middle replaced by an ellipsis where it would exceed a width: names that begin alike, as those of a table's columns
    /// do, can still be told apart.
    /// </summary>
    public static string ShortenInside(string text, double width)
    {
        if (Of(text) <= width)
            return text;
        var room = width - Of("…");
        var elements = StringInfo.ParseCombiningCharacters(text).Length;
        var head = Shorten(text, 0.6 * room).TrimEnd('…');
        var tail = "";
        var info = new StringInfo(text);
        for (var i = elements - 1; i >= 0; i--)
        {
            var longer = info.SubstringByTextElements(i, 1) + tail;
            if (Of(head) + Of(longer) > room)
                break;
            tail = longer;
        }

        return $"{head.TrimEnd()}…{tail.TrimStart()}";
    }

    /// <summary>The text in lines no wider than a width, broken where words, or parts of a column's name, end.</summary>
    /// <param name="text">The text.</param>
    /// <param name="width">Of a line.</param>
    /// <param name="mostLines">What needs more loses its middle.</param>
    public static IReadOnlyList<string> Wrap(string text, double width, int mostLines)
    {
        if (Of(text) <= width)
            return [text];
        if (Of(text) > 0.9 * mostLines * width)
            text = ShortenInside(text, 0.8 * mostLines * width);
        var lines = new List<string>();
        var line = new StringBuilder();
        var (used, breaksAt) = (0.0, 0);
        for (var elements = StringInfo.GetTextElementEnumerator(text); elements.MoveNext();)
        {
            var element = elements.GetTextElement();
            if (used + Of(element) > width && line.Length > 0)
            {
                // Where nothing ends in the second half of the line, it breaks anywhere.
                var at = breaksAt > line.Length / 2 ? breaksAt : line.Length;
                lines.Add(line.ToString(0, at).TrimEnd());
                line.Remove(0, at);
                (used, breaksAt) = (Of(line.ToString()), 0);
            }

            line.Append(element);
            used += Of(element);
            if (element is " " or "_" or "." or "-" or "/" or ":" or "=" or "," or "|" or "…")
                breaksAt = line.Length;
        }

        lines.Add(line.ToString());
        return lines;
    }

    private static double Of(Rune rune) => rune.Value switch
    {
        'i' or 'j' or 'l' or 't' or 'f' or 'I' or '.' or ',' or ':' or ';' or '\'' or '|' or '!' or ' ' or '(' or ')' => Narrow,
        'm' or 'w' or 'M' or 'W' or '@' or '%' or '−' or '+' or '=' or '<' or '>' or '~' or '…' => Wide,
        >= 'A' and <= 'Z' => Capital,
        < 0x2E80 => Normal,
        _ => FullWidth,
    };
}
