using Microsoft.ML.Introspection.Shapley;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Reports.Tests;

[TestClass]
public sealed class RankingFeatures
{
    private static readonly string[] Names = ["a", "b", "c", "d", "e"];

    private static ShapValues Five(params double[] values) => new(Names, 0, values, new float[values.Length]);

    [TestMethod]
    public void Bars_are_sorted_drawn_to_scale_and_summed_up()
    {
        var plot = Drawings.Of(new ImportanceBars(Five(1, -4, 0.5, 0.25, -2, 1, 4, 0.5, 0.25, 2), maximumFeatures: 2));

        CollectionAssert.AreEqual(
            new[] { "b\nmean |SHAP| 4", "e\nmean |SHAP| 2", "sum of 3 other features\nmean |SHAP| 1.75" },
            plot.OfClass("mark").Select(mark => mark.Element("title")!.Value).ToArray());
        var bars = plot.OfClass("bar");
        CollectionAssert.AreEqual(new[] { "bar size", "bar size", "bar rest" }, bars.Select(Drawings.Class).ToArray());
        var widths = bars.Select(bar => bar.Number("width")).ToArray();
        Near.Equal(0.5, widths[1] / widths[0], 0.001);
        Near.Equal(1.75 / 4, widths[2] / widths[0], 0.001);
        Assert.HasCount(1, bars.Select(bar => bar.Number("x")).Distinct());
    }

    [TestMethod]
    public void Bars_of_several_classes_are_made_of_their_shares()
    {
        var first = new ShapValues(["a", "b"], 0, [1, 2], new float[2]) { OutputName = "red" };
        var second = new ShapValues(["a", "b"], 0, [-4, 1], new float[2]) { OutputName = "green" };

        var plot = Drawings.Of(new ImportanceBars([first, second]));

        CollectionAssert.AreEqual(
            new[] { "a\nmean |SHAP| 5 in all\nred 1\ngreen 4", "b\nmean |SHAP| 3 in all\nred 2\ngreen 1" },
            plot.OfClass("mark").Select(mark => mark.Element("title")!.Value).ToArray());
        var parts = plot.OfClass("mark")[0].OfClass("fill");
        CollectionAssert.AreEqual(new[] { "fill k0", "fill k1" }, parts.Select(Drawings.Class).ToArray());
        Near.Equal(4, parts[1].Number("width") / parts[0].Number("width"), 0.01);
        Near.Equal(parts[0].Number("x") + parts[0].Number("width"), parts[1].Number("x"), 0.02, "one begins where the other ends");
        CollectionAssert.AreEqual(new[] { "red", "green" }, plot.OfClass("tick").Select(text => text.Value).ToArray());
    }

    [TestMethod]
    public void Outputs_with_other_features_are_refused()
    {
        var error = Assert.ThrowsExactly<ArgumentException>(() => new ImportanceBars([ShapSamples.Linear(2, 3), ShapSamples.Linear(2, 4)]));
        StringAssert.Contains(error.Message, "different features");
        Assert.ThrowsExactly<ArgumentException>(() => new ImportanceBars([]));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new ImportanceBars(ShapSamples.Linear(2, 3), 0));
    }

    [TestMethod]
    public void A_hundred_features_with_long_names_stay_inside()
    {
        string[] names = [.. Enumerable.Range(0, 100).Select(i => new string('W', 300) + i)];
        var values = new ShapValues(names, 0, [.. Enumerable.Range(0, 100).Select(i => (double)i)], new float[100]);

        var plot = Drawings.Of(new ImportanceBars(values, 99));

        Assert.HasCount(100, plot.OfClass("mark"), "a single one left over is shown as itself");
        var width = Drawings.Number(plot.Element("svg")!.Attribute("viewBox")!.Value.Split(' ')[2]);
        foreach (var name in plot.OfClass("name"))
            Finite.AtLeast(-0.01, name.Number("x") - TextWidth.Of(name.Nodes().OfType<System.Xml.Linq.XText>().Single().Value));
        foreach (var bar in plot.OfClass("bar"))
            Finite.AtMost(width, bar.Number("x") + bar.Number("width"));
    }
}
