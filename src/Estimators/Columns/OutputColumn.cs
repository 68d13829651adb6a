using Microsoft.ML.Data;

namespace Microsoft.ML.Introspection.Estimators.Columns;

/// <summary>A column that an explanation adds.</summary>
/// <param name="Name">Its name, also that of the graph's output.</param>
/// <param name="Type">Its type.</param>
/// <param name="SlotsOf">The input column whose slots it explains one by one; null for others.</param>
internal sealed record OutputColumn(string Name, VectorDataViewType Type, string? SlotsOf)
{
    /// <summary>The column with the slot names that the explained column has in this data.</summary>
    public DataViewSchema.DetachedColumn In(DataViewSchema schema)
    {
        var annotations = new DataViewSchema.Annotations.Builder();
        if (SlotsOf is not null && schema.GetColumnOrNull(SlotsOf) is { } explained && SlotNames.Has(explained, Type.Size))
            SlotNames.Copy(explained, Type.Size, annotations);
        return new DataViewSchema.DetachedColumn(Name, Type, annotations.ToAnnotations());
    }
}
