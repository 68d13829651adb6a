using Microsoft.ML.Data;

namespace Microsoft.ML.Introspection.Estimators.Models;

/// <summary>The rows of another cursor, counted anew; what a derived one does not change passes through.</summary>
/// <param name="source">The other cursor, which ends with this one.</param>
internal abstract class CountingCursor(DataViewRowCursor source) : DataViewRowCursor
{
    private long _position = -1;
    private bool _disposed;

    public override DataViewSchema Schema => Source.Schema;

    public override long Position => _position;

    public override long Batch => 0;

    protected DataViewRowCursor Source { get; } = source;

    public override ValueGetter<DataViewRowId> GetIdGetter() => Source.GetIdGetter();

    public override bool IsColumnActive(DataViewSchema.Column column) => Source.IsColumnActive(column);

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => Source.GetGetter<TValue>(column);

    public override bool MoveNext()
    {
        while (Source.MoveNext())
            if (IsOne)
            {
                _position++;
                return true;
            }
        return false;
    }

    /// <summary>Whether the source's current row is one of these.</summary>
    protected virtual bool IsOne => true;

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
