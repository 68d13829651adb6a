using Microsoft.ML.Data;

namespace Microsoft.ML.Introspection.Estimators.Pipelines;

/// <summary>Some columns of data, in their order, as data by itself: what was hidden by others is not, if these are left out.</summary>
internal sealed class RawSchema
{
    private readonly DataViewSchema _whole;
    private readonly int[] _origin;

    /// <summary>Chooses columns.</summary>
    /// <param name="whole">All columns.</param>
    /// <param name="origin">The places of those that remain.</param>
    public RawSchema(DataViewSchema whole, int[] origin)
    {
        (_whole, _origin) = (whole, origin);
        if (origin.Length == whole.Count)
        {
            Schema = whole;
            return;
        }
        var builder = new DataViewSchema.Builder();
        foreach (var place in origin)
            builder.AddColumn(whole[place].Name, whole[place].Type, whole[place].Annotations);
        Schema = builder.ToSchema();
    }

    /// <summary>The columns that remain.</summary>
    public DataViewSchema Schema { get; }

    /// <summary>The column of all that a remaining one is.</summary>
    public DataViewSchema.Column Source(DataViewSchema.Column column) => _whole[_origin[column.Index]];

    /// <summary>The data with the columns that remain.</summary>
    public IDataView View(IDataView data) => ReferenceEquals(Schema, _whole) ? data : new RestoredView(this, data);

    /// <summary>A row with the columns that remain; disposing of it leaves the row alone.</summary>
    public DataViewRow Row(DataViewRow row) => new RestoredRow(this, row);

    private sealed class RestoredView(RawSchema raw, IDataView data) : IDataView
    {
        public bool CanShuffle => data.CanShuffle;

        public DataViewSchema Schema => raw.Schema;

        public long? GetRowCount() => data.GetRowCount();

        public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) =>
            new RestoredCursor(raw, data.GetRowCursor(Sources(columnsNeeded), rand));

        public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
            [.. data.GetRowCursorSet(Sources(columnsNeeded), n, rand).Select(c => new RestoredCursor(raw, c))];

        private IEnumerable<DataViewSchema.Column> Sources(IEnumerable<DataViewSchema.Column> columns) =>
            [.. columns.Select(c => data.Schema[raw._origin[c.Index]])];
    }

    private sealed class RestoredRow(RawSchema raw, DataViewRow row) : DataViewRow
    {
        public override DataViewSchema Schema => raw.Schema;

        public override long Position => row.Position;

        public override long Batch => row.Batch;

        public override ValueGetter<DataViewRowId> GetIdGetter() => row.GetIdGetter();

        public override bool IsColumnActive(DataViewSchema.Column column) => row.IsColumnActive(row.Schema[raw._origin[column.Index]]);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) =>
            row.GetGetter<TValue>(row.Schema[raw._origin[column.Index]]);
    }

    private sealed class RestoredCursor(RawSchema raw, DataViewRowCursor cursor) : DataViewRowCursor
    {
        public override DataViewSchema Schema => raw.Schema;

        public override long Position => cursor.Position;

        public override long Batch => cursor.Batch;

        public override ValueGetter<DataViewRowId> GetIdGetter() => cursor.GetIdGetter();

        public override bool IsColumnActive(DataViewSchema.Column column) =>
            cursor.IsColumnActive(cursor.Schema[raw._origin[column.Index]]);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) =>
            cursor.GetGetter<TValue>(cursor.Schema[raw._origin[column.Index]]);

        public override bool MoveNext() => cursor.MoveNext();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                cursor.Dispose();
            base.Dispose(disposing);
        }
    }
}
