using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Estimators.Tests.Support;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Tool.Tests.Shap;

[TestClass]
public class DrawingReports
{
    [TestMethod]
    public async Task Shows_features_rows_labels_and_interactions()
    {
        using var work = new Workplace();
        var trees = ShapFiles.Trees("lgbm_multiclass.txt");
        var lines = ShapFiles.Csv(ShapFiles.Rows("lgbm_multiclass"), trees.FeatureNames).TrimEnd('\n').Split('\n');
        work.Write("rows.csv",
            string.Concat(lines.Select((line, i) => (i == 0 ? "key,truth," : $"case{i - 1},kind{i % 3},") + line + "\n")));
        var outcome =
            (await work.RunAsync("shap", Workplace.Given("lgbm_multiclass.txt"), "--data", "@rows.csv", "--id-column", "key",
                "--label-column", "truth", "-o", "@out.csv", "--report", "@report.html")).IsDone();
        Assert.Contains("report.html", outcome.Out);
        var html = File.ReadAllText(work["report.html"]);
        foreach (var words in (string[])["SHAP values of lgbm_multiclass.txt", "rows.csv", "exact tree SHAP, path-dependent", "size",
            "colour", "output 0", "output 2", "case", "kind1", "What acts together", "Local accuracy"])
            Assert.Contains(words, html);
        Assert.DoesNotContain("of them, spread evenly", html, "all rows are there");
        CollectionAssert.AreEqual((string[])["out.csv", "report.html", "rows.csv"], work.Files);
    }

    [TestMethod]
    public async Task Keeps_a_sample_of_many_rows_and_says_so()
    {
        using var work = new Workplace();
        var given = ShapFiles.Rows("xgb_breast_cancer_missing").ToDoubles();
        NpyArray.From([.. Enumerable.Range(0, 5000 * 30).Select(i => given[i % given.Length])], 5000, 30).Save(work["rows.npy"]);
        (await work.RunAsync("shap", Workplace.Given("xgb_breast_cancer_missing.json"), "--data", "@rows.npy", "-o", "@out.npy", "--report",
            "@report.html")).IsDone();
        var html = File.ReadAllText(work["report.html"]);
        Assert.Contains("5,000; 1,250 of them, spread evenly, are on this page", html);
        Assert.Contains("row 4996", html);
        Finite.Below(4_000_000, html.Length);
    }

    [TestMethod]
    [DataRow("argmax")]
    [DataRow("2-0")]
    public async Task Shows_each_output_with_the_rows_that_it_is_explained_of(string target)
    {
        using var work = new Workplace();
        ShapFiles.Rows("xgb_wine").Save(work["rows.npy"]);
        (await work.RunAsync("shap", Workplace.Given("xgb_wine.json"), "--data", "@rows.npy", "-t", target, "-o", "@out.npy", "--report",
            "@report.html")).IsDone();
        var html = File.ReadAllText(work["report.html"]);
        var chosen = target == "argmax" ? NpyArray.Load(work["out.target.npy"]).ToInt64s() : [];
        Assert.AreEqual(target == "2-0", html.Contains("output 2-output 0"));
        Assert.AreEqual(target == "argmax", html.Contains("each row's own class") || html.Contains("each row&#39;s own class"));
        for (var output = 0; target == "argmax" && output < 3; output++)
            Assert.AreEqual(chosen.Contains(output), html.Contains($"output {output}"));
    }

    [TestMethod]
    public async Task Shows_the_strongest_of_many_outputs()
    {
        using var work = new Workplace();
        var graph = new Graph();
        var x = graph.Input("x", ElementType.Float, new Shape(Dimension.Symbol("N"), 2));
        graph.ToModel([("scores", x.MatMul(graph.Constant(Tensor.From([.. Enumerable.Range(0, 60).Select(i => (float)(i % 30))], 2, 30))))])
            .Save(work);
        work.Write("rows.csv", "<b>first</b>,second\n1,2\n3,1\n-1,4\n");
        (await work.RunAsync("shap", "@model.onnx", "--data", "@rows.csv", "--background", "zero", "-o", "@out.csv", "--report",
            "@report.html")).IsDone();
        var html = File.ReadAllText(work["report.html"]);
        Assert.Contains("30; the 12 with the largest values are on this page", html);
        Assert.Contains("output 29", html);
        Assert.DoesNotContain("output 17<", html);
        Assert.DoesNotContain("<b>first", html, "names are escaped");
        Assert.Contains("&lt;b&gt;first", html);
    }

    [TestMethod]
    public async Task Shows_what_stands_in_groups()
    {
        using var work = new Workplace();
        work.Write("rows.csv", ShapFiles.Csv(ShapFiles.Rows("lgbm_multiclass"), ShapFiles.Trees("lgbm_multiclass.txt").FeatureNames));
        (await work.RunAsync("shap", Workplace.Given("lgbm_multiclass.txt"), "--data", "@rows.csv", "--group", "person=age,grade", "-t",
            "1", "-o", "@out.csv", "--report", "@report.html")).IsDone();
        var html = File.ReadAllText(work["report.html"]);
        Assert.Contains("person", html);
        Assert.MatchesRegex("age = [-0-9.]+, grade = ", html);
    }

    [TestMethod]
    public async Task Shows_categories_that_were_spread_over_columns_by_their_names()
    {
        using var work = new Workplace();
        work.Write("rows.csv", "age,job.clerk,job.nurse\n30,1,0\n40,0,1\n50,0,0\n");
        var graph = new Graph();
        var x = graph.Input("x", ElementType.Float, new Shape(Dimension.Symbol("N"), 3));
        graph.ToModel([("scores", x.MatMul(graph.Constant(Tensor.From([0.1f, 2, -2], 3, 1))))]).Save(work);
        (await work.RunAsync("shap", "@model.onnx", "--data", "@rows.csv", "--background", "zero", "--group", "job=job.clerk,job.nurse", "-o",
            "@out.csv", "--report", "@report.html")).IsDone();
        var html = File.ReadAllText(work["report.html"]);
        Assert.Contains("job = nurse", html);
        Assert.Contains("job = none", html);
        Assert.DoesNotContain("job.clerk = ", html);
        Assert.DoesNotContain("score of score", html);
    }

    [TestMethod]
    public async Task Shows_categories_of_pipelines_as_texts()
    {
        using var work = new Workplace();
        var (ml, random) = (new MLContext(seed: 1), new Random(1));
        House[] houses =
            [.. Enumerable.Range(0, 200)
                .Select(_ => new House { Town = ((string[])["Northwick", "Southend"])[random.Next(2)], Size = random.Next(20, 200) })];
        foreach (var house in houses)
            house.Label = house.Size / 10 + (house.Town == "Southend" ? 5 : 0);
        var data = ml.Data.LoadFromEnumerable(houses);
        ml.Model.Save(
            Training.OneHot(ml, "Town").Append(ml.Transforms.Concatenate("Features", "Town", "Size"))
                .Append(Training.FastTreeRegression(ml)).Fit(data), data.Schema, work["model.zip"]);
        work.Write("rows.csv", "Town,Size\n" + string.Concat(houses.Take(300).Select(h => $"{h.Town},{h.Size}\n")));
        (await work.RunAsync("shap", "@model.zip", "--data", "@rows.csv", "--background", "data", "--background-rows", "5", "-o",
            "@out.csv", "--report", "@report.html")).IsDone();
        var html = File.ReadAllText(work["report.html"]);
        Assert.Contains("Southend", html);
        Assert.Contains("Northwick", html);
    }

    [TestMethod]
    public async Task Leaves_nothing_where_a_later_row_is_damaged()
    {
        using var work = new Workplace();
        var csv = ShapFiles.Csv(ShapFiles.Rows("xgb_wine"), null);
        work.Write("rows.csv", string.Concat(Enumerable.Repeat(csv, 300)) + "1,2,3\n");
        work.Write("out.csv", "older");
        work.Write("report.html", "older");
        (await work.RunAsync("shap", Workplace.Given("xgb_wine.json"), "--data", "@rows.csv", "--interactions", "-o", "@out.csv",
            "--report", "@report.html")).Failed("rows.csv, line 4801: 13 cells were expected");
        CollectionAssert.AreEqual((string[])["out.csv", "report.html", "rows.csv"], work.Files);
        Assert.AreEqual("older", File.ReadAllText(work["out.csv"]));
        Assert.AreEqual("older", File.ReadAllText(work["report.html"]));
    }

    private sealed class House
    {
        public string Town { get; set; } = "";

        public float Size { get; set; }

        public float Label { get; set; }
    }
}
