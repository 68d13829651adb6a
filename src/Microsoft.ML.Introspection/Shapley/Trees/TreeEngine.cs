using System.Collections.Concurrent;
using System.Numerics;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Shapley.Trees;

/// <summary>
/// Takes rows through the trees of an ensemble: threads take blocks of rows, so that a tree is read from memory once for a block. Each row
/// meets the trees in their order, whoever takes it and with whichever others, so that its values are the same to the last bit.
/// </summary>
/// <param name="features">The length of a row.</param>
/// <param name="trees">The number of trees.</param>
/// <param name="size">How many numbers a row gets.</param>
/// <param name="threads">The most threads.</param>
/// <param name="make">Makes the work of one thread.</param>
internal sealed unsafe class TreeEngine(int features, int trees, long size, int threads, Func<BlockWork> make)
{
    private readonly ConcurrentBag<BlockWork> _works = [];

    /// <summary>Works out the values of some rows.</summary>
    /// <param name="rows">[N, features].</param>
    /// <param name="values">Where to write, as many numbers for each row as the engine gives.</param>
    /// <param name="cancellation">Stops between two blocks.</param>
    public void Run<TRow>(ReadOnlySpan<TRow> rows, Span<double> values, CancellationToken cancellation)
        where TRow : unmanaged, INumber<TRow>
    {
        values.Clear();
        cancellation.ThrowIfCancellationRequested();
        var count = rows.Length / features;
        if (count == 0 || trees == 0)
            return;
        var first = Take();
        var capacity = Math.Min(first.Capacity, Math.Max(1, (count + threads - 1) / threads));
        var blocks = (count + capacity - 1) / capacity;
        fixed (TRow* pinnedRows = rows)
        fixed (double* pinnedValues = values)
        {
            if (blocks == 1)
                Block(first, pinnedRows, count, pinnedValues);
            else
                Blocks(first, pinnedRows, count, pinnedValues, capacity, blocks, cancellation);
        }
    }

    // Apart from the rest, which allocates nothing.
    private void Blocks<TRow>(BlockWork first, TRow* rows, int count, double* values, int capacity, int blocks,
        CancellationToken cancellation) where TRow : unmanaged, INumber<TRow>
    {
        _works.Add(first);
        SharedWork.Run(blocks, threads, block =>
        {
            var start = block * capacity;
            Block(Take(), rows + start * features, (int)Math.Min(capacity, count - start), values + start * size);
        }, cancellation);
    }

    private void Block<TRow>(BlockWork work, TRow* rows, int count, double* values) where TRow : unmanaged, INumber<TRow>
    {
        work.Begin(rows, count);
        for (var tree = 0; tree < trees; tree++)
            work.Pass(tree);
        work.AddTo(values);
        _works.Add(work);
    }

    private BlockWork Take() => _works.TryTake(out var work) ? work : make();
}
