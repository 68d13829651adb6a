using MathNet.Numerics.LinearAlgebra;

namespace Microsoft.ML.Introspection.Tests.Shapley;

/// <summary>A weighted ridge regression as textbooks have it: a column of ones that is not penalised, normal equations.</summary>
internal static class WeightedRidge
{
    /// <summary>The coefficients, then the intercept.</summary>
    public static double[] Fit(IReadOnlyList<double[]> rows, IReadOnlyList<double> weights, IReadOnlyList<double> scores, double penalty)
    {
        var columns = rows[0].Length;
        var x = Matrix<double>.Build.Dense(rows.Count, columns + 1, (i, j) => j < columns ? rows[i][j] : 1);
        var w = Matrix<double>.Build.DenseOfDiagonalArray([.. weights]);
        var penalties = Matrix<double>.Build.Dense(columns + 1, columns + 1, (i, j) => i == j && i < columns ? penalty : 0);
        return [.. (x.Transpose() * w * x + penalties).Solve(x.Transpose() * w * Vector<double>.Build.DenseOfEnumerable(scores))];
    }
}
