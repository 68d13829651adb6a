using MathNet.Numerics.Integration;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>How an integral over the way from a baseline to the input becomes a weighted sum.</summary>
public enum Quadrature
{
    /// <summary>Gauss–Legendre: exact for polynomials up to degree 2·points − 1.</summary>
    GaussLegendre,

    /// <summary>Equal intervals, each taken at its left end: 0, 1/n, …, (n−1)/n.</summary>
    [Option("", Name = "left")]
    RiemannLeft,

    /// <summary>Equal intervals, each taken at its right end: 1/n, …, 1.</summary>
    [Option("", Name = "right")]
    RiemannRight,

    /// <summary>Equal intervals, each taken at its middle.</summary>
    [Option("", Name = "middle")]
    RiemannMiddle,

    /// <summary>n points from 0 to 1 joined by straight lines: n − 1 trapezoids.</summary>
    Trapezoid,
}

/// <summary>The points and weights of the quadratures.</summary>
public static class Quadratures
{
    /// <summary>The points as variants α, each of its weight.</summary>
    /// <param name="quadrature">The rule.</param>
    /// <param name="count">How many points: at least 1, for trapezoids 2.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are fewer, or no such rule.</exception>
    public static Variants Over(this Quadrature quadrature, int count)
    {
        var (points, weights) = quadrature.Rule(count);
        // An average over points that count alike is a mean.
        return Variants.Of(points, Array.TrueForAll(weights, w => w == weights[0]) ? null : weights);
    }

    /// <summary>The points in [0, 1] and their weights, which sum to 1.</summary>
    /// <param name="quadrature">The rule.</param>
    /// <param name="count">How many points: at least 1, for trapezoids 2.</param>
    internal static (double[] Points, double[] Weights) Rule(this Quadrature quadrature, int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, quadrature == Quadrature.Trapezoid ? 2 : 1);
        double[] Points(Func<int, double> point) => [.. Enumerable.Range(0, count).Select(point)];
        double[] Equal() => Points(_ => 1.0 / count);
        return quadrature switch
        {
            Quadrature.GaussLegendre => new GaussLegendreRule(0, 1, count) is var rule ? (rule.Abscissas, rule.Weights) : default,
            Quadrature.RiemannLeft => (Points(i => (double)i / count), Equal()),
            Quadrature.RiemannRight => (Points(i => (i + 1.0) / count), Equal()),
            Quadrature.RiemannMiddle => (Points(i => (i + 0.5) / count), Equal()),
            Quadrature.Trapezoid => (Points(i => (double)i / (count - 1)), Points(i => (i == 0 || i == count - 1 ? 0.5 : 1) / (count - 1))),
            _ => throw new ArgumentOutOfRangeException(nameof(quadrature), quadrature, "There is no such quadrature."),
        };
    }
}
