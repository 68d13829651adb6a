using System.Numerics;

namespace Microsoft.ML.Introspection.Tool.Data;

/// <summary>Rows of a CSV file: some columns make the input, others are carried along.</summary>
internal sealed class CsvDataFile : DataFile
{
    private readonly CsvRecords _records;
    private readonly CsvColumns _columns;

    // Rows that were read to see what the columns are, with their lines.
    private readonly Queue<(string[] Cells, int Line)> _ahead = new();
    private (string[] Cells, int Line)? _current;

    public CsvDataFile(string path, CsvOptions options)
    {
        Path = path;
        _records = new CsvRecords(path, options.Delimiter ?? ',');
        try
        {
            var header = ReadHeader(options.HasHeader);
            if (_ahead.Count == 0 && !ReadAhead())
                throw new InvalidDataException($"'{path}' holds no rows: its only line was taken for the names of the columns. If it is a row, say --no-header.");
            _columns = CsvColumns.Choose(path, header, _ahead.Peek().Cells, options);
        }
        catch
        {
            _records.Dispose();
            throw;
        }
    }

    public override string Path { get; }

    public override IReadOnlyList<int> RowShape => [_columns.Input.Count];

    public override IReadOnlyList<string>? Names => _columns.HasHeader ? [.. _columns.Input.Select(c => _columns.Name(c))] : null;

    /// <summary>The names of the columns that are carried along.</summary>
    public IReadOnlyList<string> CarriedNames => [.. _columns.Carried.Select(c => _columns.Name(c))];

    public override double Progress => _records.Progress;

    public override string Description => _columns.Describe();

    public override string Advice => _records.Count == 1 && _records.Delimiter == ','
        ? "If something else than a comma separates the columns, say --delimiter."
        : "Choose columns with --columns, or leave some out with --label-column and --id-column.";

    public override string Place => $"{Path}, line {_current?.Line ?? _records.Line}";

    public override bool MoveNext()
    {
        _current = _ahead.TryDequeue(out var row) ? row : null;
        return _current is not null || _records.MoveNext();
    }

    public override void Read<T>(Span<T> row)
    {
        for (var i = 0; i < row.Length; i++)
            row[i] = Number<T>(_columns.Input[i]);
    }

    /// <summary>The class number that the current row has for the explanation's target.</summary>
    public long TargetClass() => Number<long>(_columns.Target ?? throw new InvalidOperationException("The file was opened without a column for the target."));

    /// <summary>The cells of the current row that are carried along.</summary>
    public string[] Carried() => [.. _columns.Carried.Select(Cell)];

    public override void Dispose() => _records.Dispose();

    private string Cell(int column) => _current is { } row ? row.Cells[column] : _records[column];

    private T Number<T>(int column) where T : unmanaged, INumber<T>
    {
        var cell = Cell(column);
        return CsvNumber.TryParse<T>(cell, out var number, out var problem)
            ? number
            : throw new InvalidDataException($"{Place}, {_columns.Place(column)}: {problem}");
    }

    private bool ReadAhead()
    {
        if (!_records.MoveNext())
            return false;
        _ahead.Enqueue((_records.ToArray(), _records.Line));
        return true;
    }

    private string[]? ReadHeader(bool? hasHeader)
    {
        if (!ReadAhead())
            throw new InvalidDataException($"'{Path}' is empty; rows of numbers were expected.");
        if (hasHeader == false)
            return null;
        ReadAhead();
        var first = _ahead.Peek().Cells;
        // Names stand over numbers; where every column goes on as it began, the first line is a row.
        var second = _ahead.Count > 1 ? _ahead.Last().Cells : null;
        var isHeader = hasHeader ?? Enumerable.Range(0, first.Length).Any(i => !CsvNumber.IsNumber(first[i]) && (second is null || CsvNumber.IsNumber(second[i])));
        return isHeader ? _ahead.Dequeue().Cells : null;
    }
}
