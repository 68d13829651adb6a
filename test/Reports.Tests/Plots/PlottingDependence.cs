using Microsoft.ML.Introspection.Shapley;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Reports.Tests;

[TestClass]
public sealed class PlottingDependence
{
    [TestMethod]
    public void Every_dot_lies_at_its_value_and_its_SHAP_value()
    {
        var values = ShapSamples.Product(300, withInteractions: false);

        var plot = Drawings.Of(new DependencePlot(values, 0));

        var (right, up) = (plot.Axis("bottom"), plot.Axis("left"));
        var dots = plot.Dots("0");
        Assert.HasCount(300, dots);
        foreach (var (row, (x, y, _)) in dots)
        {
            Near.Equal(right(values.FeaturesOf(row)[0]), x, 0.12);
            Near.Equal(up(values.ForRow(row)[0]), y, 0.12);
        }
    }

    [TestMethod]
    public void The_feature_that_acts_along_colours_the_dots()
    {
        var values = ShapSamples.Product(300, withInteractions: true);

        var plot = Drawings.Of(new DependencePlot(values, 0));

        var byValue =
            plot.Dots("0").OrderBy(dot => values.FeaturesOf(dot.Key)[1])
                .Select(dot => int.Parse(dot.Value.Color[1..], System.Globalization.CultureInfo.InvariantCulture)).ToArray();
        CollectionAssert.AreEqual(byValue.Order().ToArray(), byValue);
        CollectionAssert.Contains(plot.OfClass("tick").Select(text => text.Value).ToArray(), "b");
        StringAssert.Contains(plot.Element("svg")!.Attribute("aria-label")!.Value, "coloured by b");
    }

    [TestMethod]
    public void A_feature_that_is_asked_for_colours_instead()
    {
        var plot = Drawings.Of(new DependencePlot(ShapSamples.Product(50, withInteractions: true), 0, new() { ColorBy = 3 }));

        StringAssert.Contains(plot.Element("svg")!.Attribute("aria-label")!.Value, "coloured by d");
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new DependencePlot(ShapSamples.Product(5, false), 4));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(
            () => new DependencePlot(ShapSamples.Product(5, false), 0, new() { ColorBy = -1 }));
    }

    [TestMethod]
    public void The_histogram_tells_how_often_values_occur()
    {
        float[] features = [.. Enumerable.Repeat(1f, 30), .. Enumerable.Repeat(2f, 60), .. Enumerable.Repeat(4f, 15)];
        var plot = Drawings.Of(new DependencePlot(new ShapValues(["a"], 0, new double[105], features), 0));

        var heights = plot.OfClass("histogram").OrderBy(bar => bar.Number("x")).Select(bar => bar.Number("height")).ToArray();

        Assert.HasCount(3, heights);
        Near.Equal(0.5, heights[0] / heights[1], 0.01);
        Near.Equal(0.25, heights[2] / heights[1], 0.01);
    }

    [TestMethod]
    public void Values_that_come_again_and_again_are_spread_but_never_mixed()
    {
        float[] features = [.. Enumerable.Range(0, 120).Select(i => (float)(i % 4))];
        var plot = Drawings.Of(new DependencePlot(new ShapValues(["a"], 0, new double[120], features), 0));

        var columns =
            plot.Dots("0").GroupBy(dot => dot.Key % 4).OrderBy(group => group.Key)
                .Select(group => group.Select(dot => dot.Value.X).ToArray()).ToArray();

        for (var i = 0; i < 4; i++)
        {
            Finite.Above(10, columns[i].Distinct().Count());
            if (i > 0)
                Finite.Above(columns[i - 1].Largest() + 4, columns[i].Min());
        }
    }

    [TestMethod]
    public void Categories_stand_side_by_side_with_their_names()
    {
        string[] texts = [.. Enumerable.Range(0, 90).Select(i => ((string[])["red", "green", "blue"])[i % 3])];
        float[] codes = [.. Enumerable.Range(0, 90).Select(i => ((float[])[7, 3, 5])[i % 3])];
        var values =
            new ShapValues(["colour"], 0, new double[90], codes) { Texts = new Dictionary<int, IReadOnlyList<string>> { [0] = texts } };

        var plot = Drawings.Of(new DependencePlot(values, 0));

        var names = plot.Descendants("text").Where(text => text.Attribute("data-x") is not null).ToArray();
        CollectionAssert.AreEqual(new[] { "green", "blue", "red" }, names.Select(name => name.Value).ToArray(), "by their codes");
        var half = (names[1].Number("x") - names[0].Number("x")) / 2;
        foreach (var (row, (x, _, _)) in plot.Dots("0"))
            Near.Equal(names.Single(name => name.Value == texts[row]).Number("x"), x, half);
    }

    [TestMethod]
    public void Rare_categories_share_a_place_where_there_are_too_many()
    {
        string[] texts = [.. Enumerable.Range(0, 400).Select(i => i < 200 ? $"often {i % 10}" : $"rare {i}")];
        var values = new ShapValues(["c"], 0, new double[400],
            [.. Enumerable.Range(0, 400).Select(i => (float)i)]) { Texts = new Dictionary<int, IReadOnlyList<string>> { [0] = texts } };

        var names =
            Drawings.Of(new DependencePlot(values, 0)).Descendants("text").Where(text => text.Attribute("data-x") is not null)
                .Select(text => text.Value).ToArray();

        Assert.HasCount(20, names);
        Assert.AreEqual("191 others", names[^1]);
    }

    [TestMethod]
    public void A_partner_of_categories_has_a_colour_for_each()
    {
        string[] texts = [.. Enumerable.Range(0, 30).Select(i => i % 2 == 0 ? "yes" : "no")];
        var values = new ShapValues(["a", "b"], 0, new double[60],
            new float[60]) { Texts = new Dictionary<int, IReadOnlyList<string>> { [1] = texts } };

        var plot = Drawings.Of(new DependencePlot(values, 0, new() { ColorBy = 1 }));

        Assert.HasCount(2, plot.Dots("0").GroupBy(dot => (dot.Key % 2, dot.Value.Color)));
        CollectionAssert.IsSubsetOf(new[] { "b yes", "b no" }, plot.OfClass("tick").Select(text => text.Value).ToArray());
    }

    [TestMethod]
    public void Missing_values_stand_apart()
    {
        float[] features = [.. Enumerable.Range(0, 50).Select(i => i < 10 ? float.NaN : i)];
        var plot = Drawings.Of(new DependencePlot(new ShapValues(["a"], 0, new double[50], features), 0));

        var dots = plot.Dots("0");

        Finite.Below(
            dots.Where(dot => dot.Key >= 10).Min(dot => dot.Value.X) - 8, dots.Where(dot => dot.Key < 10).Largest(dot => dot.Value.X));
        CollectionAssert.Contains(plot.OfClass("tick").Select(text => text.Value).ToArray(), "missing");
    }

    [TestMethod]
    public void A_few_values_far_out_do_not_squeeze_the_others_and_the_caption_says_where_they_are()
    {
        float[] features = [.. Enumerable.Range(0, 998).Select(i => (float)i / 10), 1e6f, 2e6f];
        var plot = Drawings.Of(new DependencePlot(new ShapValues(["a"], 0, new double[1000], features), 0));

        var axis = plot.Axis("bottom");

        Finite.Above(200, axis(90) - axis(0));
        StringAssert.Contains(plot.Element("figcaption")!.Value, "2 rows with values beyond the axis are drawn at its ends");
        Near.Equal(plot.Dots("0")[998].X, plot.Dots("0")[999].X, 1e-9);
    }

    [TestMethod]
    public void Nothing_but_missing_values_can_be_drawn_too()
    {
        var plot =
            Drawings.Of(
                new DependencePlot(new ShapValues(["a", "b"], 0, new double[6], [.. Enumerable.Repeat(float.NaN, 6)]), 0,
                    new() { ColorBy = 1 }));

        Assert.HasCount(3, plot.Dots("0"));
    }
}
