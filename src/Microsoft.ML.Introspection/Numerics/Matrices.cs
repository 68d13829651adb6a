using System.Numerics.Tensors;

namespace Microsoft.ML.Introspection.Numerics;

/// <summary>Matrices as plain arrays, row after row.</summary>
internal static class Matrices
{
    /// <summary>How many rows there are.</summary>
    /// <exception cref="ArgumentException">There are none, or the last is not whole.</exception>
    public static int Rows(double[] matrix, int columns)
    {
        ArgumentNullException.ThrowIfNull(matrix);
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        return matrix.Length > 0 && matrix.Length % columns == 0 ? matrix.Length / columns
            : throw new ArgumentException($"{matrix.Length} numbers are no rows of {columns}.", nameof(matrix));
    }

    /// <summary>A·Bᵀ of two matrices of as many columns.</summary>
    public static double[] TimesTransposed(double[] a, double[] b, int columns)
    {
        var product = new double[a.Length / columns * (b.Length / columns)];
        TimesTransposed(a, b, columns, product);
        return product;
    }

    /// <inheritdoc cref="TimesTransposed(double[], double[], int)"/>
    public static void TimesTransposed(double[] a, double[] b, int columns, double[] product)
    {
        var (rows, others) = (a.Length / columns, b.Length / columns);
        for (var i = 0; i < rows; i++)
            for (var j = 0; j < others; j++)
                product[i * others + j] = TensorPrimitives.Dot<double>(a.AsSpan(i * columns, columns), b.AsSpan(j * columns, columns));
    }

    /// <summary>The mean of each column.</summary>
    public static double[] Means(double[] matrix, int columns)
    {
        var (means, rows) = (new double[columns], Rows(matrix, columns));
        for (var row = 0; row < rows; row++)
            TensorPrimitives.Add(means, matrix.AsSpan(row * columns, columns), means);
        TensorPrimitives.Divide(means, rows, means);
        return means;
    }

    /// <summary>Solves a positive definite system in place (Cholesky); false where it is not positive definite.</summary>
    /// <param name="matrix">Shape [size, size]; its lower half is overwritten.</param>
    /// <param name="size">The number of unknowns.</param>
    /// <param name="x">The right side, then the solution.</param>
    public static bool SolvePositive(Span<double> matrix, int size, Span<double> x)
    {
        for (var i = 0; i < size; i++)
        {
            for (var j = 0; j <= i; j++)
            {
                var sum = matrix[i * size + j]
                    - TensorPrimitives.Dot<double>(matrix.Slice(i * size, j), matrix.Slice(j * size, j));
                if (i == j && !(sum > 1e-13 * Math.Abs(matrix[i * size + i])))
                    return false;
                matrix[i * size + j] = i == j ? Math.Sqrt(sum) : sum / matrix[j * size + j];
            }
        }
        for (var i = 0; i < size; i++)
            x[i] = (x[i] - TensorPrimitives.Dot<double>(matrix.Slice(i * size, i), x[..i])) / matrix[i * size + i];
        for (var i = size - 1; i >= 0; i--)
        {
            for (var j = i + 1; j < size; j++)
                x[i] -= matrix[j * size + i] * x[j];
            x[i] /= matrix[i * size + i];
        }
        return true;
    }
}
