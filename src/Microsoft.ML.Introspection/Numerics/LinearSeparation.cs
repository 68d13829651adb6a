using System.Numerics.Tensors;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Factorization;

namespace Microsoft.ML.Introspection.Numerics;

/// <summary>What a row on the wrong side of a plane costs.</summary>
public enum SeparationLoss
{
    /// <summary>log(1 + exp(−s·z)): logistic regression; the intercept costs nothing.</summary>
    Logistic,

    /// <summary>max(0, 1 − s·z)²: the linear support vector machine of liblinear, whose intercept costs as weights do.</summary>
    SquaredHinge,
}

/// <summary>
/// The plane between two kinds of rows that is least of ½|w|² + cost·Σ loss(w·x + b), of which there is one: found by Newton's steps among
/// the rows' own span, so that long rows cost no more than there are rows.
/// </summary>
/// <param name="Weights">The weights, which point to the rows of the first kind.</param>
/// <param name="Intercept">What is added.</param>
/// <param name="Objective">What was made least.</param>
public sealed record LinearSeparation(double[] Weights, double Intercept, double Objective)
{
    private const int MostSteps = 200;

    /// <summary>Finds the plane.</summary>
    /// <param name="rows">The rows, one after the other.</param>
    /// <param name="columns">The numbers of each.</param>
    /// <param name="areFirst">Of which kind each row is; there are some of both.</param>
    /// <param name="loss">What a row on the wrong side costs.</param>
    /// <param name="cost">What losses weigh: scikit-learn's C.</param>
    /// <exception cref="ArgumentException">Rows and kinds do not fit, are not finite, or are all of one kind.</exception>
    public static LinearSeparation Fit(
        double[] rows, int columns, IReadOnlyList<bool> areFirst, SeparationLoss loss = SeparationLoss.Logistic, double cost = 1)
    {
        ArgumentNullException.ThrowIfNull(areFirst);
        var count = Matrices.Rows(rows, columns);
        if (!(cost > 0) || double.IsInfinity(cost))
            throw new ArgumentOutOfRangeException(nameof(cost), cost, "What losses weigh is a number above 0.");
        if (areFirst.Count != count || areFirst.All(f => f) || !areFirst.Any(f => f))
            throw new ArgumentException(
                $"There are {count} rows and {areFirst.Count} kinds, {areFirst.Count(f => f)} of the first; some of both were expected.",
                nameof(areFirst));
        if (Array.FindIndex(rows, v => !double.IsFinite(v)) is >= 0 and var place)
            throw new ArgumentException($"Row {place / columns} holds {rows[place]} at {place % columns}.", nameof(rows));
        double[] signs = [.. areFirst.Select(f => f ? 1.0 : -1)];
        if (columns <= count)
            return Solve(rows, columns, signs, loss, cost);
        // Xᵀ = Q·R: in the coordinates of Q the rows are the columns of R.
        var factors = Matrix<double>.Build.Dense(columns, count, rows).QR(QRMethod.Thin);
        var within = Solve(factors.R.ToColumnMajorArray(), count, signs, loss, cost);
        return within with { Weights = (factors.Q * Vector<double>.Build.Dense(within.Weights)).ToArray() };
    }

    /// <summary>w·x + b.</summary>
    public double Score(ReadOnlySpan<double> row) => TensorPrimitives.Dot<double>(Weights, row) + Intercept;

    private static LinearSeparation Solve(double[] rows, int columns, double[] signs, SeparationLoss loss, double cost)
    {
        var size = columns + 1;
        double[] at = new double[size], gradient = new double[size], hessian = new double[size * size], step = new double[size];
        double[] next = new double[size], unused = new double[size];
        var value = Evaluate(at, gradient, hessian);
        for (var turn = 0; turn < MostSteps && Math.Abs(TensorPrimitives.MaxMagnitude<double>(gradient)) > 1e-14; turn++)
        {
            gradient.CopyTo(step, 0);
            if (!Matrices.SolvePositive(hessian, size, step))
                break;
            var (length, slope, better) = (1.0, TensorPrimitives.Dot<double>(gradient, step), false);
            for (var halving = 0; halving < 50 && !better; halving++, length /= 2)
            {
                TensorPrimitives.MultiplyAdd(step, -length, at, next);
                better = Evaluate(next, unused, null) <= value - 1e-4 * length * slope;
            }
            // At the bottom differences are rounding; a whole step still brings the gradient down.
            if (!better)
                TensorPrimitives.Subtract(at, step, next);
            var before = Math.Abs(TensorPrimitives.MaxMagnitude<double>(gradient));
            var reached = Evaluate(next, unused, null);
            if (!better && (reached > value + 1e-12 * Math.Abs(value) || Math.Abs(TensorPrimitives.MaxMagnitude<double>(unused)) >= before))
                break;
            (at, next) = (next, at);
            value = Evaluate(at, gradient, hessian);
        }
        return new LinearSeparation(at[..columns], at[columns], value);

        double Evaluate(double[] w, double[] slope, double[]? curvature)
        {
            var squares = loss == SeparationLoss.SquaredHinge ? TensorPrimitives.SumOfSquares<double>(w)
                : TensorPrimitives.SumOfSquares<double>(w.AsSpan(0, columns));
            w.CopyTo(slope, 0);
            if (loss == SeparationLoss.Logistic)
                slope[columns] = 0;
            if (curvature is not null)
            {
                Array.Clear(curvature);
                for (var i = 0; i < size; i++)
                    curvature[i * size + i] = i < columns || loss == SeparationLoss.SquaredHinge ? 1 : 1e-12;
            }
            var sum = 0.0;
            for (var row = 0; row < signs.Length; row++)
            {
                var x = rows.AsSpan(row * columns, columns);
                var margin = signs[row] * (TensorPrimitives.Dot<double>(x, w.AsSpan(0, columns)) + w[columns]);
                double first, second;
                if (loss == SeparationLoss.Logistic)
                {
                    var tail = Math.Exp(-Math.Abs(margin));
                    sum += Math.Max(-margin, 0) + double.LogP1(tail);
                    var wrong = margin >= 0 ? tail / (1 + tail) : 1 / (1 + tail);
                    (first, second) = (-cost * signs[row] * wrong, cost * tail / ((1 + tail) * (1 + tail)));
                }
                else
                {
                    var short1 = Math.Max(1 - margin, 0);
                    sum += short1 * short1;
                    (first, second) = (-2 * cost * signs[row] * short1, short1 > 0 ? 2 * cost : 0);
                }
                TensorPrimitives.MultiplyAdd(x, first, slope.AsSpan(0, columns), slope.AsSpan(0, columns));
                slope[columns] += first;
                if (curvature is null || second == 0)
                    continue;
                for (var i = 0; i < columns; i++)
                    TensorPrimitives.MultiplyAdd(x[..(i + 1)], second * x[i], curvature.AsSpan(i * size, i + 1),
                        curvature.AsSpan(i * size, i + 1));
                var last = curvature.AsSpan(columns * size, columns);
                TensorPrimitives.MultiplyAdd(x, second, last, last);
                curvature[columns * size + columns] += second;
            }
            return squares / 2 + cost * sum;
        }
    }
}
