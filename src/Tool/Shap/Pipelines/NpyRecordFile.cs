using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators.Columns;
using Microsoft.ML.Introspection.Tool.Data;

namespace Microsoft.ML.Introspection.Tool.Shap.Pipelines;

/// <summary>An array whose rows hold the numbers of all columns that a pipeline reads, in their order.</summary>
internal sealed class NpyRecordFile : RecordFile
{
    private readonly NpyDataFile _data;
    private readonly double[] _row;

    public NpyRecordFile(string path, DataViewSchema schema, IReadOnlySet<string> needed)
    {
        _data = new NpyDataFile(path, allowsMissing: true);
        try
        {
            var (columns, next) = (new List<CellColumn>(), 0);
            foreach (var column in schema)
            {
                var count = !needed.Contains(column.Name) || column.IsHidden ? 0 : Size(path, column);
                columns.Add(CellColumn.Of(column, [.. Enumerable.Range(next, count)], place => $"number {place}"));
                next += count;
            }
            Columns = columns;
            _row = _data.Width == next
                ? new double[next]
                : throw new InvalidDataException($"'{path}' has {_data.Description}; the columns that the pipeline reads ({string.Join(", ", needed.Select(n => $"'{n}'"))}) hold {next} numbers.");
        }
        catch
        {
            _data.Dispose();
            throw;
        }
    }

    public override IReadOnlyList<CellColumn> Columns { get; }

    public override double Progress => Math.Min(1, _data.Progress);

    public override bool MoveNext() => _data.MoveNext();

    public override Record Read()
    {
        _data.Read(_row.AsSpan());
        return new Record(Array.ConvertAll(_row, v => v.ToString(CultureInfo.InvariantCulture)), _data.Place);
    }

    public override void Dispose() => _data.Dispose();

    private static int Size(string path, DataViewSchema.Column column) => ColumnTypes.ItemOf(column.Type) is not NumberDataViewType
        ? throw new InvalidDataException($"The pipeline reads the column '{column.Name}' of type {column.Type}, which an array of numbers such as '{path}' does not have. Give a CSV file.")
        : column.Type is VectorDataViewType vector ? vector.Size : 1;
}
