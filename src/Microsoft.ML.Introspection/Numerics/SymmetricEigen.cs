namespace Microsoft.ML.Introspection.Numerics;

/// <summary>Eigenvalues and eigenvectors of small symmetric matrices, by rotations (Jacobi 1846).</summary>
public static class SymmetricEigen
{
    private const int MostSweeps = 60;

    /// <summary>Finds them.</summary>
    /// <param name="matrix">size × size, symmetric.</param>
    /// <param name="size">Its extent.</param>
    /// <returns>Eigenvalues, the largest first; eigenvectors as the columns of a size × size matrix in that order.</returns>
    /// <exception cref="ArgumentException">It is not square, or not finite.</exception>
    public static (double[] Values, double[] Vectors) Of(ReadOnlySpan<double> matrix, int size)
    {
        if (size < 1 || matrix.Length != size * size)
            throw new ArgumentException($"{size} × {size} numbers were expected; {matrix.Length} were given.", nameof(matrix));
        foreach (var number in matrix)
            if (!double.IsFinite(number))
                throw new ArgumentException($"Finite numbers were expected; {number} is in the matrix.", nameof(matrix));
        var (a, vectors) = (matrix.ToArray(), new double[size * size]);
        for (var i = 0; i < size; i++)
            vectors[i * size + i] = 1;
        for (var sweep = 0; sweep < MostSweeps; sweep++)
        {
            var (outside, inside) = (0.0, 0.0);
            for (var i = 0; i < size; i++)
                for (var j = 0; j < size; j++)
                    (outside, inside) = i == j ? (outside, inside + a[i * size + j] * a[i * size + j])
                        : (outside + a[i * size + j] * a[i * size + j], inside);
            if (outside <= 1e-32 * inside || outside == 0)
                break;
            for (var p = 0; p < size; p++)
                for (var q = p + 1; q < size; q++)
                    Rotate(a, vectors, size, p, q);
        }
        int[] order = [.. Enumerable.Range(0, size).OrderByDescending(i => a[i * size + i])];
        var sorted = new double[size * size];
        for (var row = 0; row < size; row++)
            for (var k = 0; k < size; k++)
                sorted[row * size + k] = vectors[row * size + order[k]];
        return ([.. order.Select(i => a[i * size + i])], sorted);
    }

    private static void Rotate(double[] a, double[] vectors, int size, int p, int q)
    {
        var off = a[p * size + q];
        if (off == 0)
            return;
        var theta = (a[q * size + q] - a[p * size + p]) / (2 * off);
        var tangent = (theta >= 0 ? 1 : -1) / (Math.Abs(theta) + Math.Sqrt(theta * theta + 1));
        var cosine = 1 / Math.Sqrt(tangent * tangent + 1);
        var sine = tangent * cosine;
        for (var k = 0; k < size; k++)
            Turn(ref a[k * size + p], ref a[k * size + q]);
        for (var k = 0; k < size; k++)
            Turn(ref a[p * size + k], ref a[q * size + k]);
        for (var k = 0; k < size; k++)
            Turn(ref vectors[k * size + p], ref vectors[k * size + q]);

        void Turn(ref double x, ref double y) => (x, y) = (cosine * x - sine * y, sine * x + cosine * y);
    }
}
