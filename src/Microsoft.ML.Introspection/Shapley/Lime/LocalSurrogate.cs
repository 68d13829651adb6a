using MathNet.Numerics.LinearAlgebra;

namespace Microsoft.ML.Introspection.Shapley;

/// <summary>
/// What all forms of LIME share: samples around a row, as columns that people understand, each with a weight for how near it lies; and
/// the linear model that follows the scores there, a ridge regression whose intercept is not penalised.
/// </summary>
internal sealed class LocalSurrogate
{
    // The penalty by which columns are compared before any is chosen, as LIME's authors have it.
    private const double ComparingRidge = 0.01;

    // To them, columns up to this number are worth being tried one after the other.
    private const int TriedOneByOne = 6;

    private readonly Matrix<double> _columns;
    private readonly Vector<double> _weights;

    /// <summary>Takes the samples.</summary>
    /// <param name="columns">Shape [samples, columns]; the first sample is the explained row itself.</param>
    /// <param name="weights">How much each sample counts.</param>
    public LocalSurrogate(Matrix<double> columns, Vector<double> weights) => (_columns, _weights) = (columns, weights);

    /// <summary>The linear model of some scores.</summary>
    /// <param name="scores">One of each sample, that of the explained row first.</param>
    /// <param name="count">How many columns it may have; null for all.</param>
    /// <param name="selection">How they are chosen.</param>
    /// <param name="ridge">The penalty.</param>
    public LocalFit Fit(Vector<double> scores, int? count, LimeSelection selection, double ridge)
    {
        var chosen = Chosen(scores, count ?? _columns.ColumnCount, selection);
        var (coefficients, intercept, rSquared) = Solve(_columns, _weights, chosen, scores, ridge);
        return new LocalFit(chosen, [.. coefficients], intercept, intercept + chosen.Select((column, i) => coefficients[i] * _columns[0, column]).Sum(), rSquared);
    }

    /// <summary>The constant matrix that makes coefficients from scores: (XᵀWX + αI)⁻¹XᵀW with X centred by the weights; shape [columns, samples].</summary>
    public static Matrix<double> Solution(Matrix<double> columns, Vector<double> weights, double ridge)
    {
        var (centred, _) = Centred(columns, weights);
        var weighted = Weighted(centred, weights);
        return Inverted(weighted.TransposeThisAndMultiply(centred), ridge, weighted.Transpose());
    }

    private int[] Chosen(Vector<double> scores, int count, LimeSelection selection)
    {
        int[] all = [.. Enumerable.Range(0, _columns.ColumnCount)];
        if (count >= all.Length)
            return all;
        return selection switch
        {
            LimeSelection.Forward => Forward(scores, count),
            LimeSelection.Auto when count <= TriedOneByOne => Forward(scores, count),
            LimeSelection.LassoPath => Lasso(scores, count),
            _ => Strongest(scores, count),
        };
    }

    private int[] Strongest(Vector<double> scores, int count)
    {
        int[] all = [.. Enumerable.Range(0, _columns.ColumnCount)];
        var (coefficients, _, _) = Solve(_columns, _weights, all, scores, ComparingRidge);
        return [.. all.OrderByDescending(j => Math.Abs(coefficients[j] * _columns[0, j])).Take(count).Order()];
    }

    private int[] Forward(Vector<double> scores, int count)
    {
        var chosen = new List<int>();
        while (chosen.Count < count)
        {
            var next = Enumerable.Range(0, _columns.ColumnCount).Except(chosen).MaxBy(j => Solve(_columns, _weights, [.. chosen, j], scores, 0).RSquared);
            chosen.Add(next);
        }
        chosen.Sort();
        return [.. chosen];
    }

    // The last step of the lasso's path with no more columns than that.
    private int[] Lasso(Vector<double> scores, int count)
    {
        var (centred, _) = Centred(_columns, _weights);
        var weighted = Weighted(centred, _weights);
        var gains = scores - Mean(scores, _weights);
        var path = LeastAngles.Path(weighted.TransposeThisAndMultiply(centred), weighted.TransposeThisAndMultiply(gains), lasso: true).ToList();
        var last = path.FindLast(step => step.Active.Count <= count)!;
        return [.. last.Active.Order()];
    }

    private static (Vector<double> Coefficients, double Intercept, double RSquared) Solve(
        Matrix<double> all, Vector<double> weights, int[] chosen, Vector<double> scores, double ridge)
    {
        var mean = Mean(scores, weights);
        var gains = scores - mean;
        var around = weights.PointwiseMultiply(gains).DotProduct(gains);
        if (chosen.Length == 0)
            return (Vector<double>.Build.Dense(1), mean, 0);
        var (centred, means) = Centred(Matrix<double>.Build.DenseOfColumns(chosen.Select(all.Column)), weights);
        var weighted = Weighted(centred, weights);
        var right = weighted.TransposeThisAndMultiply(gains);
        var coefficients = Inverted(weighted.TransposeThisAndMultiply(centred), ridge, right.ToColumnMatrix()).Column(0);
        var rest = gains - centred * coefficients;
        // Scores that are the same everywhere are followed perfectly.
        return (coefficients, mean - coefficients.DotProduct(means), around > 0 ? 1 - weights.PointwiseMultiply(rest).DotProduct(rest) / around : 1);
    }

    private static (Matrix<double> Centred, Vector<double> Means) Centred(Matrix<double> columns, Vector<double> weights)
    {
        var means = columns.TransposeThisAndMultiply(weights) / weights.Sum();
        return (columns.MapIndexed((_, j, value) => value - means[j], Zeros.Include), means);
    }

    private static Matrix<double> Weighted(Matrix<double> columns, Vector<double> weights) => columns.MapIndexed((i, _, value) => value * weights[i], Zeros.Include);

    private static double Mean(Vector<double> scores, Vector<double> weights) => scores.DotProduct(weights) / weights.Sum();

    // (G + αI)⁻¹·right; where columns follow from each other and nothing is penalised, the solution of the least length.
    private static Matrix<double> Inverted(Matrix<double> gram, double ridge, Matrix<double> right)
    {
        var penalised = gram + ridge * Matrix<double>.Build.DenseIdentity(gram.RowCount);
        if (ridge > 0)
            return penalised.Cholesky().Solve(right);
        var parts = penalised.Evd(Symmetricity.Symmetric);
        var least = parts.EigenValues.AbsoluteMaximum().Real * gram.RowCount * 1e-13;
        var inverted = parts.EigenValues.Map(v => v.Real > least ? 1 / v.Real : 0);
        return parts.EigenVectors * (Matrix<double>.Build.DenseOfDiagonalVector(inverted) * parts.EigenVectors.TransposeThisAndMultiply(right));
    }
}

/// <summary>A linear model of some columns.</summary>
/// <param name="Columns">The columns it has, in ascending order.</param>
/// <param name="Coefficients">One for each of them.</param>
/// <param name="Intercept">Its value where all columns are 0.</param>
/// <param name="Prediction">Its value at the explained row.</param>
/// <param name="RSquared">The share of the weighted variance that it follows.</param>
internal sealed record LocalFit(int[] Columns, double[] Coefficients, double Intercept, double Prediction, double RSquared);
