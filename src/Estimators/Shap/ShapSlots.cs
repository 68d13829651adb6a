using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators.Columns;

namespace Microsoft.ML.Introspection.Estimators.Shap;

/// <summary>The names of SHAP values: those of the players, after the slots of the explained column or what the model calls its features.</summary>
/// <param name="Column">The explained column.</param>
/// <param name="Size">How many slots it has.</param>
/// <param name="Otherwise">The names where the data has none; null for none.</param>
/// <param name="Names">Makes the column's names of those of the slots.</param>
internal sealed record ShapSlots(string Column, int Size, IReadOnlyList<string>? Otherwise, Func<IReadOnlyList<string>, IReadOnlyList<string>> Names) : SlotNaming
{
    public override Func<IReadOnlyList<string>>? In(DataViewSchema schema)
    {
        if (schema.GetColumnOrNull(Column) is { } explained && SlotNames.Has(explained, Size))
            return () => Names(SlotNames.Read(explained, Size)!);
        return Otherwise is null ? null : () => Names(Otherwise);
    }
}
