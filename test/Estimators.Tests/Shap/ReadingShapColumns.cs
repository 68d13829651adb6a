using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators.Tests.Support;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Shapley;

namespace Microsoft.ML.Introspection.Estimators.Tests.Shap;

/// <summary>SHAP columns as what pictures are made of.</summary>
[TestClass]
public sealed class ReadingShapColumns
{
    private readonly MLContext _mlContext = new(1);

    [TestMethod]
    public void A_feature_column_tells_what_features_are()
    {
        var trees = TrainedTrees.BreastCancer;
        string[] names = [.. Enumerable.Range(0, 30).Select(i => $"f.{i}")];
        var data = Trained.Features(trees.Rows, names);
        var explained = Explain(trees, data,
            new ShapOptions { BaseValueColumnName = "Base", ScoreColumnName = "Score", InteractionsColumnName = "Pairs" });
        var values =
            Read(explained,
                new() { FeatureColumnName = "Features", ScoreColumnName = "Score", InteractionsColumnName = "Pairs",
                    Link = ScoreLink.Logistic }).Single();

        CollectionAssert.AreEqual(names, values.FeatureNames.ToArray());
        Assert.AreEqual(trees.Rows.Length, values.RowCount);
        for (var row = 0; row < values.RowCount; row++)
        {
            CollectionAssert.AreEqual(trees.Rows[row], values.FeaturesOf(row).ToArray());
            CollectionAssert.AreEqual(explained.Vectors("Shap")[row], values.ForRow(row).ToArray().Select(v => (float)v).ToArray());
            CollectionAssert.AreEqual(explained.Vectors("Pairs")[row],
                values.InteractionsOf(row).ToArray().Select(v => (float)v).ToArray());
        }
        Near.Equal(explained.Vectors("Base")[0][0], values.BaseValue, 1e-6);
        Finite.Below(1e-5, values.LargestGap!.Value);
        Assert.AreSame(ScoreLink.Logistic, values.Link);
    }

    [TestMethod]
    [DataRow(true), DataRow(false)]
    public void Each_class_has_values_of_its_own(bool named)
    {
        var trees = TrainedTrees.Wine;
        string[]? names = named ? [.. Enumerable.Range(0, 13).Select(i => $"part {i % 3}.f{i}")] : null;
        var data = Trained.Features(trees.Rows, names);
        var explained = Explain(trees, data, new ShapOptions { BaseValueColumnName = "Base", ScoreColumnName = "Score" });
        var classes = Read(explained,
            new() { FeatureColumnName = "Features", ScoreColumnName = "Score", OutputNames = ["Barolo", "Grignolino", "Barbera"] });
        CollectionAssert.AreEqual(new[] { "Barolo", "Grignolino", "Barbera" }, classes.Select(c => c.OutputName).ToArray());
        foreach (var (c, values) in classes.Index())
        {
            CollectionAssert.AreEqual(names ?? [.. Enumerable.Range(0, 13).Select(i => $"Features[{i}]")], values.FeatureNames.ToArray());
            CollectionAssert.AreEqual(explained.Vectors("Shap")[4][(c * 13)..(c * 13 + 13)],
                values.ForRow(4).ToArray().Select(v => (float)v).ToArray());
            CollectionAssert.AreEqual(trees.Rows[4], values.FeaturesOf(4).ToArray());
            Finite.Below(1e-4, values.LargestGap!.Value);
        }

        // Nothing is known but the names, where the explained column is not named.
        var unknown = Read(explained, new());
        CollectionAssert.AreEqual(names ?? [.. Enumerable.Range(0, 13).Select(i => $"{i}")], unknown[0].FeatureNames.ToArray());
        CollectionAssert.AreEqual(new[] { "0", "1", "2" }, unknown.Select(c => c.OutputName).ToArray());
        Assert.IsTrue(unknown[2].FeaturesOf(0).ToArray().All(float.IsNaN));
    }

    [TestMethod]
    public void Raw_columns_are_found_by_their_names_and_texts_stay_texts()
    {
        var offers = Enumerable.Range(0, 40).Select(Offer.Number).ToArray();
        var data = _mlContext.Data.LoadFromEnumerable(offers);
        var pipeline = Offer.Pricing(_mlContext).Fit(data);
        using var shap = _mlContext.Transforms.Shap("Shap", pipeline, new ShapOptions { BaseValueColumnName = "Base" }).Fit(data);
        var values = Read(shap.Transform(data), new() { RowNameColumnName = "Town", LabelColumnName = "Size" }).Single();
        CollectionAssert.AreEqual(new[] { "Town", "Size", "Extras[0]", "Extras[1]" }, values.FeatureNames.ToArray());
        for (var row = 0; row < values.RowCount; row++)
        {
            Assert.AreEqual(offers[row].Town, values.TextOf(row, 0));
            Assert.IsNull(values.TextOf(row, 1));
            CollectionAssert.AreEqual((float[])[offers[row].Size, .. offers[row].Extras], values.FeaturesOf(row).ToArray()[1..]);
            Assert.AreEqual(offers[row].Town, values.RowNames![row]);
            Assert.AreEqual($"{offers[row].Size}", values.Labels![row]);
        }
    }

    [TestMethod]
    public void A_sample_of_rows_is_spread_over_the_data()
    {
        var trees = TrainedTrees.BreastCancer;
        var explained = Explain(trees, Trained.Features(trees.Rows), new ShapOptions { BaseValueColumnName = "Base" });
        var values = Read(explained, new() { FeatureColumnName = "Features", MaximumRows = 4 }).Single();
        Assert.AreEqual(4, values.RowCount);
        CollectionAssert.AreEqual(trees.Rows[(int)(2.5 * trees.Rows.Length / 4)], values.FeaturesOf(2).ToArray());
    }

    [TestMethod]
    public void Loaded_pipelines_are_read_too()
    {
        var trees = TrainedTrees.BreastCancer;
        var data = Trained.Features(trees.Rows, [.. Enumerable.Range(0, 30).Select(i => $"f{i}")]);
        using var model =
            _mlContext.Transforms.CopyColumns("Copy", "Features")
                .Append(_mlContext.Transforms.Shap("Shap", "Copy", trees.File, new ShapOptions { BaseValueColumnName = "Base" })).Fit(data);
        using var stream = new MemoryStream();
        _mlContext.Model.Save(model, data.Schema, stream);
        stream.Position = 0;
        var loaded = Read(new MLContext().Model.Load(stream, out _).Transform(data), new() { FeatureColumnName = "Copy" }).Single();
        var own = Read(model.Transform(data), new() { FeatureColumnName = "Copy" }).Single();
        CollectionAssert.AreEqual(own.FeatureNames.ToArray(), loaded.FeatureNames.ToArray());
        CollectionAssert.AreEqual(own.Ranking.Take(5).ToArray(), loaded.Ranking.Take(5).ToArray());
        Near.Equal(own.BaseValue, loaded.BaseValue, 1e-5);
    }

    [TestMethod]
    [DataRow(true), DataRow(false)]
    public void Rows_that_explain_their_own_class_come_together_and_class_by_class(bool told)
    {
        var trees = TrainedTrees.Wine;
        var data = Trained.Features(trees.Rows);
        var all = Read(Explain(trees, data, new ShapOptions { BaseValueColumnName = "Base" }), new());
        var own = Read(Explain(trees, data, new ShapOptions
        {
            BaseValueColumnName = "Base", ScoreColumnName = "Score", Target = Target.ArgMax, TargetColumnName = told ? "Class" : null,
        }), new() { ScoreColumnName = "Score", FeatureColumnName = "Features", TargetColumnName = told ? "Class" : null });
        var margins = trees.Floats("margin", 3);
        int[] classes = [.. margins.Select(m => Array.IndexOf(m, m.Largest()))];
        CollectionAssert.AreEqual((string[])["each row's own class", "0", "1", "2"], own.Select(v => v.OutputName).ToArray());
        var together = own[0];
        own = [.. own.Skip(1)];
        CollectionAssert.AreEqual(classes.Select(c => $"{c}").ToArray(), together.RowOutputs!.ToArray());
        Assert.AreEqual(classes.Length, together.RowCount);
        Finite.Below(1e-4, together.LargestGap!.Value);
        foreach (var (row, c) in classes.Index())
        {
            CollectionAssert.AreEqual(all[c].ForRow(row).ToArray(), together.ForRow(row).ToArray());
            CollectionAssert.AreEqual(trees.Rows[row], together.FeaturesOf(row).ToArray());
            Near.Equal(all[c].BaseValue, together.BaseValueOf(row), 1e-6);
            Near.Equal(margins[row][c], together.Predictions[row], 1e-4);
        }
        for (var c = 0; c < 3; c++)
        {
            int[] rows = [.. Enumerable.Range(0, classes.Length).Where(i => classes[i] == c)];
            Assert.AreEqual(rows.Length, own[c].RowCount);
            Near.Equal(all[c].BaseValue, own[c].BaseValue, 1e-6);
            foreach (var (place, row) in rows.Index())
            {
                CollectionAssert.AreEqual(all[c].ForRow(row).ToArray(), own[c].ForRow(place).ToArray());
                Near.Equal(margins[row][c], own[c].Predictions[place], 1e-4);
            }
        }
    }

    [TestMethod]
    public void What_does_not_fit_is_refused()
    {
        var trees = TrainedTrees.Wine;
        var data = Trained.Features(trees.Rows);
        var explained = Explain(trees, data, new ShapOptions { BaseValueColumnName = "Base" });
        Refused(() => _mlContext.Data.ReadShapValues(explained, "Shap", "Start"), "no column 'Start'");
        Refused(() => _mlContext.Data.ReadShapValues(explained, "Features", "Base"), "no blocks");
        Refused(() => Read(explained, new() { ScoreColumnName = "Features" }), "'Features' has 13");
        Refused(() => Read(explained, new() { OutputNames = ["one"] }), "3 outputs");
        Refused(() => Read(explained, new() { FeatureColumnName = "Nothing" }), "no column 'Nothing'");
        Refused(
            () =>
                Read(Explain(trees, Trained.Features(trees.Rows[..1]), new ShapOptions { BaseValueColumnName = "Base" }) is var one
                    ? _mlContext.Data.SkipRows(one, 1) : one, new()), "no row");

        static void Refused(Func<object> act, string part) => Assert.Contains(part, Assert.Throws<ArgumentException>(act).Message);
    }

    private IReadOnlyList<ShapValues> Read(IDataView explained, ShapValuesOptions options) =>
        _mlContext.Data.ReadShapValues(explained, "Shap", "Base", options);

    private IDataView Explain(TrainedTrees trees, IDataView data, ShapOptions options) =>
        _mlContext.Transforms.Shap("Shap", "Features", trees.File, options).Fit(data).Transform(data);
}
