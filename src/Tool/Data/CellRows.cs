using System.Numerics;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Rows;

namespace Microsoft.ML.Introspection.Tool.Data;

/// <summary>Rows of a file of cells: some columns make the input, one may tell the class of each row, others are carried along.</summary>
internal sealed class CellRows : RowSource
{
    private readonly CellTable _table;
    private readonly CsvColumns _columns;
    private readonly bool _allowsMissing;

    public CellRows(string path, CsvOptions options)
    {
        _table = new CellTable(path, options);
        _allowsMissing = options.AllowsMissing;
        try
        {
            _columns = CsvColumns.Choose(path, _table.Header, _table.FirstRow, options);
        }
        catch
        {
            _table.Dispose();
            throw;
        }
        var input = new RowTensor("", null, [_columns.Input.Count],
            _columns.HasHeader ? [.. _columns.Input.Select(_columns.Name)] : null) { Description = _columns.Describe() };
        Tensors = _columns.Target is { } target ? [input, new RowTensor(_columns.Name(target), ElementType.Int64, [])] : [input];
        CarriedNames = [.. _columns.Carried.Select(_columns.Name)];
    }

    /// <summary>The columns of the input; and that of the classes for the target, where there is one.</summary>
    public override IReadOnlyList<RowTensor> Tensors { get; }

    public override string Name => _table.Path;

    public override IReadOnlyList<string> CarriedNames { get; }

    public override double Progress => _table.Progress;

    public override string Advice => _table is { Count: 1, IsSplitByCommas: true }
        ? "If something else than a comma separates the columns, say --delimiter."
        : "Choose columns with --columns, or leave some out with --label-column and --id-column.";

    public override string Place => _table.Place;

    public override void Read<T>(int tensor, Span<T> row)
    {
        if (tensor == 1)
            row[0] = Number<T>(_columns.Target!.Value, false);
        else
            for (var i = 0; i < row.Length; i++)
                row[i] = Number<T>(_columns.Input[i], _allowsMissing);
    }

    public override string[] Carried() => [.. _columns.Carried.Select(_table.CarriedCell)];

    public override void Dispose() => _table.Dispose();

    protected override long Advance(long rows) => _table.Advance(rows);

    private T Number<T>(int column, bool allowsMissing) where T : unmanaged, INumber<T>
    {
        if (_table.TryNumber<T>(column, out var number))
            return number;
        return CsvNumber.TryParse(_table[column], out number, out var problem, allowsMissing)
            ? number
            : throw RowFault.Of($"{Place}, {_columns.Place(column)}: {problem}", _columns.Name(column));
    }
}
