using Microsoft.ML.Data;

namespace Microsoft.ML.Introspection.Estimators.Models;

/// <summary>Another cursor as it is; what a derived one does not change passes through.</summary>
/// <param name="source">The other cursor, which ends with this one.</param>
internal abstract class ForwardingCursor(DataViewRowCursor source) : DataViewRowCursor
{
    private bool _disposed;

    public override DataViewSchema Schema => Source.Schema;

    public override long Position => Source.Position;

    public override long Batch => Source.Batch;

    protected DataViewRowCursor Source { get; } = source;

    public override ValueGetter<DataViewRowId> GetIdGetter() => Source.GetIdGetter();

    public override bool IsColumnActive(DataViewSchema.Column column) => Source.IsColumnActive(column);

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => Source.GetGetter<TValue>(column);

    public override bool MoveNext() => Source.MoveNext();

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_disposed)
        {
            _disposed = true;
            Source.Dispose();
        }
        base.Dispose(disposing);
    }
}
