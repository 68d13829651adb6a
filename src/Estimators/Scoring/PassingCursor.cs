using Microsoft.ML.Data;

namespace Microsoft.ML.Introspection.Estimators.Scoring;

/// <summary>The source's cursor under the wider schema, where no explanation is asked for: nothing is read ahead or computed.</summary>
internal sealed class PassingCursor(SchemaBinding binding, DataViewRowCursor source, bool[] active) : DataViewRowCursor
{
    private bool _disposed;

    public override DataViewSchema Schema => binding.Whole;

    public override long Position => source.Position;

    public override long Batch => source.Batch;

    public override bool IsColumnActive(DataViewSchema.Column column) => active[binding.CheckedIndex(column)];

    public override ValueGetter<DataViewRowId> GetIdGetter() => source.GetIdGetter();

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) =>
        IsColumnActive(column) && binding.IsPassedThrough(column.Index, out var index)
            ? source.GetGetter<TValue>(source.Schema[index])
            : throw new InvalidOperationException($"The column '{column.Name}' was not asked for when the cursor was made.");

    public override bool MoveNext() => source.MoveNext();

    protected override void Dispose(bool disposing)
    {
        if (_disposed)
            return;
        _disposed = true;
        if (disposing)
            source.Dispose();
        base.Dispose(disposing);
    }
}
