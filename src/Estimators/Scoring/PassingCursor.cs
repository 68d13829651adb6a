using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators.Models;

namespace Microsoft.ML.Introspection.Estimators.Scoring;

/// <summary>The source's cursor under the wider schema, where no explanation is asked for: nothing is read ahead or computed.</summary>
internal sealed class PassingCursor(SchemaBinding binding, DataViewRowCursor source, bool[] active) : ForwardingCursor(source)
{
    public override DataViewSchema Schema => binding.Whole;

    public override bool IsColumnActive(DataViewSchema.Column column) => active[binding.CheckedIndex(column)];

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) =>
        IsColumnActive(column) && binding.IsPassedThrough(column.Index, out var index)
            ? Source.GetGetter<TValue>(Source.Schema[index])
            : throw new InvalidOperationException($"The column '{column.Name}' was not asked for when the cursor was made.");
}
