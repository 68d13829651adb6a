using Microsoft.ML;
using Microsoft.ML.Data;

namespace Quickstart;

internal static class SlotNames
{
    /// <summary>The names that a column gives to the items of its vectors. An explanation has those of the column it explains.</summary>
    public static string[] GetSlotNames(this DataViewSchema.Column column)
    {
        VBuffer<ReadOnlyMemory<char>> names = default;
        column.GetSlotNames(ref names);
        return [.. names.DenseValues().Select(name => name.ToString())];
    }
}
