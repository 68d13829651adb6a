using Microsoft.ML.Data;

namespace Microsoft.ML.Introspection.Estimators.Columns;

/// <summary>The column that tells which class of a row is explained: a class number from 0, or a class as a key or a text.</summary>
/// <param name="Name">The column.</param>
internal sealed record LabelColumn(string Name)
{
    /// <summary>Finds the column before there is data.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such column, or it does not fit.</exception>
    public void Check(SchemaShape schema)
    {
        var column = schema.FirstOrDefault(c => c.Name == Name);
        if (column.Name is null)
            throw Missing(schema.Select(c => c.Name));
        if (!Fits(column.ItemType) || column.Kind == SchemaShape.Column.VectorKind.VariableVector)
            throw Mismatch($"{column.ItemType}");
    }

    /// <summary>Finds the column.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such column, or it does not fit.</exception>
    public DataViewSchema.Column Find(DataViewSchema schema)
    {
        var column = schema.GetColumnOrNull(Name) ?? throw Missing(schema.Where(c => !c.IsHidden).Select(c => c.Name));
        return Fits(ColumnTypes.ItemOf(column.Type)) && column.Type is not VectorDataViewType { Size: not 1 } ? column
            : throw Mismatch($"{column.Type}");
    }

    private static bool Fits(DataViewType item) => item is NumberDataViewType or KeyDataViewType or TextDataViewType;

    private ArgumentOutOfRangeException Missing(IEnumerable<string> present) => new("inputSchema",
        $"Could not find input column '{Name}' for the explained class; the data has the columns {Listing.Of(present)}.");

    private ArgumentOutOfRangeException Mismatch(string found) => new("inputSchema", $"Schema mismatch for input column '{Name}' for the "
        + $"explained class: expected a key, a text, or a class number from 0 (of type Int64, where the explanation is saved); "
        + $"found {found}.");
}
