using Microsoft.ML.Introspection.Tool.Data;

namespace Microsoft.ML.Introspection.Tool.Shap.Pipelines;

/// <summary>A table with the columns of a pipeline, found by their names.</summary>
internal sealed class CellRecordFile : RecordFile
{
    private readonly CellTable _table;
    private readonly CsvHeader _header;
    private readonly IReadOnlyList<int> _carried;
    private readonly int? _target;

    public CellRecordFile(string path, CsvOptions csv, DataViewSchema schema, IReadOnlySet<string> needed)
    {
        if (csv is { HasHeader: false, ColumnNames: null })
            throw new InvalidDataException(
                $"The columns of a pipeline are found by their names; '{path}' is said to have none (--no-header).");
        // Texts stand under names too, so that the lines themselves do not tell.
        csv = csv with { HasHeader = csv.ColumnNames is null ? true : csv.HasHeader, KeepsBlanks = !csv.TrimsWhitespace };
        _table = new CellTable(path, csv);
        try
        {
            _header = new CsvHeader(path, _table.Header, _table.Count);
            (_carried, _target) = CsvColumns.CarriedColumns(_header, csv);
            var cells = PipelineCells.Find(_table, _header, _carried, csv, schema, needed);
            Columns = [.. schema.Select(column =>
                CellColumn.Of(column, cells[column.Index], c => (_header.Place(c), _header.Name(c)), csv))];
        }
        catch
        {
            _table.Dispose();
            throw;
        }
    }

    public override IReadOnlyList<CellColumn> Columns { get; }

    public override IReadOnlyList<string> CarriedNames => [.. _carried.Select(_header.Name)];

    public override string Name => _table.Path;

    public override double Progress => _table.Progress;

    public override string Place => _table.Place;

    public override string[] Carried() => [.. _carried.Select(c => _table.CarriedCell(c).Trim())];

    public override long Class() => _target is not { } column ? 0
        : CsvNumber.TryParse<long>(_table[column].Trim(), out var number, out var problem) ? number
        : throw new InvalidDataException($"{Place}, {_header.Place(column)}: {problem}");

    public override void Dispose() => _table.Dispose();

    protected override long Advance(long rows) => _table.Advance(rows);

    protected override string[] Cells() => _table.Cells;
}
