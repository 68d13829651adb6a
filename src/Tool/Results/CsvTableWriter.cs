using System.Globalization;
using System.Text;
using CsvHelper;
using CsvHelper.Configuration;

namespace Microsoft.ML.Introspection.Tool.Results;

/// <summary>CSV: UTF-8, lines end with a line feed, the names first.</summary>
internal sealed class CsvTableWriter : ITableWriter
{
    private readonly CsvWriter _csv;

    public CsvTableWriter(Stream stream, char delimiter, IEnumerable<string> names)
    {
        _csv = new CsvWriter(
            new StreamWriter(stream, new UTF8Encoding(false), 1 << 16, leaveOpen: true),
            new CsvConfiguration(CultureInfo.InvariantCulture) { NewLine = "\n", Delimiter = delimiter.ToString() });
        foreach (var name in names)
            Cell(name);
        EndRow();
    }

    public void Cell(string text) => _csv.WriteField(text);

    public void EndRow() => _csv.NextRecord();

    public void Complete() => _csv.Flush();
}
