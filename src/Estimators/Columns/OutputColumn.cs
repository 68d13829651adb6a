using Microsoft.ML.Data;

namespace Microsoft.ML.Introspection.Estimators.Columns;

/// <summary>A column that an explanation adds.</summary>
/// <param name="Name">Its name, also that of the graph's output.</param>
/// <param name="Type">Its type.</param>
/// <param name="Slots">What names its slots after those of the explained column; null for columns without names.</param>
internal sealed record OutputColumn(string Name, VectorDataViewType Type, SlotNaming? Slots)
{
    /// <summary>What is known of the outputs that it is about; null where nothing is.</summary>
    public OutputFacts? Outputs { get; init; }

    /// <summary>The column with the slot names that follow from those that the explained column has in this data.</summary>
    public DataViewSchema.DetachedColumn In(DataViewSchema schema)
    {
        var annotations = new DataViewSchema.Annotations.Builder();
        if (Slots?.In(schema) is { } names)
            SlotNames.Add(names, Type.Size, annotations);
        if (Outputs is { } outputs)
            OutputFacts.Add(outputs, annotations);
        return new DataViewSchema.DetachedColumn(Name, Type, annotations.ToAnnotations());
    }
}
