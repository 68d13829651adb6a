using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators.Tests.Support;
using Microsoft.ML.Introspection.Explaining;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Shapley;
using Microsoft.ML.Introspection.Shapley.Trees;

namespace Microsoft.ML.Introspection.Estimators.Tests.Shap;

/// <summary>
/// SHAP columns over the models that ML.NET trains: values sum to what the model itself says, also after saving and loading.
/// </summary>
[TestClass]
public sealed class ExplainingTrainedModels
{
    private readonly MLContext _mlContext = new(1);

    [TestMethod]
    [DataRow("FastTree"), DataRow("FastForest"), DataRow("GAM"), DataRow("LightGBM"), DataRow("Tweedie"), DataRow("linear"),
        DataRow("LightGBM ranking")]
    public void Numbers(string kind)
    {
        // Ranking wants grades.
        var data = Samples.Numbers(Samples.Rows(300, 1), kind.EndsWith("ranking") ? s => Math.Clamp(MathF.Round(s + 2), 0, 4) : null);
        var trainer = kind switch
        {
            "FastTree" => Training.FastTreeRegression(_mlContext),
            "FastForest" => Training.FastForestRegression(_mlContext),
            "GAM" => Training.GamRegression(_mlContext),
            "LightGBM" => Training.LightGbmRegression(_mlContext),
            "Tweedie" => Training.FastTreeTweedie(_mlContext),
            "linear" => Training.LinearRegression(_mlContext),
            _ => Training.LightGbmRanking(_mlContext),
        };
        // Scores of a Tweedie regression are exponentials of what is shared out.
        SumsToTheScores(data, trainer.Fit(data), new ShapOptions(), score => kind == "Tweedie" ? Math.Log(score) : score);
    }

    [TestMethod]
    [DataRow("FastTree"), DataRow("FastForest"), DataRow("GAM"), DataRow("LightGBM"), DataRow("logistic"), DataRow("perceptron")]
    public void Two_classes(string kind)
    {
        var data = Samples.Truths(Samples.Rows(300, 2));
        var trainer = kind switch
        {
            "FastTree" => Training.FastTreeBinary(_mlContext),
            "FastForest" => Training.FastForestBinary(_mlContext),
            "GAM" => Training.GamBinary(_mlContext),
            "LightGBM" => Training.LightGbmBinary(_mlContext),
            "logistic" => Training.LogisticRegression(_mlContext),
            _ => Training.Perceptron(_mlContext),
        };
        SumsToTheScores(data, trainer.Fit(data), new ShapOptions());
    }

    [TestMethod]
    [DataRow("FastTree"), DataRow("LightGBM")]
    public void Probabilities(string kind)
    {
        var data = Samples.Truths(Samples.Rows(300, 3));
        var trainer = kind == "FastTree" ? Training.FastTreeBinary(_mlContext) : Training.LightGbmBinary(_mlContext);
        SumsToTheScores(data, trainer.Fit(data), new ShapOptions
        {
            // Of predictions themselves, which all coalitions are asked for, there is no graph to save.
            Output = TreeShapOutput.Prediction, BackgroundRows = 30, Algorithm = ShapAlgorithm.Tree,
        }, column: "Probability");
    }

    [TestMethod]
    [DataRow("one-versus-all FastTree"), DataRow("LightGBM softmax"), DataRow("maximum entropy")]
    public void Several_classes(string kind)
    {
        var rows = Samples.Rows(300, 4);
        var data = Training.ToKey(_mlContext, "Label").Fit(Samples.Classes(rows)).Transform(Samples.Classes(rows));
        var trainer = kind switch
        {
            "one-versus-all FastTree" => Training.OneVersusAllFastTree(_mlContext, probabilities: true),
            "LightGBM softmax" => Training.LightGbmMulticlass(_mlContext, softmax: true),
            _ => Training.MaximumEntropy(_mlContext),
        };
        var model = trainer.Fit(data);
        // The model's scores are probabilities of what is shared out.
        var explained = Explain(data, model, new ShapOptions { ScoreColumnName = "Explained", BaseValueColumnName = "Base" });
        Assert.AreEqual(3 * Samples.FeatureCount, explained.Vectors("Shap")[0].Length);
        Assert.AreEqual("5.width",
            explained.Schema["Shap"].SlotNames()![((Array)explained.Vectors("Explained")[0]).Length == 3 ? IndexOf(explained, "5.width")
                : 0]);
        foreach (var (scores, probabilities) in explained.Vectors("Explained").Zip(model.Transform(data).Vectors("Score")))
        {
            var linked = kind == "one-versus-all FastTree" ? Normalised(scores) : Softmax(scores);
            for (var c = 0; c < 3; c++)
                Near.Equal(probabilities[c], linked[c], 1e-5);
        }
        var predicted = Explain(data, model, new ShapOptions { Target = Target.ArgMax, TargetColumnName = "Class" });
        Assert.AreEqual(Samples.FeatureCount, predicted.Vectors("Shap")[0].Length);
        CollectionAssert.AreEqual(
            model.Transform(data).Vectors("Score").Select(s => (long)Array.IndexOf(s, s.Largest())).ToArray(),
            predicted.GetColumn<long[]>("Class").Select(c => c[0]).ToArray());
    }

    [TestMethod]
    public void One_hot_blocks_are_one_feature_where_it_is_asked()
    {
        var towns = new[] { "north", "south", "east", "west", "far" };
        var random = new Random(1);
        var rows = Enumerable.Range(0, 600).Select(i => new House
        {
            Town = towns[random.Next(5)], Size = i % 11 == 0 ? float.NaN : random.NextSingle() * 100, Age = random.Next(50),
        }).ToArray();
        foreach (var house in rows)
            house.Label = Array.IndexOf(towns, house.Town) * 2 % 5 + (float.IsNaN(house.Size) ? 3 : house.Size * 0.1f) - house.Age * 0.05f;
        var data = _mlContext.Data.LoadFromEnumerable(rows);
        var prepared =
            Training.OneHot(_mlContext, "Town").Append(_mlContext.Transforms.Concatenate("Features", "Town", "Size", "Age")).Fit(data)
                .Transform(data);
        var model = Training.LightGbmRegression(_mlContext, categories: true).Fit(prepared);
        var options = new ShapOptions { OneHotBlocksAreFeatures = true };
        SumsToTheScores(prepared, model, options);
        var blocks = Explain(prepared, model, options);
        CollectionAssert.AreEqual(new[] { "Town", "Size", "Age" }, blocks.Schema["Shap"].SlotNames());
        // One slot after the other they are more, and sum to the same.
        var slots = Explain(prepared, model, new ShapOptions { Background = prepared }).Vectors("Shap");
        var merged = Explain(prepared, model, new ShapOptions { OneHotBlocksAreFeatures = true, Background = prepared }).Vectors("Shap");
        Assert.HasCount(7, slots[0]);
        foreach (var (one, other) in slots.Zip(merged))
            Near.Equal(one.Sum(), other.Sum(), 1e-3);
        StringAssert.Contains(
            Assert.ThrowsExactly<ArgumentException>(
                () =>
                    Explain(Samples.Numbers(Samples.Rows(50, 1)),
                        Training.FastTreeRegression(_mlContext).Fit(Samples.Numbers(Samples.Rows(50, 1))), options)).Message,
                            "no one-hot blocks");
    }

    [TestMethod]
    [DataRow(10, 10, true), DataRow(2, 1, false), DataRow(0, 3, true), DataRow(1, 0, true), DataRow(0, 0, true)]
    public void Users_of_feature_contributions_change_one_line(int positive, int negative, bool normalize)
    {
        // Against zeros the value of a linear model is weight times value, which is what ML.NET calls its contribution.
        var data = Samples.Numbers(Samples.Rows(200, 5));
        var model = Training.LinearRegression(_mlContext).Fit(data);
        var theirs = Training.FeatureContributions(_mlContext, model, positive, negative, normalize).Fit(data).Transform(data);
        var ours =
            _mlContext.Transforms.Shap(Predictor(model), positive, negative, normalize)
                .Fit(Samples.Numbers([new float[Samples.FeatureCount]])).Transform(data);

        var (expected, found) = (theirs.Vectors("FeatureContributions"), ours.Vectors("FeatureContributions"));
        for (var row = 0; row < 200; row++)
            for (var i = 0; i < Samples.FeatureCount; i++)
                Near.Equal(expected[row][i], found[row][i], 1e-5 * Math.Max(1, Math.Abs(expected[row][i])), $"row {row}, slot {i}");
        CollectionAssert.AreEqual(theirs.Schema["FeatureContributions"].SlotNames(), ours.Schema["FeatureContributions"].SlotNames());
    }

    [TestMethod]
    public void What_is_neither_trees_nor_linear_is_asked_for_its_scores()
    {
        var rows = Samples.Rows(200, 6);
        var data = Training.ToKey(_mlContext, "Label").Fit(Samples.Classes(rows)).Transform(Samples.Classes(rows));
        var model = Training.NaiveBayes(_mlContext).Fit(data);
        var explained = Explain(data, model, new ShapOptions { ScoreColumnName = "Explained", BackgroundRows = 20 });
        foreach (var (found, score) in explained.Vectors("Explained").Zip(model.Transform(data).Vectors("Score")).Take(20))
            for (var c = 0; c < 3; c++)
                Near.Equal(score[c], found[c], 1e-3 * Math.Max(1, Math.Abs(score[c])));
        StringAssert.Contains(
            Assert.ThrowsExactly<ArgumentException>(() => Explain(data, model, new ShapOptions { Algorithm = ShapAlgorithm.Tree })).Message,
            "NaiveBayes");
    }

    [TestMethod]
    [DataRow(ShapAlgorithm.Exact, 1e-4), DataRow(ShapAlgorithm.Kernel, 1e-4), DataRow(ShapAlgorithm.Permutation, 0.1)]
    public void Methods_of_coalitions_agree_with_the_exact_values_of_trees(ShapAlgorithm algorithm, double error)
    {
        var data = Samples.Numbers(Samples.Rows(200, 7));
        var model = Training.FastTreeRegression(_mlContext).Fit(data);
        var background = Samples.Numbers(Samples.Rows(20, 8));
        var exact = Explain(data, model, new ShapOptions { Background = background }).Vectors("Shap");
        var asked = Explain(data, model, new ShapOptions { Background = background, Algorithm = algorithm }).Vectors("Shap");
        for (var row = 0; row < 10; row++)
            for (var i = 0; i < Samples.FeatureCount; i++)
                Near.Equal(exact[row][i], asked[row][i], error * exact[row].Largest(Math.Abs) + 1e-5);
        var own = Explain(data, model, new ShapOptions { Background = background, Method = new KernelShap(600) }).Vectors("Shap");
        Near.Equal(exact[3][0], own[3][0], 1e-3);
    }

    private void SumsToTheScores(IDataView data, ITransformer model, ShapOptions options, Func<double, double>? raw = null,
        string column = "Score")
    {
        using var shap = _mlContext.Transforms.Shap("Shap", Predictor(model), options with { BaseValueColumnName = "Base" }).Fit(data);
        var explained = shap.Transform(data);
        var scores = model.Transform(data).GetColumn<float>(column).ToArray();
        var (values, bases) = (explained.Vectors("Shap"), explained.Vectors("Base"));
        for (var row = 0; row < scores.Length; row++)
        {
            var score = raw is null ? scores[row] : raw(scores[row]);
            Near.Equal(score, bases[row][0] + values[row].Sum(v => (double)v), 2e-5 * Math.Max(1, Math.Abs(score)), $"row {row}");
        }

        using var stream = new MemoryStream();
        _mlContext.Model.Save(shap, data.Schema, stream);
        stream.Position = 0;
        var loaded = new MLContext().Model.Load(stream, out _).Transform(data);
        CollectionAssert.AreEqual(explained.Schema["Shap"].SlotNames(), loaded.Schema["Shap"].SlotNames());
        foreach (var (row, other) in values.Zip(loaded.Vectors("Shap")))
            for (var i = 0; i < row.Length; i++)
                Near.Equal(row[i], other[i], 2e-5 * Math.Max(1, row.Largest(Math.Abs)));
    }

    private IDataView Explain(IDataView data, ITransformer model, ShapOptions options) =>
        _mlContext.Transforms.Shap("Shap", Predictor(model), options).Fit(data).Transform(data);

    private static ISingleFeaturePredictionTransformer<object> Predictor(ITransformer model) =>
        (ISingleFeaturePredictionTransformer<object>)model;

    private static int IndexOf(IDataView explained, string slot) => Array.IndexOf(explained.Schema["Shap"].SlotNames()!, slot);

    private static double[] Softmax(float[] scores)
    {
        var exponentials = scores.Select(s => Math.Exp(s - scores.Largest())).ToArray();
        return [.. exponentials.Select(e => e / exponentials.Sum())];
    }

    private static double[] Normalised(float[] scores)
    {
        var curves = scores.Select(s => 1 / (1 + Math.Exp(-s))).ToArray();
        return [.. curves.Select(c => c / curves.Sum())];
    }

    private sealed class House
    {
        public string Town { get; set; } = "";

        public float Size { get; set; }

        public float Age { get; set; }

        public float Label { get; set; }
    }
}
