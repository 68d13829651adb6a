using Microsoft.ML.Introspection.Evaluation.Monitoring;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Numerics;
using Microsoft.ML.Introspection.Rows;

namespace Microsoft.ML.Introspection.Tests.Evaluation;

[TestClass]
public sealed class WatchingReasonsDrift
{
    private const int Features = 4;

    // Reasons of four features of different weight, and their sum beside them.
    private static double[] Rows(int count, int seed, double shift = 0)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count * Features).Select(i =>
            (i % Features == 2 ? shift : 0) + (1 + i % Features) * Math.Pow(random.NextDouble() - 0.4, 3))];
    }

    private static RowSource Source(double[] rows, string name = "job", int width = Features)
    {
        var count = rows.Length / width;
        double[] sums = [.. Enumerable.Range(0, count).Select(r => rows.AsSpan(r * width, width).ToArray().Sum())];
        return ArrayRows.Of(name,
            [new("reason", NpyArray.From(rows, count, width)), new("score", NpyArray.From(sums, count))], allowsMissing: true);
    }

    private static ExplanationDrift Drift(double[] first, double[] second, DriftOptions? options = null, int width = Features) =>
        ExplanationDrift.Between(() => Source(first, width: width), () => Source(second, width: width), options);

    [TestMethod]
    public void Divergences_are_those_of_their_definitions()
    {
        long[] first = [10, 20, 30, 40], second = [80, 60, 40, 20];
        double[] p = [0.1, 0.2, 0.3, 0.4], q = [0.4, 0.3, 0.2, 0.1];
        var entropy = (IEnumerable<double> shares) => -shares.Sum(s => s * Math.Log2(s));
        // The entropy of the mixture less the mean entropy.
        Near.Equal(entropy(p.Zip(q, (a, b) => (a + b) / 2)) - (entropy(p) + entropy(q)) / 2, Divergence.JensenShannon(first, second), 1e-14);
        Near.Equal(Divergence.JensenShannon(first, second), Divergence.JensenShannon(second, first), 1e-15);
        var stability = 0.0;
        for (var bin = 0; bin < 4; bin++)
        {
            var (a, b) = ((first[bin] + 0.5) / 102, (second[bin] + 0.5) / 202);
            stability += b * Math.Log(b / a) + a * Math.Log(a / b);
        }
        Near.Equal(stability, Divergence.PopulationStability(first, second), 1e-14);
        // Halves to three quarters and one: a quarter of the logarithm of three, where half a row is nothing.
        Near.Equal(Math.Log(3) / 4, Divergence.PopulationStability([500_000_000, 500_000_000], [750_000_000, 250_000_000]), 1e-7);
        Assert.AreEqual(1, Divergence.JensenShannon([5, 0], [0, 7]));
        Assert.AreEqual(0, Divergence.JensenShannon([1, 2, 0], [2, 4, 0]));
        Assert.AreEqual(0, Divergence.PopulationStability([3, 4], [3, 4]));
        Assert.IsTrue(double.IsFinite(Divergence.PopulationStability([5, 0], [0, 7])));
        // The 95 % quantile of chi squared of nine degrees of freedom, as tables have it.
        Near.Equal(16.918977604620448 * 0.0015, Divergence.StabilityByChance(10, 1000, 2000), 1e-9);
        Assert.AreEqual(0, Divergence.StabilityByChance(1, 10, 10));
        Assert.ThrowsExactly<ArgumentException>(() => Divergence.JensenShannon([1], [1, 2]));
        Assert.ThrowsExactly<ArgumentException>(() => Divergence.PopulationStability([1, -1], [1, 2]));
        Assert.ThrowsExactly<ArgumentException>(() => Divergence.PopulationStability([0, 0], [1, 2]));
    }

    [TestMethod]
    public void Distances_are_those_of_the_rows()
    {
        var drift = Drift([0, 1, 3], [8, 5, 6], width: 1).Reasons[0];
        Near.Equal(5, drift.Distance, 1e-15);
        Near.Equal(1, drift.KolmogorovSmirnov, 1e-15);
        drift = Drift([0], [2, 0, 1], width: 1).Reasons[0];
        Near.Equal(1, drift.Distance, 1e-15);
        Near.Equal(2.0 / 3, drift.KolmogorovSmirnov, 1e-15);
        // By definition: the mean distance of equal numbers of rows in their order.
        double[] first = Rows(500, 1), second = Rows(500, 2, 0.1);
        foreach (var reason in Drift(first, second).Reasons)
        {
            var column = reason.Name[^2] - '0';
            double[] a = [.. first.Where((_, i) => i % Features == column).Order()], b = [.. second.Where((_, i) => i % Features == column).Order()];
            Near.Equal(a.Zip(b, (x, y) => Math.Abs(x - y)).Average(), reason.Distance, 1e-12);
            Finite.AtMost(reason.Distance + 1e-12, Math.Abs(reason.Mean.Value));
            Finite.AtMost(reason.Distance + 1e-12, Math.Abs(reason.Size!.Value));
        }
    }

    [TestMethod]
    public void Of_the_same_job_twice_nothing_changed()
    {
        // More rows than are kept, too.
        foreach (var options in (DriftOptions[])[new(), new() { SampleRows = 100 }])
            foreach (var column in Drift(Rows(1000, 3), Rows(1000, 3), options) is var drift ? drift.Reasons.Concat(drift.Others) : [])
            {
                Assert.AreEqual((0.0, 0.0, 0.0, 0.0, 0.0), (column.Stability, column.JensenShannon, column.Distance, column.KolmogorovSmirnov,
                    column.Mean.Value));
                Assert.AreEqual((1.0, 1.0), (column.Mean.Probability, column.Mean.Adjusted));
                Assert.AreEqual(column.FirstRank, column.SecondRank);
                Assert.AreEqual(DriftLevel.Little, column.Level);
                Assert.IsFalse(column.IsCertain);
            }
    }

    [TestMethod]
    public void The_order_of_rows_says_nothing()
    {
        double[] first = Rows(700, 4), second = Rows(900, 5, 0.05);
        double[] mixed = [.. second.Chunk(Features).OrderBy(row => row[0]).SelectMany(row => row)];
        foreach (var (a, b) in Drift(first, second).Reasons.Zip(Drift(first, mixed).Reasons))
        {
            Assert.AreEqual((a.Name, a.Stability, a.JensenShannon, a.Distance, a.KolmogorovSmirnov),
                (b.Name, b.Stability, b.JensenShannon, b.Distance, b.KolmogorovSmirnov));
            Near.Equal(a.Mean.Low, b.Mean.Low, 1e-12);
            Near.Equal(a.Second.Deviation, b.Second.Deviation, 1e-12);
        }
    }

    [TestMethod]
    public void What_was_moved_is_named_first_and_nothing_else()
    {
        var drift = Drift(Rows(4000, 6), Rows(3000, 7, 0.3));
        Assert.AreEqual((4000L, 3000L), (drift.FirstRows, drift.SecondRows));
        Assert.AreEqual("reason[2]", drift.Reasons[0].Name);
        Assert.AreEqual(DriftLevel.Large, drift.Reasons[0].Level);
        Assert.IsTrue(drift.Reasons[0].IsCertain);
        Finite.Above(0.25, drift.Reasons[0].Stability);
        Assert.IsTrue(drift.Reasons[0].Mean is { Low: < 0.3, High: > 0.3 } mean && mean.Adjusted >= mean.Probability);
        Assert.AreEqual((2, 1), (drift.Reasons[0].FirstRank, drift.Reasons[0].SecondRank));
        foreach (var other in drift.Reasons.Skip(1))
            Assert.AreEqual((DriftLevel.Little, false), (other.Level, other.IsCertain), other.Name);
        var score = drift.Others.Single();
        Assert.AreEqual(("score", 0, null), (score.Name, score.FirstRank, score.Size));
        Near.Equal(drift.Reasons.Sum(r => r.Mean.Value), score.Mean.Value, 1e-12);
    }

    [TestMethod]
    public void Chance_alone_is_rarely_taken_for_change()
    {
        var (alarms, columns) = (0, 0);
        for (var seed = 0; seed < 60; seed++)
            foreach (var reason in Drift(Rows(60, 1000 + seed), Rows(50, 2000 + seed)).Reasons)
                (alarms, columns) = (alarms + (reason.Level != DriftLevel.Little ? 1 : 0), columns + 1);
        // Of so few rows the index itself is often above 0.1; more than chance it is one time in twenty or so.
        Finite.AtMost(0.12, (double)alarms / columns);
    }

    [TestMethod]
    public void Intervals_hold_the_true_difference_as_often_as_they_say()
    {
        var random = new Random(8);
        // Skewed numbers of mean 1 and 3: exponentially distributed.
        double[] Draw(int count, double mean) => [.. Enumerable.Range(0, count).Select(_ => -mean * Math.Log(1 - random.NextDouble()))];
        var (held, tries) = (0, 600);
        for (var i = 0; i < tries; i++)
            held += Drift(Draw(150, 1), Draw(200, 3), width: 1).Reasons[0].Mean is { Low: <= 2, High: >= 2 } ? 1 : 0;
        // 0.95 within three and a half standard deviations of so many tries.
        Finite.AtLeast(0.919, (double)held / tries);
        Finite.AtMost(0.981, (double)held / tries);
        double[] a = Draw(40, 1), b = Draw(30, 3);
        var welch = StudentTest.Welch(b, a);
        var found = Drift(a, b, width: 1).Reasons[0].Mean;
        Near.Equal(welch.Probability, found.Probability, 1e-12);
        Near.Equal(found.Value - found.Low, found.High - found.Value, 1e-12);
        // At the end of the interval the probability is one less the level.
        Near.Equal(0.05, StudentTest.TwoSided((found.High - found.Value) / (found.Value / welch.Statistic), welch.DegreesOfFreedom), 1e-7);
    }

    [TestMethod]
    public void What_leaves_a_heap_of_equal_numbers_is_seen()
    {
        double[] zeros = new double[500], rare = [.. Enumerable.Range(0, 500).Select(i => i % 20 == 0 ? 1.0 + i : 0)];
        foreach (var other in (double[])[-1e-9, 1e-9])
        {
            var moved = Drift(zeros, [.. zeros.Select(z => z + other)], width: 1).Reasons[0];
            Assert.AreEqual(1, moved.JensenShannon);
            Assert.AreEqual(DriftLevel.Large, moved.Level);
            Assert.AreEqual((0.0, true), (moved.Mean.Adjusted, moved.IsCertain));
        }
        var half = Drift(rare, [.. rare.Select((r, i) => r == 0 && i % 2 == 0 ? -1e-9 : r)], width: 1).Reasons[0];
        Assert.AreEqual(DriftLevel.Large, half.Level);
    }

    [TestMethod]
    public void Missing_numbers_count_apart()
    {
        double[] rows = Rows(1000, 9), gaps = [.. rows.Select((r, i) => i / Features % 2 == 0 && i % Features == 1 ? double.NaN : r)];
        gaps[0] = double.PositiveInfinity;
        var drift = Drift(rows, gaps);
        var reason = drift.Reasons.Single(r => r.Name == "reason[1]");
        Assert.AreEqual((500L, 500L), (reason.Second.Count, reason.Second.Missing));
        Near.Equal(rows.Where((_, i) => i % Features == 1 && i / Features % 2 == 1).Average(), reason.Second.Mean, 1e-12);
        Assert.AreEqual(DriftLevel.Large, reason.Level);
        Assert.AreEqual(1L, drift.Reasons.Single(r => r.Name == "reason[0]").Second.Missing);
        var none = Drift(rows, [.. rows.Select((r, i) => i % Features == 1 ? double.NaN : r)]).Reasons[0];
        Assert.AreEqual("reason[1]", none.Name);
        Assert.IsTrue(double.IsNaN(none.Mean.Value) && none.Histogram is null);
    }

    [TestMethod]
    public void Jobs_that_memory_does_not_hold_are_counted_whole()
    {
        double[] first = Rows(20_000, 10), second = Rows(15_000, 11, 0.1);
        var opened = 0;
        var few = ExplanationDrift.Between(() => Source(first, $"{++opened}"), () => Source(second), new() { SampleRows = 2000 });
        var all = Drift(first, second);
        Assert.AreEqual(2, opened);
        foreach (var (a, b) in all.Reasons.OrderBy(r => r.Name).Zip(few.Reasons.OrderBy(r => r.Name)))
        {
            Assert.AreEqual((a.Name, a.First, a.Second, a.Mean), (b.Name, b.First, b.Second, b.Mean));
            Near.Equal(a.JensenShannon, b.JensenShannon, 0.01 + 0.1 * a.JensenShannon);
            Near.Equal(a.Distance, b.Distance, 0.05);
        }
        // The same bytes every time.
        Assert.AreEqual(few.Reasons[0].Stability, Drift(first, second, new() { SampleRows = 2000 }).Reasons[0].Stability);
    }

    [TestMethod]
    public void Histograms_share_out_all_rows()
    {
        var found = Drift(Rows(300, 12), Rows(200, 13, 0.5)).Reasons[0].Histogram!;
        Near.Equal(1, found.First.Sum(), 1e-12);
        Near.Equal(1, found.Second.Sum(), 1e-12);
        Finite.Above(found.From, found.To);
    }

    [TestMethod]
    public void Other_columns_and_empty_jobs_are_refused()
    {
        var error = Assert.ThrowsExactly<InvalidDataException>(() => ExplanationDrift.Between(
            () => Source(Rows(5, 1), "last"), () => Source([1, 2, 3], "this", width: 3)));
        Assert.Contains("Only 'last' has 'reason[3]'", error.Message);
        foreach (var wrong in (Func<object>[])[() => new DriftOptions { Bins = 1 }, () => new DriftOptions { Level = 1 },
            () => new DriftOptions { SampleRows = 0 }, () => new DriftOptions { Correction = (TestCorrection)9 }])
            Assert.ThrowsExactly<ArgumentOutOfRangeException>(wrong);
    }
}
