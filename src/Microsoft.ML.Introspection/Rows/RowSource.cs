using System.Numerics;

namespace Microsoft.ML.Introspection.Rows;

/// <summary>
/// Rows of named tensors, read one after the other into the caller's memory; there may be more of them than memory holds.
/// </summary>
/// <remarks>Stands before the first row at the beginning. Not for use by several threads at once.</remarks>
public abstract class RowSource : IDisposable
{
    /// <summary>What the source is called in messages: the file as the user named it.</summary>
    public abstract string Name { get; }

    /// <summary>What a row holds.</summary>
    public abstract IReadOnlyList<RowTensor> Tensors { get; }

    /// <summary>The names of the texts that go with each row, unread: identifiers, labels.</summary>
    public virtual IReadOnlyList<string> CarriedNames => [];

    /// <summary>How many rows there are; null where only reading them tells.</summary>
    public virtual long? Count => null;

    /// <summary>The number of the current row, from 0; -1 before the first.</summary>
    public long Row { get; private set; } = -1;

    /// <summary>How much has been read, from 0 to 1.</summary>
    public abstract double Progress { get; }

    /// <summary>Where the current row stands, for messages: "rows.csv, line 3".</summary>
    public virtual string Place => $"{Name}, row {Row}";

    /// <summary>What one can do where the rows do not fit a model; empty where nothing.</summary>
    public virtual string Advice => "";

    /// <summary>Goes to the next row.</summary>
    /// <returns>False at the end.</returns>
    /// <exception cref="InvalidDataException">The row is damaged.</exception>
    public bool MoveNext() => Skip(1) == 1;

    /// <summary>Goes some rows on, without reading what is between where the source can do so.</summary>
    /// <param name="rows">How many.</param>
    /// <returns>How many it went; fewer at the end.</returns>
    /// <exception cref="InvalidDataException">A row that had to be read is damaged.</exception>
    public long Skip(long rows)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        var gone = Advance(rows);
        Row += gone;
        return gone;
    }

    /// <summary>Reads a tensor of the current row.</summary>
    /// <param name="tensor">Its place in <see cref="Tensors"/>.</param>
    /// <param name="row">Takes its numbers, the last axis fastest.</param>
    /// <exception cref="InvalidDataException">Something is no number, does not fit the type, or is missing where that is not
    /// allowed.</exception>
    public abstract void Read<T>(int tensor, Span<T> row) where T : unmanaged, INumber<T>;

    /// <summary>
    /// Reads a tensor of the rows that follow the current one, as many as there is room for, and goes to the last of them.
    /// </summary>
    /// <param name="tensor">Its place in <see cref="Tensors"/>.</param>
    /// <param name="rows">Takes the rows one after the other.</param>
    /// <returns>How many rows were read; 0 at the end.</returns>
    /// <inheritdoc cref="Read{T}"/>
    public int ReadRows<T>(int tensor, Span<T> rows) where T : unmanaged, INumber<T>
    {
        var (width, count) = (Tensors[tensor].Width, 0);
        for (; (count + 1) * width <= rows.Length && MoveNext(); count++)
            Read(tensor, rows.Slice(count * width, width));
        return count;
    }

    /// <summary>The texts that go with the current row.</summary>
    public virtual string[] Carried() => [];

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>Goes some rows on.</summary>
    /// <returns>How many it went; fewer at the end.</returns>
    protected abstract long Advance(long rows);
}
