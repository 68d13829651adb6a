using Microsoft.ML.Introspection.Shapley;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Reports.Tests;

[TestClass]
public sealed class SwarmingAroundFeatures
{
    [TestMethod]
    public void Every_dot_lies_at_its_SHAP_value()
    {
        var values = ShapSamples.Linear(120, 5);

        var plot = Drawings.Of(new Beeswarm(values));

        var axis = plot.Axis("bottom");
        for (var feature = 0; feature < 5; feature++)
        {
            var dots = plot.Dots($"{feature}");
            Assert.HasCount(120, dots);
            foreach (var (row, (x, _, _)) in dots)
                Near.Equal(axis(values.ForRow(row)[feature]), x, 0.06);
        }
    }

    [TestMethod]
    public void Features_stand_in_the_order_of_their_importance_each_on_a_line_of_its_own()
    {
        var plot = Drawings.Of(new Beeswarm(ShapSamples.Linear(80, 6)));

        var names = plot.OfClass("name");
        CollectionAssert.AreEqual(Enumerable.Range(0, 6).Select(i => $"feature {i}").ToArray(), names.Select(name => name.Value).ToArray());
        for (var feature = 0; feature < 6; feature++)
        {
            var middle = names[feature].Number("y") - 4.5;
            Assert.IsTrue(plot.Dots($"{feature}").Values.All(dot => Math.Abs(dot.Y - middle) < 14), "no dot strays to a neighbour");
        }
    }

    [TestMethod]
    public void Colours_go_from_low_to_high_and_missing_values_are_grey()
    {
        float[] features = [.. Enumerable.Range(0, 100).Select(i => (float)i), float.NaN];
        var values = new ShapValues(["a"], 0, [.. Enumerable.Range(0, 101).Select(i => 0.01 * i)], features);

        var plot = Drawings.Of(new Beeswarm(values));

        var dots = plot.Dots("0");
        Assert.AreEqual(("v0", "v15", "vx"), (dots[0].Color, dots[99].Color, dots[100].Color));
        var steps =
            dots.Values.Take(100).Select(dot => int.Parse(dot.Color[1..], System.Globalization.CultureInfo.InvariantCulture)).ToArray();
        CollectionAssert.AreEqual(steps.Order().ToArray(), steps);
        Assert.HasCount(16, steps.Distinct());
        CollectionAssert.Contains(plot.OfClass("tick").Select(text => text.Value).ToArray(), "missing");
    }

    [TestMethod]
    public void A_few_values_far_out_do_not_take_all_colours()
    {
        float[] features = [.. Enumerable.Range(0, 200).Select(i => (float)i), 1e9f];
        var values = new ShapValues(["a"], 0, new double[201], features);

        var colors = Drawings.Of(new Beeswarm(values)).Dots("0").Values.Select(dot => dot.Color).Distinct();

        Assert.HasCount(16, colors);
    }

    [TestMethod]
    public void Categories_have_no_place_on_the_scale_of_colours()
    {
        var values =
            new ShapValues(["a"], 0, [1, 2, 3], [0, 1, 2]) { Texts = new Dictionary<int, IReadOnlyList<string>> { [0] = ["x", "y", "z"] } };

        var plot = Drawings.Of(new Beeswarm(values));

        Assert.IsTrue(plot.Dots("0").Values.All(dot => dot.Color == "vx"));
        CollectionAssert.Contains(plot.OfClass("tick").Select(text => text.Value).ToArray(), "no order");
    }

    [TestMethod]
    public void What_has_no_line_of_its_own_is_summed_up_row_by_row()
    {
        var values = ShapSamples.Linear(60, 8);

        var plot = Drawings.Of(new Beeswarm(values, new() { MaximumFeatures = 3 }));

        var axis = plot.Axis("bottom");
        CollectionAssert.AreEqual(new[] { "feature 0", "feature 1", "feature 2", "sum of 5 other features" },
            plot.OfClass("name").Select(name => name.Value).ToArray());
        foreach (var (row, (x, _, _)) in plot.Dots("rest5"))
            Near.Equal(axis(values.ForRow(row)[3..].ToArray().Sum()), x, 0.06);
    }

    [TestMethod]
    public void Ten_thousand_rows_are_thinned_out_and_the_caption_says_so()
    {
        var values = ShapSamples.Linear(10_000, 3);

        var plot = Drawings.Of(new Beeswarm(values, new() { MaximumRows = 700 }));

        Assert.HasCount(700, plot.Dots("0"));
        StringAssert.Contains(plot.Element("figcaption")!.Value, "700 of 10,000 rows are drawn");
        var axis = plot.Axis("bottom");
        Near.Equal(axis(values.ForFeature(0).Largest()), plot.Dots("0").Values.Largest(dot => dot.X), 0.06, "the ends are there");
    }

    [TestMethod]
    public void Any_values_stay_inside_the_drawing()
    {
        double[][] cases = [[0, 0, 0], [double.MaxValue, double.MinValue, 1], [double.Epsilon, 0, 0], [1e300, 1, -1], [7, 7, 7]];
        foreach (var shap in cases)
        {
            var plot = Drawings.Of(new Beeswarm(new ShapValues([new string('W', 400)], 0, shap, [float.PositiveInfinity, float.NaN, -0f])));
            var box = plot.Element("svg")!.Attribute("viewBox")!.Value.Split(' ').Select(Drawings.Number).ToArray();
            foreach (var (x, y, _) in plot.Dots("0").Values)
                Assert.IsTrue(x > 0 && x < box[2] && y > 0 && y < box[3], $"{x}, {y}");
        }
    }

    [TestMethod]
    public void Numbers_of_features_and_rows_have_limits()
    {
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new BeeswarmOptions { MaximumFeatures = 0 }).Message,
            "between 1 and 200");
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new BeeswarmOptions { MaximumRows = 1 }).Message,
            "between 2 and 20,000");
    }
}
