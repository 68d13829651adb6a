using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Shapley;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Reports.Tests;

[TestClass]
public sealed class ExplainingSingleRows
{
    private static readonly ShapValues Row =
        new(["a", "b", "c", "d", "e"], 1, [2, -3, 0.5, 0.25, -0.5], [10, float.NaN, 30, 40, 50]) { Link = ScoreLink.Logistic };

    [TestMethod]
    public void A_waterfall_goes_from_the_base_value_to_the_score_the_strongest_last()
    {
        var plot = Drawings.Of(new Waterfall(Row, 0));

        CollectionAssert.AreEqual(
            new[] { "b = missing\n−3", "a = 10\n+2", "c = 30\n+0.5", "e = 50\n−0.5", "d = 40\n+0.25" },
            plot.OfClass("mark").Select(mark => mark.Element("title")!.Value.Split(',')[0]).ToArray());
        var bars = plot.Descendants("path").Select(path => (Points: path.Points(), Class: path.Class())).ToArray();
        CollectionAssert.AreEqual(new[] { "against", "favour", "favour", "against", "favour" }, bars.Select(bar => bar.Class).ToArray());
        double[] shap = [-3, 2, 0.5, -0.5, 0.25];
        var unit = (bars[1].Points[2].X - bars[1].Points[0].X) / 2;
        for (var i = 0; i < bars.Length; i++)
        {
            Near.Equal(shap[i] * unit, bars[i].Points[2].X - bars[i].Points[0].X, 0.25, "the tip is as far as the value is large");
            if (i > 0)
                Near.Equal(bars[i].Points[2].X, bars[i - 1].Points[0].X, 0.15, "each begins where the one below it ended");
        }
    }

    [TestMethod]
    public void A_waterfall_sums_up_what_does_not_fit()
    {
        var plot = Drawings.Of(new Waterfall(Row, 0, maximumFeatures: 2));

        CollectionAssert.AreEqual(
            new[] { "b = missing\n−3", "a = 10\n+2", "3 other features together\n+0.25" },
            plot.OfClass("mark").Select(mark => mark.Element("title")!.Value.Split(',')[0]).ToArray());
        Assert.AreEqual("favour faded", plot.Descendants("path").Last().Class());
    }

    [TestMethod]
    public void Score_and_base_value_are_told_with_their_probabilities()
    {
        var texts = Drawings.Of(new Waterfall(Row, 0)).Descendants("text").Select(text => text.Value.Replace('\u00A0', ' ')).ToArray();

        CollectionAssert.Contains(texts, "score 0.25 (56.2 %)");
        CollectionAssert.Contains(texts, "base value 1 (73.1 %)");
    }

    [TestMethod]
    public void A_force_plot_has_what_raises_the_score_at_its_left_and_what_lowers_it_at_its_right()
    {
        var plot = Drawings.Of(new ForcePlot(Row, 0));

        var axis = plot.Axis("top");
        var score = axis(0.25);
        var pieces = plot.OfClass("piece").Select(path => (Points: path.Points(), Class: path.Class().Split(' ')[0])).ToArray();
        CollectionAssert.AreEqual(new[] { "favour", "favour", "favour", "against", "against" },
            pieces.Select(piece => piece.Class).ToArray());

        // The tip (near) and the notch (far) of each, one after the other outward from the score.
        double[] ends = [0.25, 0.25 - 2, 0.25 - 2.5, 0.25 - 2.75];
        for (var i = 0; i < 3; i++)
            Check(pieces[i].Points, ends[i], ends[i + 1]);
        Check(pieces[3].Points, 0.25, 3.25);
        Check(pieces[4].Points, 3.25, 3.75);
        Assert.IsTrue(plot.OfClass("favour").All(path => path.Points().Largest(point => point.X) <= score + 0.1));

        void Check((double X, double Y)[] points, double near, double far)
        {
            Near.Equal(axis(near), points[1].X, 0.15);
            Near.Equal(axis(far), points[4].X, 0.15);
        }
    }

    [TestMethod]
    public void Labels_of_a_force_plot_never_cover_each_other()
    {
        for (var seed = 0; seed < 40; seed++)
        {
            var values = ShapSamples.Linear(1, [.. Enumerable.Range(0, 12).Select(i => new string('n', 3 + 4 * i))], seed);
            var plot = Drawings.Of(new ForcePlot(values, 0));
            foreach (var kind in (string[])["name", "value", "amount"])
            {
                var spans = plot.OfClass("mark").SelectMany(mark => mark.OfClass(kind)).Select(Span).OrderBy(span => span.Left).ToArray();
                Finite.Above(0, spans.Length);
                for (var i = 1; i < spans.Length; i++)
                    Finite.AtLeast(spans[i - 1].Right, spans[i].Left, $"{kind}, seed {seed}");
                Assert.IsTrue(spans[0].Left >= 0 && spans[^1].Right <= PlotSpec.Wide);
            }
        }

        static (double Left, double Right) Span(System.Xml.Linq.XElement text)
        {
            var width = TextWidth.Of(text.Value);
            var left = text.Number("x") - (text.Attribute("text-anchor")?.Value switch { "middle" => width / 2, "end" => width, _ => 0 });
            return (left, left + width);
        }
    }

    [TestMethod]
    public void Any_row_can_be_drawn()
    {
        double[][] cases = [[0, 0, 0], [double.MaxValue / 4, -double.MaxValue / 4, 1], [1e-310, 0, 0], [-1, -2, -3], [1, 2, 3], [5, -5, 0]];
        foreach (var shap in cases)
        {
            var values =
                new ShapValues([new string('W', 300), "\u05E9\u05DC\u05D5\u05DD", ""], 0, shap, [float.NegativeInfinity, 1e30f, 0]);
            foreach (var plot in new[] { Drawings.Of(new Waterfall(values, 0)), Drawings.Of(new ForcePlot(values, 0)) })
            {
                var width = Drawings.Number(plot.Element("svg")!.Attribute("viewBox")!.Value.Split(' ')[2]);
                foreach (var point in plot.Descendants("path").SelectMany(path => path.Points()))
                    Assert.IsTrue(point.X >= -6.5 && point.X <= width + 6.5, $"{point.X} for {string.Join(", ", shap)}");
            }
        }
    }

    [TestMethod]
    public void Rows_that_are_not_there_are_refused()
    {
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new Waterfall(Row, 1)).Message, "A row from 0 to 0");
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new ForcePlot(Row, -1));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new Waterfall(Row, 0, 0));
    }
}
