namespace Microsoft.ML.Introspection.Evaluation.Monitoring;

/// <summary>How far two lists of counts over the same bins lie apart.</summary>
public static class Divergence
{
    private const double Seen = 0.5;

    /// <summary>
    /// The population stability index, Σ (q − p) ln(q / p) over the shares p and q of the bins: the sum of both Kullback–Leibler
    /// divergences, in nats (Jeffreys 1946). 0 where shares are the same, else more; symmetric.
    /// </summary>
    /// <remarks>
    /// A bin that is empty on one side would make it infinite, so half a row is added to every bin of both sides. Bankers call less than
    /// 0.1 stable and 0.25 or more a shift; that is a rule of thumb, and what chance makes of it depends on the rows:
    /// <see cref="StabilityByChance"/>.
    /// </remarks>
    /// <param name="first">The rows in each bin.</param>
    /// <param name="second">Likewise, of the same bins.</param>
    /// <exception cref="ArgumentException">They differ in length, a count is negative, or a side has no rows.</exception>
    public static double PopulationStability(ReadOnlySpan<long> first, ReadOnlySpan<long> second)
    {
        var (n, m) = Check(first, second);
        var (all, others, sum) = (n + Seen * first.Length, m + Seen * second.Length, 0.0);
        for (var bin = 0; bin < first.Length; bin++)
        {
            var (p, q) = ((first[bin] + Seen) / all, (second[bin] + Seen) / others);
            sum += (q - p) * Math.Log(q / p);
        }
        return sum;
    }

    /// <summary>
    /// The population stability index that chance alone exceeds once in twenty: with B bins and n and m rows of one distribution the index
    /// over 1/n + 1/m follows χ² with B − 1 degrees of freedom (Yurdakul 2018), if no bin is almost empty.
    /// </summary>
    /// <param name="bins">How many bins, from 1 on; of one it is 0.</param>
    /// <param name="first">How many rows on one side.</param>
    /// <param name="second">How many on the other.</param>
    public static double StabilityByChance(int bins, long first, long second)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bins, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(first, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(second, 1);
        return bins == 1 ? 0 : MathNet.Numerics.Distributions.ChiSquared.InvCDF(bins - 1, 0.95) * (1.0 / first + 1.0 / second);
    }

    /// <summary>
    /// The Jensen–Shannon divergence in bits (Lin 1991): 0 where shares are the same, 1 where no bin has rows of both; symmetric. Its
    /// square root is a distance.
    /// </summary>
    /// <inheritdoc cref="PopulationStability"/>
    public static double JensenShannon(ReadOnlySpan<long> first, ReadOnlySpan<long> second)
    {
        var (n, m) = Check(first, second);
        var sum = 0.0;
        for (var bin = 0; bin < first.Length; bin++)
        {
            var (p, q) = ((double)first[bin] / n, (double)second[bin] / m);
            sum += Part(p, q) + Part(q, p);
        }
        return Math.Clamp(sum / 2, 0, 1);

        static double Part(double share, double other) => share > 0 ? share * Math.Log2(2 * share / (share + other)) : 0;
    }

    private static (long First, long Second) Check(ReadOnlySpan<long> first, ReadOnlySpan<long> second)
    {
        if (first.Length != second.Length)
            throw new ArgumentException(
                $"Counts of the same bins were expected; there are {first.Length} and {second.Length}.", nameof(second));
        var (n, m) = (0L, 0L);
        for (var bin = 0; bin < first.Length; bin++)
        {
            if (first[bin] < 0 || second[bin] < 0)
                throw new ArgumentException($"Counts are from 0 on; bin {bin} has {first[bin]} and {second[bin]}.", nameof(first));
            (n, m) = (checked(n + first[bin]), checked(m + second[bin]));
        }
        return n > 0 && m > 0 ? (n, m) : throw new ArgumentException("Rows on both sides were expected; one has none.", nameof(first));
    }
}
