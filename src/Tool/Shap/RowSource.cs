namespace Microsoft.ML.Introspection.Tool.Shap;

/// <summary>A file of rows, read a block at a time.</summary>
internal abstract class RowSource : IDisposable
{
    private long _next;

    /// <summary>The names of the features.</summary>
    public abstract IReadOnlyList<string> Features { get; }

    /// <summary>The names of the cells that are carried along.</summary>
    public abstract IReadOnlyList<string> CarriedNames { get; }

    /// <summary>How much of the file has been read, from 0 to 1.</summary>
    public abstract double Progress { get; }

    /// <summary>Makes a block for rows of this kind.</summary>
    public abstract RowBlock Block(int capacity);

    /// <summary>Reads the next rows, as many as there is room for.</summary>
    /// <returns>Whether there are any.</returns>
    public bool Read(RowBlock block, CancellationToken cancellation)
    {
        (block.Count, block.First) = (0, _next);
        while (block.Count < block.Capacity && MoveNext())
        {
            cancellation.ThrowIfCancellationRequested();
            Take(block, block.Count++);
        }
        Complete(block);
        _next += block.Count;
        return block.Count > 0;
    }

    /// <summary>Reads some of the rows that are left.</summary>
    /// <param name="places">Which, counted from here, in ascending order.</param>
    /// <param name="cancellation">Stops reading.</param>
    public RowBlock ReadAt(IReadOnlyList<long> places, CancellationToken cancellation)
    {
        var block = Block(Math.Max(1, places.Count));
        for (var place = 0L; block.Count < places.Count && MoveNext(); place++)
        {
            cancellation.ThrowIfCancellationRequested();
            if (place == places[block.Count])
                Take(block, block.Count++);
        }
        Complete(block);
        return block;
    }

    /// <summary>Counts the rows that are left, without reading what is in them.</summary>
    public long CountRows(CancellationToken cancellation)
    {
        var count = 0L;
        while (MoveNext())
        {
            cancellation.ThrowIfCancellationRequested();
            count++;
        }
        return count;
    }

    /// <summary>What a feature's number stands for, where it is a code; null where it is a number.</summary>
    public virtual string? TextOf(int feature, double code) => null;

    /// <summary>Is told that a block is done with.</summary>
    public virtual void Forget() { }

    public abstract void Dispose();

    /// <summary>Goes to the next row.</summary>
    /// <returns>False at the end.</returns>
    protected abstract bool MoveNext();

    /// <summary>Takes the current row into a block.</summary>
    protected abstract void Take(RowBlock block, int row);

    /// <summary>Makes numbers of all that was taken, where that is done for several rows together.</summary>
    protected virtual void Complete(RowBlock block) { }
}
