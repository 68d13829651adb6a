using Microsoft.ML.Data;

namespace Microsoft.ML.Introspection.Estimators.Pipelines;

/// <summary>Rows of features as data, for pipelines that do not map row by row.</summary>
internal sealed class DecodedRows(DataViewSchema schema, IReadOnlyDictionary<int, ColumnCodec> codecs, int featureCount) : IDataView
{
    private float[] _rows = [];
    private int _count;

    /// <summary>The row that the last cursor is at, for messages.</summary>
    public DecodedRow? Current { get; private set; }

    public bool CanShuffle => false;

    public DataViewSchema Schema => schema;

    /// <summary>Says which rows there are from now on.</summary>
    public void Show(float[] rows, int count) => (_rows, _count) = (rows, count);

    public long? GetRowCount() => _count;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        Current = new DecodedRow(schema, codecs, featureCount);
        return new Cursor(Current, _rows, _count);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];

    private sealed class Cursor(DecodedRow row, float[] rows, int count) : DataViewRowCursor
    {
        private int _next;
        private bool _ended;

        public override DataViewSchema Schema => row.Schema;

        public override long Position => _ended ? -1 : row.Position;

        public override long Batch => 0;

        public override bool IsColumnActive(DataViewSchema.Column column) => true;

        public override ValueGetter<DataViewRowId> GetIdGetter() => row.GetIdGetter();

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => row.GetGetter<TValue>(column);

        public override bool MoveNext()
        {
            if (_ended || _next >= count)
            {
                _ended = true;
                return false;
            }
            row.MoveTo(rows, _next++);
            return true;
        }
    }
}
