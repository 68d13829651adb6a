using System.Numerics;

namespace Microsoft.ML.Introspection.Tool.Data;

/// <summary>Rows of a CSV file: some columns make the input, others are carried along.</summary>
internal sealed class CsvDataFile : DataFile
{
    private readonly CsvTable _table;
    private readonly CsvColumns _columns;
    private readonly bool _allowsMissing;

    public CsvDataFile(string path, CsvOptions options)
    {
        _table = new CsvTable(path, options);
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
    }

    public override string Path => _table.Path;

    public override IReadOnlyList<int> RowShape => [_columns.Input.Count];

    public override IReadOnlyList<string>? Names => _columns.HasHeader ? [.. _columns.Input.Select(c => _columns.Name(c))] : null;

    /// <inheritdoc/>
    public override IReadOnlyList<string> CarriedNames => [.. _columns.Carried.Select(c => _columns.Name(c))];

    public override double Progress => _table.Progress;

    public override string Description => _columns.Describe();

    public override string Advice => _table is { Count: 1, Delimiter: ',' }
        ? "If something else than a comma separates the columns, say --delimiter."
        : "Choose columns with --columns, or leave some out with --label-column and --id-column.";

    public override string Place => $"{Path}, line {_table.Line}";

    public override bool MoveNext() => _table.MoveNext();

    public override void Read<T>(Span<T> row)
    {
        for (var i = 0; i < row.Length; i++)
            row[i] = Number<T>(_columns.Input[i], _allowsMissing);
    }

    /// <summary>The class number that the current row has for the explanation's target.</summary>
    public override long TargetClass() => Number<long>(_columns.Target ?? throw new InvalidOperationException("The file was opened without a column for the target."), false);

    /// <inheritdoc/>
    public override string[] Carried() => [.. _columns.Carried.Select(c => _table[c])];

    public override void Dispose() => _table.Dispose();

    private T Number<T>(int column, bool allowsMissing) where T : unmanaged, INumber<T> =>
        CsvNumber.TryParse<T>(_table[column], out var number, out var problem, allowsMissing)
            ? number
            : throw new InvalidDataException($"{Place}, {_columns.Place(column)}: {problem}");
}
