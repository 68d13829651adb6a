using Microsoft.ML.Introspection.Evaluation;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Shapley;

/// <summary>Permutation importance and its metrics, against scikit-learn and against all permutations of a small table.</summary>
[TestClass]
public sealed class RankingByPermutation
{
    private static readonly IReadOnlyDictionary<string, Tensor> Expected = References.Arrays("surrogates");

    [TestMethod]
    public void Metrics_are_those_of_scikit_learn()
    {
        double[] binary = Expected["binary_scores"].ToDouble(), labels = Expected["binary_labels"].ToDouble();
        double[] classes = Expected["class_scores"].ToDouble(), classLabels = Expected["class_labels"].ToDouble();
        double[] numbers = Expected["number_scores"].ToDouble(), truth = Expected["number_labels"].ToDouble();
        double[] found =
        [
            Metric.Accuracy(0.5).Value(binary, labels), Metric.LogLoss().Value(binary, labels),
            Metric.AreaUnderRocCurve.Value(binary, labels),
            Metric.Accuracy().Value(classes, classLabels), Metric.LogLoss().Value(classes, classLabels),
            Metric.AreaUnderRocCurve.Value(classes, classLabels),
            Metric.RootMeanSquaredError.Value(numbers, truth), Metric.MeanAbsoluteError.Value(numbers, truth),
            Metric.RSquared.Value(numbers, truth),
        ];
        foreach (var (expected, own) in Expected["metrics"].ToDouble().Zip(found))
            Near.Equal(expected, own, 1e-12);

        double[] logits = [.. binary.Select(p => Math.Log(p / (1 - p)))], two = [.. logits.SelectMany(l => (double[])[-l / 2, l / 2])];
        Near.Equal(found[1], Metric.LogLoss(ScoreLink.Logistic).Value(logits, labels), 1e-12);
        Near.Equal(found[1], Metric.LogLoss(ScoreLink.Softmax).Value(two, labels), 1e-12);
        Near.Equal(found[0], Metric.Accuracy().Value(logits, labels), 1e-12);
        Near.Equal(found[2], Metric.AreaUnderRocCurve.Value(two, labels), 1e-12);
    }

    [TestMethod]
    public void Importances_are_those_of_scikit_learn_within_what_chance_allows()
    {
        var found = Ranked(new PermutationImportanceOptions { Repeats = 2000 });
        double[] mean = Expected["importance_mean"].ToDouble(), deviation = Expected["importance_std"].ToDouble();
        foreach (var importance in found)
        {
            var f = importance.Features.Single();
            Assert.AreEqual($"x{f}", importance.Name);
            // Both are means over permutations drawn by chance, theirs over 4,000.
            Near.Equal(mean[f], importance.Mean, 4 * deviation[f] * Math.Sqrt(1 / 2000.0 + 1 / 4000.0) + 1e-12);
            Near.Equal(deviation[f], importance.StandardDeviation, 0.1 * deviation[f] + 1e-12);
        }
        CollectionAssert.AreEqual(found.Select(i => i.Mean).OrderDescending().ToArray(), found.Select(i => i.Mean).ToArray());
        Assert.AreEqual(0, found[^1].Mean, "a feature without weight");
    }

    [TestMethod]
    public void The_mean_is_that_over_all_permutations()
    {
        // |x0·y|: by hand over the 24 orders of four rows.
        float[] rows = [1, 2, -1, 3, 0.5f, -2, 2, 1];
        var scorer = Scorers.Single(2, r => r[0] * r[1]);
        double[] labels = [2, -3, 0, 1];
        double Loss(int[] order) => Enumerable.Range(0, 4).Average(i => Math.Abs(rows[order[i] * 2] * rows[i * 2 + 1] - labels[i]));
        var orders = Orders(4).ToList();
        var exact = orders.Average(Loss) - Loss([0, 1, 2, 3]);
        var found =
            PermutationImportance.Of(scorer, rows, labels, Metric.MeanAbsoluteError, new PermutationImportanceOptions { Repeats = 20000 })
                .Single(i => i.Name == "x0");
        Near.Equal(exact, found.Mean, 4 * found.StandardError);
        Finite.Below(0.05, found.StandardError);
    }

    [TestMethod]
    public void The_interval_is_Student_s()
    {
        var found = Ranked(new PermutationImportanceOptions { Repeats = 5, Confidence = 0.95 })[0];
        var mean = found.Losses.Average();
        var deviation = Math.Sqrt(found.Losses.Sum(l => (l - mean) * (l - mean)) / 4);
        // The 97.5th percentile of Student's distribution of 4 degrees of freedom.
        Near.Equal(mean - 2.776445105 * deviation / Math.Sqrt(5), found.Low, 1e-8);
        Near.Equal(mean + 2.776445105 * deviation / Math.Sqrt(5), found.High, 1e-8);
        Near.Equal(mean, found.Mean, 1e-12);
        Assert.IsTrue(double.IsNaN(Ranked(new PermutationImportanceOptions { Repeats = 1 })[0].Low));
    }

    [TestMethod]
    public void Intervals_hold_the_true_mean_about_as_often_as_they_say()
    {
        var truth = Expected["importance_mean"].ToDouble()[0];
        var hits = Enumerable.Range(1, 200).Count(seed =>
            Ranked(new PermutationImportanceOptions { Repeats = 8, Confidence = 0.8, Seed = seed }).Single(i => i.Name == "x0") is var found
                && found.Low <= truth && truth <= found.High);
        // 160 expected, with a standard deviation of 5.7.
        Assert.IsTrue(hits is > 137 and < 183, $"{hits} of 200");
    }

    [TestMethod]
    public void Features_of_a_group_are_scattered_together()
    {
        // The second copies the first: only their difference counts, which stays 0 as long as they move together.
        var rows = Samples.Seeded(1, 30, 3).As<float>().ToArray();
        for (var r = 0; r < rows.Length; r += 3)
            rows[r + 1] = rows[r];
        var scorer = Scorers.Single(3, r => r[0] - r[1] + 0.1 * r[2]);
        double[] labels = [.. rows.Chunk(3).Select(r => 0.1 * r[2])];
        var options = new PermutationImportanceOptions { Groups = [[0, 1], [0], [2]], GroupNames = ["both", "first", "last"] };
        var found = PermutationImportance.Of(scorer, rows, labels, Metric.RootMeanSquaredError, options).ToDictionary(i => i.Name);
        Near.Equal(0, found["both"].Mean, 1e-8);
        Finite.Above(0.5, found["first"].Mean);
        Finite.Above(0.01, found["last"].Mean);
        CollectionAssert.AreEqual((int[])[0, 1], found["both"].Features.ToArray());
    }

    [TestMethod]
    public void More_is_more_important_whatever_the_metric()
    {
        double[] labels = [.. Expected["importance_labels"].ToDouble()];
        double[] classes = [.. labels.Select(l => l > 0 ? 1.0 : 0)];
        foreach (var (metric, truth) in ((Metric, double[])[])
        [
            (Metric.RSquared, labels), (Metric.MeanAbsoluteError, labels), (Metric.RootMeanSquaredError, labels),
            (Metric.Accuracy(), classes),
            (Metric.AreaUnderRocCurve, classes), (Metric.LogLoss(ScoreLink.Logistic), classes),
            (Metric.Of("hits", true,
                (s, y) => s.Length - Enumerable.Range(0, s.Length).Sum(i => 0.0) - Metric.MeanAbsoluteError.Value(s, y)), labels),
        ])
        {
            var found = PermutationImportance.Of(Linear, Table, truth, metric, new PermutationImportanceOptions { Repeats = 20 });
            Assert.AreEqual("x3", found[0].Name, metric.Name);
            Finite.Above(0, found[0].Low, metric.Name);
        }
    }

    [TestMethod]
    public void Without_labels_the_model_s_own_scores_are_the_truth()
    {
        var own = PermutationImportance.Of(Linear, Table, Metric.RootMeanSquaredError);
        var scores = new double[80];
        Linear.Score(Table, scores);
        var told = PermutationImportance.Of(Linear, Table, scores, Metric.RootMeanSquaredError);
        CollectionAssert.AreEqual(told.Select(i => i.Mean).ToArray(), own.Select(i => i.Mean).ToArray());
        foreach (var metric in (Metric[])[Metric.Accuracy(), Metric.AreaUnderRocCurve, Metric.LogLoss(ScoreLink.Logistic)])
            Assert.AreEqual("x3", PermutationImportance.Of(Linear, Table, metric)[0].Name, metric.Name);
    }

    [TestMethod]
    public void A_quotient_is_1_for_what_is_not_needed()
    {
        var found = Ranked(new PermutationImportanceOptions { Form = ImportanceForm.Ratio });
        Near.Equal(1, found[^1].Mean, 1e-12);
        var difference = Ranked(new PermutationImportanceOptions()).Single(i => i.Name == found[0].Name);
        var before = Metric.RootMeanSquaredError.Value(Scores(), Expected["importance_labels"].ToDouble());
        Near.Equal(1 + difference.Mean / before, found[0].Mean, 1e-9);
    }

    [TestMethod]
    public void The_same_seed_gives_the_same_numbers_and_the_table_stays_as_it_is()
    {
        var before = Table.ToArray();
        CollectionAssert.AreEqual(Ranked(new PermutationImportanceOptions()).SelectMany(i => i.Losses).ToArray(),
            Ranked(new PermutationImportanceOptions()).SelectMany(i => i.Losses).ToArray());
        CollectionAssert.AreNotEqual(Ranked(new PermutationImportanceOptions()).SelectMany(i => i.Losses).ToArray(),
            Ranked(new PermutationImportanceOptions { Seed = 2 }).SelectMany(i => i.Losses).ToArray());
        CollectionAssert.AreEqual(before, Table);
    }

    [TestMethod]
    public void Bad_input_is_refused()
    {
        var labels = Expected["importance_labels"].ToDouble();
        Refuses("79 labels were given for 80 rows", () => PermutationImportance.Of(Linear, Table, labels.AsSpan(1), Metric.RSquared));
        Refuses("no whole number of rows", () => PermutationImportance.Of(Linear, Table.AsSpan(1), labels, Metric.RSquared));
        Refuses("two at least", () => PermutationImportance.Of(Linear, Table.AsSpan(0, 6), labels.AsSpan(0, 1), Metric.RSquared));
        Refuses("is no class", () => PermutationImportance.Of(Linear, Table, labels, Metric.Accuracy()));
        Refuses("no probability", () => PermutationImportance.Of(Linear, Table, Expected["binary_labels"].ToDouble(), Metric.LogLoss()));
        Refuses("of class 1 and of others", () => PermutationImportance.Of(Linear, Table, new double[80], Metric.AreaUnderRocCurve));
        Refuses("same number", () => PermutationImportance.Of(Linear, Table, new double[80], Metric.RSquared));
        Refuses("Take the difference",
            () => PermutationImportance.Of(Linear, Table, labels, Metric.RSquared,
                new PermutationImportanceOptions { Form = ImportanceForm.Ratio }));
        Refuses("Group 0 [6]", () => Ranked(new PermutationImportanceOptions { Groups = [[6]] }));
        Refuses("1 names were given for 2 groups",
            () => Ranked(new PermutationImportanceOptions { Groups = [[0], [1]], GroupNames = ["a"] }));
        Refuses("but no groups", () => Ranked(new PermutationImportanceOptions { GroupNames = ["a"] }));
        Refuses("single output", () => Metric.RSquared.Value([1, 2, 3, 4], [1, 2]));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new PermutationImportanceOptions { Repeats = 0 });
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new PermutationImportanceOptions { Confidence = 1 });
        StringAssert.Contains(Assert.ThrowsExactly<InvalidOperationException>(() =>
            PermutationImportance.Of(Scorers.Single(1, r => 1 / (double)(r[0] > 2 ? 0 : 1)), [1, 3], [0, 1], Metric.RSquared)).Message,
                "'y0' of row 1");
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.Throws<OperationCanceledException>(
            () => PermutationImportance.Of(Linear, Table, labels, Metric.RSquared, cancellation: cancelled.Token));
    }

    private static float[] Table { get; } = Expected["table"].As<float>().ToArray();

    private static LinearModel Linear => new(Expected["importance_weights"].ToDouble(), 0);

    private static double[] Scores()
    {
        var scores = new double[80];
        Linear.Score(Table, scores);
        return scores;
    }

    private static IReadOnlyList<PermutationFeatureImportance> Ranked(PermutationImportanceOptions options) =>
        PermutationImportance.Of(Linear, Table, Expected["importance_labels"].ToDouble(), Metric.RootMeanSquaredError, options);

    private static IEnumerable<int[]> Orders(int count) => count == 0 ? [[]]
        : Orders(count - 1)
            .SelectMany(o => Enumerable.Range(0, count).Select(place => (int[])[.. o.Take(place), count - 1, .. o.Skip(place)]));

    private static void Refuses(string part, Action action) =>
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(action).Message, part);
}
