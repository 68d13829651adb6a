using Microsoft.ML.Introspection.Shapley;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Shapley;

/// <summary>LIME for tables: ranges, categories, values as they are.</summary>
[TestClass]
public sealed class ExplainingTablesByLime
{
    private static readonly float[] Training = Samples.Seeded(21, 400, 3).As<float>().ToArray();

    [TestMethod]
    public void A_function_of_ranges_is_told_by_its_ranges()
    {
        // The score jumps where x0 lies in the upper quarter of what it usually is, and nowhere else.
        var edge = Quantile(0, 0.75);
        var scorer = Scorers.Single(3, r => (r[0] > edge ? 2 : 0) + 0 * r[1]);
        var explanation = new TabularLime(scorer, Training, new TabularLimeOptions { Ridge = 1e-6 }).Explain([1.9f, 0, 0]);
        Near.Equal(2, explanation.Reasons[0].Weight, 1e-6);
        Assert.AreEqual(FormattableString.Invariant($"x0 > {edge:G4}"), explanation.Reasons[0].Description);
        Near.Equal(0, explanation.Reasons[1].Weight, 1e-6);
        Near.Equal(0, explanation.Intercept, 1e-6);
        Assert.AreEqual(2, explanation.Score);
        Near.Equal(2, explanation.Prediction, 1e-6);
        Near.Equal(1, explanation.RSquared, 1e-9);
        StringAssert.StartsWith(explanation.ToString(), "y0 = 2 ≈ 0 +2 [x0 > ");
    }

    [TestMethod]
    [DataRow(LimeBinning.Quartiles)]
    [DataRow(LimeBinning.None)]
    public void The_whole_of_it_is_a_ridge_regression_weighted_by_distance(LimeBinning binning)
    {
        var seen = new List<float[]>();
        double Score(float[] r) => Math.Tanh(2 * r[0]) + r[1] * r[2];
        var scorer = Scorers.Single(3, r =>
        {
            seen.Add(r);
            return Score(r);
        });
        var explanation =
            new TabularLime(scorer, Training, new TabularLimeOptions { Samples = 600, Features = null, Binning = binning }).Explain(
                [1.2f, -0.4f, 0.1f]);
        // The explained row was asked for first.
        Assert.HasCount(600, seen);
        int Quarter(float value, int f) => ((double[])[0.25, 0.5, 0.75]).Count(share => Quantile(f, share) < value);
        double[][] columns = [.. seen.Select(r => r.Select((v, f) =>
            binning == LimeBinning.None ? (v - Mean(f)) / Deviation(f) : Quarter(v, f) == Quarter(seen[0][f], f) ? 1.0 : 0).ToArray())];
        double[] weights =
            [.. columns.Select(
                c => Math.Sqrt(Math.Exp(-c.Zip(columns[0], (a, b) => (a - b) * (a - b)).Sum() / Math.Pow(0.75 * Math.Sqrt(3), 2))))];
        var expected = WeightedRidge.Fit(columns, weights, [.. seen.Select(Score)], 1);
        foreach (var reason in explanation.Reasons)
            Near.Equal(expected[reason.Feature], reason.Weight, 1e-9);
        Near.Equal(expected[3], explanation.Intercept, 1e-9);
        // Drawn from the training values, or from the normal distribution of their mean and deviation.
        for (var f = 0; f < 3; f++)
            Near.Equal(Mean(f), seen.Skip(1).Average(r => (double)r[f]), 4 * Deviation(f) / Math.Sqrt(599));
        Assert.AreEqual(binning != LimeBinning.None, seen.Skip(1).All(r => Training.Contains(r[0])));
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void A_linear_function_of_values_as_they_are_gets_its_weights_by_standard_deviation(bool around)
    {
        var scorer = Scorers.Single(3, r => 1 + 0.5 * r[0] - 2 * r[2]);
        var options = new TabularLimeOptions { Binning = LimeBinning.None, AroundRow = around, Ridge = 1e-6 };
        var explanation = new TabularLime(scorer, Training, options).Explain([1.5f, 0.2f, -1]);
        Near.Equal(-2 * Deviation(2), explanation.Reasons[0].Weight, 1e-5);
        Near.Equal(0.5 * Deviation(0), explanation.Reasons.Single(r => r.Feature == 0).Weight, 1e-5);
        Near.Equal(explanation.Score, explanation.Prediction, 1e-5);
        // At the mean of the training values.
        Near.Equal(1 + 0.5 * Mean(0) - 2 * Mean(2), explanation.Intercept, 1e-5);
        Assert.AreEqual("x2", explanation.Reasons[0].Description);
    }

    [TestMethod]
    public void Nearer_samples_count_more()
    {
        // A valley: near its bottom at 1.5 it rises neither way, but from the mean it falls.
        var scorer = Scorers.Single(3, r => (r[0] - 1.5) * (r[0] - 1.5));
        double Slope(double width) =>
            new TabularLime(scorer, Training,
                new TabularLimeOptions { Binning = LimeBinning.None, AroundRow = true, KernelWidth = width, Features = null, Ridge = 1e-6 })
            .Explain([-1, 0, 0]).Reasons.Single(r => r.Feature == 0).Weight;
        // d/dx (x − 1.5)² = −5 at x = −1.
        Near.Equal(-5 * Deviation(0), Slope(0.1), 0.35 * Deviation(0));
    }

    [TestMethod]
    public void Categories_are_compared_for_being_the_same_and_can_have_names()
    {
        // Codes 0 to 2; the score is a matter of code 2 alone.
        float[] training = [.. Enumerable.Range(0, 300).SelectMany(i => (float[])[i % 3, i % 7])];
        var scorer = Scorers.Single(2, r => r[0] == 2 ? 1 : 0, 0);
        var lime =
            new TabularLime(scorer, training, new TabularLimeOptions { Ridge = 1e-6, CategoryName = (f, code) => $"{"rgb"[(int)code]}" });
        var explanation = lime.Explain([2, 3]);
        Assert.AreEqual("x0 = b", explanation.Reasons[0].Description);
        Near.Equal(1, explanation.Reasons[0].Weight, 1e-6);
        // Seen from another code, being that code speaks against it: on average half of the other two have it.
        var other = lime.Explain([0, 3]);
        Assert.AreEqual("x0 = r", other.Reasons[0].Description);
        Near.Equal(-0.5, other.Reasons[0].Weight, 0.05);
        Assert.AreEqual("x0 = 2", new TabularLime(scorer, training).Explain([2, 3]).Reasons[0].Description);
    }

    [TestMethod]
    public void Rows_are_scored_once_for_many_explanations_and_kept_apart_by_seeds()
    {
        var asked = 0;
        var scorer = Scorers.Of(3, 2, rows =>
        {
            asked += rows.Length / 3;
            return [.. rows.Chunk(3).SelectMany(r => (double[])[r[0], Math.Sin(3 * r[1])])];
        });
        var lime = new TabularLime(scorer, Training, new TabularLimeOptions { Samples = 500 });
        var first = lime.Explain([1, 0.5f, 0]);
        Assert.AreEqual("y0", first.Output, "the highest score");
        Assert.AreEqual("y1", lime.Explain([1, 0.5f, 0], 1).Output);
        Assert.AreEqual(499 + 2, asked);
        CollectionAssert.AreEqual(first.Reasons.ToArray(),
            new TabularLime(scorer, Training, new TabularLimeOptions { Samples = 500 }).Explain([1, 0.5f, 0]).Reasons.ToArray());
        CollectionAssert.AreNotEqual(first.Reasons.ToArray(),
            new TabularLime(scorer, Training, new TabularLimeOptions { Samples = 500, Seed = 2 }).Explain([1, 0.5f, 0]).Reasons.ToArray());
    }

    [TestMethod]
    public void Missing_values_and_classes_make_ranges()
    {
        var rows = Training.ToArray();
        for (var r = 0; r < 100; r++)
            rows[r * 3 + 1] = float.NaN;
        var scorer = Scorers.Single(3, r => float.IsNaN(r[1]) ? 3 : 0);
        var explanation = new TabularLime(scorer, rows, new TabularLimeOptions { Ridge = 1e-6, Features = 1 }).Explain([0, float.NaN, 0]);
        Assert.AreEqual("x1 is missing", explanation.Reasons.Single().Description);
        Near.Equal(3, explanation.Reasons[0].Weight, 1e-6);

        double[] labels = [.. Training.Chunk(3).Select(r => r[2] > 0.5f ? 1.0 : 0)];
        var split =
            new TabularLime(Scorers.Single(3, r => r[2] > 0.5f ? 1 : 0), Training,
                new TabularLimeOptions { Binning = LimeBinning.Entropy, Ridge = 1e-6 }, labels).Explain([0, 0, 1]);
        StringAssert.StartsWith(split.Reasons[0].Description, "x2 > 0.");
        Near.Equal(1, split.Reasons[0].Weight, 1e-6);
        var tenths = new TabularLime(scorer, rows, new TabularLimeOptions { Binning = LimeBinning.Deciles }).Explain([0.01f, 0, 0]);
        StringAssert.Contains(tenths.Reasons.Single(r => r.Feature == 0).Description, " < x0 <= ");
    }

    [TestMethod]
    public void Bad_input_is_refused()
    {
        var scorer = Scorers.Single(3, r => r[0]);
        Refuses("no training rows", () => new TabularLime(scorer, []));
        Refuses("no whole number of rows", () => new TabularLime(scorer, [1, 2]));
        Refuses("need a label for each of the 400",
            () => new TabularLime(scorer, Training, new TabularLimeOptions { Binning = LimeBinning.Entropy }));
        Refuses("only", () => new TabularLime(scorer, Training, null, new double[400]));
        Refuses("only where they are not binned", () => new TabularLime(scorer, Training, new TabularLimeOptions { AroundRow = true }));
        Refuses("A row of 3 values", () => new TabularLime(scorer, Training).Explain([1, 2]));
        Refuses("'x1' in row 0",
            () => new TabularLime(scorer, Training, new TabularLimeOptions { Binning = LimeBinning.None }).Explain([1, float.NaN, 2]));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new TabularLime(scorer, Training).Explain([1, 2, 3], 1));
        Assert.ThrowsExactly<InvalidOperationException>(
            () => new TabularLime(Scorers.Single(3, r => double.NaN), Training).Explain([1, 2, 3]));
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.Throws<OperationCanceledException>(() => new TabularLime(scorer, Training).Explain([1, 2, 3], null, cancelled.Token));
    }

    private static double Mean(int feature) => Training.Chunk(3).Average(r => (double)r[feature]);

    private static double Deviation(int feature) =>
        Math.Sqrt(Training.Chunk(3).Average(r => (r[feature] - Mean(feature)) * (r[feature] - Mean(feature))));

    // Between the two middle ones, as NumPy has it.
    private static double Quantile(int feature, double share)
    {
        double[] sorted = [.. Training.Chunk(3).Select(r => (double)r[feature]).Order()];
        var place = share * (sorted.Length - 1);
        return sorted[(int)place] + (place - (int)place) * (sorted[(int)place + 1] - sorted[(int)place]);
    }

    private static void Refuses(string part, Action action) =>
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(action).Message, part);
}
