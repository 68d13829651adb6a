using Microsoft.ML.Introspection.Numerics;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.PlainNumerics;

/// <summary>t-tests, planes, factorisations and groups of plain arrays, by scipy and scikit-learn.</summary>
[TestClass]
public sealed class TestingAndFactorising
{
    private static readonly IReadOnlyDictionary<string, Tensor> Lists = References.Arrays("features_tcav");
    private static readonly IReadOnlyDictionary<string, Tensor> Factors = References.Arrays("features_factors");

    [TestMethod]
    public void TailsOfStudentsDistributionKeepTheirDigits()
    {
        double[] degrees = [1, 2, 3.7, 8, 30, 1000], statistics = [0, 0.1, 1, 2.5, 6, 15, 40];
        var expected = Lists["t_sf2"].ToDouble();
        for (var i = 0; i < expected.Length; i++)
        {
            var found = StudentTest.TwoSided(-statistics[i % 7], degrees[i / 7]);
            Near.Equal(1, found / expected[i], 1e-9, $"t {statistics[i % 7]} with {degrees[i / 7]} degrees of freedom");
        }
    }

    [TestMethod]
    public void ListsAreComparedAsScipyDoes()
    {
        var all = Lists["tt_lists"].ToDouble();
        int[] lengths = [5, 5, 12, 3, 3];
        var lists = lengths.Select((n, i) => all[lengths[..i].Sum()..(lengths[..i].Sum() + n)]).ToArray();
        var (pairs, expected) = (Lists["tt_pairs"].ToInt64(), Lists["tt_results"].ToDouble());
        for (var i = 0; i < 4; i++)
        {
            var (a, b) = (lists[pairs[2 * i]], lists[pairs[2 * i + 1]]);
            var (equal, welch) = (StudentTest.EqualVariances(a, b), StudentTest.Welch(a, b));
            double[] found = [equal.Statistic, equal.Probability, welch.Statistic, welch.Probability];
            for (var k = 0; k < 4; k++)
                Near.Equal(1, found[k] / expected[4 * i + k], 1e-9, $"pair {i}, number {k}");
        }
        Assert.AreEqual(1.0, StudentTest.EqualVariances([2, 2], [2, 2]).Probability);
        Assert.AreEqual(0.0, StudentTest.Paired([2, 3], [1, 2]).Probability);
        Assert.ThrowsExactly<ArgumentException>(() => StudentTest.Welch([1], [1, 2]));
    }

    [TestMethod]
    [DataRow(TestCorrection.None, 0.01, 0.04, 0.03, 0.5)]
    [DataRow(TestCorrection.Bonferroni, 0.04, 0.16, 0.12, 1.0)]
    [DataRow(TestCorrection.Holm, 0.04, 0.09, 0.09, 0.5)]
    [DataRow(TestCorrection.BenjaminiHochberg, 0.04, 0.16 / 3, 0.16 / 3, 0.5)]
    public void ManyTestsAreCorrected(TestCorrection correction, double a, double b, double c, double d) =>
        Near.Equal([a, b, c, d], correction.Adjust([0.01, 0.04, 0.03, 0.5]), 1e-12);

    [TestMethod]
    public void FactorsAreScikitLearns()
    {
        double[] matrix = Factors["A"].ToDouble(), u = Factors["U0"].ToDouble(), v = Factors["V0"].ToDouble();
        var all = new FactorizationOptions { Tolerance = 0 };
        var found = NonNegativeFactorization.Fit(matrix, 48, 4, all, u, v);
        Close(Factors["U_200"], found.Left);
        Close(Factors["V_200"], found.Right);
        Near.Equal(Factors["error_200"].ToDouble()[0], found.Error, 1e-6);
        Close(Factors["V_10"], NonNegativeFactorization.Fit(matrix, 48, 4, all with { Steps = 10 }, u, v).Right);
        Close(Factors["alpha_V_10"], NonNegativeFactorization.Fit(matrix, 48, 4, all with { Steps = 10, Penalty = 0.01 }, u, v).Right);
        // Of channels by positions, with channels that are zero everywhere.
        Close(Factors["encoded"], NonNegativeFactorization.Encode(matrix[..(192 * 48)], found.Right, 48));
        Assert.ThrowsExactly<ArgumentException>(() => NonNegativeFactorization.Fit([1, -1], 1, 1));
    }

    [TestMethod]
    public void DrawnStartsLowerTheError()
    {
        var matrix = Factors["A"].ToDouble();
        var few = NonNegativeFactorization.Fit(matrix, 48, 4, new FactorizationOptions { Steps = 1, Tolerance = 0 });
        var many = NonNegativeFactorization.Fit(matrix, 48, 4, new FactorizationOptions { Steps = 2000 });
        Finite.Below(0.75 * few.Error, many.Error);
        CollectionAssert.AreEqual(many.Right, NonNegativeFactorization.Fit(matrix, 48, 4, new FactorizationOptions { Steps = 2000 }).Right);
    }

    [TestMethod]
    public void GroupsAreScikitLearns()
    {
        var rows = Factors["ace_features"].ToDouble();
        var found = KMeans.Fit(rows, 48, Factors["kmeans_init"].ToDouble());
        CollectionAssert.AreEqual(Factors["kmeans_labels"].ToInt64(), Array.ConvertAll(found.Labels, l => (long)l));
        Close(Factors["kmeans_centres"], found.Centres);
        Near.Equal(1, found.Inertia / Factors["kmeans_inertia"].ToDouble()[0], 1e-9);
        Finite.AtMost(found.Inertia * 1.05, KMeans.Fit(rows, 48, 6, seed: 3).Inertia);
    }

    [TestMethod]
    public void NoGroupStaysEmpty()
    {
        var found = KMeans.Fit([0, 0.1, 10, 10.1], 1, [0, 0, 0]);
        Assert.AreEqual(3, found.Labels.Distinct().Count());
    }

    private static void Close(Tensor expected, double[] found) =>
        Near.Equal(expected.ToDouble(), found, 1e-6 * expected.ToDouble().Largest(Math.Abs));
}
