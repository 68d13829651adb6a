using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Estimators.Columns;

/// <summary>Which column types hold which tensors: the pairs that ML.NET's own <c>OnnxTransformer</c> knows.</summary>
internal static class ColumnTypes
{
    /// <summary>The item type of columns for an element type; null where ML.NET has none.</summary>
    public static PrimitiveDataViewType? ItemOf(ElementType type) => type switch
    {
        ElementType.Float => NumberDataViewType.Single,
        ElementType.Double => NumberDataViewType.Double,
        ElementType.Int8 => NumberDataViewType.SByte,
        ElementType.UInt8 => NumberDataViewType.Byte,
        ElementType.Int16 => NumberDataViewType.Int16,
        ElementType.UInt16 => NumberDataViewType.UInt16,
        ElementType.Int32 => NumberDataViewType.Int32,
        ElementType.UInt32 => NumberDataViewType.UInt32,
        ElementType.Int64 => NumberDataViewType.Int64,
        ElementType.UInt64 => NumberDataViewType.UInt64,
        ElementType.Bool => BooleanDataViewType.Instance,
        _ => null,
    };

    /// <summary>The type of a column that holds a row of a tensor [N, …]: the row's extents behind a 1.</summary>
    public static VectorDataViewType RowOf(ElementType type, IEnumerable<Dimension> row)
    {
        int[] dimensions = [1, .. row.Select(d => checked((int)d.Value))];
        return new VectorDataViewType(ItemOf(type)!, dimensions);
    }

    /// <summary>The item type of a vector, or the type of a scalar itself.</summary>
    public static DataViewType ItemOf(DataViewType type) => type is VectorDataViewType vector ? vector.ItemType : type;

    /// <summary>Whether columns of this item type can feed a tensor of that element type; keys count as their numbers.</summary>
    public static bool Fits(DataViewType item, ElementType type) =>
        ItemOf(type) is { } expected && (item.Equals(expected) || (item is KeyDataViewType && item.RawType == expected.RawType));
}
