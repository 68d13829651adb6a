using Microsoft.ML.Introspection.Rows;

namespace Microsoft.ML.Introspection.Tool.Shap;

/// <summary>Rows of a source as the features of a model, a block at a time.</summary>
/// <param name="source">The source; disposed of with this.</param>
internal abstract class FeatureRows(RowSource source) : IDisposable
{
    // Between two looks at whether to stop.
    private const int RowsAtOnce = 1 << 12;

    /// <summary>Where the rows come from.</summary>
    public RowSource Source => source;

    /// <summary>The names of the features.</summary>
    public abstract IReadOnlyList<string> Features { get; }

    /// <summary>Makes a block for rows of this kind.</summary>
    public virtual RowBlock Block(int capacity) => new(capacity, Features.Count, isChanged: false);

    /// <summary>Reads the next rows, as many as there is room for.</summary>
    /// <returns>Whether there are any.</returns>
    public bool Read(RowBlock block, CancellationToken cancellation)
    {
        (block.Count, block.First) = (0, source.Row + 1);
        while (block.Count < block.Capacity && source.MoveNext())
        {
            cancellation.ThrowIfCancellationRequested();
            Take(block, block.Count++);
        }
        Complete(block);
        return block.Count > 0;
    }

    /// <summary>Reads some of the rows that are left.</summary>
    /// <param name="places">Which, counted from here, in ascending order.</param>
    /// <param name="cancellation">Stops reading.</param>
    public RowBlock ReadAt(IReadOnlyList<long> places, CancellationToken cancellation)
    {
        var (block, here) = (Block(Math.Max(1, places.Count)), source.Row);
        while (block.Count < places.Count && Skip(here + 1 + places[block.Count] - source.Row, cancellation))
            Take(block, block.Count++);
        Complete(block);
        return block;
    }

    /// <summary>Counts the rows that are left, without reading what is in them.</summary>
    public long CountRows(CancellationToken cancellation)
    {
        var here = source.Row;
        _ = Skip(long.MaxValue, cancellation);
        return source.Row - here;
    }

    /// <summary>What a feature's number stands for, where it is a code; null where it is a number.</summary>
    public virtual string? TextOf(int feature, double code) => null;

    /// <summary>Is told that a block is done with.</summary>
    public virtual void Forget() { }

    public void Dispose() => source.Dispose();

    /// <summary>Takes the current row into a block.</summary>
    public abstract void Take(RowBlock block, int row);

    /// <summary>Makes numbers of all that was taken, where that is done for several rows together.</summary>
    public virtual void Complete(RowBlock block) { }

    private bool Skip(long rows, CancellationToken cancellation)
    {
        while (rows > 0)
        {
            cancellation.ThrowIfCancellationRequested();
            if (source.Skip(Math.Min(rows, RowsAtOnce)) is > 0 and var gone)
                rows -= gone;
            else
                return false;
        }
        return true;
    }
}
