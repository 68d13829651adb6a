using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Estimators.Columns;

/// <summary>Which column types hold which tensors: the pairs that ML.NET's own <c>OnnxTransformer</c> knows.</summary>
public static class ColumnTypes
{
    /// <summary>The item type of columns for an element type; null where ML.NET has none.</summary>
    internal static PrimitiveDataViewType? ItemOf(ElementType type) => type switch
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

    /// <summary>The element type of a column's items; null where no tensor holds them. Keys are none.</summary>
    internal static ElementType? ElementOf(DataViewType item) =>
        Enum.GetValues<ElementType>().Where(type => item.Equals(ItemOf(type))).Select(type => (ElementType?)type).FirstOrDefault();

    /// <summary>What is said of a tensor whose elements no column holds.</summary>
    internal static NotSupportedException NoColumn(string tensor, ElementType type) => new(
        $"The network's {tensor} holds elements of type {type}, for which ML.NET has no column type"
            + (type is ElementType.Float16 or ElementType.BFloat16
                ? ": its columns of real numbers are of single and double precision. Export the network so that its inputs and outputs "
                    + "stay in single precision (converters call it keep_io_types), or explain it with `introspect explain`."
                : "."));

    /// <summary>The type of a column that holds a row of a tensor [N, …]: the row's extents behind a 1.</summary>
    internal static VectorDataViewType RowOf(ElementType type, IEnumerable<Dimension> row)
    {
        int[] dimensions = [1, .. row.Select(d => checked((int)d.Value))];
        return new VectorDataViewType(ItemOf(type)!, dimensions);
    }

    /// <summary>The item type of a vector, or the type of a scalar itself.</summary>
    /// <param name="type">The type of a column.</param>
    public static DataViewType ItemOf(DataViewType type) => type is VectorDataViewType vector ? vector.ItemType : type;

    /// <summary>Whether columns of this item type can feed a tensor of that element type; keys count as their numbers.</summary>
    internal static bool Fits(DataViewType item, ElementType type) =>
        ItemOf(type) is { } expected && (item.Equals(expected) || (item is KeyDataViewType && item.RawType == expected.RawType));
}
