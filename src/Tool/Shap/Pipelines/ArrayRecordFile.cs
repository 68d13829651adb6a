using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators.Columns;
using Microsoft.ML.Introspection.Rows;
using Microsoft.ML.Introspection.Tool.Data;

namespace Microsoft.ML.Introspection.Tool.Shap.Pipelines;

/// <summary>
/// An array whose rows hold the numbers of all columns that a pipeline reads, in their order; or an archive with an array for each of
/// them.
/// </summary>
internal sealed class ArrayRecordFile : RecordFile
{
    private readonly RowSource _data;
    private readonly double[] _row;

    public ArrayRecordFile(string path, DataViewSchema schema, IReadOnlySet<string> needed)
    {
        DataViewSchema.Column[] read = [.. schema.Where(c => needed.Contains(c.Name) && !c.IsHidden)];
        _data = DataFiles.Open(path, new CsvOptions { AllowsMissing = true }, names =>
            read.Length > 0 && Array.TrueForAll(read, c => names.Contains(c.Name))
                ? [.. read.Select(c => c.Name)]
                : DataFiles.Only(path, names));
        try
        {
            var counts = read.ToDictionary(c => c.Index, c => Size(path, c));
            var (columns, next) = (new List<CellColumn>(), 0);
            foreach (var column in schema)
            {
                var count = counts.GetValueOrDefault(column.Index);
                columns.Add(CellColumn.Of(column, [.. Enumerable.Range(next, count)], place => ($"number {place}", $"{place}"),
                    new CsvOptions { MissingRealsAreNaN = true }));
                next += count;
            }
            Columns = columns;
            int[] found = [.. _data.Tensors.Select(t => t.Width)];
            _row = found.SequenceEqual(found.Length == 1 ? [next] : read.Select(c => counts[c.Index])) ? new double[next]
                : throw new InvalidDataException(
                $"'{path}' has {string.Join("; ", _data.Tensors.Select(t => t.Description))}; " +
                $"the columns that the pipeline reads ({string.Join(", ", needed.Select(n => $"'{n}'"))}) hold {next} numbers.");
        }
        catch
        {
            _data.Dispose();
            throw;
        }
    }

    public override IReadOnlyList<CellColumn> Columns { get; }

    public override string Name => _data.Name;

    public override long? Count => _data.Count;

    public override double Progress => _data.Progress;

    public override string Place => _data.Place;

    public override void Dispose() => _data.Dispose();

    protected override long Advance(long rows) => _data.Skip(rows);

    protected override string[] Cells()
    {
        var start = 0;
        for (var tensor = 0; tensor < _data.Tensors.Count; start += _data.Tensors[tensor++].Width)
            _data.Read(tensor, _row.AsSpan(start, _data.Tensors[tensor].Width));
        return Array.ConvertAll(_row, v => v.ToString(CultureInfo.InvariantCulture));
    }

    private static int Size(string path, DataViewSchema.Column column) => ColumnTypes.ItemOf(column.Type) is not NumberDataViewType
        ? throw new InvalidDataException(
            $"The pipeline reads the column '{column.Name}' of type {column.Type}, which an array of numbers such as '{path}' does " +
                $"not have. Give a CSV file.")
        : column.Type is VectorDataViewType vector ? vector.Size : 1;
}
