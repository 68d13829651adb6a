using Microsoft.ML.Introspection.Rows;

namespace Microsoft.ML.Introspection.Jobs;

/// <summary>Something that makes numbers of a block of rows: a graph, Shapley values, plain scores.</summary>
public interface IBlockWork : IDisposable
{
    /// <summary>How many rows it takes at once.</summary>
    int Capacity { get; }

    /// <summary>What it gives for each row; filled by <see cref="Compute"/>, until the next block.</summary>
    IReadOnlyList<ResultPort> Ports { get; }

    /// <summary>Takes the current row of a source into the block.</summary>
    /// <param name="rows">The source.</param>
    /// <param name="place">The row's place in the block.</param>
    void Take(RowSource rows, int place);

    /// <summary>Computes the results of the rows that were taken.</summary>
    /// <param name="first">The number of the first of them in the source.</param>
    /// <param name="rows">How many.</param>
    /// <param name="progress">Is told the share of the block that is done, from 0 to 1.</param>
    /// <param name="cancellation">Stops the work.</param>
    void Compute(long first, int rows, Action<double> progress, CancellationToken cancellation);
}

/// <summary>Several works on the same rows: the ports of one after those of another.</summary>
/// <param name="works">The works; disposed of with this.</param>
public sealed class JoinedWork(IReadOnlyList<IBlockWork> works) : IBlockWork
{
    /// <inheritdoc/>
    public int Capacity { get; } = works.Min(w => w.Capacity);

    /// <inheritdoc/>
    public IReadOnlyList<ResultPort> Ports { get; } = [.. works.SelectMany(w => w.Ports)];

    /// <inheritdoc/>
    public void Take(RowSource rows, int place)
    {
        foreach (var work in works)
            work.Take(rows, place);
    }

    /// <inheritdoc/>
    public void Compute(long first, int rows, Action<double> progress, CancellationToken cancellation)
    {
        for (var i = 0; i < works.Count; i++)
        {
            var before = i;
            works[i].Compute(first, rows, part => progress((before + part) / works.Count), cancellation);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var work in works)
            work.Dispose();
    }
}
