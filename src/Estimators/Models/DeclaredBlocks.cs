using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Explaining;

namespace Microsoft.ML.Introspection.Estimators.Models;

/// <summary>
/// The one-hot blocks that a feature column declares itself: the annotation CategoricalSlotRanges, which one-hot encoding adds and
/// Concatenate keeps.
/// </summary>
internal static class DeclaredBlocks
{
    private const string Kind = "CategoricalSlotRanges";

    /// <summary>The blocks; null where the column declares none.</summary>
    public static OneHotBlocks? Of(DataViewSchema.Column column)
    {
        if (column.Type is not VectorDataViewType { IsKnownSize: true } vector
            || column.Annotations.Schema.GetColumnOrNull(Kind)?.Type is not VectorDataViewType)
            return null;
        VBuffer<int> ranges = default;
        column.Annotations.GetValue(Kind, ref ranges);
        var ends = ranges.DenseValues().ToArray();
        return ends.Length == 0 ? null : new OneHotBlocks(vector.Size, [.. ends.Chunk(2).Select(r => (r[0], r[1] - r[0] + 1))]);
    }
}
