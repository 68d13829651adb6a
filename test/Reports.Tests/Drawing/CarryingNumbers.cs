using System.Buffers.Binary;
using System.Text.Json;
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

        var page =
            ReportPage.Parse(
                new Report("r") { new Beeswarm(values, new() { MaximumRows = 100 }),
                    new DecisionPlot(values, new() { MaximumRows = 30 }) }.ToHtml());

        var data = Data(page);
        var set = data.GetProperty("sets")[0];
        var rows = set.GetProperty("rows").EnumerateArray().Select(row => row.GetInt32()).ToArray();
        Assert.HasCount(rows.Distinct().Count(), rows);
        var (shap, own, scores) = (Column(set.GetProperty("features").GetProperty("2").GetProperty("shap")),
            Column(set.GetProperty("features").GetProperty("2").GetProperty("values")), Column(set.GetProperty("scores")));
        for (var place = 0; place < rows.Length; place++)
        {
            Assert.AreEqual((float)values.ForRow(rows[place])[2], shap[place]);
            Assert.AreEqual(values.FeaturesOf(rows[place])[2], own[place]);
            Assert.AreEqual((float)values.Predictions[rows[place]], scores[place]);
        }

        var plot = page.OfClass("plot")[0];
        var axis = plot.Axis("bottom");
        foreach (var (place, (x, _, _)) in plot.Dots("2"))
            Near.Equal(axis(values.ForRow(rows[place])[2]), x, 0.06);

        float[] Column(JsonElement place)
        {
            var bytes = Convert.FromBase64String(data.GetProperty("columns")[place.GetInt32()].GetString()!);
            return [.. Enumerable.Range(0, bytes.Length / 4).Select(i => BinaryPrimitives.ReadSingleLittleEndian(bytes.AsSpan(4 * i)))];
        }
    }

    [TestMethod]
    public void Plots_of_the_same_values_share_them_and_only_what_is_shown_is_carried()
    {
        var values = ShapSamples.Linear(200, 30);
        var page = ReportPage.Parse(new Report("r")
        {
            new Beeswarm(values, new() { MaximumFeatures = 4, MaximumRows = 50 }),
            new DependencePlot(values, 0, new() { MaximumRows = 50, ColorBy = 1 }), new Waterfall(values, 7),
        }.ToHtml());

        var sets = Data(page).GetProperty("sets");

        Assert.AreEqual(1, sets.GetArrayLength());
        Assert.IsTrue(page.OfClass("plot").All(plot => plot.Attribute("data-set")!.Value == "0"));
        CollectionAssert.AreEquivalent(new[] { "0", "1", "2", "3", "rest26" },
            sets[0].GetProperty("features").EnumerateObject().Select(feature => feature.Name).ToArray());
        Assert.IsTrue(sets[0].GetProperty("rows").GetArrayLength() is 50 or 51);
    }

    [TestMethod]
    public void Outputs_of_the_same_rows_carry_their_features_once()
    {
        var features = ShapSamples.Uniform(40, 1);
        ShapValues Output(int seed) => new(["a", "b"], 0, [.. ShapSamples.Uniform(40, seed).Select(value => (double)value)], features);
        var one = Data(ReportPage.Parse(new Report("r") { new Beeswarm(Output(2)) }.ToHtml())).GetProperty("columns").GetArrayLength();

        var two = Data(ReportPage.Parse(new Report("r") { new Beeswarm(Output(2)), new Beeswarm(Output(3)) }.ToHtml()));

        Assert.AreEqual(2, two.GetProperty("sets").GetArrayLength());
        Assert.AreEqual(2 * one - 2, two.GetProperty("columns").GetArrayLength());
    }

    [TestMethod]
    public void Names_labels_and_categories_travel_along()
    {
        var values = new ShapValues(["a"], -0.5, [1, 2, 3], [0, 1, 0])
        {
            RowNames = ["r0", "r1", "r2"], Labels = ["x", "y", "x"], Link = ScoreLink.Calibrated(2, 1),
            Texts = new Dictionary<int, IReadOnlyList<string>> { [0] = ["no", "yes", "no"] },
        };

        var set = Data(ReportPage.Parse(new Report("r") { new Beeswarm(values) }.ToHtml())).GetProperty("sets")[0];

        Assert.AreEqual("""[["x","y"],[0,1,0]]""", set.GetProperty("labels").GetRawText());
        Assert.AreEqual("""[["r0","r1","r2"],[0,1,2]]""", set.GetProperty("names").GetRawText());
        Assert.AreEqual("""[["no","yes"],[0,1,0]]""", set.GetProperty("features").GetProperty("0").GetProperty("texts").GetRawText());
        Assert.AreEqual("[2,1]", set.GetProperty("link").GetRawText());
        Assert.AreEqual(-0.5, set.GetProperty("base").GetDouble());
    }

    private static JsonElement Data(System.Xml.Linq.XElement page) =>
        JsonDocument.Parse(
            page.Descendants("script").Single(script => (string?)script.Attribute("type") == "application/json").Value).RootElement;
}
