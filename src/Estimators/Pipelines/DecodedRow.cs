using System.Reflection;
using Microsoft.ML.Data;

namespace Microsoft.ML.Introspection.Estimators.Pipelines;

/// <summary>A row of features as the pipeline's input: values are made of codes when they are asked for.</summary>
/// <param name="schema">The pipeline's input columns.</param>
/// <param name="codecs">The columns that are features, by their number in the schema; others hold their type's default.</param>
/// <param name="featureCount">The length of a row.</param>
internal sealed class DecodedRow(DataViewSchema schema, IReadOnlyDictionary<int, ColumnCodec> codecs, int featureCount) : DataViewRow
{
    private float[] _rows = [];
    private int _start = -1;
    private long _position = -1;

    /// <summary>The column that was read last, for messages.</summary>
    public ColumnCodec? LastRead { get; private set; }

    public override DataViewSchema Schema => schema;

    public override long Position => _position;

    public override long Batch => 0;

    /// <summary>Goes to a row of an array of rows.</summary>
    public void MoveTo(float[] rows, int row)
    {
        (_rows, _start, LastRead) = (rows, row * featureCount, null);
        // What is computed once for a row is told apart by the position.
        _position++;
    }

    /// <summary>The current row, read for a column.</summary>
    public ReadOnlySpan<float> Read(ColumnCodec column)
    {
        LastRead = column;
        return _rows.AsSpan(_start, featureCount);
    }

    public override bool IsColumnActive(DataViewSchema.Column column) => true;

    public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) => id = new DataViewRowId((ulong)_position, 0);

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => Getter(column) as ValueGetter<TValue>
        ?? throw new InvalidOperationException(
            $"The column '{column.Name}' has values of type {column.Type.RawType}, not {typeof(TValue)}.");

    private Delegate Getter(DataViewSchema.Column column)
    {
        if (codecs.TryGetValue(column.Index, out var codec))
            return codec.GetterOf(this);
        var (method, type) =
            column.Type is VectorDataViewType vector ? (nameof(NoVector), vector.ItemType.RawType) : (nameof(NoValue), column.Type.RawType);
        return (Delegate)typeof(DecodedRow).GetMethod(method, BindingFlags.Static | BindingFlags.NonPublic)!.MakeGenericMethod(type)
            .Invoke(null, [column.Type])!;
    }

    private static ValueGetter<T> NoValue<T>(DataViewType type) => (ref T value) => value = default!;

    private static ValueGetter<VBuffer<T>> NoVector<T>(VectorDataViewType type) =>
        (ref VBuffer<T> value) => value = new VBuffer<T>(type.Size, 0, [], []);
}
