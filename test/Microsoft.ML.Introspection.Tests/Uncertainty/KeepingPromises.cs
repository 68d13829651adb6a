using Microsoft.ML.Introspection.Uncertainty;

namespace Microsoft.ML.Introspection.Tests.Uncertainty;

[TestClass]
public sealed class KeepingPromises
{
    [TestMethod]
    [DataRow(0.05)]
    [DataRow(0.2)]
    [DataRow(0.5)]
    public void Intervals_hold_the_truth_as_often_as_promised(double alpha)
    {
        // Over many draws of calibration rows and a new one: the mean coverage lies between 1 − α and 1 − α + 1/(n + 1).
        var random = new Random(7);
        const int n = 39, draws = 4_000;
        var held = 0;
        for (var draw = 0; draw < draws; draw++)
        {
            var errors = Enumerable.Range(0, n + 1).Select(_ => Math.Pow(random.NextDouble(), 3) - random.NextDouble()).ToArray();
            var fitted = ConformalIntervals.Calibrate([.. new Band[n].Select(_ => Band.Around(5))], [.. errors[..n].Select(e => 5 + e)], alpha);
            held += fitted.Of(Band.Around(-3)) is var (low, high) && low <= -3 + errors[n] && -3 + errors[n] <= high ? 1 : 0;
        }
        var noise = 4 * Math.Sqrt(alpha * (1 - alpha) / draws);
        Finite.AtLeast(1 - alpha - noise, (double)held / draws);
        Finite.AtMost(1 - alpha + 1.0 / (n + 1) + noise, (double)held / draws);
    }

    [TestMethod]
    public void Too_few_rows_promise_everything()
    {
        var fitted = ConformalIntervals.Calibrate([Band.Around(1), Band.Around(2)], [1, 2.5], 0.1);
        Assert.AreEqual((double.NegativeInfinity, double.PositiveInfinity), fitted.Of(Band.Around(0)));
        var sets = ConformalSets.Calibrate(new LeastAmbiguous(), [0.9, 0.1], [0], 0.1);
        CollectionAssert.AreEqual((bool[])[true, true], sets.Of([1, 0]));
        Assert.AreEqual((double.NegativeInfinity, double.PositiveInfinity), ConformalIntervals.Calibrate([Band.Around(1)], [1], 0.9,
            groups: [3]).Of(Band.Around(0), group: 4));
    }

    [TestMethod]
    public void What_cannot_be_is_refused()
    {
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => ConformalThreshold.Of([1], 0));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => ConformalThreshold.Of([1], 1));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => ConformalThreshold.Of([1], double.NaN));
        Assert.ThrowsExactly<ArgumentException>(() => ConformalThreshold.Of([1, double.NaN], 0.5));
        Assert.ThrowsExactly<ArgumentException>(() => ConformalIntervals.Calibrate([Band.Around(1)], [1, 2], 0.5));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Band.Around(1, -1));
        Assert.ThrowsExactly<ArgumentException>(() => ConformalSets.Calibrate(new LeastAmbiguous(), [0.5, 0.5], [2], 0.5));
        Assert.ThrowsExactly<ArgumentException>(() => ConformalSets.Calibrate(new ClassRank(), [0.5, 0.5], [1], 0.5, draws: [0.5]));
        Assert.ThrowsExactly<ArgumentException>(() => CalibrationReport.Of([0.5, double.NaN], [1]));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new CumulativeProbability(-1));
        Assert.Contains("Every row is right", Assert.ThrowsExactly<ArgumentException>(() => TemperatureScaling.Fit([2, 1], [0])).Message);
        Assert.Contains("less", Assert.ThrowsExactly<ArgumentException>(() => TemperatureScaling.Fit([2, 1], [1])).Message);
    }
}
