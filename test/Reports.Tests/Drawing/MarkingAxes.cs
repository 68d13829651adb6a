using System.Globalization;
using Microsoft.ML.Introspection.Models;

namespace Microsoft.ML.Introspection.Reports.Tests;

[TestClass]
public sealed class MarkingAxes
{
    [TestMethod]
    [DataRow(0.0, 10.0, "0 2 4 6 8 10")]
    [DataRow(-1.3, 0.9, "−1.0 −0.5 0 0.5")]
    [DataRow(0.0, 0.00021, "0 0.00005 0.00010 0.00015 0.00020")]
    [DataRow(995.0, 1005.0, "996 998 1000 1002 1004")]
    [DataRow(2e6, 9e6, "2000000 4000000 6000000 8000000")]
    public void Marks_are_round_and_as_precise_as_their_distance(double from, double to, string expected)
    {
        var ticks = Ticks.On(new LinearScale(from, to, 0, 400), 80);

        Assert.AreEqual(expected, string.Join(' ', ticks.Select(tick => tick.Text)));
        foreach (var tick in ticks)
            Near.Equal(tick.Value, Drawings.Number(tick.Text.Replace('−', '-')), 1e-9 * Math.Max(Math.Abs(from), Math.Abs(to)));
    }

    [TestMethod]
    public void Marks_are_few_on_any_scale()
    {
        (double, double)[] ends =
            [(-double.MaxValue, double.MaxValue), (0, double.Epsilon), (1e15, 1e15 + 1), (-1e-300, 1e-300), (5, 1), (0, 1e300)];
        foreach (var (from, to) in ends)
            Finite.AtMost(100, Ticks.On(new LinearScale(from, to, 0, 500), 60).Count, $"{from} to {to}");
    }

    [TestMethod]
    public void Scales_span_finite_values_whatever_they_are_and_keep_everything_inside()
    {
        double[][] cases =
            [[], [3], [0, 0], [double.MaxValue, double.MinValue], [double.NaN, 1, double.PositiveInfinity], [-2, 5], [1e-320, 2e-320]];
        foreach (var values in cases)
        {
            var scale = LinearScale.Spanning(values, 20, 320);
            foreach (var value in values.Concat([double.PositiveInfinity, double.NegativeInfinity, double.NaN, 0]))
                Assert.IsTrue(scale.At(value) is >= 20 and <= 320, $"{value} of [{string.Join(", ", values)}] lies at {scale.At(value)}");
        }

        var exact = LinearScale.Spanning([-2, 5], 20, 320, 0);
        Near.Equal(20 + 300 * 2.0 / 7, exact.At(0), 1e-9);
    }

    [TestMethod]
    public void Probabilities_stand_where_their_scores_are()
    {
        var ticks = Ticks.On(new LinearScale(-6, 6, 0, 1000), 46, ScoreLink.Logistic);

        Assert.AreEqual("1 %,5 %,10 %,25 %,50 %,75 %,90 %,95 %,99 %",
            string.Join(',', ticks.Select(tick => tick.Text.Replace('\u00A0', ' '))));
        foreach (var tick in ticks)
            Near.Equal(Drawings.Number(tick.Text[..^2]) / 100, 1 / (1 + Math.Exp(-tick.Value)), 1e-12);
    }

    [TestMethod]
    public void A_short_stretch_of_the_curve_has_probabilities_too()
    {
        var ticks = Ticks.On(new LinearScale(0.3, 0.5, 0, 600), 46, ScoreLink.Logistic);

        Finite.AtLeast(3, ticks.Count);
        foreach (var tick in ticks)
            Near.Equal(Drawings.Number(tick.Text[..^2]) / 100, 1 / (1 + Math.Exp(-tick.Value)), 1e-9);
    }

    [TestMethod]
    public void Calibrated_scores_and_exponentials_have_marks_of_their_own_and_other_links_none()
    {
        var half = Ticks.On(new LinearScale(-6, 6, 0, 1000), 46, ScoreLink.Calibrated(-2, 4))
            .Single(tick => tick.Text.StartsWith("50", StringComparison.Ordinal));
        Near.Equal(2, half.Value, 1e-12, "where −2·2 + 4 is 0");

        var powers = Ticks.On(new LinearScale(-3, 5, 0, 1000), 46, ScoreLink.Exponential);
        Finite.Above(4, powers.Count);
        foreach (var tick in powers)
            Near.Equal(Drawings.Number(tick.Text), Math.Exp(tick.Value), 1e-9 * Math.Exp(tick.Value));

        Assert.IsEmpty(Ticks.On(new LinearScale(-3, 5, 0, 1000), 46, ScoreLink.Identity));
        Assert.IsEmpty(Ticks.On(new LinearScale(-3, 5, 0, 1000), 46, ScoreLink.Softmax));
        Assert.IsEmpty(Ticks.On(new LinearScale(-3, 5, 0, 1000), 46, ScoreLink.Calibrated(0, 1)));
    }

    [TestMethod]
    public void Paths_keep_every_tenth_of_a_pixel_and_do_not_drift()
    {
        var random = new Random(8);
        var places = Enumerable.Range(0, 2000).Select(_ => (X: random.NextDouble() * 1000, Y: random.NextDouble() * 300 - 20)).ToArray();
        var path = new PathData();
        foreach (var (x, y) in places)
            path.Dot(x, y);

        var points = new System.Xml.Linq.XElement("path", new System.Xml.Linq.XAttribute("d", path.ToString())).Points();

        Assert.HasCount(places.Length, points);
        foreach (var (place, point) in places.Zip(points))
        {
            Near.Equal(place.X, point.X, 0.0501);
            Near.Equal(place.Y, point.Y, 0.0501);
        }
    }

    [TestMethod]
    [DataRow(0.5, "50 %")]
    [DataRow(0.982, "98.2 %")]
    [DataRow(0.99987, "99.987 %")]
    [DataRow(0.0001, "0.01 %")]
    [DataRow(1.0, "100 %")]
    [DataRow(0.0, "0 %")]
    public void Probabilities_have_the_digits_that_tell(double probability, string expected) =>
        Assert.AreEqual(expected, Numbers.Percent(probability).Replace('\u00A0', ' '));

    [TestMethod]
    public void Long_names_keep_both_ends()
    {
        var shortened = TextWidth.ShortenInside("a measurement that has a long name, number 7", 200);

        StringAssert.StartsWith(shortened, "a measure");
        StringAssert.EndsWith(shortened, "number 7");
        StringAssert.Contains(shortened, "…");
        Finite.AtMost(200, TextWidth.Of(shortened));
        Assert.AreEqual("short", TextWidth.ShortenInside("short", 150));
        Assert.AreEqual("…", TextWidth.ShortenInside(new string('W', 90), 14));
    }

    [TestMethod]
    public void Counts_have_their_thousands_apart_in_every_culture()
    {
        var before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = new CultureInfo("") { NumberFormat = { NumberGroupSeparator = "~" } };
            Assert.AreEqual("1,234,567", Numbers.Count(1_234_567));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }
}
