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
        if (scores.Annotations.Schema.GetColumnOrNull(LabelValues) is not { Type: VectorDataViewType { ItemType: var item } values }
            || values.Size != vector.Size)
            return null;
        return (IReadOnlyList<string>)typeof(ClassNames).GetMethod(nameof(Read), BindingFlags.Static | BindingFlags.NonPublic)!
            .MakeGenericMethod(item.RawType).Invoke(null, BindingFlags.DoNotWrapExceptions, null, [scores], null)!;
    }

    private static IReadOnlyList<string> Read<T>(DataViewSchema.Column column)
    {
        VBuffer<T> values = default;
        column.Annotations.GetValue(LabelValues, ref values);
        return [.. values.DenseValues().Select(v => Convert.ToString(v, CultureInfo.InvariantCulture) ?? "")];
    }
}
