using System.Reflection;
using MathNet.Numerics;
using MathNet.Numerics.Random;
using Microsoft.ML.Data;

namespace Microsoft.ML.Introspection.Estimators.Models;

/// <summary>Rows of which one column is shuffled, the others stay: what it says has nothing to do with them any more.</summary>
internal sealed class ShuffledColumn : IDataView
{
    private static readonly MethodInfo Reading =
        typeof(ShuffledColumn).GetMethod(nameof(Read), BindingFlags.NonPublic | BindingFlags.Static)!;

    private readonly IDataView _source;
    private readonly int _column;
    private readonly Array _values;

    /// <summary>Shuffles.</summary>
    /// <param name="source">The rows.</param>
    /// <param name="columnName">The column, of single values.</param>
    /// <param name="seed">Another order for every seed.</param>
    /// <exception cref="ArgumentException">There is no such column, or it holds vectors.</exception>
    public ShuffledColumn(IDataView source, string columnName, int seed)
    {
        if (source.Schema.GetColumnOrNull(columnName) is not { Type: not VectorDataViewType } column)
            throw new ArgumentException($"A column '{columnName}' of single values was expected; there are "
                + $"{Listing.Of(source.Schema.Where(c => !c.IsHidden && c.Type is not VectorDataViewType).Select(c => c.Name))}.");
        (_source, _column) = (source, column.Index);
        var read = (Array)Reading.MakeGenericMethod(column.Type.RawType).Invoke(null, [source, column])!;
        _values = Array.CreateInstance(column.Type.RawType, read.Length);
        var order = Combinatorics.GeneratePermutation(read.Length, new Xoshiro256StarStar(seed));
        for (var row = 0; row < order.Length; row++)
            _values.SetValue(read.GetValue(order[row]), row);
    }

    public bool CanShuffle => false;

    public DataViewSchema Schema => _source.Schema;

    public long? GetRowCount() => _values.Length;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) =>
        new Cursor(_source.GetRowCursor(columnsNeeded), _column, _values);

    // One cursor alone knows which row is the how manieth.
    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded)];

    private static TValue[] Read<TValue>(IDataView source, DataViewSchema.Column column)
    {
        var (values, value) = (new List<TValue>(), default(TValue)!);
        using var cursor = source.GetRowCursor([column]);
        var get = cursor.GetGetter<TValue>(column);
        while (cursor.MoveNext())
        {
            get(ref value);
            // A text may lie in a buffer that the next row overwrites.
            values.Add(value is ReadOnlyMemory<char> text ? (TValue)(object)text.ToString().AsMemory() : value);
        }
        return [.. values];
    }

    private sealed class Cursor(DataViewRowCursor source, int shuffled, Array values) : CountingCursor(source)
    {
        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) =>
            column.Index != shuffled ? base.GetGetter<TValue>(column)
            : values is TValue[] own ? (ref TValue value) => value = own[Position]
            : throw new InvalidOperationException($"The column '{column.Name}' holds {column.Type}, not {typeof(TValue)}.");
    }
}
