using Microsoft.ML.Introspection.Tool.Tests.Shap;

namespace Microsoft.ML.Introspection.Tool.Tests;

/// <summary>A comparison of numbers fails where one is not finite, and where there are none.</summary>
[TestClass]
public sealed class SeeingNaN
{
    private static readonly float[] Good = [1, -2, 3];

    [TestMethod]
    [DataRow(float.NaN)]
    [DataRow(float.PositiveInfinity)]
    [DataRow(float.NegativeInfinity)]
    public void No_numbers_are_close_to_those_that_hide_another(float bad)
    {
        foreach (var compare in Comparisons)
        {
            compare(Good, Good);
            for (var place = 0; place < Good.Length; place++)
            {
                float[] spoilt = [.. Good];
                spoilt[place] = bad;
                Fails(() => compare(Good, spoilt));
                Fails(() => compare(spoilt, Good));
                Fails(() => compare(spoilt, spoilt));
            }
        }
    }

    [TestMethod]
    public void No_numbers_are_close_to_others_or_to_fewer_and_none_to_none()
    {
        foreach (var compare in Comparisons)
        {
            Fails(() => compare(Good, [1, -2, 4]));
            Fails(() => compare(Good, Good[..2]));
            Fails(() => compare(Good[..2], Good));
            Fails(() => compare([], []));
        }
    }

    private static IEnumerable<Action<float[], float[]>> Comparisons =>
    [
        (expected, actual) => Close.To(expected, actual),
        (expected, actual) => ShapFiles.AreSame(Array.ConvertAll(expected, v => (double)v), Array.ConvertAll(actual, v => (double)v)),
    ];

    private static void Fails(Action comparison) => Assert.ThrowsExactly<AssertFailedException>(comparison);
}
