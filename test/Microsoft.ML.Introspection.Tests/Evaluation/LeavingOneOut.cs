using MathNet.Numerics.LinearAlgebra;
using Microsoft.ML.Introspection.Evaluation;
using Microsoft.ML.Introspection.Files;

namespace Microsoft.ML.Introspection.Tests.Evaluation;

/// <summary>A ridge regression that is trained again without a feature, or a row, against the same by scikit-learn.</summary>
[TestClass]
public sealed class LeavingOneOut
{
    private static readonly Metric MeanSquaredError = Metric.Of("mean squared error", false, (scores, labels) =>
    {
        var sum = 0.0;
        for (var i = 0; i < labels.Length; i++)
            sum += (scores[i] - labels[i]) * (scores[i] - labels[i]);
        return sum / labels.Length;
    });

    [TestMethod]
    public void NumbersAreThoseOfTheReference()
    {
        using var given = NpzArchive.Open(Path.Combine(AppContext.BaseDirectory, "data", "progress", "leave_one_out", "reference.npz"));
        double[] Numbers(string name) => given.Read(name).ToDoubles();
        var (x, y, test, truth) = (Numbers("train_x"), Numbers("train_y"), Numbers("test_x"), Numbers("test_y"));
        const int Features = 10;

        double[] Ridge(IReadOnlyList<int> features, IReadOnlyList<int> rows)
        {
            // The intercept is not punished.
            var inputs = Matrix<double>.Build.Dense(rows.Count, features.Count + 1,
                (r, c) => c < features.Count ? x[rows[r] * Features + features[c]] : 1);
            var punished = Matrix<double>.Build.Dense(features.Count + 1, features.Count + 1, (r, c) => r == c && r < features.Count ? 1 : 0);
            var outputs = Vector<double>.Build.Dense(rows.Count, r => y[rows[r]]);
            var weights = (inputs.TransposeThisAndMultiply(inputs) + punished).Solve(inputs.TransposeThisAndMultiply(outputs));
            return [.. Enumerable.Range(0, truth.Length).Select(r => weights[^1]
                + features.Select((f, c) => test[r * Features + f] * weights[c]).Sum())];
        }

        var found = LeaveOneOut.Of(Ridge, Features, y.Length, truth, MeanSquaredError, [.. Enumerable.Range(0, 25)]);

        Near.Relative(Numbers("mse"), [found.Metric], 1e-10);
        Near.Equal(Numbers("retrain_without_feature"), [.. found.Features.Select(f => f.Worse)], 1e-10);
        Near.Equal(Numbers("retrain_without_row"), [.. found.Rows.SelectMany(r => r.Changes.Take(6).Append(r.Worse))], 1e-10);
        Assert.AreEqual(24, found.Rows[^1].Left);
    }

    [TestMethod]
    public void WhatIsBetterWithMoreIsWorseWithLess()
    {
        // The score is the number of features; both rows are of the class 1.
        double[] Count(IReadOnlyList<int> features, IReadOnlyList<int> rows) => [features.Count - 1.5, rows.Count - 2.5];
        var found = LeaveOneOut.Of(Count, 2, 3, [1, 1], Metric.Accuracy(), [1]);
        CollectionAssert.AreEqual((double[])[1, 0.5, 0.5, 0.5], (double[])[found.Metric, .. found.Features.Select(f => f.Worse), found.Rows[0].Worse]);
        CollectionAssert.AreEqual((double[])[0, -1], found.Rows[0].Changes.ToArray());
    }

    [TestMethod]
    public void WhatCannotBeLeftOutIsSaid()
    {
        double[] One(IReadOnlyList<int> features, IReadOnlyList<int> rows) => [1];
        double[] Rows(IReadOnlyList<int> features, IReadOnlyList<int> rows) => [.. rows.Select(_ => 1.0)];
        Assert.ThrowsExactly<ArgumentException>(() => LeaveOneOut.Of(One, 3, 3, [1], MeanSquaredError, withoutFeatures: [3]));
        Assert.ThrowsExactly<ArgumentException>(() => LeaveOneOut.Of(One, 3, 1, [1], MeanSquaredError, withoutRows: [0]));
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => LeaveOneOut.Of(Rows, 1, 2, [1, 1], MeanSquaredError, [0])).Message,
            "2 scores");
    }
}
