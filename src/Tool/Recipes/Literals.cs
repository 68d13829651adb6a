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
}
