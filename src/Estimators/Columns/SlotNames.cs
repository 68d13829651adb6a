using Microsoft.ML.Data;

namespace Microsoft.ML.Introspection.Estimators.Columns;

/// <summary>The annotation that names the items of a vector.</summary>
internal static class SlotNames
{
    private const string Kind = "SlotNames";

    /// <summary>Whether a column names its items, and has so many.</summary>
    public static bool Has(DataViewSchema.Column column, int size) =>
        column.Annotations.Schema.GetColumnOrNull(Kind)?.Type is VectorDataViewType { ItemType: TextDataViewType } names
            && names.Size == size;

    /// <summary>The names of a column's items; null where it has none, or not as many as items.</summary>
    public static IReadOnlyList<string>? Read(DataViewSchema.Column column, int size)
    {
        if (!Has(column, size))
            return null;
        VBuffer<ReadOnlyMemory<char>> names = default;
        column.Annotations.GetValue(Kind, ref names);
        return [.. names.DenseValues().Select(n => n.ToString())];
    }

    /// <summary>Adds names to a column's annotations; they are asked for only when they are read.</summary>
    public static void Add(Func<IReadOnlyList<string>> names, int size, DataViewSchema.Annotations.Builder annotations) => annotations.Add(
        Kind, new VectorDataViewType(TextDataViewType.Instance, size),
        (ref VBuffer<ReadOnlyMemory<char>> value) =>
            value = new VBuffer<ReadOnlyMemory<char>>(size, [.. names().Select(n => n.AsMemory())]));
}
