namespace Microsoft.ML.Introspection.Estimators.Scoring;

/// <summary>Data with explanation columns. Nothing is computed before a cursor on an explanation column moves and is asked.</summary>
internal sealed class ExplanationDataView(ExplanationTransformer transformer, IDataView source, SchemaBinding binding) : IDataView
{
    public bool CanShuffle => source.CanShuffle;

    public DataViewSchema Schema => binding.Whole;

    public long? GetRowCount() => source.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        var active = binding.Active(columnsNeeded);
        return Wrap([source.GetRowCursor(binding.Needed(active), rand)], active)[0];
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
    {
        var active = binding.Active(columnsNeeded);
        return Wrap(source.GetRowCursorSet(binding.Needed(active), n, rand), active);
    }

    private DataViewRowCursor[] Wrap(DataViewRowCursor[] cursors, bool[] active)
    {
        var wrapped = new DataViewRowCursor[cursors.Length];
        var total = cursors.Length == 1 ? GetRowCount() : null;
        try
        {
            for (var i = 0; i < cursors.Length; i++)
                wrapped[i] = binding.Explains(active)
                    ? ReadAheadCursor.Open(binding, cursors[i], active, transformer, total)
                    : new PassingCursor(binding, cursors[i], active);
            return wrapped;
        }
        catch
        {
            // No session, no cursor: the source's must not stay open.
            for (var i = 0; i < cursors.Length; i++)
                (wrapped[i] ?? cursors[i]).Dispose();
            throw;
        }
    }
}
