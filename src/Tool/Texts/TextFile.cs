using System.Text;
using Microsoft.ML.Introspection.Tool.Data;

namespace Microsoft.ML.Introspection.Tool.Texts;

/// <summary>A file of texts.</summary>
internal static class TextFile
{
    private const int MostTexts = 1 << 20;
    private const int LongestText = 1 << 20;

    /// <summary>Reads all texts: the lines of a <c>.txt</c> file, or columns of a table.</summary>
    /// <exception cref="InvalidDataException">There is none, a column is not there, or there is too much.</exception>
    public static IReadOnlyList<(string First, string? Second)> Read(string path, CsvOptions csv, string? column, string? second)
    {
        var texts = Path.GetExtension(path).Equals(".txt", StringComparison.OrdinalIgnoreCase) ? Lines(path, column ?? second)
            : Cells(path, csv, column, second);
        var all = new List<(string First, string? Second)>();
        foreach (var text in texts)
        {
            if (all.Count == MostTexts)
                throw new InvalidDataException($"'{path}' holds more than {MostTexts:N0} texts; explain it in parts.");
            if (text.First.Length > LongestText || text.Second?.Length > LongestText)
                throw new InvalidDataException($"Text {all.Count + 1} of '{path}' has more than {LongestText:N0} characters.");
            all.Add(text);
        }
        return all.Count > 0 ? all : throw new InvalidDataException($"'{path}' holds no text.");
    }

    private static IEnumerable<(string First, string? Second)> Lines(string path, string? column)
    {
        if (column is not null)
            throw new UsageException($"'{path}' has no columns; --text-column and --second-column are for tables.");
        foreach (var line in File.ReadLines(path, new UTF8Encoding(false)))
            if (line.Length > 0)
                yield return (line, null);
    }

    private static IEnumerable<(string First, string? Second)> Cells(string path, CsvOptions csv, string? column, string? second)
    {
        using var table = new CellTable(path, csv with { KeepsBlanks = true, HasHeader = csv.HasHeader ?? (column is null ? null : true) });
        var header = new CsvHeader(path, table.Header, table.Count);
        var first = column is not null ? header.Find(column, "--text-column") : table.Count == 1 ? 0
            : throw new UsageException($"'{path}' has {table.Count} columns, "
                + $"{string.Join(", ", Enumerable.Range(0, Math.Min(table.Count, 20)).Select(c => $"'{header.Name(c)}'"))}; say which "
                + "holds the texts: --text-column.");
        int? other = second is null ? null : header.Find(second, "--second-column");
        while (table.Advance(1) == 1)
        {
            var cells = table.Cells;
            yield return (cells[first], other is { } place ? cells[place] : null);
        }
    }
}
