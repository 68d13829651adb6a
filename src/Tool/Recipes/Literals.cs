using System.Globalization;
using System.Text;

namespace Microsoft.ML.Introspection.Tool.Recipes;

/// <summary>
/// Texts as languages write them: literals that end where they should, whatever the text holds. Names come from files that nobody
/// vouches for.
/// </summary>
internal static class Literals
{
    /// <summary>A literal of Python and of C#. Only plain letters, digits and marks stand as they are.</summary>
    public static string Escaped(string text)
    {
        var literal = new StringBuilder("\"");
        foreach (var rune in text.EnumerateRunes())
            if (rune.Value is >= ' ' and <= '~' and not ('"' or '\\'))
                literal.Append((char)rune.Value);
            else
                literal.Append(CultureInfo.InvariantCulture, $"\\U{rune.Value:x8}");
        return literal.Append('"').ToString();
    }

    /// <summary>
    /// A literal of Java, whose escapes of four digits are read before the literal is: quotation marks and ends of lines are escaped in
    /// octal, which is not.
    /// </summary>
    public static string OfJava(string text)
    {
        var literal = new StringBuilder("\"");
        foreach (var unit in text)
            if (unit is >= ' ' and <= '~' and not ('"' or '\\'))
                literal.Append(unit);
            else if (unit <= 0xff)
                literal.Append('\\').Append(Convert.ToString(unit, 8).PadLeft(3, '0'));
            else
                literal.Append(CultureInfo.InvariantCulture, $"\\u{(int)unit:x4}");
        return literal.Append('"').ToString();
    }
}
