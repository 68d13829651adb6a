using System.Numerics.Tensors;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Double;

namespace Microsoft.ML.Introspection.Numerics;

/// <summary>
/// Rows of a graph laid out by the eigenvectors of its normalised Laplacian (Ng, Jordan, Weiss 2001), found by a dense solver: equal
/// eigenvalues, which a graph in pieces has, are all found.
/// </summary>
/// <param name="Eigenvalues">The smallest of the Laplacian I − D^−½AD^−½, ascending, 0 to 2; as
/// many zeros as the graph has pieces.</param>
/// <param name="Eigenvectors">Their unit vectors, shape [rows, dimensions]; signs, and rotations among equal eigenvalues, are free.</param>
/// <param name="Points">The same with each row scaled to length 1; a row of zeros stays one.</param>
public sealed record SpectralEmbedding(double[] Eigenvalues, double[] Eigenvectors, double[] Points)
{
    /// <summary>How many eigenvalues stand before the largest gap: how many clusters the graph suggests.</summary>
    public int GapClusters => Eigenvalues.Length < 2 ? 1
        : Enumerable.Range(1, Eigenvalues.Length - 1).MaxBy(i => Eigenvalues[i] - Eigenvalues[i - 1]);

    /// <summary>1 between a row and its nearest rows, itself left out, the two directions averaged: 0, ½ or 1.</summary>
    /// <param name="distances">count × count.</param>
    /// <param name="count">How many rows.</param>
    /// <param name="neighbours">How many are near, 1 to count − 1; of equally near ones the first.</param>
    public static double[] NearestAffinity(double[] distances, int count, int neighbours)
    {
        Square(distances, count);
        ArgumentOutOfRangeException.ThrowIfLessThan(neighbours, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(neighbours, count);
        var affinity = new double[count * count];
        var (order, keys) = (new int[count], new (double, int)[count]);
        for (var i = 0; i < count; i++)
        {
            for (var j = 0; j < count; j++)
                (order[j], keys[j]) = (j, (j == i ? double.PositiveInfinity : distances[i * count + j], j));
            Array.Sort(keys, order);
            foreach (var j in order.AsSpan(0, neighbours))
            {
                affinity[i * count + j] += 0.5;
                affinity[j * count + i] += 0.5;
            }
        }
        return affinity;
    }

    /// <summary>exp(−d² / 2σ²) between all rows; 1 of a row with itself.</summary>
    /// <param name="distances">count × count.</param>
    /// <param name="count">How many rows.</param>
    /// <param name="sigma">How far a neighbourhood reaches, above 0.</param>
    public static double[] GaussianAffinity(double[] distances, int count, double sigma)
    {
        Square(distances, count);
        return sigma > 0 && double.IsFinite(sigma) ? Array.ConvertAll(distances, d => Math.Exp(-d * d / (2 * sigma * sigma)))
            : throw new ArgumentOutOfRangeException(nameof(sigma), sigma, "A finite number above 0 was expected.");
    }

    /// <summary>D^−½AD^−½, where D has the row sums of the affinity; zeros for a row without neighbours.</summary>
    /// <param name="affinity">count × count, symmetric, not negative.</param>
    /// <param name="count">How many rows.</param>
    public static double[] Normalized(double[] affinity, int count)
    {
        Square(affinity, count);
        var scales = new double[count];
        for (var i = 0; i < count; i++)
        {
            var degree = TensorPrimitives.Sum<double>(affinity.AsSpan(i * count, count));
            scales[i] = degree > 0 ? 1 / Math.Sqrt(degree) : 0;
        }
        var normalized = new double[count * count];
        for (var i = 0; i < count; i++)
        {
            var row = normalized.AsSpan(i * count, count);
            TensorPrimitives.Multiply(affinity.AsSpan(i * count, count), scales, row);
            TensorPrimitives.Multiply(row, scales[i], row);
        }
        return normalized;
    }

    /// <summary>Lays the rows of a graph out. A row without neighbours has the eigenvalue 1.</summary>
    /// <param name="affinity">count × count, symmetric, not negative.</param>
    /// <param name="count">How many rows.</param>
    /// <param name="dimensions">How many eigenvalues to keep, 1 to count.</param>
    /// <exception cref="ArgumentException">The affinity is not square, or has negative, infinite or unequal entries.</exception>
    public static SpectralEmbedding Of(double[] affinity, int count, int dimensions)
    {
        Square(affinity, count);
        ArgumentOutOfRangeException.ThrowIfLessThan(dimensions, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(dimensions, count);
        for (var i = 0; i < count; i++)
            for (var j = 0; j <= i; j++)
                if (affinity[i * count + j] != affinity[j * count + i] || affinity[i * count + j] < 0)
                    throw new ArgumentException($"An affinity is symmetric and not negative; of rows {i} and {j} it is "
                        + $"{affinity[i * count + j]} and {affinity[j * count + i]}.", nameof(affinity));
        var solved = new DenseMatrix(count, count, Normalized(affinity, count)).Evd(Symmetricity.Symmetric);
        var (values, vectors) = (new double[dimensions], new double[count * dimensions]);
        for (var k = 0; k < dimensions; k++)
        {
            values[k] = 1 - solved.EigenValues[count - 1 - k].Real;
            for (var i = 0; i < count; i++)
                vectors[i * dimensions + k] = solved.EigenVectors[i, count - 1 - k];
        }
        return new(values, vectors, OfLengthOne(vectors, dimensions));
    }

    /// <summary>The same in the first of its dimensions; all eigenvalues stay.</summary>
    internal SpectralEmbedding Within(int dimensions)
    {
        var all = Eigenvalues.Length;
        var (count, least) = (Eigenvectors.Length / all, Math.Min(dimensions, all));
        var vectors = new double[count * least];
        for (var i = 0; i < count; i++)
            Eigenvectors.AsSpan(i * all, least).CopyTo(vectors.AsSpan(i * least));
        return this with { Eigenvectors = vectors, Points = OfLengthOne(vectors, least) };
    }

    private static double[] OfLengthOne(double[] vectors, int dimensions)
    {
        var points = new double[vectors.Length];
        for (var at = 0; at < vectors.Length; at += dimensions)
        {
            var row = vectors.AsSpan(at, dimensions);
            var length = TensorPrimitives.Norm<double>(row);
            if (length > 0)
                TensorPrimitives.Divide(row, length, points.AsSpan(at, dimensions));
        }
        return points;
    }

    private static void Square(double[] matrix, int count)
    {
        ArgumentNullException.ThrowIfNull(matrix);
        if (count < 2 || matrix.Length != (long)count * count)
            throw new ArgumentException($"{count} × {count} numbers, at least 2 × 2, were expected; {matrix.Length} were "
                + "given.", nameof(matrix));
        foreach (var number in matrix)
            if (!double.IsFinite(number))
                throw new ArgumentException($"Finite numbers were expected; {number} is in the matrix.", nameof(matrix));
    }
}
