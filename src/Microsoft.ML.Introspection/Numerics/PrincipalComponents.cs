using System.Numerics.Tensors;

namespace Microsoft.ML.Introspection.Numerics;

/// <summary>
/// The directions in which rows spread most, orthogonal to one another: by subspace iteration with a Rayleigh-Ritz step (Golub, Van Loan),
/// so that no matrix of all columns is made.
/// </summary>
/// <param name="Mean">The mean row.</param>
/// <param name="Directions">Unit rows, the widest spread first; the largest element of each is above zero.</param>
/// <param name="Variances">The variance of the rows along each, divided by their number.</param>
/// <param name="Scores">Where each row lies along each direction, row by row.</param>
public sealed record PrincipalComponents(double[] Mean, double[][] Directions, double[] Variances, double[] Scores)
{
    private const int More = 6, MostTurns = 500;
    private const double Settled = 1e-13;

    /// <summary>Finds them.</summary>
    /// <param name="rows">Rows one behind the other, all finite.</param>
    /// <param name="count">How many.</param>
    /// <param name="components">How many directions; beyond the rank of the rows some spread by 0.</param>
    /// <exception cref="ArgumentException">The rows do not have one length, or there are more directions than columns.</exception>
    public static PrincipalComponents Of(ReadOnlySpan<double> rows, int count, int components)
    {
        var width = count > 0 ? rows.Length / count : 0;
        if (count < 1 || rows.Length % count != 0 || components < 1 || width < 1)
            throw new ArgumentException($"Rows of equal length, and a direction at least, were expected: {count} rows of {rows.Length} "
                + $"numbers in all, {components} directions.", nameof(components));
        var (mean, centred) = (new double[width], rows.ToArray());
        for (var row = 0; row < count; row++)
            TensorPrimitives.Add(mean, rows.Slice(row * width, width), mean);
        TensorPrimitives.Divide(mean, count, mean);
        for (var row = 0; row < count; row++)
            TensorPrimitives.Subtract(centred.AsSpan(row * width, width), mean, centred.AsSpan(row * width, width));

        var size = Math.Min(components + More, width);
        var random = new Random(1);
        double[][] basis = [.. Enumerable.Range(0, size).Select(_ =>
            Enumerable.Range(0, width).Select(_ => random.NextDouble() - 0.5).ToArray())];
        Orthonormalize(basis, 0, random);
        var variances = new double[size];
        for (var turn = 0; turn < MostTurns; turn++)
        {
            // The rows along the basis, its covariance in that small space, and the basis turned to its axes.
            double[][] along = [.. basis.Select(b => Along(centred, b, count))];
            var small = new double[size * size];
            for (var i = 0; i < size; i++)
                for (var j = 0; j <= i; j++)
                    small[i * size + j] = small[j * size + i] = TensorPrimitives.Dot(along[i], along[j]) / count;
            var (values, vectors) = SymmetricEigen.Of(small, size);
            var change = values.Take(components).Zip(variances, (a, b) => Math.Abs(a - b)).Max();
            variances = values;
            basis = [.. Enumerable.Range(0, size).Select(k => Combined(basis, vectors, k, size))];
            if (turn > 2 && change <= Settled * Math.Max(values[0], double.Epsilon) || turn == MostTurns - 1)
                break;
            along = [.. Enumerable.Range(0, size).Select(k => Combined(along, vectors, k, size))];
            // A direction without spread stays as it is.
            basis = [.. basis.Select((b, k) => variances[k] <= 1e-14 * variances[0] ? b : Gathered(centred, along[k], width))];
            Orthonormalize(basis, 0, random);
        }
        var directions = basis.Take(components).Select(b => b[TensorPrimitives.IndexOfMaxMagnitude<double>(b)] < 0
            ? Array.ConvertAll(b, v => -v) : b).ToList();
        // Rows of fewer columns spread in no further direction.
        while (directions.Count < components)
            directions.Add(new double[width]);
        var scores = new double[count * components];
        for (var k = 0; k < components; k++)
            foreach (var (row, score) in Along(centred, directions[k], count).Index())
                scores[row * components + k] = score;
        return new PrincipalComponents(mean, [.. directions],
            [.. Enumerable.Range(0, components).Select(k => k < size ? Math.Max(variances[k], 0) : 0)], scores);
    }

    private static double[] Along(double[] rows, double[] direction, int count) => [.. Enumerable.Range(0, count).Select(row =>
        TensorPrimitives.Dot(rows.AsSpan(row * direction.Length, direction.Length), direction))];

    private static double[] Gathered(double[] rows, double[] weights, int width)
    {
        var sum = new double[width];
        for (var row = 0; row < weights.Length; row++)
            TensorPrimitives.MultiplyAdd(rows.AsSpan(row * width, width), weights[row], sum, sum);
        return sum;
    }

    private static double[] Combined(double[][] basis, double[] vectors, int column, int size)
    {
        var sum = new double[basis[0].Length];
        for (var i = 0; i < size; i++)
            TensorPrimitives.MultiplyAdd(basis[i], vectors[i * size + column], sum, sum);
        return sum;
    }

    // Gram and Schmidt, twice; what vanishes is drawn anew.
    private static void Orthonormalize(double[][] basis, int from, Random random)
    {
        for (var k = from; k < basis.Length; k++)
        {
            for (var attempt = 0; ; attempt++)
            {
                var before = TensorPrimitives.Norm<double>(basis[k]);
                for (var turn = 0; turn < 2; turn++)
                    for (var i = 0; i < k; i++)
                        TensorPrimitives.MultiplyAdd(basis[i], -TensorPrimitives.Dot<double>(basis[i], basis[k]), basis[k], basis[k]);
                var norm = TensorPrimitives.Norm<double>(basis[k]);
                if (norm > 1e-10 * before || attempt > 8)
                {
                    TensorPrimitives.Divide(basis[k], Math.Max(norm, double.Epsilon), basis[k]);
                    break;
                }
                for (var i = 0; i < basis[k].Length; i++)
                    basis[k][i] = random.NextDouble() - 0.5;
            }
        }
    }
}
