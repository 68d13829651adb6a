using System.Reflection;
using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators.Columns;

namespace Microsoft.ML.Introspection.Estimators.Models;

/// <summary>
/// Tells whether a step makes a column by nothing but copying slots (Concatenate, CopyColumns, dropping of slots), and from where: it is
/// given two rows of values that all differ.
/// </summary>
internal static class SlotCopies
{
    /// <summary>Where each slot is copied from; null where a slot is no copy.</summary>
    /// <param name="mapper">The step.</param>
    /// <param name="column">The column that it makes.</param>
    /// <param name="read">The columns that it reads for that.</param>
    public static IReadOnlyList<(int Column, int Slot)>? Of(IRowToRowMapper mapper, DataViewSchema.Column column,
        IReadOnlyList<DataViewSchema.Column> read)
    {
        var item = ColumnTypes.ItemOf(column.Type);
        if (read.Any(c => !ColumnTypes.ItemOf(c.Type).Equals(item) || c.Type is VectorDataViewType { IsKnownSize: false })
            || column.Type is VectorDataViewType { IsKnownSize: false })
            return null;
        return item.RawType == typeof(float) ? Copies(mapper, column, read, n => n * 1.37f + 3.11f)
            : item.RawType == typeof(double) ? Copies(mapper, column, read, n => n * 1.37 + 3.11)
            : item.RawType == typeof(ReadOnlyMemory<char>) ? Texts(mapper, column, read)
            : null;
    }

    private static IReadOnlyList<(int, int)>? Texts(IRowToRowMapper mapper, DataViewSchema.Column column,
        IReadOnlyList<DataViewSchema.Column> read)
    {
        // Texts compare by what they say.
        var (first, second) = (Run<ReadOnlyMemory<char>>(mapper, column, read, n => $"slot {n}".AsMemory(), 0),
            Run<ReadOnlyMemory<char>>(mapper, column, read, n => $"slot {n}".AsMemory(), 1));
        return Match([.. first.Select(t => t.ToString())], [.. second.Select(t => t.ToString())], read,
            (n, run) => $"slot {Number(n, run)}");
    }

    private static IReadOnlyList<(int, int)>? Copies<T>(IRowToRowMapper mapper, DataViewSchema.Column column,
        IReadOnlyList<DataViewSchema.Column> read, Func<int, T> make) where T : notnull =>
        Match(Run(mapper, column, read, make, 0), Run(mapper, column, read, make, 1), read, (n, run) => make(Number(n, run)));

    // Another order in the second run.
    private static int Number(int slot, int run) => run == 0 ? slot + 1 : 100_003 - 2 * slot;

    private static List<(int, int)>? Match<T>(T[] first, T[] second, IReadOnlyList<DataViewSchema.Column> read, Func<int, int, T> value)
        where T : notnull
    {
        var places = new Dictionary<T, (int Column, int Slot, int Number)>();
        var number = 0;
        foreach (var column in read)
            for (var slot = 0; slot < SizeOf(column.Type); slot++, number++)
                places[value(number, 0)] = (column.Index, slot, number);
        var found = new List<(int, int)>();
        for (var i = 0; i < first.Length; i++)
        {
            if (!places.TryGetValue(first[i], out var place) || !second[i].Equals(value(place.Number, 1)))
                return null;
            found.Add((place.Column, place.Slot));
        }
        return found;
    }

    private static T[] Run<T>(IRowToRowMapper mapper, DataViewSchema.Column column, IReadOnlyList<DataViewSchema.Column> read,
        Func<int, T> make, int run) where T : notnull
    {
        var (values, number) = (new Dictionary<int, T[]>(), 0);
        foreach (var source in read)
            values[source.Index] = [.. Enumerable.Range(0, SizeOf(source.Type)).Select(_ => make(Number(number++, run)))];
        using var row = mapper.GetRow(new MadeRow<T>(mapper.InputSchema, values), [column]);
        if (column.Type is not VectorDataViewType)
        {
            T single = default!;
            row.GetGetter<T>(row.Schema[column.Index])(ref single);
            return [single];
        }
        VBuffer<T> vector = default;
        row.GetGetter<VBuffer<T>>(row.Schema[column.Index])(ref vector);
        return [.. vector.DenseValues()];
    }

    private static int SizeOf(DataViewType type) => type is VectorDataViewType vector ? vector.Size : 1;

    private sealed class MadeRow<T>(DataViewSchema schema, IReadOnlyDictionary<int, T[]> values) : DataViewRow
    {
        public override DataViewSchema Schema => schema;

        public override long Position => 0;

        public override long Batch => 0;

        public override bool IsColumnActive(DataViewSchema.Column column) => values.ContainsKey(column.Index);

        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) => id = default;

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            var own = values[column.Index];
            Delegate getter = column.Type is VectorDataViewType
                ? (ValueGetter<VBuffer<T>>)((ref VBuffer<T> value) => value = new VBuffer<T>(own.Length, [.. own]))
                : (ValueGetter<T>)((ref T value) => value = own[0]);
            return (ValueGetter<TValue>)getter;
        }
    }
}
