namespace Microsoft.ML.Introspection.Estimators.Tests.Support;

/// <summary>A comparison of rows fails where a number is not finite, and where there are none.</summary>
[TestClass]
public sealed class SeeingNaN
{
    private static readonly float[] Good = [1, -2, 3];

    [TestMethod]
    [DataRow(float.NaN)]
    [DataRow(float.PositiveInfinity)]
    [DataRow(float.NegativeInfinity)]
    public void No_rows_are_close_to_those_that_hide_another_number(float bad)
    {
        Reading.AreClose([Good, Good], [Good, Good], 1e-6);
        for (var place = 0; place < Good.Length; place++)
        {
            float[] spoilt = [.. Good];
            spoilt[place] = bad;
            Fails([Good, Good], [Good, spoilt]);
            Fails([Good, spoilt], [Good, Good]);
            Fails([Good, spoilt], [Good, spoilt]);
        }
    }

    [TestMethod]
    public void No_rows_are_close_to_others_or_to_fewer_and_none_to_none()
    {
        Fails([Good, Good], [Good, [1, -2, 4]]);
        Fails([Good, Good], [Good]);
        Fails([Good, Good], [Good, Good[..2]]);
        Fails([[]], [[]]);
        Fails([], []);
    }

    private static void Fails(float[][] expected, float[][] actual) =>
        Assert.ThrowsExactly<AssertFailedException>(() => Reading.AreClose(expected, actual, 1e-6));
}
