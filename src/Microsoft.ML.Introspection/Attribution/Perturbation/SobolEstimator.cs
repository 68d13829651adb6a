using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>
/// How total Sobol indices are estimated from scores under two kinds of designs: A, and Cᵢ, which is A with the i-th column taken from
/// another design B. A total index is the share of the score's variance that goes when all but the i-th is held: what it does alone and
/// with others. n designs; means over them; V the variance of the scores under A (÷(n−1)).
/// </summary>
public enum SobolEstimator
{
    /// <summary>Jansen 1999: mean(a − c)² / 2V. Never negative.</summary>
    Jansen,

    /// <summary>Homma, Saltelli 1996: (V − mean(ac) + mean(a)²) / V.</summary>
    Homma,

    /// <summary>
    /// Janon, Klein, Lagnoux, Nodet, Prieur 2014: 1 − (mean(ac) − m²) / ((Σa² + Σc²)/2(n−1) − m²), m the mean of both. The n−1 is that of
    /// Xplique; the paper divides by n. With it a number added to all scores changes the estimate, by a share of 1/n.
    /// </summary>
    Janon,

    /// <summary>Glen, Isaacs 2012: 1 − the correlation of a and c.</summary>
    Glen,
}

/// <summary>Designs for Sobol indices, and the estimates.</summary>
public static class SobolIndices
{
    /// <summary>The designs A, B, C₁, …, C_d, one behind the other.</summary>
    /// <param name="points">
    /// Points of twice as many dimensions as there are players, shape [n, 2·players]: each a row of A, then one of B.
    /// </param>
    /// <param name="players">How many things are varied: d.</param>
    /// <returns>Shape [(players + 2)·n, players].</returns>
    /// <exception cref="ArgumentException">The points are not whole.</exception>
    public static double[] Designs(ReadOnlySpan<double> points, int players)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(players, 1);
        if (points.IsEmpty || points.Length % (2 * players) != 0)
            throw new ArgumentException($"{points.Length} numbers are no points of {2 * players} dimensions, which {players} players need.",
                nameof(points));
        var n = points.Length / (2 * players);
        var designs = new double[checked((players + 2) * n * players)];
        for (var i = 0; i < n; i++)
        {
            var a = points.Slice(2 * i * players, players);
            var b = points.Slice((2 * i + 1) * players, players);
            a.CopyTo(designs.AsSpan(i * players));
            b.CopyTo(designs.AsSpan((n + i) * players));
            for (var player = 0; player < players; player++)
            {
                var c = designs.AsSpan(((player + 2) * n + i) * players, players);
                a.CopyTo(c);
                c[player] = b[player];
            }
        }
        return designs;
    }

    /// <summary>The total index of every player; 0 where the score does not vary.</summary>
    /// <param name="estimator">How it is estimated.</param>
    /// <param name="a">The scores under A, shape [N, n], n at least 2.</param>
    /// <param name="c">The scores under C₁, C₂, …, shape [N, players, n].</param>
    /// <returns>Shape [N, players].</returns>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static Value Total(this SobolEstimator estimator, Value a, Value c)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(c);
        if (a.Rank != 2 || c.Rank != 3 || !a.Shape[1].IsKnown || a.Shape[1].Value < 2 || c.Shape[2] != a.Shape[1])
            throw new ArgumentException(
                $"Scores of shape [N, n] and [N, players, n] were expected, n at least 2; given were {a.Shape} and {c.Shape}.", nameof(a));
        var n = a.Shape[1].Value;
        a = a.Unsqueeze(1);
        var varies = a.ReduceMax([2]).Greater(a.ReduceMin([2]));
        // Everything is taken about a mean, so that large scores cost no digits.
        var (meanA, meanC) = (a.MeanInOrder(2), c.MeanInOrder(2));
        var (aboutA, aboutC) = (a - meanA, c - meanC);
        var (variance, shared) = ((aboutA * aboutA).MeanInOrder(2), (aboutA * aboutC).MeanInOrder(2));
        var spread = variance * ((double)n / (n - 1));
        switch (estimator)
        {
            case SobolEstimator.Jansen:
                var apart = a - c;
                return OfVaried((apart * apart).MeanInOrder(2) / 2, spread);
            case SobolEstimator.Homma:
                return OfVaried(spread - shared - meanA * (meanC - meanA), spread);
            case SobolEstimator.Janon:
                var mean = (meanA + meanC) / 2;
                var (fromA, fromC) = (a - mean, c - mean);
                var both = ((fromA * fromA).MeanInOrder(2) + (fromC * fromC).MeanInOrder(2)) * (n / 2.0 / (n - 1)) + mean * mean / (n - 1);
                return OfVaried(both - (fromA * fromC).MeanInOrder(2), both);
            case SobolEstimator.Glen:
                var lengths = (variance * (aboutC * aboutC).MeanInOrder(2)).Sqrt();
                return OfVaried(lengths - shared, lengths);
            default:
                throw new ArgumentOutOfRangeException(nameof(estimator), estimator, "There is no such estimator.");
        }

        Value OfVaried(Value numerator, Value divisor) =>
            varies.Where(numerator.OverOrZero(divisor), numerator.Like(0)).Squeeze(2);
    }
}
