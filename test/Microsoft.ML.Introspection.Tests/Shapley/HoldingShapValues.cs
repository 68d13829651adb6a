using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Shapley;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Shapley;

[TestClass]
public sealed class HoldingShapValues
{
    private static readonly string[] Names = ["a", "b", "c"];

    [TestMethod]
    public void Base_value_and_values_sum_to_each_rows_prediction()
    {
        var values = new ShapValues(Names, 10, [1, 2, -4, 0.5, 0, 0.25], [1, 2, 3, 4, 5, 6]);

        CollectionAssert.AreEqual(new[] { 9.0, 10.75 }, values.Predictions.ToArray());
        CollectionAssert.AreEqual(new[] { 0.5, 0, 0.25 }, values.ForRow(1).ToArray());
        CollectionAssert.AreEqual(new[] { 4f, 5, 6 }, values.FeaturesOf(1).ToArray());
        Assert.AreEqual((2, 3), (values.RowCount, values.FeatureCount));
    }

    [TestMethod]
    public void Rows_of_several_outputs_are_put_together()
    {
        var red = new ShapValues(Names, 10, [1, 2, -4, 0.5, 0, 0.25], [1, 2, 3, 4, 5, 6])
        {
            OutputName = "red", Labels = ["x", "y"], Interactions = new double[18], Texts = new Dictionary<int, IReadOnlyList<string>> { [1] = ["m", "n"] },
        };
        var blue = new ShapValues(Names, 20, [0, 1, 0], [7, 8, 9]) { OutputName = "blue", Labels = ["z"], Scores = [21] };
        var together = ShapValues.Together([(red, 1), (blue, 0), (red, 0)]);

        CollectionAssert.AreEqual(new[] { 10.75, 21, 9 }, together.Predictions.ToArray());
        CollectionAssert.AreEqual(new[] { "red", "blue", "red" }, together.RowOutputs!.ToArray());
        CollectionAssert.AreEqual(new[] { 10.0, 20, 10 }, together.BaseValues!.ToArray());
        CollectionAssert.AreEqual(new[] { "y", "z", "x" }, together.Labels!.ToArray());
        CollectionAssert.AreEqual(new[] { "n", "", "m" }, together.Texts[1].ToArray());
        CollectionAssert.AreEqual(new[] { 7f, 8, 9 }, together.FeaturesOf(1).ToArray());
        Assert.AreEqual(1, together.InteractionRowCount);
        Assert.IsNull(together.Scores);
        Assert.AreEqual(0, ShapValues.Together([(red, 0)], mostInteractions: 8).InteractionRowCount);
        Assert.ThrowsExactly<ArgumentException>(() => ShapValues.Together([]));
    }

    [TestMethod]
    public void Values_that_do_not_add_up_leave_the_score_to_the_model()
    {
        var values = new ShapValues(Names, 0, [1, 2, -4, 0.5, 0, 0.25], new float[6])
        {
            Method = "saliency", AddsUp = false, Scores = [7, 8],
        };

        CollectionAssert.AreEqual(new[] { 7.0, 8 }, values.Predictions.ToArray());
        Assert.IsNull(values.LargestGap);
        Assert.AreEqual(("saliency", false), (ShapValues.Together([(values, 0)]).Method, ShapValues.Together([(values, 0)]).AddsUp));
        Assert.AreEqual(("SHAP", true), (new ShapValues(Names, 0, new double[3], new float[3]).Method,
            new ShapValues(Names, 0, new double[3], new float[3]).AddsUp));
        Assert.ThrowsExactly<ArgumentException>(() => new ShapValues(Names, 0, new double[3], new float[3]) { Method = " " });
    }

    [TestMethod]
    public void Values_are_changed_in_a_copy_that_keeps_all_else()
    {
        var values = new ShapValues(Names, 10, [1, 2, -4, 0.5, 0, 0.25], [1, 2, 3, 4, 5, 6])
        {
            OutputName = "red", BaseValues = [100, 200], Labels = ["x", "y"], Interactions = new double[] { 1, 2, 3, 4, 5, 6, 7, 8, 9 },
        };

        var doubled = values.Map(value => 2 * value);

        CollectionAssert.AreEqual(new[] { 98.0, 201.5 }, doubled.Predictions.ToArray());
        CollectionAssert.AreEqual(values.MeanAbsolute.Select(mean => 2 * mean).ToArray(), doubled.MeanAbsolute.ToArray());
        CollectionAssert.AreEqual(new[] { 2.0, 4, 6, 8, 10, 12, 14, 16, 18 }, doubled.Interactions.ToArray());
        CollectionAssert.AreEqual(new[] { 4f, 5, 6 }, doubled.FeaturesOf(1).ToArray());
        Assert.AreEqual(("red", "y"), (doubled.OutputName, doubled.Labels![1]));
        CollectionAssert.AreEqual(new[] { 99.0, 200.75 }, values.Predictions.ToArray(), "nothing of the first is changed");
        CollectionAssert.AreEqual(new[] { 1, 0, 2 }, values.Map(value => value == -4 ? 0 : value).Ranking.ToArray());
        Assert.ThrowsExactly<ArgumentException>(() => values.Map(_ => double.NaN));
    }

    [TestMethod]
    public void Rows_may_have_base_values_of_their_own()
    {
        var values = new ShapValues(Names, 10, [1, 2, -4, 0.5, 0, 0.25], new float[6])
        {
            BaseValues = [100, 200], RowOutputs = ["red", "blue"], Scores = [99, 200.75],
        };

        CollectionAssert.AreEqual(new[] { 99.0, 200.75 }, values.Predictions.ToArray());
        Assert.AreEqual((100, 200), (values.BaseValueOf(0), values.BaseValueOf(1)));
        Near.Equal(0, values.LargestGap!.Value, 1e-12);
        Assert.AreEqual(10, new ShapValues(Names, 10, new double[3], new float[3]).BaseValueOf(0));
        Assert.ThrowsExactly<ArgumentException>(() => new ShapValues(Names, 10, new double[6], new float[6]) { BaseValues = [1] });
        Assert.ThrowsExactly<ArgumentException>(() => new ShapValues(Names, 10, new double[6], new float[6]) { BaseValues = [1, double.NaN] });
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => values.BaseValueOf(2));
    }

    [TestMethod]
    public void A_features_column_is_a_copy_over_all_rows()
    {
        var values = new ShapValues(Names, 10, [1, 2, -4, 0.5, 0, 0.25], [1, 2, 3, 4, 5, 6]);

        values.ForFeature(2)[0] = 99;
        values.FeatureColumn(2)[0] = 99;

        CollectionAssert.AreEqual(new[] { -4, 0.25 }, values.ForFeature(2));
        CollectionAssert.AreEqual(new[] { 3f, 6 }, values.FeatureColumn(2));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => values.ForFeature(3));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => values.FeatureColumn(-1));
    }

    [TestMethod]
    public void Features_rank_by_their_mean_magnitude_and_equals_keep_their_order()
    {
        var values = new ShapValues(["a", "b", "c", "d"], 0, [1, -3, 2, 1, -1, 3, 0, 1], new float[8]);

        CollectionAssert.AreEqual(new[] { 1.0, 3, 1, 1 }, values.MeanAbsolute.ToArray());
        CollectionAssert.AreEqual(new[] { 1, 0, 2, 3 }, values.Ranking.ToArray());
    }

    [TestMethod]
    public void A_rows_strongest_features_come_whichever_way_they_push()
    {
        var values = new ShapValues(Names, 0, [1, -3, 2], new float[3]);

        CollectionAssert.AreEqual(new[] { 1, 2 }, values.Strongest(0, 2).ToArray());
        CollectionAssert.AreEqual(new[] { 1, 2, 0 }, values.Strongest(0).ToArray());
    }

    [TestMethod]
    public void Local_accuracy_is_the_largest_gap_to_the_models_own_scores()
    {
        var values = new ShapValues(Names, 1, [1, 0, 0, 0, 2, 0], new float[6]) { Scores = [2, 2.5] };

        Near.Equal(0.5, values.LargestGap!.Value, 1e-12);
        Assert.IsNull(new ShapValues(Names, 1, [1, 0, 0], new float[3]).LargestGap);
    }

    [TestMethod]
    public void Predictions_follow_the_link_and_are_absent_where_it_does_not_tell()
    {
        var values = new ShapValues(Names, 0, new double[3], new float[3]);

        Assert.IsNull(values.PredictionAt(1));
        Near.Equal(1 / (1 + Math.Exp(-1)), With(ScoreLink.Logistic).PredictionAt(1)!.Value, 1e-15);
        Near.Equal(1 / (1 + Math.Exp(-(2 * 3.0 - 1))), With(ScoreLink.Calibrated(2, -1)).PredictionAt(3)!.Value, 1e-15);
        Near.Equal(Math.E, With(ScoreLink.Exponential).PredictionAt(1)!.Value, 1e-15);
        Assert.IsNull(With(ScoreLink.Softmax).PredictionAt(1), "one class alone has no softmax");

        static ShapValues With(ScoreLink link) => new(Names, 0, new double[3], new float[3]) { Link = link };
    }

    [TestMethod]
    public void What_was_given_can_change_without_changing_the_values()
    {
        string[] names = [.. Names];
        double[] shap = [1, 2, 3];
        float[] features = [4, 5, 6];
        double[] interactions = new double[9];
        var values = new ShapValues(names, 0, shap, features) { Interactions = interactions };

        (names[0], shap[0], features[0], interactions[0]) = ("z", 9, 9, 9);

        Assert.AreEqual("a", values.FeatureNames[0]);
        Assert.AreEqual((1.0, 4f, 0.0), (values.ForRow(0)[0], values.FeaturesOf(0)[0], values.InteractionsOf(0)[0]));
    }

    [TestMethod]
    public void Categories_have_their_texts()
    {
        var values = new ShapValues(Names, 0, new double[6],
            new float[6]) { Texts = new Dictionary<int, IReadOnlyList<string>> { [1] = ["red", "green"] } };

        Assert.AreEqual("green", values.TextOf(1, 1));
        Assert.IsNull(values.TextOf(1, 0));
    }

    [TestMethod]
    public void Interactions_may_cover_the_first_rows_only()
    {
        var values = new ShapValues(Names, 0, new double[9],
            new float[9]) { Interactions = Enumerable.Range(0, 18).Select(i => (double)i).ToArray() };

        Assert.AreEqual(2, values.InteractionRowCount);
        Assert.AreEqual(9, values.InteractionsOf(1)[0]);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _ = values.InteractionsOf(2));
    }

    [TestMethod]
    public void Values_of_several_outputs_are_split()
    {
        var split = ShapValues.PerOutput(
            ["a", "b"], ["x", "y", "z"], [10, 20, 30], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], [0.1f, 0.2f, 0.3f, 0.4f],
            new() { Scores = new double[] { 13, 27, 41, 25, 39, 53.5 },
                Interactions = Enumerable.Range(0, 12).Select(i => (double)i).ToArray(), Labels = ["l0", "l1"] });

        CollectionAssert.AreEqual(new[] { "x", "y", "z" }, split.Select(values => values.OutputName).ToArray());
        CollectionAssert.AreEqual(new double[] { 3, 4 }, split[1].ForRow(0).ToArray());
        CollectionAssert.AreEqual(new double[] { 11, 12 }, split[2].ForRow(1).ToArray());
        CollectionAssert.AreEqual(new[] { 0.3f, 0.4f }, split[2].FeaturesOf(1).ToArray());
        CollectionAssert.AreEqual(new[] { 0, 0, 0.5 }, split.Select(values => values.LargestGap!.Value).ToArray());
        CollectionAssert.AreEqual(new double[] { 4, 5, 6, 7 }, split[1].InteractionsOf(0).ToArray());
        StringAssert.Contains(Assert.Throws<ArgumentException>(() => ShapValues.PerOutput(["a"], ["x"], [1, 2], [1], [1])).Message,
            "1 outputs and 2 base values");
        StringAssert.Contains(Assert.Throws<ArgumentException>(() => ShapValues.PerOutput(["a"], ["x", "y"], [1, 2], [1], [1])).Message,
            "Rows of 2 × 1 SHAP values");
    }

    [TestMethod]
    public void What_does_not_fit_is_refused_with_the_place_named()
    {
        Refused("Rows of 3 SHAP values, at least one, were expected; given were 4 values",
            () => new ShapValues(Names, 0, new double[4], new float[4]));
        Refused("given were 0 values", () => new ShapValues(Names, 0, [], []));
        Refused("given were 3 and 6", () => new ShapValues(Names, 0, new double[6], new float[3]));
        Refused("row 1 and feature 2 ('c') is NaN", () => new ShapValues(Names, 0, [0, 0, 0, 0, 0, double.NaN], new float[6]));
        Refused("finite base value", () => new ShapValues(Names, double.PositiveInfinity, new double[3], new float[3]));
        Refused("One feature at least", () => new ShapValues([], 0, [], []));
        Refused("One of Labels for each of the 1 rows was expected; given were 2",
            () => new ShapValues(Names, 0, new double[3], new float[3]) { Labels = ["x", "y"] });
        Refused("In Scores that of row 0 is NaN", () => new ShapValues(Names, 0, new double[3], new float[3]) { Scores = [double.NaN] });
        Refused("3 × 3 interaction values for at most 1 rows",
            () => new ShapValues(Names, 0, new double[3], new float[3]) { Interactions = new double[18] });
        Refused("A feature from 0 to 2", () =>
            new ShapValues(Names, 0, new double[3], new float[3]) { Texts = new Dictionary<int, IReadOnlyList<string>> { [3] = ["x"] } });
        Refused("A row from 0 to 0", () => _ = new ShapValues(Names, 0, new double[3], new float[3]).ForRow(1).Length);

        static void Refused(string message, Action action) =>
            StringAssert.Contains(Assert.Throws<ArgumentException>(action).Message, message);
    }

    [TestMethod]
    public void The_partner_is_the_feature_that_decides_what_a_feature_leaves_open()
    {
        foreach (var withInteractions in (bool[])[false, true])
        {
            var values = ShapSamples.Product(600, withInteractions);

            Assert.AreEqual(1, values.StrongestPartner(0), $"interactions: {withInteractions}");
            Assert.AreEqual(0, values.StrongestPartner(1), $"interactions: {withInteractions}");
        }

        Assert.IsNull(ShapSamples.Product(600, withInteractions: true).StrongestPartner(2), "x2 acts alone");
        Assert.IsNull(new ShapValues(["alone"], 0, [1, 2, 3], [1, 2, 3]).StrongestPartner(0));
    }

    [TestMethod]
    public void A_partner_may_act_by_being_missing()
    {
        var random = new Random(4);
        const int rows = 400;
        var features = new float[rows * 3];
        var shap = new double[rows * 3];
        for (var row = 0; row < rows; row++)
        {
            var isMissing = random.Next(2) == 0;
            (features[3 * row], features[3 * row + 1], features[3 * row + 2]) =
                (random.NextSingle(), random.NextSingle(), isMissing ? float.NaN : 0.5f);
            shap[3 * row] = isMissing ? 1 : -1;
        }

        Assert.AreEqual(2, new ShapValues(Names, 0, shap, features).StrongestPartner(0));
    }
}
