using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Shapley;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Reports.Tests;

[TestClass]
public sealed class CarryingNumbers
{
    [TestMethod]
    public void Marks_find_their_rows_values_in_the_pages_data()
    {
        var values = ShapSamples.Linear(3000, 5);

        var page = ReportPage.Parse(new Report("r")
        {
            new Beeswarm(values, new() { MaximumRows = 100 }), new DecisionPlot(values, new() { MaximumRows = 30 }),
        }.ToHtml());

        var data = new PageData(page);
        var rows = data.Rows();
        Assert.HasCount(rows.Distinct().Count(), rows);
        var (shap, own, scores) = (data.Shap(2), data.Values(2), data.Numbers(data.Sets[0].GetProperty("scores")));
        for (var place = 0; place < rows.Length; place++)
        {
            Near.Equal(values.ForRow(rows[place])[2], shap[place], 2e-5 * Math.Abs(values.ForRow(rows[place])[2]));
            Assert.AreEqual(values.FeaturesOf(rows[place])[2], (float)own[place]);
            Assert.AreEqual((float)values.Predictions[rows[place]], (float)scores[place]);
        }

        var plot = page.OfClass("plot")[0];
        var axis = plot.Axis("bottom");
        foreach (var (place, (x, _, _)) in plot.Dots("2"))
            Near.Equal(axis(values.ForRow(rows[place])[2]), x, 0.06);
    }

    [TestMethod]
    public void Plots_of_the_same_values_share_them_and_what_is_not_shown_is_carried_as_a_sum()
    {
        var values = ShapSamples.Linear(200, 30);
        var page = ReportPage.Parse(new Report("r")
        {
            new Beeswarm(values, new() { MaximumFeatures = 4, MaximumRows = 50 }),
            new DependencePlot(values, 0, new() { MaximumRows = 50, ColorBy = 1 }),
        }.ToHtml());

        var data = new PageData(page);

        Assert.AreEqual(1, data.Sets.GetArrayLength());
        CollectionAssert.AreEqual(new[] { 0, 1, 2, 3 }, data.Features());
        var rest = data.Sets[0].GetProperty("rest");
        Assert.AreEqual(26, rest.GetProperty("count").GetInt32());
        var sums = data.Numbers(rest.GetProperty("shap"));
        foreach (var (place, row) in data.Rows().Index())
        {
            var sum = values.ForRow(row)[4..].ToArray().Sum();
            Near.Equal(sum, sums[place], 1e-3);
        }
    }

    [TestMethod]
    public void Outputs_of_the_same_rows_carry_their_features_once()
    {
        var features = ShapSamples.Uniform(40, 1);
        ShapValues Output(int seed) => new(["a", "b"], 0, [.. ShapSamples.Uniform(40, seed).Select(value => (double)value)], features);
        var one = new PageData(ReportPage.Parse(new Report("r") { new Beeswarm(Output(2)) }.ToHtml())).PartCount;

        var two = new PageData(ReportPage.Parse(new Report("r") { new Beeswarm(Output(2)), new Beeswarm(Output(3)) }.ToHtml()));

        Assert.AreEqual(2, two.Sets.GetArrayLength());
        Assert.AreEqual(one + 3, two.PartCount, "scores, and SHAP values of two features");
    }

    [TestMethod]
    public void Names_labels_and_categories_travel_along()
    {
        var values = new ShapValues(["a"], -0.5, [1, 2, 3], [0, 1, 0])
        {
            RowNames = ["r0", "r1", "r2"], Labels = ["x", "y", "x"], Link = ScoreLink.Calibrated(2, 1),
            Texts = new Dictionary<int, IReadOnlyList<string>> { [0] = ["no", "yes", "no"] },
        };

        var data = new PageData(ReportPage.Parse(new Report("r") { new Beeswarm(values) }.ToHtml()));
        var set = data.Sets[0];

        CollectionAssert.AreEqual(new[] { "x", "y", "x" }, data.Repeated(set.GetProperty("labels")));
        CollectionAssert.AreEqual(new[] { "r0", "r1", "r2" }, data.Texts(set.GetProperty("names")));
        CollectionAssert.AreEqual(new[] { "no", "yes", "no" }, data.TextValues(0));
        Assert.AreEqual("[2,1]", set.GetProperty("link").GetRawText());
        Assert.AreEqual(-0.5, set.GetProperty("base").GetDouble());
    }

    [TestMethod]
    public void Numbers_of_any_size_come_back()
    {
        double[] shap = [1e300, -1e300, 1e-300, 0, 12345.678];
        float[] features = [float.NaN, float.MaxValue, float.Epsilon, 16777217, -0f];

        var data = new PageData(ReportPage.Parse(new Report("r") { new Beeswarm(new ShapValues(["a"], 0, shap, features)) }.ToHtml()));

        // Beside 1e300 the others are nothing.
        CollectionAssert.AreEqual(new[] { 1e300, -1e300, 0, 0, 0 }, data.Shap(0));
        CollectionAssert.AreEqual(features, data.Values(0).Select(value => (float)value).ToArray());
    }

    [TestMethod]
    public void Rows_may_start_from_base_values_of_their_own()
    {
        var values = new ShapValues(["a"], 0, [1, 2], new float[2]) { BaseValues = [10, 20], RowOutputs = ["red", "blue"] };

        var data = new PageData(ReportPage.Parse(ShapReport.Of(values).ToHtml()));

        CollectionAssert.AreEqual(new[] { 10.0, 20 }, data.Numbers(data.Sets[0].GetProperty("bases")));
        CollectionAssert.AreEqual(new[] { 11.0, 22 }, data.Numbers(data.Sets[0].GetProperty("scores")));
        CollectionAssert.AreEqual(new[] { "red", "blue" }, data.Repeated(data.Sets[0].GetProperty("outputs")));
    }
}
