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
            page.Descendants("h2").Select(HeadingOf).ToArray());
        Assert.AreEqual("beeswarm bars histogram dependence dependence matrix decision stack heatmap force waterfall",
            string.Join(' ', page.OfClass("plot").Take(11).Select(plot => plot.Spec().GetProperty("kind").GetString())));
        CollectionAssert.AreEqual(new[] { "Model", "Rows", "Features", "Base value" },
            page.Descendants("dt").Select(name => name.Value).ToArray());
    }

    [TestMethod]
    public void Local_accuracy_is_stated()
    {
        var values = new ShapValues(["a", "b"], 1, [1, 2, 3, 4], new float[4]) { Scores = [4.00001, 8] };

        var page = ReportPage.Parse(ShapReport.Of(values).ToHtml());

        StringAssert.StartsWith(page.Descendants("dt").Last().Value, "Local accuracy");
        Assert.AreEqual("up to 1e−5", page.Descendants("dd").Last().Value);
        Assert.IsEmpty(page.OfClass("error"));
    }

    [TestMethod]
    public void Sums_of_other_methods_are_a_fact_and_plots_of_sums_want_sums()
    {
        var values = new ShapValues(["a", "b"], 1, [1, 2, 3, 4], new float[4]) { Scores = [4.25, 8], Method = "integrated-gradients" };
        var gradients = new ShapValues(["a", "b"], 0, [1, 2, 3, 4], new float[4]) { Scores = [4.25, 8], Method = "saliency", AddsUp = false };

        var page = ReportPage.Parse(ShapReport.Of(values).ToHtml());
        Assert.IsEmpty(page.OfClass("error"), "it keeps its promise as well as it was asked to");
        Assert.AreEqual("Local accuracy: base value + Σ integrated-gradients = score", page.Descendants("dt").Last().Value);
        Assert.AreEqual("up to 0.25", page.Descendants("dd").Last().Value);
        StringAssert.Contains(page.Value, "+0.25 of it is not explained");

        page = ReportPage.Parse(ShapReport.Of([values, gradients]).ToHtml());
        Assert.AreEqual("integrated-gradients, saliency",
            page.Descendants("dt").Single(name => name.Value == "Methods").ElementsAfterSelf().First().Value);
        Assert.IsFalse(page.Descendants("h2").Any(heading => HeadingOf(heading) == "All outputs together"));
        Assert.IsFalse(page.OfClass("plot").Any(plot => plot.Spec().GetProperty("kind").GetString() is "force" or "decision" or "stack"));
        Assert.ThrowsExactly<ArgumentException>(() => new ForcePlot(gradients, 0));
        Assert.ThrowsExactly<ArgumentException>(() => new DecisionPlot(gradients));
        Assert.ThrowsExactly<ArgumentException>(() => new ForceStack(gradients));
        Assert.DoesNotContain("base value", new Waterfall(gradients, 0).ToSvg());
    }

    [TestMethod]
    public void A_gap_that_is_no_rounding_is_an_error_and_no_fact()
    {
        var values = new ShapValues(["a", "b"], 1, [1, 2, 3, 4], new float[4]) { Scores = [4.25, 8], OutputName = "risk" };

        var page = ReportPage.Parse(ShapReport.Of(values).ToHtml());

        var error = page.OfClass("error").Single();
        Assert.AreEqual("alert", error.Attribute("role")!.Value);
        StringAssert.Contains(error.Value, "In 1 of 2 sums");
        StringAssert.Contains(error.Value, "row 0: they sum to 4, the score is 4.25 (+0.25)");
        Assert.IsFalse(page.Descendants("dt").Any(name => name.Value.StartsWith("Local accuracy", StringComparison.Ordinal)));
        StringAssert.Contains(page.Value, "The model's own score is 4.25: +0.25 of it is not explained.");
    }

    [TestMethod]
    public void An_output_without_a_name_is_just_the_score()
    {
        foreach (var name in (string[])["score", "Score", " "])
            Assert.DoesNotMatchRegex("(?i)score of (score|[^a-z])", ShapReport.Of(Named(name)).ToHtml().Split("<script")[0], $"'{name}'");
        StringAssert.Contains(ShapReport.Of(Named("risk")).ToHtml(), "What moves the score of risk, and how far");

        static ShapValues Named(string name)
        {
            var values = ShapSamples.Linear(20, 3);
            return new ShapValues(values.FeatureNames, 0, Flat(values), FlatFeatures(values)) { OutputName = name };
        }
    }

    [TestMethod]
    public void What_is_left_of_zero_after_additions_is_zero()
    {
        var values = new ShapValues(["a", "b"], 0, [0.03, 6.5e-17, -0.02, -4e-17], new float[4]);

        var page = ShapReport.Of(values).ToHtml();

        Assert.DoesNotContain("e−17", page);
        Assert.IsTrue(ReportPage.Parse(page).OfClass("mark").Any(mark => mark.Element("title")!.Value == "b\nmean |SHAP| 0"));
    }

    [TestMethod]
    public void A_class_has_one_colour_on_the_page_whether_it_is_an_output_or_the_truth()
    {
        string[] labels = ["False", "True", "True", "False"];
        ShapValues Output(string name, double sign) =>
            new(["a"], 0, [sign, -sign, 2 * sign, sign], new float[4]) { OutputName = name, Labels = labels };

        var page = ReportPage.Parse(ShapReport.Of([Output("True", 1), Output("False", -1)]).ToHtml());

        foreach (var name in (string[])["True", "False"])
        {
            var colors = page.OfClass("tick").Where(text => text.Value == name)
                .Select(text => text.ElementsBeforeSelf("rect").Last().Class()).Distinct().ToArray();
            Assert.HasCount(1, colors, $"{name}: {string.Join(", ", colors)}");
        }
    }

    [TestMethod]
    public void Many_classes_have_a_colour_each()
    {
        ShapValues[] outputs =
            [.. Enumerable.Range(0, 24).Select(i => new ShapValues(["a"], 0, [i + 1.0], new float[1]) { OutputName = $"class {i}" })];

        var colors = Drawings.Of(new ImportanceBars(outputs)).OfClass("mark").Single().OfClass("fill").Select(bar => bar.Class()).ToArray();

        Assert.HasCount(24, colors.Distinct());
    }

    [TestMethod]
    public void One_row_has_its_waterfall_and_nothing_that_needs_more_rows()
    {
        var page = ReportPage.Parse(ShapReport.Of(new ShapValues(["a", "b"], 1, [2, -1], [3, 4])).ToHtml());

        Assert.AreEqual("force waterfall",
            string.Join(' ', page.OfClass("plot").Select(plot => plot.Spec().GetProperty("kind").GetString())));
        CollectionAssert.AreEqual(new[] { "One row" }, page.Descendants("h2").Select(HeadingOf).ToArray());
    }

    [TestMethod]
    public void Sections_can_be_linked_to_from_a_table_of_contents()
    {
        var page = ReportPage.Parse(ShapReport.Of(ShapSamples.Linear(30, 4)).ToHtml());

        var sections = page.Descendants("section")
            .ToDictionary(section => section.Attribute("id")!.Value, section => section.Descendants("h2").FirstOrDefault());
        var links = page.Descendants("nav").Single().Descendants("a").ToArray();
        Assert.HasCount(4, links);
        foreach (var link in links)
            Assert.AreEqual(link.Value, HeadingOf(sections[link.Attribute("href")!.Value[1..]]!));
    }

    [TestMethod]
    public void Twelve_classes_stay_small()
    {
        var features = ShapSamples.Uniform(30_000, 1);
        ShapValues[] outputs = [.. Enumerable.Range(0, 12).Select(output => new ShapValues(
            [.. Enumerable.Range(0, 30).Select(i => $"customer.account.balance_of_all_accounts_after_tax_{i}")], 0,
            [.. ShapSamples.Uniform(30_000, output + 2).Select((value, i) => (value - 0.5) * (31 - i % 30))],
            features) { OutputName = $"class {output}" })];

        var html = ShapReport.Of(outputs).ToHtml();

        Finite.Below(3_000_000, Encoding.UTF8.GetByteCount(html));
        var data = new PageData(ReportPage.Parse(html));
        for (var set = 0; set < 12; set++)
        {
            Assert.HasCount(1000, data.Rows(set), "every row of every class");
            Assert.HasCount(30, data.Features(set));
        }
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
            .Descendants("h3").Select(HeadingOf)];
    }

    [TestMethod]
    public void Several_outputs_share_their_views_and_have_a_common_ranking()
    {
        ShapValues Output(int seed, string name) => new(["a", "b", "c"], 0, [.. ShapSamples.Uniform(60, seed).Select(value => value - 0.5)],
            ShapSamples.Uniform(60, 9)) { OutputName = name, Link = ScoreLink.Softmax };

        var page = ReportPage.Parse(ShapReport.Of([Output(1, "red"), Output(2, "green"), Output(3, "blue")]).ToHtml());

        CollectionAssert.AreEqual(
            new[] { "All outputs together", "What matters", "How values act", "How rows are decided", "Single rows" },
            page.Descendants("h2").Select(HeadingOf).ToArray());
        CollectionAssert.AreEqual(new[] { "red", "green", "blue" },
            new PageData(page).Sets.EnumerateArray().Select(set => set.GetProperty("output").GetString()).ToArray());
        Assert.IsTrue(page.OfClass("of-class").All(name => name.Value == "red"));
        StringAssert.Contains(page.OfClass("without-script").Single().Value, "red");
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
        Assert.HasCount(2, page.OfClass("plot"));
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

    private static string HeadingOf(XElement heading) => heading.OfClass("words").Single().Value;

    private static double[] Flat(ShapValues values) =>
        [.. Enumerable.Range(0, values.RowCount).SelectMany(row => values.ForRow(row).ToArray())];

    private static float[] FlatFeatures(ShapValues values) =>
        [.. Enumerable.Range(0, values.RowCount).SelectMany(row => values.FeaturesOf(row).ToArray())];
}
