using System.Globalization;
using System.Text;
using System.Xml.Linq;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Shapley;
using Microsoft.ML.Introspection.Tests.Data;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Reports.Tests;

[TestClass]
public sealed class WritingShapReports
{
    [TestMethod]
    public void One_call_shows_every_view()
    {
        var values = ShapSamples.Product(80, withInteractions: true);

        var page = ReportPage.Parse(
            ShapReport.Of(values, new() { Title = "Product", Facts = [("Model", "x0·x1 + x2")], DependencePlots = 2 }).ToHtml());

        CollectionAssert.AreEqual(
            new[] { "What matters", "How values act", "What acts together", "How rows are decided", "Single rows" },
            page.Descendants("main").Single().Elements("section").Select(section => section.Descendants("h2").First().Value).ToArray());
        Assert.AreEqual("dots marks marks dots dots marks lines columns columns",
            string.Join(' ', page.OfClass("plot").Take(9).Select(plot => plot.Attribute("data-plot")!.Value)));
        CollectionAssert.AreEqual(new[] { "Model", "Rows", "Features", "Output", "Base value" },
            page.Descendants("dt").Select(name => name.Value).ToArray());
    }

    [TestMethod]
    public void Local_accuracy_is_stated()
    {
        var values = new ShapValues(["a", "b"], 1, [1, 2, 3, 4], new float[4]) { Scores = [4.25, 8] };

        var facts = ReportPage.Parse(ShapReport.Of(values).ToHtml()).Descendants("dl").Single();

        StringAssert.StartsWith(facts.Descendants("dt").Last().Value, "Local accuracy");
        Assert.AreEqual("0.25", facts.Descendants("dd").Last().Value);
    }

    [TestMethod]
    public void Telling_rows_are_shown_unless_others_are_asked_for()
    {
        // Raised and lowered most: row 2. Scores: 6, −5, 1, 2, 0.
        var values = new ShapValues(["a", "b"], 0, [5, 1, -5, 0, 9, -8, 1, 1, 0, 0], new float[10]);

        CollectionAssert.AreEqual(new[] { "Highest score: row 0", "Lowest score: row 1", "Middle score: row 2" }, Headings(new()),
            "a row that would come twice comes once");
        CollectionAssert.AreEqual(new[] { "row 4", "row 3" }, Headings(new() { Rows = [4, 3, 4] }));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => ShapReport.Of(values, new() { Rows = [5] }));

        string[] Headings(ShapReportOptions options) => [.. ReportPage.Parse(ShapReport.Of(values, options).ToHtml())
            .Descendants("section").Where(section => section.Parent!.Attribute("class")?.Value == "content")
            .Select(section => section.Descendants("h2").First().Value)];
    }

    [TestMethod]
    public void Several_outputs_have_a_section_each_and_a_common_ranking()
    {
        ShapValues Output(int seed, string name) => new(["a", "b", "c"], 0, [.. ShapSamples.Uniform(60, seed).Select(value => value - 0.5)],
            ShapSamples.Uniform(60, 9)) { OutputName = name, Link = ScoreLink.Softmax };

        var page = ReportPage.Parse(ShapReport.Of([Output(1, "red"), Output(2, "green"), Output(3, "blue")]).ToHtml());

        CollectionAssert.AreEqual(
            new[] { "What matters", "red", "green", "blue" },
            page.Descendants("main").Single().Elements("section").Select(section => section.Descendants("h2").First().Value).ToArray());
        CollectionAssert.AreEqual(new[] { "0", "1", "2" },
            page.OfClass("plot").Select(plot => (string?)plot.Attribute("data-set")).OfType<string>().Distinct().ToArray());
        Assert.ThrowsExactly<ArgumentException>(() => ShapReport.Of([]));
    }

    [TestMethod]
    public void Ten_thousand_rows_of_thirty_features_stay_small()
    {
        var values = ShapSamples.Linear(10_000, 30);
        var with = new ShapValues(values.FeatureNames, 0, Flat(values), FlatFeatures(values)) { Interactions = new double[200 * 900] };

        var size = Encoding.UTF8.GetByteCount(ShapReport.Of(with).ToHtml());

        Finite.Below(2_500_000, size);
    }

    [TestMethod]
    public void The_same_values_give_the_same_page_in_every_culture()
    {
        var values = ShapSamples.Linear(2500, 25);
        var expected = ShapReport.Of(values).ToHtml();
        var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        (culture.NumberFormat.NumberDecimalSeparator, culture.NumberFormat.NegativeSign, culture.NumberFormat.NumberGroupSeparator) =
            (",", "~", " ");
        var before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = culture;
            Assert.AreEqual(expected, ShapReport.Of(values).ToHtml());
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [TestMethod]
    public void The_smallest_values_have_a_report()
    {
        using var folder = new TemporaryFolder();

        ShapReport.Of(new ShapValues([""], 0, [0], [float.NaN])).Save(folder["report.html"]);

        var page = ReportPage.Parse(File.ReadAllText(folder["report.html"]));
        Finite.Above(3, page.OfClass("plot").Count);
    }

    [TestMethod]
    public void Numbers_are_never_written_as_not_a_number()
    {
        var values = new ShapValues(["a", "b"], 0, [0, 0, 0, 0, 0, 0],
            [float.NaN, float.PositiveInfinity, float.NaN, 1, float.NaN, float.NegativeInfinity]);

        var page = ReportPage.Parse(ShapReport.Of(values).ToHtml());

        foreach (var attribute in page.Descendants("main").Single().DescendantsAndSelf().Attributes().Where(
            attribute => attribute.Name.LocalName is "x" or "y" or "d" or "width" or "height" or "x1" or "y1" or "transform" or "viewBox"
                or "data-scale"))
            Assert.IsFalse(attribute.Value.Contains("NaN", StringComparison.Ordinal)
                || attribute.Value.Contains("Infinity", StringComparison.Ordinal), $"{attribute.Parent!.Name} {attribute}");
    }

    private static double[] Flat(ShapValues values) =>
        [.. Enumerable.Range(0, values.RowCount).SelectMany(row => values.ForRow(row).ToArray())];

    private static float[] FlatFeatures(ShapValues values) =>
        [.. Enumerable.Range(0, values.RowCount).SelectMany(row => values.FeaturesOf(row).ToArray())];
}
