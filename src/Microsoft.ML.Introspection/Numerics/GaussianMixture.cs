using System.Numerics.Tensors;

namespace Microsoft.ML.Introspection.Numerics;

/// <summary>
/// Rows as draws from several Gaussians, fitted by expectation and maximisation (Dempster, Laird, Rubin 1977) from groups of k-means.
/// Each has a variance of its own for every column and no covariances: of more columns than rows these could not be told.
/// </summary>
public sealed class GaussianMixture
{
    private const double LeastGain = 1e-9;

    private GaussianMixture(double[] weights, double[] means, double[] variances) =>
        (Weights, Means, Variances) = (weights, means, variances);

    /// <summary>The share of each Gaussian; they sum to 1.</summary>
    public double[] Weights { get; }

    /// <summary>Their centres, shape [components, columns].</summary>
    public double[] Means { get; }

    /// <summary>Their variances, shape [components, columns].</summary>
    public double[] Variances { get; }

    /// <summary>Fits a mixture.</summary>
    /// <param name="rows">The rows, one after the other.</param>
    /// <param name="columns">The numbers of each.</param>
    /// <param name="components">How many Gaussians; of fewer rows, as many as there are.</param>
    /// <param name="seed">What is drawn: the starts of k-means.</param>
    /// <param name="floor">What is added to every variance, above 0: a Gaussian of equal rows would be infinitely narrow.</param>
    /// <param name="turns">The most turns; fewer where the likelihood no longer grows.</param>
    /// <exception cref="ArgumentException">Rows are not whole, or not finite.</exception>
    public static GaussianMixture Fit(
        double[] rows, int columns, int components, int seed = 0, double floor = 1e-6, int turns = 200)
    {
        var count = Matrices.Rows(rows, columns);
        ArgumentOutOfRangeException.ThrowIfLessThan(components, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(turns, 1);
        if (!(floor > 0 && double.IsFinite(floor)))
            throw new ArgumentOutOfRangeException(nameof(floor), floor, "A finite number above 0 was expected.");
        if (rows.Any(r => !double.IsFinite(r)))
            throw new ArgumentException("Finite numbers were expected; some of the rows are not.", nameof(rows));
        components = Math.Min(components, count);
        var labels = KMeans.Fit(rows, columns, components, seed).Labels;
        var shares = new double[count * components];
        for (var row = 0; row < count; row++)
            shares[row * components + labels[row]] = 1;
        var (last, room) = (double.NegativeInfinity, new double[columns]);
        for (var turn = 0; ; turn++)
        {
            var fitted = Maximised(rows, columns, shares, components, floor, room);
            var likelihood = 0.0;
            for (var row = 0; row < count; row++)
                likelihood += fitted.Shares(rows.AsSpan(row * columns, columns), shares.AsSpan(row * components, components), room);
            if (turn + 1 == turns || likelihood - last <= LeastGain * Math.Abs(likelihood))
                return fitted;
            last = likelihood;
        }
    }

    /// <summary>The logarithm of the density at each row.</summary>
    /// <param name="rows">The rows, one after the other.</param>
    public double[] LogLikelihoods(ReadOnlySpan<double> rows)
    {
        var columns = Means.Length / Weights.Length;
        if (rows.Length % columns != 0)
            throw new ArgumentException($"Rows of {columns} numbers were expected; {rows.Length} were given.", nameof(rows));
        var (found, shares, room) = (new double[rows.Length / columns], new double[Weights.Length], new double[columns]);
        for (var row = 0; row < found.Length; row++)
            found[row] = Shares(rows.Slice(row * columns, columns), shares, room);
        return found;
    }

    /// <summary>How probably a row comes from each Gaussian.</summary>
    /// <param name="row">The row.</param>
    public double[] SharesOf(ReadOnlySpan<double> row)
    {
        var shares = new double[Weights.Length];
        Shares(row, shares, new double[Means.Length / Weights.Length]);
        return shares;
    }

    // Also gives the logarithm of the row's density.
    private double Shares(ReadOnlySpan<double> row, Span<double> shares, Span<double> room)
    {
        var columns = row.Length;
        for (var k = 0; k < shares.Length; k++)
        {
            var variances = Variances.AsSpan(k * columns, columns);
            TensorPrimitives.Subtract(row, Means.AsSpan(k * columns, columns), room);
            TensorPrimitives.Multiply<double>(room, room, room);
            TensorPrimitives.Divide<double>(room, variances, room);
            var sum = TensorPrimitives.Sum<double>(room);
            TensorPrimitives.Log<double>(variances, room);
            shares[k] = Math.Log(Weights[k]) - (sum + TensorPrimitives.Sum<double>(room) + columns * Math.Log(2 * Math.PI)) / 2;
        }
        var most = TensorPrimitives.Max<double>(shares);
        TensorPrimitives.Subtract<double>(shares, most, shares);
        TensorPrimitives.Exp<double>(shares, shares);
        var all = TensorPrimitives.Sum<double>(shares);
        TensorPrimitives.Divide<double>(shares, all, shares);
        return most + Math.Log(all);
    }

    private static GaussianMixture Maximised(
        double[] rows, int columns, double[] shares, int components, double floor, double[] room)
    {
        var count = rows.Length / columns;
        var (weights, means, variances) = (new double[components], new double[components * columns], new double[components * columns]);
        for (var k = 0; k < components; k++)
        {
            var mean = means.AsSpan(k * columns, columns);
            var variance = variances.AsSpan(k * columns, columns);
            // A little, so that nothing is divided by zero.
            var sum = 10 * double.Epsilon;
            for (var row = 0; row < count; row++)
            {
                sum += shares[row * components + k];
                TensorPrimitives.MultiplyAdd(rows.AsSpan(row * columns, columns), shares[row * components + k], mean, mean);
            }
            TensorPrimitives.Divide(mean, sum, mean);
            for (var row = 0; row < count; row++)
            {
                TensorPrimitives.Subtract(rows.AsSpan(row * columns, columns), mean, room);
                TensorPrimitives.Multiply<double>(room, room, room);
                TensorPrimitives.MultiplyAdd<double>(room, shares[row * components + k], variance, variance);
            }
            TensorPrimitives.Divide(variance, sum, variance);
            TensorPrimitives.Add(variance, floor, variance);
            weights[k] = sum / count;
        }
        return new(weights, means, variances);
    }
}
