using System.Reflection;
using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators.Columns;
using Microsoft.ML.Introspection.Tool.Data;

namespace Microsoft.ML.Introspection.Tool.Shap.Pipelines;

/// <summary>An input column of a pipeline, and the cells of a row that it is read from; none where the pipeline does not read it.</summary>
internal abstract class CellColumn
{
    /// <summary>The places of its cells, one for each item; none where the pipeline does not read it.</summary>
    public IReadOnlyList<int> Cells { get; private init; } = [];

    /// <summary>A getter of the column's values in whatever row is the current one.</summary>
    public abstract Delegate Getter(Func<Record> current);

    /// <summary>Reads the cells of whatever row is the current one, and forgets them.</summary>
    public abstract Action Check(Func<Record> current);

    /// <summary>Makes a column.</summary>
    /// <param name="column">The column.</param>
    /// <param name="cells">The places of its cells, one for each item; empty for a column that holds its type's default.</param>
    /// <param name="names">Where each of them is, for messages, and its name.</param>
    /// <param name="csv">What is said of empty cells and blanks.</param>
    public static CellColumn Of(
        DataViewSchema.Column column, IReadOnlyList<int> cells, Func<int, (string Place, string Name)> names, CsvOptions csv)
    {
        var item = ColumnTypes.ItemOf(column.Type);
        return (CellColumn)typeof(CellColumn).GetMethod(nameof(Make), BindingFlags.Static | BindingFlags.NonPublic)!
            .MakeGenericMethod(item.RawType).Invoke(null, BindingFlags.DoNotWrapExceptions, null, [column, cells, names, csv], null)!;
    }

    private static CellColumn Make<T>(
        DataViewSchema.Column column, IReadOnlyList<int> cells, Func<int, (string Place, string Name)> names, CsvOptions csv)
    {
        if (cells.Count == 0)
            return column.Type is VectorDataViewType none ? new Default<VBuffer<T>>(new VBuffer<T>(none.Size, 0, [], []))
                : new Default<T>(default!);
        try
        {
            var read = (CellReader<T>)CellReaders.Of(ColumnTypes.ItemOf(column.Type), KeyNames(column), column.Name, csv);
            return column.Type is VectorDataViewType ? new Vectors<T>(cells, read, names) { Cells = cells }
                : new Values<T>(cells[0], read, names) { Cells = cells };
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"The column '{column.Name}' of the pipeline: {e.Message}", e);
        }
    }

    private static IReadOnlyList<string>? KeyNames(DataViewSchema.Column column)
    {
        if (ColumnTypes.ItemOf(column.Type) is not KeyDataViewType
            || column.Annotations.Schema.GetColumnOrNull("KeyValues")?.Type is not VectorDataViewType { ItemType: TextDataViewType })
            return null;
        VBuffer<ReadOnlyMemory<char>> names = default;
        column.Annotations.GetValue("KeyValues", ref names);
        return [.. names.DenseValues().Select(n => n.ToString())];
    }

    private static T Read<T>(Record record, int cell, CellReader<T> read, Func<int, (string Place, string Name)> names)
    {
        try
        {
            return read(record.Cells[cell]);
        }
        catch (Exception e) when (e is FormatException or OverflowException)
        {
            throw RowFault.Of($"{record.Place}, {names(cell).Place}: {e.Message}", names(cell).Name, e);
        }
    }

    private sealed class Values<T>(int cell, CellReader<T> read, Func<int, (string Place, string Name)> names) : CellColumn
    {
        public override Delegate Getter(Func<Record> current) =>
            (ValueGetter<T>)((ref T value) => value = Read(current(), cell, read, names));

        public override Action Check(Func<Record> current) => () => Read(current(), cell, read, names);
    }

    private sealed class Vectors<T>(IReadOnlyList<int> cells, CellReader<T> read, Func<int, (string Place, string Name)> names) : CellColumn
    {
        public override Delegate Getter(Func<Record> current) => (ValueGetter<VBuffer<T>>)((ref VBuffer<T> value) =>
        {
            var editor = VBufferEditor.Create(ref value, cells.Count);
            for (var i = 0; i < cells.Count; i++)
                editor.Values[i] = Read(current(), cells[i], read, names);
            value = editor.Commit();
        });

        public override Action Check(Func<Record> current) => () =>
        {
            foreach (var cell in cells)
                Read(current(), cell, read, names);
        };
    }

    private sealed class Default<T>(T none) : CellColumn
    {
        public override Delegate Getter(Func<Record> current) => (ValueGetter<T>)((ref T value) => value = none);

        public override Action Check(Func<Record> current) => () => { };
    }
}
