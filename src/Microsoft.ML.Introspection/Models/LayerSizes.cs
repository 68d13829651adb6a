using System.Numerics;

namespace Microsoft.ML.Introspection.Models;

/// <summary>How much a network computes at once.</summary>
internal static class LayerSizes
{
    // About what the second cache of a processor's core holds beside the weights.
    private const int CacheBytes = 1 << 19;

    /// <summary>
    /// Where at least so many rows fit into the cache, layers are small: variants of one row, or the rows of one thread, keep the network
    /// busy.
    /// </summary>
    public const int ManyRows = 64;

    /// <summary>How many rows go through a network so that what one layer computes is in the cache until the next one reads it.</summary>
    /// <returns>A power of two; for small networks thousands.</returns>
    public static int RowsInCache(Network network)
    {
        var widest = network.Layers.Where(l => l.Shape is { Rank: > 0 } shape && !shape[0].IsKnown && shape.Skip(1).All(d => d.IsKnown))
            .Select(l => l.Shape!.Skip(1).Aggregate(1L, (p, d) => p * d.Value)).DefaultIfEmpty(1).Max();
        return (int)BitOperations.RoundUpToPowerOf2((uint)(CacheBytes / (sizeof(float) * Math.Max(widest, 1))) + 1) / 2 is > 0 and var rows
            ? rows : 1;
    }
}
