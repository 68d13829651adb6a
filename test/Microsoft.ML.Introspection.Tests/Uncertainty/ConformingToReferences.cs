using Microsoft.ML.Introspection.Uncertainty;

namespace Microsoft.ML.Introspection.Tests.Uncertainty;

/// <summary>Against MAPIE, puncc and formulas written down elsewhere.</summary>
[TestClass]
public sealed class ConformingToReferences
{
    private const double Tight = 1e-12;

    [TestMethod]
    [DataRow("regression")]
    [DataRow("regression_tiny")]
    public void Intervals(string name)
    {
        using var given = new UncertaintyReferences(name);
        var (truths, test) = (given.Numbers("y_calibration"), given.Numbers("y_test"));
        Band[] Bands(string rows, string rule)
        {
            var predictions = given.Numbers("prediction_" + rows);
            return rule switch
            {
                "locally_weighted" => [.. predictions.Zip(given.Numbers("sigma_" + rows), (p, s) => Band.Around(p, s))],
                "cqr" => [.. given.Numbers("quantile_low_" + rows).Zip(given.Numbers("quantile_high_" + rows), (l, u) => new Band(l, u))],
                _ => Array.ConvertAll(predictions, Band.Around),
            };
        }
        void Check(string rule, string expected, double alpha, bool isSymmetric = true, bool inGroups = false)
        {
            var fitted = ConformalIntervals.Calibrate(Bands("calibration", rule), truths, alpha, isSymmetric,
                inGroups ? given.Integers("group_calibration") : null);
            int[] groups = inGroups ? given.Integers("group_test") : new int[test.Length];
            var intervals = Bands("test", rule).Select((band, row) => fitted.Of(band, groups[row])).ToList();
            var what = FormattableString.Invariant($"{name} {rule} {alpha}");
            UncertaintyReferences.Equal(given.Numbers(FormattableString.Invariant($"{expected}_interval{(expected == "cqr_mapie" ? "_mapie_default" : "")}.{alpha}")
                .Replace("cqr_mapie", "cqr")), [.. intervals.SelectMany(i => (double[])[i.Lower, i.Upper])], Tight, what);
            if (!isSymmetric)
                return;
            var thresholds = given.Numbers(FormattableString.Invariant($"{expected}_threshold.{alpha}"));
            UncertaintyReferences.Equal(thresholds,
                [.. Enumerable.Range(0, thresholds.Length).Select(group => fitted.Thresholds[group].Above)], Tight, what);
            if (inGroups)
                return;
            var (coverage, width) = ConformalIntervals.Judge(intervals, test);
            UncertaintyReferences.Equal(given.Numbers(FormattableString.Invariant($"{expected}_coverage_width.{alpha}")), [coverage, width], Tight, what);
        }
        foreach (var alpha in given.Shares("split_threshold."))
        {
            foreach (var rule in (string[])["split", "locally_weighted", "cqr"])
                Check(rule, rule, alpha);
            Check("split", "asymmetric", alpha, isSymmetric: false);
            Check("split", "mondrian", alpha, inGroups: true);
        }
        foreach (var alpha in given.Shares("cqr_interval_mapie_default."))
            Check("cqr", "cqr_mapie", alpha, isSymmetric: false);
        Finite.AtLeast(4, given.Shares("split_threshold.").Count());
    }

    [TestMethod]
    [DataRow("classification")]
    [DataRow("classification_tiny")]
    public void Sets(string name)
    {
        using var given = new UncertaintyReferences(name);
        var (calibration, test) = (given.Numbers("probability_calibration"), given.Numbers("probability_test"));
        var (labels, truths) = (given.Integers("label_calibration"), given.Integers("label_test"));
        var classes = test.Length / truths.Length;
        var (aps, raps) = (new CumulativeProbability(), new CumulativeProbability(0.01, 2));
        (string Name, SetScore Score, bool Draws, bool TestDraws, bool Crossing, bool ClassWise)[] rules =
        [
            ("lac", new LeastAmbiguous(), false, false, false, false), ("lac_classwise", new LeastAmbiguous(), false, false, false, true),
            ("aps", aps, false, false, false, false), ("raps", raps, false, false, false, false),
            ("aps_randomised", aps, true, true, false, false), ("raps_randomised", raps, true, true, false, false),
            ("aps_crossing", aps, false, false, true, false), ("raps_crossing", raps, false, false, true, false),
            ("aps_mixed", aps, true, false, true, false), ("top_k", new ClassRank(), false, false, false, false),
        ];
        var compared = 0;
        foreach (var rule in rules)
            foreach (var alpha in given.Shares(rule.Name + "_set."))
            {
                var what = FormattableString.Invariant($"{rule.Name} {alpha}");
                var fitted = ConformalSets.Calibrate(rule.Score, calibration, labels, alpha, rule.ClassWise,
                    rule.Draws ? given.Numbers("u_calibration") : null);
                var draws = given.Numbers("u_test");
                var sets = truths.Select((_, row) => fitted.Of(test.AsSpan(row * classes, classes), rule.TestDraws ? draws[row] : 0,
                    rule.Crossing)).ToList();
                CollectionAssert.AreEqual(Array.ConvertAll(given.Numbers(FormattableString.Invariant($"{rule.Name}_set.{alpha}")), v => v != 0),
                    sets.SelectMany(s => s).ToArray(), what);
                var threshold = FormattableString.Invariant($"{rule.Name}_threshold.{alpha}");
                if (given.Names.Contains(threshold))
                    UncertaintyReferences.Equal(given.Numbers(threshold), [.. fitted.Thresholds], Tight, what);
                var judged = FormattableString.Invariant($"{rule.Name}_coverage_size.{alpha}");
                if (given.Names.Contains(judged) && ConformalSets.Judge(sets, truths) is var (coverage, size, empty))
                    UncertaintyReferences.Equal(given.Numbers(judged), [coverage, size, empty], Tight, what);
                compared++;
            }
        Finite.AtLeast(30, compared);
    }
}
