using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tests.Shapley;
using Microsoft.ML.Introspection.Tests.Shapley.Trees;

namespace Microsoft.ML.Introspection.Tests.Support;

/// <summary>A comparison fails where a number is not finite, and where there is nothing to compare.</summary>
[TestClass]
public sealed class SeeingNaN
{
    private static readonly double[] Good = [1, -2, 3, 0];

    public static IEnumerable<object[]> Bad =>
        from bad in NotFinite from place in Enumerable.Range(0, Good.Length) select new object[] { bad, place };

    private static IEnumerable<double> NotFinite => [double.NaN, double.PositiveInfinity, double.NegativeInfinity];

    [TestMethod]
    public void A_bound_is_kept_by_finite_numbers()
    {
        Finite.Below(1, 0.5);
        Finite.AtMost(1, 1);
        Finite.Above(1, 1.5);
        Finite.AtLeast(1, 1);
        Finite.All(Good);
        Fails(() => Finite.Below(1, 1));
        Fails(() => Finite.AtMost(1, 1.5));
        Fails(() => Finite.Above(1, 1));
        Fails(() => Finite.AtLeast(1, 0.5));
    }

    [TestMethod]
    [DataRow(double.NaN)]
    [DataRow(double.PositiveInfinity)]
    [DataRow(double.NegativeInfinity)]
    public void A_bound_is_neither_kept_by_other_numbers_nor_made_of_them(double bad)
    {
        foreach (var (bound, value) in new[] { (1, bad), (bad, 1), (bad, bad) })
        {
            Fails(() => Finite.Below(bound, value));
            Fails(() => Finite.AtMost(bound, value));
            Fails(() => Finite.Above(bound, value));
            Fails(() => Finite.AtLeast(bound, value));
        }
    }

    [TestMethod]
    public void Near_numbers_are_equal_and_others_apart()
    {
        Near.Equal(1, 1.25, 0.25);
        Near.Apart(1, 1.25, 0.2);
        Near.Apart(1, 1.25);
        Fails(() => Near.Equal(1, 1.25, 0.2));
        Fails(() => Near.Apart(1, 1.25, 0.25));
        Fails(() => Near.Apart(1, 1));
    }

    [TestMethod]
    [DataRow(double.NaN)]
    [DataRow(double.PositiveInfinity)]
    [DataRow(double.NegativeInfinity)]
    public void Other_numbers_are_neither_equal_nor_apart(double bad)
    {
        foreach (var (one, other) in new[] { (1, bad), (bad, 1), (bad, bad), (bad, -bad) })
        {
            Fails(() => Near.Equal(one, other, 1e9));
            Fails(() => Near.Apart(one, other, 1e-9));
        }
        Fails(() => Near.Equal(1, 1, bad));
        Fails(() => Near.Apart(1, 2, Math.Abs(bad)));
    }

    [TestMethod]
    public void Arrays_are_compared_element_by_element()
    {
        foreach (var compare in Comparisons)
        {
            compare(Good, Good);
            Fails(() => compare(Good, [.. Good[..^1], 0.5]));
            Fails(() => compare(Good, Good[..^1]));
            Fails(() => compare(Good[..^1], Good));
        }
    }

    [TestMethod]
    [DynamicData(nameof(Bad))]
    public void No_array_is_near_one_that_hides_another_number(double bad, int place)
    {
        var spoilt = With(bad, place);
        foreach (var compare in Comparisons)
        {
            Fails(() => compare(Good, spoilt));
            Fails(() => compare(spoilt, Good));
            Fails(() => compare(spoilt, spoilt));
        }
        Fails(() => Finite.All(spoilt));
    }

    [TestMethod]
    public void Nothing_is_not_near_nothing()
    {
        foreach (var compare in Comparisons)
            Fails(() => compare([], []));
        Fails(() => Finite.All([]));
    }

    [TestMethod]
    [DynamicData(nameof(Bad))]
    public void Errors_are_NaN_where_a_number_is_not_finite(double bad, int place)
    {
        var spoilt = With(bad, place);
        Assert.AreEqual(double.NaN, Near.Error(Good, spoilt));
        Assert.AreEqual(double.NaN, Near.Error(spoilt, Good));
        Assert.AreEqual(double.NaN, Near.Error(spoilt, spoilt));
        var errors = References.RowErrors(Rows(Good), Rows(spoilt));
        Assert.AreEqual(double.NaN, errors[place / 2]);
        Assert.AreEqual(0, errors[1 - place / 2]);
        Assert.AreEqual(double.NaN, errors.Largest());
    }

    [TestMethod]
    public void Errors_are_relative_to_the_norm_of_what_is_expected()
    {
        Near.Equal(0.1, Near.Error([3, 4], [3, 4.5]), 1e-15);
        Assert.AreEqual(0, Near.Error([0, 0], [0, 0]));
        Assert.AreEqual(double.PositiveInfinity, Near.Error([0, 0], [0, 1e-9]));
        Assert.AreEqual(double.NaN, Near.Error([], []));
        Fails(() => Near.Error(Good, Good[..^1]));
    }

    [TestMethod]
    [DataRow(0)]
    [DataRow(1)]
    [DataRow(3)]
    public void The_largest_number_is_NaN_where_one_is(int place)
    {
        Assert.AreEqual(double.NaN, With(double.NaN, place).Largest());
        Assert.AreEqual(double.NaN, With(double.NaN, place).Largest(Math.Abs));
        Assert.AreEqual(float.NaN, Array.ConvertAll(With(double.NaN, place), v => (float)v).Largest());
        Assert.AreEqual(float.NaN, Array.ConvertAll(With(double.NaN, place), v => (float)v).Largest(Math.Abs));
    }

    [TestMethod]
    public void The_largest_number_is_one_of_them_and_NaN_where_there_is_none()
    {
        Assert.AreEqual(3, Good.Largest());
        Assert.AreEqual(-1, new double[] { -3, -1, -2 }.Largest());
        Assert.AreEqual(3f, new float[] { -3, 1, -2 }.Largest(Math.Abs));
        Assert.AreEqual(double.PositiveInfinity, With(double.PositiveInfinity, 1).Largest());
        Assert.AreEqual(double.NaN, Array.Empty<double>().Largest());
        Assert.AreEqual(float.NaN, Array.Empty<float>().Largest(Math.Abs));
    }

    [TestMethod]
    public void Only_what_is_asked_for_every_bit_takes_NaN_for_itself()
    {
        TensorAssert.AreSame(Rows(With(double.NaN, 1)), Rows(With(double.NaN, 1)));
        TensorAssert.AreSame(Tensor.From(Array.Empty<double>(), 0, 2), Tensor.From(Array.Empty<double>(), 0, 2));
        Fails(() => TensorAssert.AreSame(Rows(Good), Rows(With(double.NaN, 1))));
        Fails(() => TensorAssert.AreSame(Rows(With(double.NaN, 1)), Rows(Good)));
        Fails(() => TensorAssert.AreSame(Rows(With(double.PositiveInfinity, 1)), Rows(Good), tolerance: 1e-6));
        Fails(() => TensorAssert.AreSame(Rows(With(double.NegativeInfinity, 1)), Rows(With(double.PositiveInfinity, 1))));
    }

    // Every way in which the tests of this project compare arrays.
    private static IEnumerable<Action<double[], double[]>> Comparisons =>
    [
        (expected, found) => Near.Equal(expected, found, 1e-6),
        (expected, found) => Near.Equal(Singles(expected), Singles(found), 1e-6),
        (expected, found) => Near.Relative(expected, found, 1e-6),
        (expected, found) => Near.InNorm(Singles(expected), Singles(found), 1e-6),
        (expected, found) => TensorAssert.AreClose(Tensor.From(expected, expected.Length), Tensor.From(found, found.Length), 1e-6),
        (expected, found) => TensorAssert.AreEqual(Tensor.From(expected, expected.Length), Tensor.From(found, found.Length)),
        (expected, found) => Finite.Below(
            1e-6, References.RowErrors(Tensor.From(expected, 1, expected.Length), Tensor.From(found, 1, found.Length)).Largest()),
        (expected, found) => KeepingShapleyAxioms.AreClose(expected, found, 1e-6),
        (expected, found) => TreeGraphRuns.AreClose(expected, found, "numbers"),
    ];

    private static void Fails(Action comparison) => Assert.ThrowsExactly<AssertFailedException>(comparison);

    private static double[] With(double bad, int place) => [.. Good.Select((v, i) => i == place ? bad : v)];

    private static float[] Singles(double[] values) => Array.ConvertAll(values, v => (float)v);

    private static Tensor Rows(double[] values) => Tensor.From(values, 2, values.Length / 2);
}
