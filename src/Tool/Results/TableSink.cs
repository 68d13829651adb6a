using System.Numerics;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Jobs;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tool.Data;

namespace Microsoft.ML.Introspection.Tool.Results;

/// <summary>Columns of a table of results that stand side by side.</summary>
/// <param name="Names">Their names.</param>
/// <param name="Write">Writes the cells of a row of the block, and of a line of that row.</param>
/// <param name="Kind">What the cells are.</param>
internal sealed record TableColumns(IReadOnlyList<string> Names, Action<int, int, Action<string>> Write, CellKind Kind = CellKind.Text)
{
    /// <summary>Writes the cells as numbers, which is faster where they are; null where they are texts.</summary>
    public Action<int, int, ITableWriter>? WriteNumbers { get; init; }

    /// <summary>The numbers of a result: as many in each line of a row as there are names.</summary>
    public static TableColumns Of(ResultPort port, params IReadOnlyList<string> names) =>
        new(names, (row, line, cell) => port.Write(row, line * names.Count, names.Count, cell),
            port.Type.IsFloating() ? CellKind.Real : CellKind.Whole)
        {
            WriteNumbers = port.Type switch
            {
                ElementType.Double => (row, line, table) => Numbers<double>(port, row, line * names.Count, names.Count, table),
                ElementType.Float => (row, line, table) => Numbers<float>(port, row, line * names.Count, names.Count, table),
                ElementType.Int64 => (row, line, table) => Numbers<long>(port, row, line * names.Count, names.Count, table),
                _ => null,
            },
        };

    private static void Numbers<T>(ResultPort port, int row, int start, int count, ITableWriter table) where T : unmanaged, INumber<T>
    {
        foreach (var number in port.Row<T>(row).Slice(start, count))
            table.Number(number);
    }
}

/// <summary>Lines of a row's number from 0, what is carried along, and results: one line for each row, or several.</summary>
internal sealed class TableSink : IRowSink
{
    private readonly string _path;
    private readonly AtomicFile? _file;
    private readonly Stream _stream;
    private readonly ITableWriter _table;
    private readonly IReadOnlyList<TableColumns> _columns;
    private readonly int _lines;
    private readonly Action<string> _cell;
    private readonly Func<int, long>? _numberOf;

    /// <summary>Begins the table.</summary>
    /// <param name="path">The file; <c>-</c> for the standard output, on which what has been written stays.</param>
    /// <param name="carriedNames">The names of the cells carried along.</param>
    /// <param name="columns">What follows them.</param>
    /// <param name="lines">How many lines a row has.</param>
    /// <param name="numberOf">The number of a row of the block; null where rows follow each other.</param>
    public TableSink(string path, IReadOnlyList<string> carriedNames, IReadOnlyList<TableColumns> columns, int lines = 1,
        Func<int, long>? numberOf = null)
    {
        (_path, Carries, _columns, _lines, _numberOf) = (path, carriedNames.Count > 0, columns, lines, numberOf);
        _file = path == DataFiles.Standard ? null : new AtomicFile(path);
        var whole = _file?.Stream ?? Console.OpenStandardOutput();
        _stream = DataFiles.IsPacked(path) ? new GzipWriter(whole) : whole;
        var names = ColumnNames.Distinct(["row", .. carriedNames, .. columns.SelectMany(c => c.Names)]);
        var kinds = columns.SelectMany(c => Enumerable.Repeat(c.Kind, c.Names.Count));
        kinds = [CellKind.Whole, .. Enumerable.Repeat(CellKind.Text, carriedNames.Count), .. kinds];
        _table = ITableWriter.Begin(path, _stream, [.. names.Zip(kinds)]);
        _cell = _table.Cell;
    }

    public IReadOnlyList<string> Paths => [_path];

    public bool Carries { get; }

    public void Append(long first, int rows, IReadOnlyList<string[]> carried)
    {
        for (var row = 0; row < rows; row++)
        {
            var number = _numberOf?.Invoke(row) ?? first + row;
            for (var line = 0; line < _lines; line++)
            {
                _table.Number(number);
                foreach (var cell in Carries ? carried[row] : [])
                    _cell(cell);
                foreach (var columns in _columns)
                    if (columns.WriteNumbers is { } write)
                        write(row, line, _table);
                    else
                        columns.Write(row, line, _cell);
                _table.EndRow();
            }
        }
    }

    public void Prepare()
    {
        _table.Complete();
        if (_file is null)
            _stream.Flush();
        else if (_stream != _file.Stream)
            _stream.Dispose();
    }

    public void Complete() => _file?.Commit();

    public void Dispose()
    {
        (_table as IDisposable)?.Dispose();
        _file?.Dispose();
    }
}
