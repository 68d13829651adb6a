using System.Numerics;
using System.Runtime.InteropServices;

namespace Microsoft.ML.Introspection.Features;

/// <summary>Which numbers of a map go into quantiles.</summary>
internal static class QuantileSample
{
    // The golden section spreads any number of places evenly, whatever the width of the maps.
    private const double Golden = 0.6180339887498949;

    // What does not fit into the memory for quantiles is sampled to this share of it: to put in order what would just fit takes longer
    // than the pass.
    private const int Spared = 8;

    /// <summary>How many places are taken of each map of each tensor, whose memory is taken, too.</summary>
    /// <param name="statistics">The tensors.</param>
    /// <param name="options">How much memory they may have.</param>
    /// <param name="rows">How many rows there are, where that is known.</param>
    public static int[] Of(NetworkStatistics statistics, StatisticsOptions options, long? rows)
    {
        int[] taken = [.. statistics.Tensors.Select(t => Math.Min(t.Positions, options.Positions))];
        var bytes = (rows ?? 0.0) * sizeof(float) * statistics.Tensors.Zip(taken, (t, some) => (double)t.Units * some).Sum();
        if (bytes > options.QuantileMemory)
            taken = Array.ConvertAll(taken, some => Math.Max(1, (int)(some * (options.QuantileMemory / Spared / bytes))));
        foreach (var (tensor, some) in statistics.Tensors.Zip(taken))
            tensor.Reserve((rows ?? 0) * some);
        return taken;
    }

    /// <summary>Takes places of a map, others in every row; all where it does not matter how many were taken before.</summary>
    /// <param name="numbers">The map.</param>
    /// <param name="row">The row's number.</param>
    /// <param name="sample">Room for as many as are taken.</param>
    public static ReadOnlySpan<float> Take<T>(ReadOnlySpan<T> numbers, long row, Span<float> sample) where T : unmanaged, INumber<T>
    {
        if (sample.Length == numbers.Length && typeof(T) == typeof(float))
            return MemoryMarshal.Cast<T, float>(numbers);
        for (var i = 0; i < sample.Length; i++)
            sample[i] = float.CreateSaturating(numbers[
                sample.Length == numbers.Length ? i : (int)((row * sample.Length + i + 0.5) * Golden % 1 * numbers.Length)]);
        return sample;
    }
}
