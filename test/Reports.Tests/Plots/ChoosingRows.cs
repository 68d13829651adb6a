using Microsoft.ML.Introspection.Shapley;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Reports.Tests;

[TestClass]
public sealed class ChoosingRows
{
    [TestMethod]
    public void A_sample_holds_the_ends_of_every_feature_and_of_the_scores()
    {
        var values = ShapSamples.Linear(5000, 12);

        var rows = RowSample.Of(values, 300);

        Assert.HasCount(300, rows);
        CollectionAssert.AreEqual(rows.Distinct().Order().ToArray(), rows);
        for (var feature = 0; feature < 12; feature++)
        {
            var column = values.ForFeature(feature);
            CollectionAssert.Contains(rows, Array.IndexOf(column, column.Largest()));
            CollectionAssert.Contains(rows, Array.IndexOf(column, column.Min()));
        }

        Assert.AreEqual(values.Predictions.Largest(), rows.Largest(row => values.Predictions[row]));
        CollectionAssert.AreEqual(rows, RowSample.Of(values, 300));
    }

    [TestMethod]
    public void The_others_are_evenly_spread_over_the_scores()
    {
        var values = ShapSamples.Linear(5000, 4);
        double[] sorted = [.. values.Predictions.Order()];

        double[] sample = [.. RowSample.Of(values, 500, endsOfFeatures: false).Select(row => values.Predictions[row]).Order()];

        foreach (var share in (double[])[0.1, 0.25, 0.5, 0.75, 0.9])
        {
            var rank = Array.BinarySearch(sorted, sample[(int)(share * 500)]);
            Near.Equal(share, rank / 5000.0, 0.01);
        }
    }

    [TestMethod]
    public void Wanted_rows_come_first_and_few_rows_all_come()
    {
        var values = ShapSamples.Linear(100, 3);

        var rows = RowSample.Of(values, 10, [17, 42, 99]);

        Assert.HasCount(10, rows);
        Assert.IsEmpty(new[] { 17, 42, 99 }.Except(rows));
        CollectionAssert.AreEqual(Enumerable.Range(0, 100).ToArray(), RowSample.Of(values, 100));
    }

    [TestMethod]
    public void Similarity_puts_rows_with_like_reasons_side_by_side_and_low_scores_first()
    {
        // Three groups, each decided by another feature, mixed up.
        var random = new Random(6);
        const int rows = 90;
        var shap = new double[rows * 3];
        for (var row = 0; row < rows; row++)
            for (var feature = 0; feature < 3; feature++)
                shap[row * 3 + feature] =
                    (feature == row % 3 ? 5 * (feature - 1) : 0) + 0.2 * random.NextDouble() + (row % 3 == 1 && feature == 1 ? 3 : 0);
        var values = new ShapValues(["a", "b", "c"], 0, shap, new float[rows * 3]);

        var order = SimilarityOrder.Of(values, [.. Enumerable.Range(0, rows)]);

        CollectionAssert.AreEqual(Enumerable.Range(0, rows).ToArray(), order.Order().ToArray(), "every row once");
        int[] groups = [.. order.Select(row => row % 3)];
        Assert.AreEqual(2, groups.Zip(groups.Skip(1)).Count(pair => pair.First != pair.Second), "no group is torn apart");
        Assert.AreEqual(0, groups[0], "the group with the lowest scores");
    }

    [TestMethod]
    public void Any_values_have_an_order()
    {
        double[][] cases = [[0, 0, 0, 0, 0], [1e300, -1e300, 1e300, 0, 1], [double.Epsilon, 0, double.Epsilon, 0, 0], [1, 1, 1, 2, 2],
            [double.MaxValue, 1, 2, 3, 4]];
        foreach (var shap in cases)
        {
            var values = new ShapValues(["a"], 0, shap, new float[5]);
            CollectionAssert.AreEqual(new[] { 0, 1, 2, 3, 4 }, SimilarityOrder.Of(values, [4, 2, 0, 1, 3]).Order().ToArray());
        }

        CollectionAssert.AreEqual(new[] { 1, 0 }, SimilarityOrder.Of(new ShapValues(["a"], 0, [2, 1], new float[2]), [0, 1]));
    }

    [TestMethod]
    public void Rows_stand_by_score_or_as_given()
    {
        var values = new ShapValues(["a"], 0, [3, 1, 2], new float[3]);

        CollectionAssert.AreEqual(new[] { 1, 2, 0 }, RowOrder.Score.Sort(values, [0, 1, 2]));
        CollectionAssert.AreEqual(new[] { 0, 1, 2 }, RowOrder.Given.Sort(values, [0, 1, 2]));
    }
}
