using System.Collections.Concurrent;
using System.Numerics;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Shapley.Trees;

/// <summary>
/// Takes rows through the trees of an ensemble: threads take blocks of rows, so that a tree is read from memory once for a block; where
/// rows are few, they take some of the trees each.
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
        _works.Add(first);
        var blocks = (count + capacity - 1) / capacity;
        var portions = Math.Min(trees, Math.Max(1, threads / blocks));
        fixed (TRow* pinnedRows = rows)
        fixed (double* pinnedValues = values)
        {
            // Lambdas do not capture what is fixed.
            var (from, to) = ((nint)pinnedRows, (nint)pinnedValues);
            var locks = portions > 1 ? Enumerable.Range(0, blocks).Select(_ => new Lock()).ToArray() : [];
            SharedWork.Run((long)blocks * portions, threads, job =>
            {
                var (block, portion) = ((int)(job / portions), (int)(job % portions));
                var start = block * capacity;
                var work = Take();
                work.Begin((TRow*)from + (long)start * features, Math.Min(capacity, count - start));
                for (var tree = (int)((long)trees * portion / portions); tree < (long)trees * (portion + 1) / portions; tree++)
                    work.Pass(tree);
                if (portions == 1)
                {
                    work.AddTo((double*)to + start * size);
                }
                else
                {
                    lock (locks[block])
                        work.AddTo((double*)to + start * size);
                }
                _works.Add(work);
            }, cancellation);
        }
    }

    private BlockWork Take() => _works.TryTake(out var work) ? work : make();
}
