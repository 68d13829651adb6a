using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Estimators.Columns;

/// <summary>A column that the network reads, and what must be in it.</summary>
/// <param name="Name">The column.</param>
/// <param name="NetworkInput">The network's input that it feeds; null for the column that tells the explained class.</param>
/// <param name="Type">The type of its items.</param>
/// <param name="Row">The extents of a row; those that are no numbers are left to the column.</param>
internal sealed record InputColumn(string Name, string? NetworkInput, ElementType Type, Shape Row)
{
    /// <summary>What the column is for, for messages; null for a network's input or a label.</summary>
    public string? Use { get; init; }

    private string Purpose => Use ?? (NetworkInput is null ? "the explained class" : $"the network's input '{NetworkInput}'");

    private string Expected
    {
        get
        {
            var item = ColumnTypes.ItemOf(Type);
            return Row.IsKnown
                ? $"a vector of {Row.Size} items of type {item}{(Row.Rank > 1 ? $" (row of shape {Row}, last axis fastest)" : "")}"
                : $"a vector of items of type {item} that fills a row of shape {Row}";
        }
    }

    /// <summary>Finds the column before there is data: name, item type, and that it is no vector of varying size.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such column, or it does not fit.</exception>
    public void Check(SchemaShape schema)
    {
        var column = schema.FirstOrDefault(c => c.Name == Name);
        if (column.Name is null)
            throw Missing(schema.Select(c => c.Name));
        var found = (column.Kind, column.IsKey) switch
        {
            (SchemaShape.Column.VectorKind.Scalar, _) => $"{column.ItemType}",
            (SchemaShape.Column.VectorKind.Vector, _) => $"Vector<{column.ItemType}>",
            _ => $"Vector<{column.ItemType}> of varying size",
        };
        if (!ColumnTypes.Fits(column.ItemType, Type))
            throw Mismatch(found, Advice(column.ItemType));
        if (column.Kind == SchemaShape.Column.VectorKind.VariableVector
            || (column.Kind == SchemaShape.Column.VectorKind.Scalar && Row.Any(d => d.IsKnown && d.Value != 1)))
            throw Mismatch(found);
    }

    /// <summary>Finds the column.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such column, or it does not fit.</exception>
    public DataViewSchema.Column Find(DataViewSchema schema)
    {
        var column = schema.GetColumnOrNull(Name) ?? throw Missing(schema.Where(c => !c.IsHidden).Select(c => c.Name));
        Settle(column.Type);
        return column;
    }

    /// <summary>The row's extents as the column's type has them.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The type does not fit.</exception>
    public Shape Settle(DataViewType type)
    {
        var item = ColumnTypes.ItemOf(type);
        if (!ColumnTypes.Fits(item, Type))
            throw Mismatch($"{type}", Advice(item));
        if (type is not VectorDataViewType vector)
            return Filled([1]) ?? throw Mismatch($"{type}, a single item");
        if (!vector.IsKnownSize)
            throw Mismatch($"{type}, whose size may vary from row to row");
        return Filled(vector.Dimensions) ?? throw Mismatch($"{type}{(Row.IsKnown ? "" : OpenAdvice())}");
    }

    // Flat vectors need the right number of items only. Others must have the row's extents too, those of 1 aside: an image
    // whose channels come last would be read as stripes.
    private Shape? Filled(IReadOnlyList<int> found)
    {
        var size = found.Aggregate(1L, (product, extent) => product * extent);
        if (found.Count > 1)
        {
            var aligned = found.Count == Row.Rank + 1 && found[0] == 1 ? [.. found.Skip(1)] : found;
            if (!Row.IsKnown)
                return aligned.Count == Row.Rank && aligned.Zip(Row).All(p => !p.Second.IsKnown || p.Second.Value == p.First)
                    ? Shape.Of([.. aligned.Select(e => (long)e)])
                    : null;
            return aligned.Where(e => e != 1).Select(e => (long)e).SequenceEqual(Row.Select(d => d.Value).Where(e => e != 1)) ? Row : null;
        }
        var open = Row.Count(d => !d.IsKnown);
        var known = Row.Where(d => d.IsKnown).Aggregate(1L, (product, d) => product * d.Value);
        return open switch
        {
            0 => size == known ? Row : null,
            1 when known > 0 && size % known == 0 => new Shape(Row.Select(d => d.IsKnown ? d : size / known)),
            _ => null,
        };
    }

    private string Advice(DataViewType item) => item is TextDataViewType
        ? "; texts must become numbers first"
        : NetworkInput is null ? "; convert it first (mlContext.Transforms.Conversion.ConvertType, DataKind.Int64, classes from 0)"
        : item is PrimitiveDataViewType && item.RawType.IsPrimitive
        ? "; convert it first (mlContext.Transforms.Conversion.ConvertType)" : "";

    private string OpenAdvice() => Row.Count(d => !d.IsKnown) > 1
        ? "; a flat vector can settle one open extent only, so fix the others with NetworkOptions.Dimensions or RowShapes, or give the "
            + "column its dimensions"
        : "";

    private ArgumentOutOfRangeException Missing(IEnumerable<string> present) => new("inputSchema",
        $"Could not find input column '{Name}' for {Purpose}: expected {Expected}; the data has the columns {Listing.Of(present)}.");

    private ArgumentOutOfRangeException Mismatch(string found, string advice = "") => new("inputSchema",
        $"Schema mismatch for input column '{Name}' for {Purpose}: expected {Expected}; found {found}{advice}.");
}
