using Microsoft.ML.Data;

namespace Microsoft.ML.Introspection.Estimators.Models;

/// <summary>Some rows of some data, in its order.</summary>
/// <param name="source">The data.</param>
/// <param name="positions">The positions of the rows.</param>
internal sealed class RowsOf(IDataView source, IReadOnlySet<long> positions) : IDataView
{
    public bool CanShuffle => false;

    public DataViewSchema Schema => source.Schema;

    public long? GetRowCount() => positions.Count;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) =>
        new Cursor(source.GetRowCursor(columnsNeeded), positions);

    // One cursor alone knows which row is the how manieth.
    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded)];

    private sealed class Cursor(DataViewRowCursor source, IReadOnlySet<long> positions) : DataViewRowCursor
    {
        private long _position = -1;
        private bool _disposed;

        public override DataViewSchema Schema => source.Schema;

        public override long Position => _position;

        public override long Batch => 0;

        public override ValueGetter<DataViewRowId> GetIdGetter() => source.GetIdGetter();

        public override bool IsColumnActive(DataViewSchema.Column column) => source.IsColumnActive(column);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => source.GetGetter<TValue>(column);

        public override bool MoveNext()
        {
            while (source.MoveNext())
                if (positions.Contains(source.Position))
                {
                    _position++;
                    return true;
                }
            return false;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing && !_disposed)
            {
                _disposed = true;
                source.Dispose();
            }
            base.Dispose(disposing);
        }
    }
}
