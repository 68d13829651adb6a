using MathNet.Numerics.LinearAlgebra;

namespace Microsoft.ML.Introspection.Shapley;

/// <summary>
/// Least angle regression: from no column on, the coefficients move so that all columns taken in stay equally correlated with what is not
/// explained yet, until another is as correlated as these. With the lasso's modification, a column whose coefficient passes 0 is let go.
/// Efron, Hastie, Johnstone, Tibshirani 2004,
/// Annals of Statistics 32.
/// </summary>
internal static class LeastAngles
{
    // Less of a column's square than this is rounding, not something that the columns before it do not hold already.
    private const double Dependent = 1e-12;

    /// <summary>The steps of the path: the empty one, then one for each column that comes in or goes.</summary>
    /// <param name="gram">XᵀX.</param>
    /// <param name="correlations">Xᵀy.</param>
    /// <param name="lasso">Whether columns are let go.</param>
    public static IEnumerable<LeastAnglesStep> Path(Matrix<double> gram, Vector<double> correlations, bool lasso)
    {
        var count = correlations.Count;
        var coefficients = Vector<double>.Build.Dense(count);
        var active = new List<int>();
        var useless = new HashSet<int>();
        var largest = correlations.AbsoluteMaximum();
        yield return new LeastAnglesStep([], coefficients);
        int? dropped = null;
        for (var turn = 0; turn < 8 * count; turn++)
        {
            var residual = correlations - gram * coefficients;
            if (dropped is null)
            {
                var next =
                    Enumerable.Range(0, count).Where(j => !active.Contains(j) && !useless.Contains(j))
                        .OrderByDescending(j => Math.Abs(residual[j])).FirstOrDefault(-1);
                if (next < 0 || Math.Abs(residual[next]) <= largest * 1e-14)
                    yield break;
                if (IsDependent(gram, active, next))
                {
                    useless.Add(next);
                    continue;
                }
                active.Add(next);
            }
            var height = active.Max(j => Math.Abs(residual[j]));
            var signs = Vector<double>.Build.Dense(active.Count, i => Math.Sign(residual[active[i]]));
            var direction = Among(gram, active).Cholesky().Solve(signs);
            double Fall(int j) => Enumerable.Range(0, active.Count).Sum(i => gram[j, active[i]] * direction[i]);

            // How far until another column is as correlated, all correlations of the active ones falling at rate 1?
            var length = height;
            for (var j = 0; j < count; j++)
            {
                if (active.Contains(j) || useless.Contains(j))
                    continue;
                // What has just been let go is as correlated here, and may only come back with the other sign.
                var (fall, falls) = (Fall(j), j == dropped ? Math.Sign(residual[j]) : 0);
                if (falls <= 0 && (height - residual[j]) / (1 - fall) is > 0 and var above && above < length)
                    length = above;
                if (falls >= 0 && (height + residual[j]) / (1 + fall) is > 0 and var below && below < length)
                    length = below;
            }
            dropped = null;
            if (lasso)
            {
                for (var i = 0; i < active.Count; i++)
                {
                    var zero = -coefficients[active[i]] / direction[i];
                    if (zero > 0 && zero < length)
                        (length, dropped) = (zero, active[i]);
                }
            }
            coefficients = coefficients.Clone();
            for (var i = 0; i < active.Count; i++)
                coefficients[active[i]] += length * direction[i];
            if (dropped is { } gone)
            {
                coefficients[gone] = 0;
                active.Remove(gone);
            }
            yield return new LeastAnglesStep([.. active], coefficients);
        }
    }

    private static Matrix<double> Among(Matrix<double> gram, List<int> active) =>
        Matrix<double>.Build.Dense(active.Count, active.Count, (i, j) => gram[active[i], active[j]]);

    private static bool IsDependent(Matrix<double> gram, List<int> active, int next)
    {
        if (gram[next, next] <= 0)
            return true;
        if (active.Count == 0)
            return false;
        var shared = Vector<double>.Build.Dense(active.Count, i => gram[next, active[i]]);
        return gram[next, next] - shared.DotProduct(Among(gram, active).Cholesky().Solve(shared)) <= Dependent * gram[next, next];
    }
}

/// <summary>A step of the path.</summary>
/// <param name="Active">The columns that have come in, in that order.</param>
/// <param name="Coefficients">One for each column.</param>
internal sealed record LeastAnglesStep(IReadOnlyList<int> Active, Vector<double> Coefficients);
