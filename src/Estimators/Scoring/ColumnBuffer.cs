using System.Reflection;
using Microsoft.ML.Data;

namespace Microsoft.ML.Introspection.Estimators.Scoring;

/// <summary>
/// Keeps a column's values for as many rows as a batch has: the source has moved on by the time that they are handed out.
/// </summary>
internal abstract class ColumnBuffer
{
    /// <summary>Takes the value of the source's current row.</summary>
    /// <param name="row">Where to keep it.</param>
    public abstract void Read(int row);

    /// <summary>A getter of the value at a cursor's place.</summary>
    public abstract Delegate Getter(RowPlace place);

    /// <summary>Makes a buffer for a column of any type.</summary>
    public static ColumnBuffer Of(DataViewRow source, DataViewSchema.Column column, int rows) => column.Type is VectorDataViewType vector
        ? Make(nameof(OfVectors), vector.ItemType.RawType, source, column, rows)
        : Make(nameof(OfValues), column.Type.RawType, source, column, rows);

    private static ColumnBuffer Make(string method, Type type, params object[] arguments) =>
        (ColumnBuffer)typeof(ColumnBuffer).GetMethod(method, BindingFlags.Static | BindingFlags.NonPublic)!
            .MakeGenericMethod(type).Invoke(null, BindingFlags.DoNotWrapExceptions, null, arguments, null)!;

    private static ColumnBuffer OfVectors<T>(DataViewRow source, DataViewSchema.Column column, int rows) =>
        new VectorBuffer<T>(source.GetGetter<VBuffer<T>>(column), rows);

    private static ColumnBuffer OfValues<T>(DataViewRow source, DataViewSchema.Column column, int rows) =>
        new ValueBuffer<T>(source.GetGetter<T>(column), rows);
}

/// <summary>Values whose getter hands out the value itself.</summary>
internal sealed class ValueBuffer<T>(ValueGetter<T> source, int rows) : ColumnBuffer
{
    private readonly T[] _values = new T[rows];

    public override void Read(int row)
    {
        ref var value = ref this[row];
        // What was handed out belongs to whoever took it; a source may dispose of an object that it is given back (images).
        if (!typeof(T).IsValueType)
            value = default!;
        source(ref value);
    }

    public ref T this[int row] => ref _values[row];

    public override Delegate Getter(RowPlace place) => (ValueGetter<T>)((ref T value) => value = this[place.Current]);
}

/// <summary>Vectors, whose getter copies: callers write into what they are given.</summary>
internal sealed class VectorBuffer<T>(ValueGetter<VBuffer<T>> source, int rows) : ColumnBuffer
{
    private readonly VBuffer<T>[] _values = new VBuffer<T>[rows];

    public override void Read(int row) => source(ref _values[row]);

    public ref readonly VBuffer<T> this[int row] => ref _values[row];

    public override Delegate Getter(RowPlace place) =>
        (ValueGetter<VBuffer<T>>)((ref VBuffer<T> value) => this[place.Current].CopyTo(ref value));
}
