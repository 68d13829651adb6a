namespace Microsoft.ML.Introspection.Numerics;

/// <summary>
/// min ‖a − x·V‖ over x ≥ 0, by active sets: exact after finitely many changes of which are zero. Lawson, Hanson 1974; Bro, de Jong 1997.
/// </summary>
internal static class NonNegativeLeastSquares
{
    /// <summary>Solves one row.</summary>
    /// <param name="gram">V·Vᵀ, shape [rank, rank].</param>
    /// <param name="towards">V·a.</param>
    /// <param name="x">Takes the solution.</param>
    public static void Solve(ReadOnlySpan<double> gram, ReadOnlySpan<double> towards, Span<double> x)
    {
        var rank = x.Length;
        x.Clear();
        Span<bool> free = new bool[rank];
        double[] matrix = new double[rank * rank], solution = new double[rank];
        var scale = 0.0;
        foreach (var number in towards)
            scale = Math.Max(scale, Math.Abs(number));
        for (var turn = 0; turn < 3 * rank + 10; turn++)
        {
            var (best, gain) = (-1, 1e-14 * scale);
            for (var k = 0; k < rank; k++)
            {
                if (free[k])
                    continue;
                var slope = towards[k];
                for (var j = 0; j < rank; j++)
                    slope -= gram[k * rank + j] * x[j];
                if (slope > gain)
                    (best, gain) = (k, slope);
            }
            if (best < 0)
                return;
            free[best] = true;
            while (true)
            {
                // What hangs on the others adds nothing.
                if (!Restricted(gram, towards, free, matrix, solution))
                {
                    free[best] = false;
                    return;
                }
                var (step, blocked) = (1.0, false);
                for (var k = 0; k < rank; k++)
                {
                    if (free[k] && solution[k] <= 0)
                        (step, blocked) = (Math.Min(step, x[k] / Math.Max(x[k] - solution[k], double.Epsilon)), true);
                }
                for (var k = 0; k < rank; k++)
                {
                    if (!free[k])
                        continue;
                    x[k] = blocked ? x[k] + step * (solution[k] - x[k]) : solution[k];
                    if (blocked && x[k] <= 1e-15 * scale)
                        (x[k], free[k]) = (0, false);
                }
                if (!blocked)
                    break;
            }
        }
    }

    private static bool Restricted(
        ReadOnlySpan<double> gram, ReadOnlySpan<double> towards, ReadOnlySpan<bool> free, double[] matrix, double[] solution)
    {
        var (rank, size) = (free.Length, 0);
        foreach (var isFree in free)
            size += isFree ? 1 : 0;
        Span<double> x = new double[size];
        for (int i = 0, row = 0; i < rank; i++)
        {
            if (!free[i])
                continue;
            x[row] = towards[i];
            for (int j = 0, column = 0; j < rank; j++)
                if (free[j])
                    matrix[row * size + column++] = gram[i * rank + j];
            row++;
        }
        if (!Matrices.SolvePositive(matrix.AsSpan(0, size * size), size, x))
            return false;
        for (int i = 0, row = 0; i < rank; i++)
            solution[i] = free[i] ? x[row++] : 0;
        return true;
    }
}
