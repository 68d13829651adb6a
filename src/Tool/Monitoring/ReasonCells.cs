using System.Globalization;
using System.Numerics;
using Microsoft.ML.Introspection.Rows;
using Microsoft.ML.Introspection.Tool.Data;

namespace Microsoft.ML.Introspection.Tool.Monitoring;

/// <summary>Reasons in a table.</summary>
internal sealed class ReasonCells : ReasonRows
{
    private readonly CellTable _table;
    private readonly ReasonColumns _columns;
    private readonly int? _group;

    public ReasonCells(string path, ReasonRequest request) : base(path, request)
    {
        _table = new CellTable(path, new CsvOptions { HasHeader = true });
        try
        {
            var names = _table.Header!;
            _columns = ReasonColumns.Choose(path, names, _table.FirstRow, request);
            _group = request is { GroupColumn: { } column, Data: null }
                ? new CsvHeader(path, names, names.Length).TryFind(column, "--group-column") ?? throw new InvalidDataException(
                    $"--group-column '{column}': '{path}' has no such column.{Nearest.To(column, names)} If the rows that were explained "
                        + "have it, name them: --data FILE; or carry it along: introspect score … --id-column.")
                : null;
            var prefix = request.Columns.Count > 0 ? "" : request.Prefix(":");
            Tensors =
            [
                new("reasons", null, [_columns.Reasons.Count], [.. _columns.Reasons.Select(c => names[c][prefix.Length..])]),
                .. _columns.Others.Select(c => new RowTensor(names[c], null, [])),
            ];
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public override IReadOnlyList<RowTensor> Tensors { get; } = [];

    public override double Progress => _table.Progress;

    public override string Place => _table.Place;

    protected override string? Target => _columns.Target is { } target ? _table[target] : null;

    protected override long? Number => _columns.Number is not { } number ? null
        : _table.TryNumber<long>(number, out var row)
            || long.TryParse(_table[number], NumberStyles.None, CultureInfo.InvariantCulture, out row)
            ? row : throw new InvalidDataException($"{Place}: '{_table[number]}' is no number of a row.");

    protected override string Group => _table[_group!.Value];

    public override void Read<T>(int tensor, Span<T> row)
    {
        if (tensor > 0)
            row[0] = Cell<T>(_columns.Others[tensor - 1]);
        else
            for (var i = 0; i < row.Length; i++)
                row[i] = Cell<T>(_columns.Reasons[i]);
    }

    protected override bool Next() => _table.Advance(1) == 1;

    protected override void Close() => _table.Dispose();

    private T Cell<T>(int column) where T : unmanaged, INumber<T>
    {
        if (_table.TryNumber<T>(column, out var number))
            return number;
        return CsvNumber.TryParse(_table[column], out number, out var problem, allowsMissing: true) ? number
            : throw new InvalidDataException($"{Place}, column {column + 1} ('{_table.Header![column]}'): {problem}");
    }
}
