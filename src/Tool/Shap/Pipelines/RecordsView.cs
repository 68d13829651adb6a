using Microsoft.ML.Data;

namespace Microsoft.ML.Introspection.Tool.Shap.Pipelines;

/// <summary>Some rows of a file as data for a pipeline.</summary>
/// <param name="schema">The columns that the pipeline was saved with.</param>
/// <param name="columns">How each of them is read, in their order.</param>
/// <param name="records">The rows.</param>
internal sealed class RecordsView(DataViewSchema schema, IReadOnlyList<CellColumn> columns, IReadOnlyList<Record> records) : IDataView
{
    public bool CanShuffle => false;

    public DataViewSchema Schema => schema;

    public long? GetRowCount() => records.Count;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) =>
        new Cursor(schema, columns, records, [.. columnsNeeded.Select(c => c.Index)]);

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];

    private sealed class Cursor(DataViewSchema schema, IReadOnlyList<CellColumn> columns, IReadOnlyList<Record> records,
        HashSet<int> active) : DataViewRowCursor
    {
        private int _row = -1;

        public override DataViewSchema Schema => schema;

        public override long Position => _row < records.Count ? _row : -1;

        public override long Batch => 0;

        public override bool IsColumnActive(DataViewSchema.Column column) => active.Contains(column.Index);

        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) => id = new DataViewRowId((ulong)_row, 0);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) =>
            columns[column.Index].Getter(() => records[_row]) as ValueGetter<TValue>
            ?? throw new InvalidOperationException(
                $"The column '{column.Name}' has values of type {column.Type.RawType}, not {typeof(TValue)}.");

        public override bool MoveNext() => _row < records.Count && ++_row < records.Count;
    }
}
