using System.Xml.Linq;
using Microsoft.ML.Introspection.Shapley;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Reports.Tests;

[TestClass]
public sealed class ShowingInteractions
{
    [TestMethod]
    public void Both_halves_of_a_pair_are_added_and_main_effects_lie_on_the_diagonal()
    {
        // c matters most, then a, then b.
        double[] interactions =
        [
            5, 0.5, 1, 0.5, 1, 0, 1, 0, 3,
            -3, -0.5, 3, -0.5, 2, 0, 3, 0, 1,
        ];
        var values = new ShapValues(["a", "b", "c"], 0, [6.5, 1.5, 4, -0.5, 1.5, 4], new float[6]) { Interactions = interactions };

        var marks = Drawings.Of(new InteractionMatrix(values)).OfClass("mark");

        CollectionAssert.AreEqual(
            new[] { "c\nmain effect 2", "a\n× c\n4", "a\nmain effect 4", "b\n× c\n0", "b\n× a\n1", "b\nmain effect 1.5" },
            marks.Select(TitleOf).ToArray());
        var places = marks.Select(mark => (X: Cell(mark).Number("x"), Y: Cell(mark).Number("y"))).ToArray();
        Near.Equal(places[0].X, places[1].X, 1e-9, "c's column");
        Near.Equal(places[2].Y, places[1].Y, 1e-9, "a's line");
        Near.Equal(places[2].X - places[0].X, places[2].Y - places[0].Y, 0.02, "the diagonal");
    }

    [TestMethod]
    public void Pairs_and_main_effects_have_their_strongest_colours_each()
    {
        // The product of a and b is the only pair, and what b and a do alone is nothing.
        var marks = Drawings.Of(new InteractionMatrix(ShapSamples.Product(50, withInteractions: true))).OfClass("mark");

        var strongest = TextTones.Magnitudes.StyleAt(1);
        var violet = marks.Single(mark => Cell(mark).Attribute("style")!.Value == strongest);
        CollectionAssert.AreEquivalent(new[] { "a", "b" },
            TitleOf(violet).Split('\n').Take(2).Select(name => name.TrimStart('×', ' ')).ToArray());
        var main = marks.Single(mark => TitleOf(mark).StartsWith("c\nmain effect", StringComparison.Ordinal));
        var none = marks.Single(mark => TitleOf(mark) == "d\nmain effect 0");
        Assert.AreNotEqual(Cell(none).Attribute("style")!.Value, Cell(main).Attribute("style")!.Value);
        Assert.AreNotEqual(strongest, Cell(main).Attribute("style")!.Value);
    }

    [TestMethod]
    public void All_numbers_in_cells_have_the_same_decimals()
    {
        var cells =
            Drawings.Of(new InteractionMatrix(ShapSamples.Product(200, withInteractions: true))).OfClass("celltext")
                .Select(text => text.Value).ToArray();

        Finite.AtLeast(2, cells.Length);
        Assert.HasCount(1, cells.Select(text => text.Length - text.IndexOf('.', StringComparison.Ordinal)).Distinct());
    }

    [TestMethod]
    public void Only_the_most_important_features_are_shown()
    {
        var values = ShapSamples.Linear(4, 60);
        var with = new ShapValues(values.FeatureNames, 0, [.. Enumerable.Range(0, 4).SelectMany(row => values.ForRow(row).ToArray())],
            new float[240]) { Interactions = new double[3600] };

        var plot = Drawings.Of(new InteractionMatrix(with, 5));

        Assert.HasCount(15, plot.OfClass("mark"));
        CollectionAssert.AreEqual(with.Ranking.Take(5).Select(feature => $"feature {feature}").ToArray(),
            plot.OfClass("name").Select(name => name.Value).ToArray());
    }

    [TestMethod]
    public void A_matrix_needs_interactions()
    {
        var error = Assert.ThrowsExactly<ArgumentException>(() => new InteractionMatrix(ShapSamples.Linear(3, 3)));

        StringAssert.Contains(error.Message, "no interaction values");
    }

    private static string TitleOf(XElement mark) => mark.Element("title")!.Value;

    private static XElement Cell(XElement mark) => mark.Element("rect")!;
}
