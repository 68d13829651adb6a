using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators.Models;

namespace Microsoft.ML.Introspection.Estimators.Streams;

/// <summary>Data whose reading can be stopped.</summary>
internal sealed class StoppableView(IDataView source, CancellationToken cancellation) : IDataView
{
    public bool CanShuffle => source.CanShuffle;

    public DataViewSchema Schema => source.Schema;

    public long? GetRowCount() => source.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        cancellation.ThrowIfCancellationRequested();
        return new Cursor(source.GetRowCursor(columnsNeeded, rand), cancellation);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
    {
        cancellation.ThrowIfCancellationRequested();
        return [.. source.GetRowCursorSet(columnsNeeded, n, rand).Select(c => new Cursor(c, cancellation))];
    }

    private sealed class Cursor(DataViewRowCursor source, CancellationToken cancellation) : ForwardingCursor(source)
    {
        public override bool MoveNext()
        {
            cancellation.ThrowIfCancellationRequested();
            return Source.MoveNext();
        }
    }
}
