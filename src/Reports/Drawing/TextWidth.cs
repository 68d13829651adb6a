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

    private static double Of(Rune rune) => rune.Value switch
    {
        'i' or 'j' or 'l' or 't' or 'f' or 'I' or '.' or ',' or ':' or ';' or '\'' or '|' or '!' or ' ' or '(' or ')' => Narrow,
        'm' or 'w' or 'M' or 'W' or '@' or '%' or '−' or '+' => Wide,
        >= 'A' and <= 'Z' => Capital,
        < 0x2E80 => Normal,
        _ => FullWidth,
    };
}
