using Microsoft.ML.Introspection.Files;

namespace Microsoft.ML.Introspection.Tool.Tests.Shap;

[TestClass]
public class MatchingFeatureNames
{
    private static readonly string Model = Workplace.Given("lgbm_multiclass.txt");

    [TestMethod]
    [DataRow("5,4,3,2,1,0")]
    [DataRow("2,0,5,1,3,4")]
    public async Task Takes_columns_in_whatever_order(string order)
    {
        using var work = new Workplace();
        var rows = Rows(work, [.. order.Split(',').Select(int.Parse)]);
        (await Shap(work)).IsDone();
        var table = work.ReadCsv("out.csv");
        CollectionAssert.AreEqual((string[])["size", "age", "colour", "city", "grade", "share"], table[0][4..]);
        ShapFiles.AreSame(ShapFiles.Values(ShapFiles.Trees("lgbm_multiclass.txt"), rows), table.Numbers(4..));
    }

    [TestMethod]
    public async Task Leaves_out_what_the_model_does_not_know()
    {
        using var work = new Workplace();
        var rows = Rows(work, [3, 1, 2, 0, 4, 5]);
        work.Write("rows.csv",
            string.Concat(File.ReadAllLines(work["rows.csv"]).Select((line, i) => (i == 0 ? "weight,note," : $"{i},n{i},") + line + "\n")));
        (await Shap(work)).IsDone();
        ShapFiles.AreSame(ShapFiles.Values(ShapFiles.Trees("lgbm_multiclass.txt"), rows), work.ReadCsv("out.csv").Numbers(4..));
    }

    [TestMethod]
    public async Task Counts_by_place_where_names_say_nothing()
    {
        using var work = new Workplace();
        var rows = ShapFiles.Rows("lgbm_multiclass");
        var expected = ShapFiles.Values(ShapFiles.Trees("lgbm_multiclass.txt"), rows);
        foreach (var header in (string[]?[])[null, ["a", "b", "c", "d", "e", "f"], ["size", "age", "color", "city", "grade", "share"]])
        {
            work.Write("rows.csv", ShapFiles.Csv(rows, header));
            (await Shap(work)).IsDone();
            ShapFiles.AreSame(expected, work.ReadCsv("out.csv").Numbers(4..));
        }
        // Columns that the user puts in order.
        Rows(work, [5, 4, 3, 2, 1, 0]);
        work.Write("rows.csv", File.ReadAllText(work["rows.csv"]).Replace("grade", "g").Replace("city", "town"));
        (await Shap(work, "--columns", "size,age,colour,town,g,share")).IsDone();
        ShapFiles.AreSame(expected, work.ReadCsv("out.csv").Numbers(4..));
    }

    [TestMethod]
    [DataRow("size,age,colour,city,grade", 5, "rows.csv' has columns of the names of 5 features of the model, but none of 'share'. "
        + "Rename the columns, or put them in the model's order with --columns.")]
    [DataRow("age,size,color,city,grade,share", 6, "names of 5 features of the model, but none of 'colour'")]
    [DataRow("a,b,c,d,e", 5, "rows.csv' has 5 columns of numbers from 'a' to 'e'; the model takes 6 features.")]
    [DataRow("a,b,c,d,e,f,g", 7, "has 7 columns of numbers from 'a' to 'g'; the model takes 6 features. Choose columns with --columns")]
    [DataRow("size,age,colour,city,grade,share,age", 7, "has several columns for the feature 'age' of the model")]
    public async Task Refuses_columns_that_do_not_fit(string header, int columns, string says)
    {
        using var work = new Workplace();
        work.Write("rows.csv", $"{header}\n{string.Join(',', Enumerable.Range(0, columns))}\n");
        (await Shap(work)).Failed(says);
        CollectionAssert.AreEqual((string[])["rows.csv"], work.Files);
    }

    [TestMethod]
    public async Task Takes_blanks_for_the_lines_that_LightGBM_writes_in_their_place()
    {
        using var work = new Workplace();
        var rows = Rows(work, [5, 4, 3, 2, 1, 0]);
        work.Write("model.txt", File.ReadAllText(Model).Replace("feature_names=size age", "feature_names=mean_size mean_age"));
        work.Write("rows.csv", File.ReadAllText(work["rows.csv"]).Replace("size", "mean size").Replace("age", "mean age"));
        (await work.RunAsync("shap", "@model.txt", "--data", "@rows.csv", "-o", "@out.csv")).IsDone();
        var table = work.ReadCsv("out.csv");
        CollectionAssert.AreEqual((string[])["mean_size", "mean_age"], table[0][4..6]);
        ShapFiles.AreSame(ShapFiles.Values(ShapFiles.Trees("lgbm_multiclass.txt"), rows), table.Numbers(4..));
    }

    [TestMethod]
    public async Task Matches_the_background_by_itself()
    {
        using var work = new Workplace();
        var rows = Rows(work, [5, 4, 3, 2, 1, 0]);
        var trees = ShapFiles.Trees("lgbm_multiclass.txt");
        var sample = NpyArray.From(rows.ToDoubles()[..(8 * 6)], 8, 6);
        var expected = ShapFiles.Values(trees, rows, new() { Background = sample.ToSingles() });
        foreach (var background in (string[])[ShapFiles.Csv(sample, trees.FeatureNames, [2, 4, 0, 1, 3, 5]), ShapFiles.Csv(sample, null)])
        {
            work.Write("background.csv", background);
            (await Shap(work, "--background", "@background.csv", "--columns", "share,grade,city,colour,age,size")).IsDone();
            ShapFiles.AreSame(expected, work.ReadCsv("out.csv").Numbers(4..));
        }
        // The label is a column of numbers like the others; it need not be there.
        work.Write("rows.csv",
            string.Concat(File.ReadAllLines(work["rows.csv"]).Select((line, i) => (i == 0 ? "truth," : "1,") + line + "\n")));
        work.Write("background.csv",
            string.Concat(
                ShapFiles.Csv(sample, ["a", "b", "c", "d", "e", "f"]).TrimEnd('\n').Split('\n')
                    .Select((line, i) => (i == 0 ? "truth," : "1,") + line + "\n")));
        (await Shap(work, "--background", "@background.csv", "--label-column", "truth")).IsDone();
        ShapFiles.AreSame(expected, work.ReadCsv("out.csv").Numbers(5..));

        work.Write("background.csv", "a,b\n1,2\n");
        (await Shap(work, "--background", "@background.csv", "--label-column", "truth"))
            .Failed("background.csv' has 2 columns of numbers from 'a' to 'b'; the model takes 6 features");
    }

    [TestMethod]
    public async Task Names_features_after_the_columns_where_the_model_names_none()
    {
        using var work = new Workplace();
        var rows = ShapFiles.Rows("xgb_wine");
        string[] names = [.. Enumerable.Range(0, 13).Select(i => i == 2 ? "score" : $"w{i}")];
        work.Write("rows.csv", ShapFiles.Csv(rows, names));
        (await work.RunAsync("shap", Workplace.Given("xgb_wine.json"), "--data", "@rows.csv", "-o", "@out.csv")).IsDone();
        CollectionAssert.AreEqual((string[])["row", "target", "score", "base", "w0", "w1", "score_attribution", "w3"],
            work.ReadCsv("out.csv")[0][..8]);
        rows.Save(work["rows.npy"]);
        (await work.RunAsync("shap", Workplace.Given("xgb_wine.json"), "--data", "@rows.npy", "-o", "@out.csv")).IsDone();
        CollectionAssert.AreEqual((string[])["f0", "f1", "f2"], work.ReadCsv("out.csv")[0][4..7]);
    }

    // The rows of the model with columns in another order.
    private static NpyArray Rows(Workplace work, int[] order)
    {
        var rows = ShapFiles.Rows("lgbm_multiclass");
        work.Write("rows.csv", ShapFiles.Csv(rows, ["size", "age", "colour", "city", "grade", "share"], order));
        return rows;
    }

    private static Task<Outcome> Shap(Workplace work, params string[] options) =>
        work.RunAsync(["shap", Model, "--data", "@rows.csv", .. options, "-o", "@out.csv"]);
}
