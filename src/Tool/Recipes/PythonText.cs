using System.Globalization;
using System.Text;

namespace Microsoft.ML.Introspection.Tool.Recipes;

/// <summary>Texts as Python writes them.</summary>
internal static class PythonText
{
    /// <summary>
    /// A literal that ends where it should, whatever the text holds: names come from files that nobody vouches for. Only plain letters,
    /// digits and marks stand as they are.
    /// </summary>
    public static string Literal(string text)
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
