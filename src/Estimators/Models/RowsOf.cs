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

    private sealed class Cursor(DataViewRowCursor source, IReadOnlySet<long> positions) : CountingCursor(source)
    {
        protected override bool IsOne => positions.Contains(Source.Position);
    }
}
