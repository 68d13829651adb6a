using System.Numerics.Tensors;
using MathNet.Numerics.LinearAlgebra;

namespace Microsoft.ML.Introspection.Numerics;

/// <summary>
/// How rows spread around their mean, along all directions: principal components (Pearson 1901), and by them how alike two descriptions of
/// the same rows are. Rows that hold NaN or an infinity have no spread that can be told: every number is NaN then.
/// </summary>
public sealed class RowSpectrum
{
    // Of the largest eigenvalue: what rounding leaves of none.
    private const double Vanishing = 1e-14;

    private readonly double[] _axes;
    private readonly int _rank;

    private RowSpectrum(int count, double[] mean, double[] variances, double[] axes, double[][] components)
    {
        (Count, Mean, Variances, _axes, Components) = (count, mean, variances, axes, components);
        (_rank, var total) = (axes.Length / count, TensorPrimitives.Sum<double>(variances));
        Ratios = [.. variances.Select(v => v / total)];
        Participation = total * total / TensorPrimitives.SumOfSquares<double>(variances);
        var scores = new double[count * components.Length];
        Scores = scores;
        for (var k = 0; k < components.Length && k < _rank; k++)
            for (var row = 0; row < count; row++)
                scores[row * components.Length + k] = axes[k * count + row] * Math.Sqrt(variances[k] * (count - 1));
    }

    /// <summary>How many rows there are.</summary>
    public int Count { get; }

    /// <summary>The mean row.</summary>
    public IReadOnlyList<double> Mean { get; }

    /// <summary>The eigenvalues of the covariance (divided by rows − 1), the largest first; of rows and columns the fewer.</summary>
    public IReadOnlyList<double> Variances { get; }

    /// <summary>The share of each in their sum; NaN where all rows are equal.</summary>
    public IReadOnlyList<double> Ratios { get; }

    /// <summary>(Σλ)²/Σλ²: how many directions the rows take part in, from 1 on; NaN where all rows are equal.</summary>
    public double Participation { get; }

    /// <summary>The first directions: unit rows, the entry that is largest in size above zero; zeros beyond the rank.</summary>
    public IReadOnlyList<double[]> Components { get; }

    /// <summary>Where each row lies along them, row by row: [rows, components].</summary>
    public IReadOnlyList<double> Scores { get; }

    /// <summary>Takes rows apart.</summary>
    /// <param name="rows">Rows one behind the other.</param>
    /// <param name="count">How many, at least two.</param>
    /// <param name="components">How many directions are kept.</param>
    /// <exception cref="ArgumentException">The rows do not have one length, or are too few.</exception>
    public static RowSpectrum Of(ReadOnlySpan<double> rows, int count, int components = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(components);
        if (count < 2 || rows.IsEmpty || rows.Length % count != 0)
            throw new ArgumentException($"At least two rows of equal length were expected: {count} rows of {rows.Length} numbers in all.",
                nameof(rows));
        var width = rows.Length / count;
        var (centred, size) = (rows.ToArray(), Math.Min(count, width));
        components = Math.Min(components, size);
        foreach (var number in rows)
            if (!double.IsFinite(number))
                return new RowSpectrum(count, [.. Enumerable.Repeat(double.NaN, width)], [.. Enumerable.Repeat(double.NaN, size)], [],
                    [.. Enumerable.Range(0, components).Select(_ => new double[width])]);
        var mean = Matrices.Means(centred, width);
        for (var row = 0; row < count; row++)
            TensorPrimitives.Subtract(centred.AsSpan(row * width, width), mean, centred.AsSpan(row * width, width));

        // Of the two products with itself, the smaller: they have the same eigenvalues.
        var columns = width <= count ? Transposed(centred, count, width) : null;
        var product = columns is null ? Matrices.TimesTransposed(centred, centred, width)
            : Matrices.TimesTransposed(columns, columns, count);
        var found = Matrix<double>.Build.Dense(size, size, product).Evd(Symmetricity.Symmetric);
        var values = new double[size];
        for (var k = 0; k < size; k++)
            values[k] = Math.Max(found.EigenValues[size - 1 - k].Real, 0);
        var rank = values.Count(v => v > Vanishing * size * values[0]);
        var (axes, directions) = (new double[rank * count], new double[components][]);
        for (var k = 0; k < size && k < Math.Max(rank, components); k++)
        {
            var vector = found.EigenVectors.Column(size - 1 - k).ToArray();
            var direction = k >= components ? null : k >= rank ? new double[width] : columns is null
                ? Gathered(centred, vector, width, 1 / Math.Sqrt(values[k])) : vector;
            var sign = direction is not null && direction[TensorPrimitives.IndexOfMaxMagnitude<double>(direction)] < 0 ? -1 : 1;
            if (direction is not null)
                TensorPrimitives.Multiply(direction, sign, directions[k] = direction);
            if (k < rank)
            {
                var axis = columns is null ? vector : Gathered(columns, vector, count, 1 / Math.Sqrt(values[k]));
                // Of a small product the vector is the direction itself, and turned with it.
                TensorPrimitives.Multiply(axis, columns is null || direction is null ? sign : 1, axes.AsSpan(k * count, count));
            }
        }
        TensorPrimitives.Divide(values, count - 1, values);
        return new RowSpectrum(count, mean, values, axes, directions);
    }

    /// <summary>
    /// Linear centred kernel alignment: 1 where the descriptions are the same up to rotation and scale, 0 where nothing of one is in the
    /// other; NaN where either has no spread. Kornblith, Norouzi, Lee, Hinton 2019, arXiv:1905.00414.
    /// </summary>
    /// <param name="other">Another description of the same rows.</param>
    public double Alignment(RowSpectrum other)
    {
        var (sum, common) = (0.0, Common(other, _rank, other._rank));
        for (var i = 0; i < _rank; i++)
            for (var j = 0; j < other._rank; j++)
                sum += Variances[i] * other.Variances[j] * common[i * other._rank + j] * common[i * other._rank + j];
        return sum / Math.Sqrt(Variances.Sum(v => v * v) * other.Variances.Sum(v => v * v));
    }

    /// <summary>
    /// SVCCA: the mean of the canonical correlations between the fewest directions that keep a share of each description's variance; over
    /// the smaller number of directions. NaN where either has no spread. Raghu, Gilmer, Yosinski, Sohl-Dickstein 2017, arXiv:1706.05806.
    /// </summary>
    /// <param name="other">Another description of the same rows.</param>
    /// <param name="kept">The share.</param>
    public double CanonicalCorrelation(RowSpectrum other, double kept = 0.99)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (!(kept is > 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(kept), kept, "A share above 0, at most 1, was expected.");
        var (mine, others) = (Fewest(kept), other.Fewest(kept));
        if (mine == 0 || others == 0)
            return double.NaN;
        // The axes are columns of as many rows: their products, transposed, have the same singular values.
        return Matrix<double>.Build.Dense(others, mine, Common(other, mine, others)).Svd(false).S.Average(s => Math.Min(s, 1));
    }

    private int Fewest(double kept)
    {
        var (sum, count) = (0.0, 0);
        while (count < _rank && sum < kept)
            sum += Ratios[count++];
        return count;
    }

    // The products of axes, [mine, others].
    private double[] Common(RowSpectrum other, int mine, int others)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (other.Count != Count)
            throw new ArgumentException($"The same {Count} rows were expected; the other description has {other.Count}.", nameof(other));
        return Matrices.TimesTransposed(_axes[..(mine * Count)], other._axes[..(others * Count)], Count);
    }

    private static double[] Gathered(double[] rows, double[] weights, int width, double factor)
    {
        var sum = new double[width];
        for (var row = 0; row < weights.Length; row++)
            TensorPrimitives.MultiplyAdd(rows.AsSpan(row * width, width), weights[row] * factor, sum, sum);
        return sum;
    }

    private static double[] Transposed(double[] rows, int count, int width)
    {
        var columns = new double[rows.Length];
        for (var row = 0; row < count; row++)
            for (var column = 0; column < width; column++)
                columns[column * count + row] = rows[row * width + column];
        return columns;
    }
}
