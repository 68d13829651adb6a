using System.Numerics.Tensors;

namespace Microsoft.ML.Introspection.Numerics;

/// <summary>How points are laid out by <see cref="TSne"/>.</summary>
public sealed record TSneOptions
{
    /// <summary>About how many neighbours count for a point; below the number of points.</summary>
    public double Perplexity
    {
        get;
        init => field = double.IsFinite(value) && value >= 1 ? value
            : throw new ArgumentOutOfRangeException(nameof(Perplexity), value, "A perplexity of at least 1 was expected.");
    } = 30;

    /// <summary>How many steps are taken.</summary>
    public int Steps
    {
        get;
        init => field = value >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(Steps), value, "At least one step was expected.");
    } = 1000;

    /// <summary>How many of these exaggerate first, so that groups come apart.</summary>
    public int ExaggeratedSteps
    {
        get;
        init => field = value >= 0 ? value
            : throw new ArgumentOutOfRangeException(nameof(ExaggeratedSteps), value, "A number of steps of at least 0 was expected.");
    } = 250;

    /// <summary>By how much they do.</summary>
    public double Exaggeration
    {
        get;
        init => field = double.IsFinite(value) && value >= 1 ? value
            : throw new ArgumentOutOfRangeException(nameof(Exaggeration), value, "A factor of at least 1 was expected.");
    } = 12;

    /// <summary>The length of a step; null for points / exaggeration / 4, and 50 at least.</summary>
    public double? Rate
    {
        get;
        init => field = value is null or > 0 ? value
            : throw new ArgumentOutOfRangeException(nameof(Rate), value, "A rate above 0 was expected.");
    }
}

/// <summary>
/// Lays points of many dimensions out in a plane so that neighbours stay neighbours (van der Maaten, Hinton 2008), exactly: of all pairs.
/// It starts at the principal components, and draws nothing: the same rows give the same layout.
/// </summary>
public static class TSne
{
    /// <summary>The most points: time and memory grow with their square.</summary>
    public const int MostPoints = 8192;

    private const double Least = 2.220446049250313e-16, StartDeviation = 1e-4, LeastGain = 0.01;
    private const int Halvings = 100;

    /// <summary>Lays rows out.</summary>
    /// <param name="rows">Rows one behind the other.</param>
    /// <param name="count">How many; up to <see cref="MostPoints"/>.</param>
    /// <param name="options">How.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <returns>x and y of each row, one behind the other.</returns>
    /// <exception cref="ArgumentException">There are too many rows, too few for the perplexity, or some are not finite.</exception>
    public static double[] Embed(
        ReadOnlySpan<double> rows, int count, TSneOptions? options = null, CancellationToken cancellation = default)
    {
        options ??= new();
        var distances = SquaredDistances(rows, count);
        var start = PrincipalComponents.Of(rows, count, 2).Scores;
        var deviation = Math.Sqrt(Enumerable.Range(0, count).Sum(i => start[2 * i] * start[2 * i]) / count);
        if (deviation > 0)
            for (var i = 0; i < start.Length; i++)
                start[i] *= StartDeviation / deviation;
        return Optimized(JointProbabilities(distances, count, options.Perplexity), start, options, cancellation);
    }

    /// <summary>The squares of the distances of all rows to all, count × count.</summary>
    /// <exception cref="ArgumentException">There are too many rows, or some are not finite.</exception>
    public static double[] SquaredDistances(ReadOnlySpan<double> rows, int count)
    {
        if (count is < 2 or > MostPoints || rows.Length % count != 0 || rows.Length == 0)
            throw new ArgumentException($"From 2 to {MostPoints} rows of equal length were expected; {count} rows of {rows.Length} numbers "
                + "in all were given.", nameof(count));
        foreach (var number in rows)
            if (!double.IsFinite(number))
                throw new ArgumentException($"Finite numbers were expected; {number} is among the rows.", nameof(rows));
        var (width, distances) = (rows.Length / count, new double[count * count]);
        for (var i = 0; i < count; i++)
            for (var j = 0; j < i; j++)
            {
                var distance = TensorPrimitives.Distance(rows.Slice(i * width, width), rows.Slice(j * width, width));
                distances[i * count + j] = distances[j * count + i] = distance * distance;
            }
        return distances;
    }

    /// <summary>
    /// How probable it is that two points are neighbours: a Gaussian about each, as wide as the perplexity asks, both directions joined.
    /// </summary>
    /// <param name="squaredDistances">count × count.</param>
    /// <param name="count">How many points.</param>
    /// <param name="perplexity">About how many neighbours count.</param>
    /// <returns>count × count; their sum is 1.</returns>
    /// <exception cref="ArgumentException">The perplexity is not below the number of points.</exception>
    public static double[] JointProbabilities(double[] squaredDistances, int count, double perplexity)
    {
        ArgumentNullException.ThrowIfNull(squaredDistances);
        if (squaredDistances.Length != count * count)
            throw new ArgumentException($"{count} × {count} distances were expected; {squaredDistances.Length} were given.");
        if (!(perplexity >= 1 && perplexity < count))
            throw new ArgumentException($"A perplexity from 1 to below the number of points, {count}, was expected; it is {perplexity}.",
                nameof(perplexity));
        var conditional = new double[count * count];
        Parallel.For(0, count, i => Conditional(
            squaredDistances.AsSpan(i * count, count), i, Math.Log(perplexity), conditional.AsSpan(i * count, count)));
        var joint = new double[count * count];
        for (var i = 0; i < count; i++)
            for (var j = 0; j < count; j++)
                if (i != j)
                    joint[i * count + j] = Math.Max((conditional[i * count + j] + conditional[j * count + i]) / (2.0 * count), Least);
        return joint;
    }

    /// <summary>How far a layout's neighbourhoods are from the wanted ones (Kullback, Leibler), and the gradient by its points.</summary>
    /// <param name="probabilities">The wanted ones, count × count.</param>
    /// <param name="points">x and y of each point.</param>
    public static (double Divergence, double[] Gradient) Divergence(double[] probabilities, double[] points)
    {
        ArgumentNullException.ThrowIfNull(probabilities);
        ArgumentNullException.ThrowIfNull(points);
        var (count, gradient) = (points.Length / 2, new double[points.Length]);
        if (probabilities.Length != count * count || points.Length % 2 != 0)
            throw new ArgumentException($"{count} points have {count} × {count} probabilities; {probabilities.Length} were given.");
        var sum = Pull(probabilities, points, gradient, 1);
        var divergence = 0.0;
        for (var i = 0; i < count; i++)
            for (var j = 0; j < count; j++)
                if (i != j && probabilities[i * count + j] is > 0 and var wanted)
                    divergence += wanted * Math.Log(Math.Max(wanted, Least) / Math.Max(Nearness(points, i, j) / sum, Least));
        return (divergence, gradient);
    }

    // Gains grow where a point keeps its direction, as in the authors' program.
    private static double[] Optimized(double[] probabilities, double[] points, TSneOptions options, CancellationToken cancellation)
    {
        var rate = options.Rate ?? Math.Max(points.Length / 2 / options.Exaggeration / 4, 50);
        var (gradient, velocity, gains) = (new double[points.Length], new double[points.Length], new double[points.Length]);
        Array.Fill(gains, 1);
        for (var step = 0; step < options.Steps; step++)
        {
            cancellation.ThrowIfCancellationRequested();
            var isEarly = step < options.ExaggeratedSteps;
            Pull(probabilities, points, gradient, isEarly ? options.Exaggeration : 1);
            for (var i = 0; i < points.Length; i++)
            {
                gains[i] = velocity[i] * gradient[i] < 0 ? gains[i] + 0.2 : Math.Max(gains[i] * 0.8, LeastGain);
                velocity[i] = velocity[i] * (isEarly ? 0.5 : 0.8) - rate * gains[i] * gradient[i];
                points[i] += velocity[i];
            }
        }
        return points;
    }

    // The gradient, and the sum of all nearnesses; rows apart, so that the sums do not depend on how threads run.
    private static double Pull(double[] probabilities, double[] points, double[] gradient, double exaggeration)
    {
        var count = points.Length / 2;
        var sums = new double[count];
        Parallel.For(0, count, i =>
        {
            var sum = 0.0;
            for (var j = 0; j < count; j++)
                sum += j == i ? 0 : Nearness(points, i, j);
            sums[i] = sum;
        });
        var all = sums.Sum();
        Parallel.For(0, count, i =>
        {
            var (x, y) = (0.0, 0.0);
            for (var j = 0; j < count; j++)
            {
                if (j == i)
                    continue;
                var near = Nearness(points, i, j);
                var pull = (exaggeration * probabilities[i * count + j] - Math.Max(near / all, Least)) * near;
                x += pull * (points[2 * i] - points[2 * j]);
                y += pull * (points[2 * i + 1] - points[2 * j + 1]);
            }
            (gradient[2 * i], gradient[2 * i + 1]) = (4 * x, 4 * y);
        });
        return all;
    }

    private static double Nearness(double[] points, int i, int j)
    {
        var (x, y) = (points[2 * i] - points[2 * j], points[2 * i + 1] - points[2 * j + 1]);
        return 1 / (1 + x * x + y * y);
    }

    // The width at which the entropy is that of the perplexity, by halving.
    private static void Conditional(ReadOnlySpan<double> squares, int self, double entropy, Span<double> into)
    {
        var (beta, low, high, nearest) = (1.0, 0.0, double.PositiveInfinity, double.PositiveInfinity);
        for (var j = 0; j < squares.Length; j++)
            if (j != self)
                nearest = Math.Min(nearest, squares[j]);
        for (var turn = 0; turn < Halvings; turn++)
        {
            var (sum, weighted) = (0.0, 0.0);
            for (var j = 0; j < squares.Length; j++)
            {
                into[j] = j == self ? 0 : Math.Exp(-beta * (squares[j] - nearest));
                sum += into[j];
                weighted += into[j] * (squares[j] - nearest);
            }
            var gap = Math.Log(sum) + beta * weighted / sum - entropy;
            foreach (ref var share in into)
                share /= sum;
            if (Math.Abs(gap) < 1e-12)
                return;
            (low, high) = gap > 0 ? (beta, high) : (low, beta);
            beta = double.IsPositiveInfinity(high) ? beta * 2 : (low + high) / 2;
        }
    }
}
