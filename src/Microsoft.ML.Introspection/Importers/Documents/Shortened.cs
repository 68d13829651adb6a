using System.Text;

namespace Microsoft.ML.Introspection.Importers.Documents;

/// <summary>What an error quotes of a file: short, on one line, with quotation marks.</summary>
internal static class Shortened
{
    private const int Longest = 60;

    public static string Text(ReadOnlySpan<byte> utf8) =>
        Text(Encoding.UTF8.GetString(utf8[..Math.Min(utf8.Length, 4 * Longest)]), utf8.Length > 4 * Longest);

    public static string Text(string text) => Text(text, false);

    private static string Text(string text, bool cut)
    {
        var shown = new string([.. text.Take(Longest).Select(c => char.IsControl(c) ? ' ' : c)]);
        return cut || text.Length > Longest ? $"'{shown}…'" : $"'{shown}'";
    }
}
