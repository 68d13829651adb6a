using Microsoft.ML.Introspection.Uncertainty;

namespace Microsoft.ML.Introspection.Tests.Uncertainty;

/// <summary>Calibration, temperatures and the spread of passes against formulas in doubles and torchmetrics.</summary>
[TestClass]
public sealed class JudgingProbabilities
{
    [TestMethod]
    public void A_temperature_is_found_to_the_last_digits()
    {
        using var given = new UncertaintyReferences("calibration");
        var (logits, labels) = (given.Numbers("logits"), given.Integers("label"));
        var temperature = TemperatureScaling.Fit(logits, labels);
        Near.Relative([4.60905579306312073649093], [temperature], 1e-12);
        double Loss(double at) => CalibrationReport.Of(TemperatureScaling.Apply(logits, 4, at), labels).NegativeLogLikelihood;
        Near.Equal(given.Numbers("temperature_nll"), [Loss(1), Loss(temperature)], 1e-9);
    }

    [TestMethod]
    [DataRow("raw", false)]
    [DataRow("scaled", true)]
    public void Reports_are_those_of_the_references(string name, bool isScaled)
    {
        using var given = new UncertaintyReferences("calibration");
        var (logits, labels) = (given.Numbers("logits"), given.Integers("label"));
        var probabilities = TemperatureScaling.Apply(logits, 4, isScaled ? TemperatureScaling.Fit(logits, labels) : 1);
        foreach (var bins in (int[])[10, 15])
        {
            var report = CalibrationReport.Of(probabilities, labels, bins);
            double[] One(string what) => given.Numbers($"{name}_{what}");
            Near.Equal(One($"ece_{bins}"), [report.ExpectedError], 1e-9);
            Near.Equal(One($"mce_{bins}"), [report.LargestError], 1e-9);
            Near.Equal(One($"adaptive_ece_{bins}"), [report.AdaptiveError], 1e-9);
            Near.Equal([.. One("brier"), .. One("nll")], [report.Brier, report.NegativeLogLikelihood], 1e-9);
            var expected = One($"bins_{bins}");
            for (var bin = 0; bin < bins; bin++)
            {
                Assert.AreEqual(expected[3 * bin], report.Bins[bin].Count);
                if (report.Bins[bin].Count == 0)
                    Assert.IsTrue(double.IsNaN(expected[3 * bin + 1]) && double.IsNaN(report.Bins[bin].Confidence));
                else
                    Near.Equal(expected[(3 * bin + 1)..(3 * bin + 3)], [report.Bins[bin].Confidence, report.Bins[bin].Accuracy], 1e-9);
            }
        }
        var first = probabilities.Where((_, i) => i % 4 == 0).ToList();
        foreach (var (curve, equalCounts) in ((string, bool)[])[("uniform", false), ("quantile", true)])
            Near.Equal(given.Numbers($"{name}_curve_{curve}"), [.. CalibrationReport.Curve(first, [.. labels.Select(l => l == 0)], 8, equalCounts)
                .SelectMany(b => (double[])[b.Probability, b.Share])], 1e-9);
    }

    [TestMethod]
    [DataRow("mc")]
    [DataRow("ensemble")]
    public void Passes_spread_as_in_the_references(string name)
    {
        using var given = new UncertaintyReferences("dropout");
        var logits = given.Numbers($"{name}_logits");
        var (rows, classes) = (12, 3);
        var passes = logits.Length / rows / classes;
        var p = TemperatureScaling.Apply(logits, classes, 1);
        for (var row = 0; row < rows; row++)
        {
            double[] own = [.. Enumerable.Range(0, passes).SelectMany(pass => p[((pass * rows + row) * classes)..((pass * rows + row + 1) * classes)])];
            var spread = PredictionSpread.Of(own, passes);
            double[] Row(string what) => given.Numbers($"{name}_{what}")[(row * classes)..((row + 1) * classes)];
            Near.Equal(Row("mean"), [.. spread.Mean], 1e-9);
            Near.Equal(Row("std"), [.. spread.Deviation], 1e-9);
            Near.Equal(Row("std_sample"), [.. PredictionSpread.Of(own, passes, ofSample: true).Deviation], 1e-9);
            Near.Equal([.. ((string[])["predictive_entropy", "expected_entropy", "mutual_information", "variation_ratio"])
                .Select(what => given.Numbers($"{name}_{what}")[row])],
                [spread.PredictiveEntropy, spread.ExpectedEntropy, spread.MutualInformation, spread.VariationRatio], 1e-9);
        }
    }

    [TestMethod]
    public void Single_passes_mixtures_and_attributions_spread_as_in_the_references()
    {
        using var given = new UncertaintyReferences("dropout");
        var logits = given.Numbers("logits");
        var p = TemperatureScaling.Apply(logits, 3, 1);
        for (var row = 0; row < 12; row++)
        {
            var own = p.AsSpan(3 * row, 3);
            Near.Equal([.. ((string[])["max_probability", "margin", "entropy", "energy"]).Select(what => given.Numbers($"single_{what}")[row])],
                [own.ToArray().Largest(), PredictionSpread.Margin(own), PredictionSpread.Entropy(own),
                    PredictionSpread.Energy(logits.AsSpan(3 * row, 3))], 1e-9);
        }
        var (means, variances) = (given.Numbers("mixture_mean_in"), given.Numbers("mixture_variance_in"));
        for (var row = 0; row < 8; row++)
        {
            double[] Member(double[] of) => [.. of.Where((_, i) => i % 8 == row)];
            var (mean, ofData, ofModel) = PredictionSpread.Mixture(Member(means), Member(variances));
            Near.Equal([.. ((string[])["mean", "variance", "aleatoric", "epistemic"]).Select(what => given.Numbers($"mixture_{what}")[row])],
                [mean, ofData + ofModel, ofData, ofModel], 1e-9);
        }
        var spread = AttributionSpread.Of(given.Numbers("attribution"), 30);
        Near.Equal(given.Numbers("attribution_mean"), [.. spread.Mean], 1e-9);
        Near.Equal(given.Numbers("attribution_std"), [.. spread.Deviation], 1e-9);
        Near.Equal(given.Numbers("attribution_sign_agreement"), [.. spread.SignAgreement], 1e-12);
        Near.Equal(given.Numbers("attribution_quantiles"), [.. ((double[])[0.05, 0.25, 0.5, 0.75, 0.95]).SelectMany(q => spread.Quantile(q))], 1e-9);
    }
}
