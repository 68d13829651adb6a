using MathNet.Numerics.LinearAlgebra;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Shapley;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Shapley;

/// <summary>
/// What all forms of LIME share, against scikit-learn: the weighted ridge regression, the choice of features, the ranges of values.
/// </summary>
[TestClass]
public sealed class FollowingScoresLocally
{
    private static readonly IReadOnlyDictionary<string, Tensor> Expected = References.Arrays("surrogates");

    [TestMethod]
    public void The_regression_is_scikit_learn_s_ridge()
    {
        var fit = Surrogate().Fit(Scores, null, LimeSelection.Auto, 1);
        AreClose(Expected["ridge_all"].ToDouble(), [.. fit.Coefficients, fit.Intercept, fit.Prediction, fit.RSquared]);
    }

    [TestMethod]
    public void So_is_that_of_chosen_columns()
    {
        // The three columns alone: the choice of all of them is what is asked for.
        int[] chosen = [1, 3, 4];
        var some = new LocalSurrogate(Matrix<double>.Build.DenseOfColumns(chosen.Select(Columns.Column)), Weights).Fit(Scores, null,
            LimeSelection.Auto, 1);
        AreClose(Expected["ridge_some"].ToDouble(), [.. some.Coefficients, some.Intercept, some.Prediction, some.RSquared]);
    }

    [TestMethod]
    public void The_constant_matrix_gives_the_same_coefficients_and_nothing_for_a_constant()
    {
        var solution = Surrogate().Solution(1);
        AreClose(Expected["ridge_all"].ToDouble()[..6], [.. solution * Scores]);
        foreach (var sum in solution.RowSums())
            Near.Equal(0, sum, 1e-12);
    }

    [TestMethod]
    [DataRow(LimeSelection.Forward, "forward")]
    [DataRow(LimeSelection.Strongest, "strongest")]
    [DataRow(LimeSelection.LassoPath, "lasso")]
    public void Features_are_chosen_as_LIME_s_authors_choose_them(LimeSelection selection, string name)
    {
        var expected = Expected["selected_" + name].ToInt64();
        for (var count = 1; count < 6; count++)
        {
            var chosen = expected[((count - 1) * 5)..(count * 5)].Where(c => c >= 0).Select(c => (int)c).ToArray();
            CollectionAssert.AreEqual(chosen, Surrogate().Fit(Scores, count, selection, 1).Columns, $"{count}");
        }
    }

    [TestMethod]
    public void Few_features_are_tried_and_many_compared_by_strength()
    {
        var forward = Surrogate().Fit(Scores, 2, LimeSelection.Forward, 1).Columns;
        CollectionAssert.AreEqual(forward, Surrogate().Fit(Scores, 2, LimeSelection.Auto, 1).Columns);
    }

    [TestMethod]
    public void Columns_that_follow_from_each_other_do_no_harm()
    {
        var doubled = Matrix<double>.Build.DenseOfColumns(
            [.. Columns.EnumerateColumns(), Columns.Column(0), Vector<double>.Build.Dense(Columns.RowCount, 1)]);
        var fit = new LocalSurrogate(doubled, Weights).Fit(Scores, 7, LimeSelection.Forward, 1);
        Assert.HasCount(7, fit.Columns);
        Assert.IsTrue(fit.Coefficients.All(double.IsFinite));
    }

    [TestMethod]
    public void Scores_that_are_the_same_everywhere_need_no_reason()
    {
        foreach (var selection in Enum.GetValues<LimeSelection>())
        {
            var fit = Surrogate().Fit(Vector<double>.Build.Dense(200, 0.7), 2, selection, 1);
            Near.Equal(0.7, fit.Intercept, 1e-12, selection.ToString());
            Assert.IsTrue(fit.Coefficients.All(c => Math.Abs(c) < 1e-12), selection.ToString());
        }
    }

    [TestMethod]
    public void Quantiles_are_NumPy_s()
    {
        foreach (var (name, parts) in ((string, int)[])[("quartiles", 4), ("deciles", 10)])
        {
            var expected = Expected[name].ToDouble();
            for (var f = 0; f < 6; f++)
            {
                var bins = FeatureBins.Quantiles(Column(f), parts);
                double[] edges = [.. Enumerable.Range(0, parts - 1).Select(e => expected[e * 6 + f])];
                foreach (var value in Column(f))
                    Assert.AreEqual(edges.Count(e => e < value - 1e-9), bins.Of(value), $"{name} of {f} at {value:R}");
                // A value on an edge belongs below it.
                for (var e = 0; e < edges.Length; e++)
                    Assert.AreEqual((e, e + 1), (bins.Of(edges[e] - 1e-6), bins.Of(edges[e] + 1e-6)));
            }
        }
    }

    [TestMethod]
    public void Ranges_that_tell_classes_apart_are_a_decision_tree_s()
    {
        var (expected, labels) = (Expected["entropy_edges"].ToDouble(), Expected["entropy_labels"].ToDouble());
        for (var f = 0; f < 6; f++)
        {
            double[] edges = [.. expected[(f * 7)..(f * 7 + 7)].Where(e => !double.IsNaN(e))];
            var bins = FeatureBins.Entropy(Column(f), labels);
            foreach (var value in Column(f))
                Assert.AreEqual(edges.Count(e => e < value), bins.Of(value), $"{f} at {value:R}");
        }
    }

    [TestMethod]
    public void Ranges_are_described_and_missing_values_are_a_range_of_their_own()
    {
        var bins = FeatureBins.Quantiles([.. Enumerable.Range(0, 101).Select(i => (double)i), double.NaN], 4);
        Assert.AreEqual("size <= 25", bins.Describe(25, "size"));
        Assert.AreEqual("25 < size <= 50", bins.Describe(25.5, "size"));
        Assert.AreEqual("size > 75", bins.Describe(1000, "size"));
        Assert.AreEqual("size is missing", bins.Describe(double.NaN, "size"));
        Assert.AreEqual("size is any", FeatureBins.Quantiles([double.NaN], 4).Describe(3, "size"));
        // Equal quantiles are one edge.
        Assert.AreEqual("size <= 1", FeatureBins.Quantiles([1, 1, 1, 1, 1, 1], 4).Describe(1, "size"));
        // No split tells these classes apart: the median has to do.
        Assert.AreEqual("size > 2", FeatureBins.Entropy([1, 2, 3], [0, 0, 0]).Describe(3, "size"));
    }

    private static Matrix<double> Columns { get; } = Matrix<double>.Build.DenseOfRowMajor(200, 6, Expected["samples"].ToDouble());

    private static Vector<double> Weights { get; } = Vector<double>.Build.DenseOfArray(Expected["weights"].ToDouble());

    private static Vector<double> Scores { get; } = Vector<double>.Build.DenseOfArray(Expected["scores"].ToDouble());

    private static LocalSurrogate Surrogate() => new(Columns, Weights);

    private static double[] Column(int feature) => [.. Expected["table"].ToDouble().Chunk(6).Select(r => r[feature])];

    private static void AreClose(double[] expected, double[] found) => Near.Equal(expected, found, 1e-10);
}
