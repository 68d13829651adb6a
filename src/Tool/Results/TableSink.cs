using System.Globalization;
using System.Text;
using CsvHelper;
using CsvHelper.Configuration;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Jobs;

namespace Microsoft.ML.Introspection.Tool.Results;

/// <summary>Columns of a table of results that stand side by side.</summary>
/// <param name="Names">Their names.</param>
/// <param name="Write">Writes the cells of a row of the block, and of a line of that row.</param>
internal sealed record TableColumns(IReadOnlyList<string> Names, Action<int, int, Action<string>> Write)
{
    /// <summary>The numbers of a result: as many in each line of a row as there are names.</summary>
    public static TableColumns Of(ResultPort port, params IReadOnlyList<string> names) =>
        new(names, (row, line, cell) => port.Write(row, line * names.Count, names.Count, cell));
}

/// <summary>Lines of a row's number from 0, what is carried along, and results: one line for each row, or several.</summary>
internal sealed class TableSink : IRowSink
{
    private readonly AtomicFile _file;
    private readonly CsvWriter _csv;
    private readonly IReadOnlyList<TableColumns> _columns;
    private readonly int _lines;
    private readonly Action<string> _cell;

    /// <summary>Begins the file with its header.</summary>
    /// <param name="path">The file.</param>
    /// <param name="delimiter">What separates cells.</param>
    /// <param name="carriedNames">The names of the cells carried along.</param>
    /// <param name="columns">What follows them.</param>
    /// <param name="lines">How many lines a row has.</param>
    public TableSink(string path, char delimiter, IReadOnlyList<string> carriedNames, IReadOnlyList<TableColumns> columns, int lines = 1)
    {
        (Carries, _columns, _lines) = (carriedNames.Count > 0, columns, lines);
        _file = new AtomicFile(path);
        _csv = new CsvWriter(
            new StreamWriter(_file.Stream, new UTF8Encoding(false), 1 << 16, leaveOpen: true),
            new CsvConfiguration(CultureInfo.InvariantCulture) { NewLine = "\n", Delimiter = delimiter.ToString() });
        _cell = _csv.WriteField;
        foreach (var name in ColumnNames.Distinct(["row", .. carriedNames, .. columns.SelectMany(c => c.Names)]))
            _cell(name);
        _csv.NextRecord();
    }

    public IReadOnlyList<string> Paths => [_file.Path];

    public bool Carries { get; }

    public void Append(long first, int rows, IReadOnlyList<string[]> carried)
    {
        for (var row = 0; row < rows; row++)
        {
            var number = (first + row).ToString(CultureInfo.InvariantCulture);
            for (var line = 0; line < _lines; line++)
            {
                _cell(number);
                foreach (var cell in Carries ? carried[row] : [])
                    _cell(cell);
                foreach (var columns in _columns)
                    columns.Write(row, line, _cell);
                _csv.NextRecord();
            }
        }
    }

    public void Prepare() => _csv.Flush();

    public void Complete() => _file.Commit();

    public void Dispose() => _file.Dispose();
}
