using Microsoft.ML.Introspection.Jobs;
using Microsoft.ML.Introspection.Rows;

namespace Microsoft.ML.Introspection.Tool.Pages;

/// <summary>A work that also keeps what stands in some of its rows, as the files have it, until the next block.</summary>
/// <param name="work">The work; disposed of with this.</param>
/// <param name="tensors">The places of what is kept of a row.</param>
/// <param name="wants">Whether a row is kept, by its number.</param>
internal sealed class SeenRows(IBlockWork work, IReadOnlyList<int> tensors, Func<long, bool> wants) : IBlockWork
{
    private readonly float[][][] _rows = new float[work.Capacity][][];

    public int Capacity => work.Capacity;

    public IReadOnlyList<ResultPort> Ports => work.Ports;

    /// <summary>What stands in a row of the block, a tensor after the other; nothing where nobody wanted it.</summary>
    public IReadOnlyList<float[]> this[int place] => _rows[place];

    public void Take(RowSource rows, int place)
    {
        work.Take(rows, place);
        _rows[place] = wants(rows.Row) ? [.. tensors.Select(tensor => Read(rows, tensor))] : [];
    }

    public void Compute(long first, int rows, Action<double> progress, CancellationToken cancellation) =>
        work.Compute(first, rows, progress, cancellation);

    public void Dispose() => work.Dispose();

    // What a double holds and a single does not would be refused.
    private static float[] Read(RowSource rows, int tensor)
    {
        var numbers = new double[rows.Tensors[tensor].Width];
        rows.Read(tensor, numbers.AsSpan());
        return Array.ConvertAll(numbers, number => (float)number);
    }
}
