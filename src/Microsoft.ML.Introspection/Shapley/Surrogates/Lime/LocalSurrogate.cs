using System.Numerics.Tensors;
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

    private readonly Vector<double> _own;
    private readonly Vector<double> _means;
    private readonly Vector<double> _weights;
    private readonly Matrix<double> _weighted;
    private readonly Matrix<double> _gram;

    /// <summary>Takes the samples.</summary>
    /// <param name="columns">Shape [samples, columns]; the first sample is the explained row itself.</param>
    /// <param name="weights">How much each sample counts.</param>
    public LocalSurrogate(Matrix<double> columns, Vector<double> weights)
    {
        (_own, _weights, _means) = (columns.Row(0), weights, columns.TransposeThisAndMultiply(weights) / weights.Sum());
        var (samples, all, weight) = (columns.RowCount, columns.ToColumnMajorArray(), weights.ToArray());
        var weighted = new double[all.Length];
        for (var column = 0; column < columns.ColumnCount; column++)
        {
            var centred = all.AsSpan(column * samples, samples);
            TensorPrimitives.Subtract(centred, _means[column], centred);
            TensorPrimitives.Multiply(centred, weight, weighted.AsSpan(column * samples, samples));
        }
        _weighted = Matrix<double>.Build.Dense(samples, columns.ColumnCount, weighted);
        _gram = _weighted.TransposeThisAndMultiply(Matrix<double>.Build.Dense(samples, columns.ColumnCount, all));
    }

    /// <summary>The linear model of some scores.</summary>
    /// <param name="scores">One of each sample, that of the explained row first.</param>
    /// <param name="count">How many columns it may have; null for all.</param>
    /// <param name="selection">How they are chosen.</param>
    /// <param name="ridge">The penalty.</param>
    public LocalFit Fit(Vector<double> scores, int? count, LimeSelection selection, double ridge)
    {
        var mean = scores.DotProduct(_weights) / _weights.Sum();
        var gains = scores - mean;
        var (shared, around) = (_weighted.TransposeThisAndMultiply(gains), _weights.PointwiseMultiply(gains).DotProduct(gains));
        var chosen = Chosen(shared, around, count ?? _own.Count, selection);
        var (coefficients, rSquared) = Solve(chosen, shared, around, ridge);
        var intercept = mean - Over(chosen, coefficients, _means);
        return new LocalFit(chosen, coefficients, intercept, intercept + Over(chosen, coefficients, _own), rSquared);
    }

    /// <summary>
    /// The constant matrix that makes coefficients from scores, (XᵀWX + αI)⁻¹XᵀW with X centred by the weights; shape [columns, samples].
    /// </summary>
    public Matrix<double> Solution(double ridge) => Inverted(_gram, ridge, _weighted.Transpose());

    private int[] Chosen(Vector<double> shared, double around, int count, LimeSelection selection)
    {
        int[] all = [.. Enumerable.Range(0, _own.Count)];
        if (count >= all.Length)
            return all;
        return selection switch
        {
            LimeSelection.Forward => Forward(shared, around, count),
            LimeSelection.Auto when count <= TriedOneByOne => Forward(shared, around, count),
            LimeSelection.LassoPath => Lasso(shared, count),
            _ => Strongest(shared, around, count),
        };
    }

    private int[] Strongest(Vector<double> shared, double around, int count)
    {
        int[] all = [.. Enumerable.Range(0, _own.Count)];
        var (coefficients, _) = Solve(all, shared, around, ComparingRidge);
        return [.. all.OrderByDescending(j => Math.Abs(coefficients[j] * _own[j])).Take(count).Order()];
    }

    private int[] Forward(Vector<double> shared, double around, int count)
    {
        var chosen = new List<int>();
        while (chosen.Count < count)
            chosen.Add(Enumerable.Range(0, _own.Count).Except(chosen).MaxBy(j => Solve([.. chosen, j], shared, around, 0).RSquared));
        chosen.Sort();
        return [.. chosen];
    }

    // The last step of the lasso's path with no more columns than that.
    private int[] Lasso(Vector<double> shared, int count) =>
        [.. LeastAngles.Path(_gram, shared, lasso: true).Last(step => step.Active.Count <= count).Active.Order()];

    private (double[] Coefficients, double RSquared) Solve(int[] chosen, Vector<double> shared, double around, double ridge)
    {
        if (chosen.Length == 0)
            return ([], 0);
        var gram = Matrix<double>.Build.Dense(chosen.Length, chosen.Length, (i, j) => _gram[chosen[i], chosen[j]]);
        var right = Vector<double>.Build.Dense(chosen.Length, i => shared[chosen[i]]);
        var coefficients = Inverted(gram, ridge, right.ToColumnMatrix()).Column(0);
        // Scores that are the same everywhere are followed perfectly.
        return ([.. coefficients], around > 0 ? coefficients.DotProduct(2 * right - gram * coefficients) / around : 1);
    }

    private static double Over(int[] chosen, double[] coefficients, Vector<double> row) =>
        chosen.Select((column, i) => coefficients[i] * row[column]).Sum();

    // (G + αI)⁻¹·right; where columns follow from each other and nothing is penalised, the solution of the least length.
    private static Matrix<double> Inverted(Matrix<double> gram, double ridge, Matrix<double> right)
    {
        if (ridge > 0)
            return (gram + ridge * Matrix<double>.Build.DenseIdentity(gram.RowCount)).Cholesky().Solve(right);
        var parts = gram.Evd(Symmetricity.Symmetric);
        var least = parts.EigenValues.AbsoluteMaximum().Real * gram.RowCount * 1e-13;
        var inverted = parts.EigenValues.Map(v => v.Real > least ? 1 / v.Real : 0);
        return parts.EigenVectors
            * (Matrix<double>.Build.DenseOfDiagonalVector(inverted) * parts.EigenVectors.TransposeThisAndMultiply(right));
    }
}

/// <summary>A linear model of some columns.</summary>
/// <param name="Columns">The columns it has, in ascending order.</param>
/// <param name="Coefficients">One for each of them.</param>
/// <param name="Intercept">Its value where all columns are 0.</param>
/// <param name="Prediction">Its value at the explained row.</param>
/// <param name="RSquared">The share of the weighted variance that it follows.</param>
internal sealed record LocalFit(int[] Columns, double[] Coefficients, double Intercept, double Prediction, double RSquared);
