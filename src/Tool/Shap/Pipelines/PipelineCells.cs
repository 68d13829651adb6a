using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Tool.Data;

namespace Microsoft.ML.Introspection.Tool.Shap.Pipelines;

/// <summary>
/// Finds the columns of a pipeline in a table. A single value has the column of its name. A vector has columns for its items:
/// <c>NAME.SLOT</c>, <c>SLOT</c>, <c>NAME.0</c>, or <c>NAME[0]</c>; and where there are none of these, all columns of numbers that are
/// left, in their order, or those that the user chooses.
/// </summary>
internal static class PipelineCells
{
    /// <summary>The places of the cells of each column; none of what the pipeline does not read.</summary>
    /// <param name="table">The table.</param>
    /// <param name="header">Its columns.</param>
    /// <param name="carried">Those that are carried along.</param>
    /// <param name="csv">Which columns the user chose.</param>
    /// <param name="schema">The columns that the pipeline was saved with.</param>
    /// <param name="needed">The names of those that it reads.</param>
    /// <exception cref="InvalidDataException">A column is not there.</exception>
    public static IReadOnlyList<int>[] Find(CellTable table, CsvHeader header, IReadOnlyList<int> carried, CsvOptions csv,
        DataViewSchema schema, IReadOnlySet<string> needed)
    {
        var cells = new IReadOnlyList<int>[schema.Count];
        Array.Fill(cells, []);
        var left = new List<DataViewSchema.Column>();
        foreach (var column in schema.Where(c => needed.Contains(c.Name) && !c.IsHidden))
        {
            if (column.Type is VectorDataViewType { IsKnownSize: false })
                throw new InvalidDataException(
                    $"The pipeline reads '{column.Name}', vectors of varying size, which a table has no columns for.");
            if (column.Type is not VectorDataViewType vector)
                cells[column.Index] = [header.TryFind(column.Name, "The column") ?? throw Lacks(table, $"no column '{column.Name}', "
                    + $"which the pipeline reads ({column.Type})")];
            else if (Items(header, column, vector.Size) is { } items)
                cells[column.Index] = items;
            else
                left.Add(column);
        }
        if (left is not [var only])
            return left.Count == 0 ? cells : throw Lacks(table, "no columns for the vectors "
                + $"{string.Join(", ", left.Select(c => $"'{c.Name}'"))}; call them {left[0].Name}.0, {left[0].Name}.1, …");
        cells[only.Index] = InOrder(table, header, [.. carried, .. cells.SelectMany(c => c)], csv, schema, only);
        return cells;
    }

    private static int[]? Items(CsvHeader header, DataViewSchema.Column column, int size)
    {
        VBuffer<ReadOnlyMemory<char>> names = default;
        if (column.HasSlotNames())
            column.GetSlotNames(ref names);
        ReadOnlyMemory<char>[] slots = [.. names.DenseValues()];
        return (slots.Length != size ? null : All(i => $"{column.Name}.{slots[i]}") ?? All(i => $"{slots[i]}"))
            ?? All(i => $"{column.Name}.{i}") ?? All(i => $"{column.Name}[{i}]");

        int[]? All(Func<int, string> name)
        {
            var places = new int[size];
            for (var i = 0; i < size; i++)
            {
                if (header.TryFind(name(i), "The column") is not { } place)
                    return null;
                places[i] = place;
            }
            return places;
        }
    }

    private static int[] InOrder(CellTable table, CsvHeader header, HashSet<int> taken, CsvOptions csv, DataViewSchema schema,
        DataViewSchema.Column column)
    {
        var size = ((VectorDataViewType)column.Type).Size;
        int[] free = csv.Columns.Count > 0
            ? [.. csv.Columns.SelectMany(c => header.Range(c, "--columns"))]
            : [.. Enumerable.Range(0, header.Count)
                .Where(i => !taken.Contains(i) && schema.GetColumnOrNull(header.Name(i)) is null && CsvNumber.IsNumber(table.FirstRow[i]))];
        return free.Length == size ? free : throw Lacks(table,
            $"no columns for the {size} items of the vector '{column.Name}' ({column.Name}.0, {column.Name}.1, …), and {free.Length} "
                + $"{(csv.Columns.Count > 0 ? "chosen columns" : "other columns of numbers")} in their place. Choose columns with "
                    + "--columns, in the order of the items");
    }

    private static InvalidDataException Lacks(CellTable table, string what) => new($"'{table.Path}' has {what}.");
}
