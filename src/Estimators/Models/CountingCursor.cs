using Microsoft.ML.Data;

namespace Microsoft.ML.Introspection.Estimators.Models;

/// <summary>The rows of another cursor, counted anew.</summary>
/// <param name="source">The other cursor, which ends with this one.</param>
internal abstract class CountingCursor(DataViewRowCursor source) : ForwardingCursor(source)
{
    private long _position = -1;

    public override long Position => _position;

    public override long Batch => 0;

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
}
