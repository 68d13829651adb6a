using System.Reflection;
using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators.Columns;

namespace Microsoft.ML.Introspection.Estimators.Scoring;

/// <summary>Writes a column's values into the memory of a batch.</summary>
internal abstract class InputReader
{
    /// <summary>The column.</summary>
    public required InputColumn Column { get; init; }

    /// <summary>The names of its items, where the data has them.</summary>
    public required Func<IReadOnlyList<string>?> SlotNames { get; init; }

    /// <summary>Writes the value of the source's current row.</summary>
    public abstract void Read(int row);

    /// <summary>Makes a row harmless whose values no network can take.</summary>
    public abstract void Clear(int row);

    /// <summary>What is wrong with a row's value by itself; null where nothing is.</summary>
    /// <param name="row">The row within the batch.</param>
    /// <param name="classes">The number of classes a label may name; null where it is unknown.</param>
    public abstract string? Fault(int row, long? classes);

    /// <summary>Makes a reader of one of the graph's inputs.</summary>
    /// <param name="source">The row or cursor that has the column.</param>
    /// <param name="column">What the graph wants.</param>
    /// <param name="memory">The memory.</param>
    /// <param name="input">The input's number.</param>
    /// <param name="kept">The column's buffer, if the column is kept for others anyway and need not be computed twice.</param>
    public static InputReader Of(DataViewRow source, InputColumn column, IRowMemory memory, int input, ColumnBuffer? kept)
    {
        var found = column.Find(source.Schema);
        var method = found.Type is VectorDataViewType ? nameof(OfVectors) : nameof(OfValues);
        return (InputReader)typeof(InputReader).GetMethod(method, BindingFlags.Static | BindingFlags.NonPublic)!
            .MakeGenericMethod(ColumnTypes.ItemOf(found.Type).RawType)
            .Invoke(null, BindingFlags.DoNotWrapExceptions, null, [source, found, column, memory, input, kept], null)!;
    }

    private static InputReader OfVectors<T>(DataViewRow source, DataViewSchema.Column found, InputColumn column, IRowMemory memory,
        int input, VectorBuffer<T>? kept)
        where T : unmanaged => new VectorReader<T>(kept is null ? source.GetGetter<VBuffer<T>>(found) : null, kept, memory, input)
        {
            Column = column,
            SlotNames = () => Columns.SlotNames.Read(found, memory.Size(input)),
        };

    private static InputReader OfValues<T>(DataViewRow source, DataViewSchema.Column found, InputColumn column, IRowMemory memory,
        int input, ValueBuffer<T>? kept)
        where T : unmanaged => new ValueReader<T>(kept is null ? source.GetGetter<T>(found) : null, kept, memory, input)
        {
            Column = column,
            SlotNames = () => null,
        };
}

/// <inheritdoc/>
internal abstract class InputReader<T>(IRowMemory memory, int input) : InputReader
    where T : unmanaged
{
    public override void Clear(int row) => memory.Row<T>(input, row).Clear();

    public override string? Fault(int row, long? classes)
    {
        var isLabel = Column.NetworkInput is null && Column.Use is null;
        if (!isLabel || memory.Row<T>(input, row) is not [long label] || (label >= 0 && !(label >= classes)))
            return null;
        return $"has {label} in the label column '{Column.Name}', which is no class of the network; " +
            (classes is null ? "classes are counted from 0." : $"it has {classes} classes, 0 to {classes - 1}.");
    }
}

/// <summary>Reads vectors, from the source or from where they are kept; sparse ones are filled up.</summary>
internal sealed class VectorReader<T>(ValueGetter<VBuffer<T>>? source, VectorBuffer<T>? kept, IRowMemory memory, int input)
    : InputReader<T>(memory, input)
    where T : unmanaged
{
    private readonly IRowMemory _memory = memory;
    private readonly int _input = input;
    private VBuffer<T> _value;

    public override void Read(int row)
    {
        if (source is null)
        {
            Write(row, kept![row]);
            return;
        }
        source(ref _value);
        Write(row, _value);
    }

    private void Write(int row, in VBuffer<T> value)
    {
        var memory = _memory.Row<T>(_input, row);
        if (value.Length != memory.Length)
            throw new InvalidOperationException(
                $"A vector of column '{Column.Name}' has {value.Length} items; the column's type says {memory.Length}.");
        if (value.IsDense)
            value.GetValues().CopyTo(memory);
        else
            value.CopyTo(memory);
    }
}

/// <summary>Reads single values.</summary>
internal sealed class ValueReader<T>(ValueGetter<T>? source, ValueBuffer<T>? kept, IRowMemory memory, int input)
    : InputReader<T>(memory, input)
    where T : unmanaged
{
    private readonly IRowMemory _memory = memory;
    private readonly int _input = input;

    public override void Read(int row)
    {
        ref var memory = ref _memory.Row<T>(_input, row)[0];
        if (source is null)
            memory = kept![row];
        else
            source(ref memory);
    }
}
