using System.Globalization;
using System.Reflection;
using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators.Columns;

namespace Microsoft.ML.Introspection.Estimators.Models;

/// <summary>What the items of a score column are called: slots, or the label's values that the model was trained with.</summary>
internal static class ClassNames
{
    private const string LabelValues = "TrainingLabelValues";

    /// <summary>The names; null where the column is no vector of known size, or names nothing.</summary>
    public static IReadOnlyList<string>? Of(DataViewSchema.Column? column)
    {
        if (column is not { Type: VectorDataViewType { IsKnownSize: true } vector } scores)
            return null;
        if (SlotNames.Read(scores, vector.Size) is { } names && names.All(n => n.Length > 0))
            return names;
        return Told(scores, LabelValues) is { } values && values.Count == vector.Size ? values : null;
    }

    /// <summary>The values of a key, from the first on; null where the column does not tell them.</summary>
    public static IReadOnlyList<string>? OfKey(DataViewSchema.Column column) => Told(column, "KeyValues");

    private static IReadOnlyList<string>? Told(DataViewSchema.Column column, string kind)
    {
        if (column.Annotations.Schema.GetColumnOrNull(kind) is not { Type: VectorDataViewType { ItemType: var item } })
            return null;
        return (IReadOnlyList<string>)typeof(ClassNames).GetMethod(nameof(Read), BindingFlags.Static | BindingFlags.NonPublic)!
            .MakeGenericMethod(item.RawType).Invoke(null, BindingFlags.DoNotWrapExceptions, null, [column, kind], null)!;
    }

    private static IReadOnlyList<string> Read<T>(DataViewSchema.Column column, string kind)
    {
        VBuffer<T> values = default;
        column.Annotations.GetValue(kind, ref values);
        return [.. values.DenseValues().Select(v => Convert.ToString(v, CultureInfo.InvariantCulture) ?? "")];
    }
}
