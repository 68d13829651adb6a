using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Shapley;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Reports.Tests;

[TestClass]
public sealed class ExplainingManyRows
{
    [TestMethod]
    public void Lines_of_decisions_add_one_feature_after_the_other_up_to_the_score()
    {
        var values = ShapSamples.Linear(30, 7);

        var plot = Drawings.Of(new DecisionPlot(values, new() { MaximumFeatures = 4 }));

        var axis = plot.Axis("bottom");
        var lines = plot.OfClass("row");
        Assert.HasCount(30, lines);
        foreach (var line in lines)
        {
            var own = values.ForRow(line.Rows().Single()).ToArray();
            double[] scores = [0.25, 0.25 + own[4] + own[5] + own[6], 0, 0, 0, 0];
            for (var i = 0; i < 4; i++)
                scores[i + 2] = scores[i + 1] + own[3 - i];
            var points = line.Points();
            Assert.HasCount(6, points);
            foreach (var (score, point) in scores.Zip(points))
                Near.Equal(axis(score), point.X, 0.15);
            CollectionAssert.AreEqual(points.OrderByDescending(point => point.Y).ToArray(), points, "upward");
        }
    }

    [TestMethod]
    public void Decisions_have_the_colours_of_their_scores_and_an_axis_of_probabilities()
    {
        var values =
            new ShapValues(["a"], 0, [.. Enumerable.Range(-20, 41).Select(i => 0.2 * i)], new float[41]) { Link = ScoreLink.Logistic };

        var plot = Drawings.Of(new DecisionPlot(values));

        var steps =
            plot.OfClass("row").OrderBy(line => line.Points()[^1].X)
                .Select(line => int.Parse(line.Class().Split(' ')[1][1..], System.Globalization.CultureInfo.InvariantCulture)).ToArray();
        CollectionAssert.AreEqual(steps.Order().ToArray(), steps);
        var axis = plot.Axis("bottom");
        var half = plot.Descendants("text").Single(text => text.Value == "50\u00A0%");
        Near.Equal(axis(0), half.Number("x"), 0.05);
    }

    [TestMethod]
    public void Rows_that_shall_stand_out_are_always_drawn_and_on_top()
    {
        var values = ShapSamples.Linear(500, 3);

        var lines = Drawings.Of(new DecisionPlot(values, new() { MaximumRows = 20, Highlight = [123, 321] })).OfClass("row");

        Assert.HasCount(20, lines);
        CollectionAssert.AreEqual(new[] { true, true },
            lines.TakeLast(2).Select(line => line.Class().Contains("strong", StringComparison.Ordinal)).ToArray());
        Assert.HasCount(2, lines.Where(line => line.Class().Contains("strong", StringComparison.Ordinal)));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new DecisionPlot(values, new() { Highlight = [500] }));
        Assert.ThrowsExactly<ArgumentException>(() => new DecisionPlot(values, new() { MaximumRows = 2, Highlight = [1, 2, 3] }));
    }

    [TestMethod]
    public void Stacked_forces_reach_from_the_score_as_far_as_they_push()
    {
        // One row raised by 3 and 1 and lowered by 2, another lowered by 1.
        var values = new ShapValues(["a", "b", "c"], 10, [3, -2, 1, 0, -1, 0], new float[6]);

        var plot = Drawings.Of(new ForceStack(values, new() { Order = RowOrder.Given }));

        var axis = plot.Axis("left");
        var layers = plot.Descendants("path").Where(path => path.Attribute("data-f") is not null)
            .ToDictionary(path => (path.Class().Split(' ')[0], path.Attribute("data-f")!.Value), path => path.Points());
        Assert.HasCount(3, layers);
        Check(layers[("favour", "0")], 12, 9);
        Check(layers[("favour", "2")], 9, 8);
        Check(layers[("against", "1")], 14, 9, 10);
        var score = plot.OfClass("curve").Single().Points();
        CollectionAssert.AreEqual(new[] { axis(12), axis(12), axis(9), axis(9) }.Select(y => Math.Round(y)).ToArray(),
            score.Select(point => Math.Round(point.Y)).ToArray());

        void Check((double X, double Y)[] outline, params double[] ends)
        {
            foreach (var end in ends)
                Assert.IsTrue(outline.Any(point => Math.Abs(point.Y - axis(end)) < 0.15), $"{end} in {string.Join(" ", outline)}");
            Assert.IsTrue(outline.All(point => point.Y >= axis(ends.Largest()) - 0.15 && point.Y <= axis(ends.Min()) + 0.15));
        }
    }

    [TestMethod]
    public void A_heatmap_has_a_cell_for_every_row_and_feature_in_the_colour_of_its_value()
    {
        var values = new ShapValues(["a", "b"], 0, [4, 1, -4, -1, 0, 4], new float[6]);

        var plot = Drawings.Of(new ShapHeatmap(values, new() { Order = RowOrder.Given }));

        var image = plot.Descendants("image").Last(picture => picture.Class() == "by-day" && picture.Number("height") > 20);
        var decoded = PngDecoder.Decode(Convert.FromBase64String(image.Attribute("href")!.Value["data:image/png;base64,".Length..]));
        Assert.AreEqual((3, 2), (decoded.Width, decoded.Height));
        double[] cells = [4, -4, 0, 1, -1, 4];
        for (var i = 0; i < cells.Length; i++)
        {
            var expected = CellTones.Light.At((cells[i] / 4 + 1) / 2);
            CollectionAssert.AreEqual(new[] { expected.Red, expected.Green, expected.Blue }, decoded.Pixels[(3 * i)..(3 * i + 3)]);
        }

        CollectionAssert.AreEqual(new[] { 0, 1, 2 }, plot.OfClass("columns").Single().Rows());
        Assert.IsTrue(plot.Descendants("image").Any(picture => picture.Class() == "by-night"));
    }

    [TestMethod]
    public void Bars_beside_a_heatmap_tell_what_matters()
    {
        var bars = Drawings.Of(new ShapHeatmap(ShapSamples.Linear(200, 6))).OfClass("bar").Select(bar => bar.Number("width")).ToArray();

        var values = ShapSamples.Linear(200, 6);
        Assert.HasCount(6, bars);
        for (var i = 0; i < 6; i++)
            Near.Equal(values.MeanAbsolute[i] / values.MeanAbsolute[0], bars[i] / bars[0], 0.002);
    }

    [TestMethod]
    public void The_histogram_of_scores_counts_every_row_once_class_by_class()
    {
        var random = new Random(3);
        string[] labels = [.. Enumerable.Range(0, 300).Select(_ => random.Next(3) == 0 ? "sick" : "well")];
        var values = new ShapValues(["a"], 0, [.. labels.Select(label => (label == "sick" ? 2 : -2) + random.NextDouble())],
            new float[300]) { Labels = labels };

        var plot = Drawings.Of(new ScoreHistogram(values));

        var counts = plot.OfClass("mark").Select(mark => mark.Element("title")!.Value.Split('\n')).ToArray();
        Assert.AreEqual(300, counts.Sum(lines => int.Parse(lines[1].Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture)));
        Assert.AreEqual(labels.Count(label => label == "sick"),
            counts.Sum(lines => int.Parse(lines[2]["sick ".Length..], System.Globalization.CultureInfo.InvariantCulture)));
        var axis = plot.Axis("bottom");
        Assert.IsTrue(
            plot.OfClass("k0").Where(bar => bar.Parent!.Attribute("class")?.Value == "mark").All(bar => bar.Number("x") > axis(1.5)),
            "the sick have high scores");
    }

    [TestMethod]
    public void A_single_row_and_rows_that_are_all_alike_can_be_drawn()
    {
        ShapValues[] cases = [new(["a", "b"], 0, [1, -1], new float[2]), new(["a", "b"], 5, new double[20], new float[20])];
        foreach (var values in cases)
        {
            ReportSection[] plots = [new DecisionPlot(values), new ForceStack(values), new ShapHeatmap(values), new ScoreHistogram(values),
                new Beeswarm(values), new ImportanceBars(values)];
            foreach (var plot in plots)
                Assert.IsNotEmpty(Drawings.Of(plot).Descendants("text"));
        }
    }
}
