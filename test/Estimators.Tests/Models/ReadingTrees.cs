using Microsoft.ML.Introspection.Estimators.Models;
using Microsoft.ML.Introspection.Estimators.Tests.Support;
using Microsoft.ML.Introspection.Models;

namespace Microsoft.ML.Introspection.Estimators.Tests.Models;

/// <summary>Trees are read as ML.NET scores them: thresholds that are met exactly, missing values and infinities included.</summary>
[TestClass]
public sealed class ReadingTrees
{
    private readonly MLContext _ml = new(1);

    [TestMethod]
    [DataRow("FastTree")]
    [DataRow("FastTree, dropout")]
    [DataRow("FastForest")]
    [DataRow("GAM")]
    [DataRow("LightGBM")]
    public void Regression(string kind)
    {
        var data = Samples.Numbers(Samples.Rows(600, 1));
        Check(Regression(kind, _ml).Fit(data), raw: "Score", predictions: null);
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void LightGBM_that_was_trained_with_missing_values(bool zeroIsMissing)
    {
        var data = Samples.Numbers(Samples.Rows(800, 2, missing: true));
        var trees = Check(Training.LightGbmRegression(_ml, zeroIsMissing: zeroIsMissing).Fit(data), raw: "Score", predictions: null);
        Assert.IsTrue(trees.Trees.Any(t => t.Nodes.ToArray().Any(n => !n.IsLeaf && n.MissingLeft)),
            "Some split must send missing values left.");
        Assert.IsTrue(trees.Trees.Any(t => t.Nodes.ToArray().Any(n => !n.IsLeaf && !n.MissingLeft)),
            "Some split must send missing values right.");
    }

    [TestMethod]
    public void Tweedie_regression_predicts_the_exponential_of_its_trees()
    {
        var data = Samples.Numbers(Samples.Rows(600, 3), s => MathF.Exp(s));
        var trees = Check(Training.FastTreeTweedie(_ml).Fit(data), raw: null, predictions: "Score");
        Assert.IsInstanceOfType<ScoreLink.ExponentialLink>(trees.Link);
    }

    [TestMethod]
    [DataRow("FastTree")]
    [DataRow("GAM")]
    [DataRow("LightGBM")]
    [DataRow("LightGBM, other sigmoid")]
    public void Two_classes_calibrated(string kind)
    {
        var data = Samples.Truths(Samples.Rows(600, 4));
        var trees = Check(Binary(kind, _ml).Fit(data), raw: "Score", predictions: "Probability");
        var link = Assert.IsInstanceOfType<ScoreLink.LogisticLink>(trees.Link);
        Finite.Above(0, link.Slope);
    }

    [TestMethod]
    public void Forest_for_two_classes_has_scores_only()
    {
        var data = Samples.Truths(Samples.Rows(600, 5));
        var trees = Check(Training.FastForestBinary(_ml).Fit(data), raw: "Score", predictions: null);
        Assert.IsInstanceOfType<ScoreLink.IdentityLink>(trees.Link);
    }

    [TestMethod]
    [DataRow("FastTree")]
    [DataRow("LightGBM")]
    public void Ranking(string kind)
    {
        var data = Samples.Numbers(Samples.Rows(600, 6), s => Math.Clamp(MathF.Round(s + 2), 0, 4));
        var trainer = kind == "FastTree" ? Training.FastTreeRanking(_ml) : Training.LightGbmRanking(_ml);
        Check(trainer.Fit(data), raw: "Score", predictions: null);
    }

    [TestMethod]
    [DataRow("Platt")]
    [DataRow("Isotonic")]
    [DataRow("Naive")]
    public void Calibration_behind_the_model(string kind)
    {
        var data = Samples.Truths(Samples.Rows(600, 7));
        var calibrator = kind switch { "Platt" => Training.Platt(_ml), "Isotonic" => Training.Isotonic(_ml), _ => Training.Naive(_ml) };
        var pipeline = Training.FastForestBinary(_ml).Append(calibrator).Fit(data);
        var model = new FittedModel(pipeline, data.Schema);
        var form = Assert.IsInstanceOfType<TreeForm>(model.Form);
        Check(pipeline, raw: "Score", predictions: kind == "Platt" ? "Probability" : null);
        if (kind == "Platt")
            Assert.IsNull(form.LeavesOut);
        else
            StringAssert.Contains(form.LeavesOut, $"{kind}Calibrator");
    }

    [TestMethod]
    public void Steps_of_an_additive_model_that_does_without_some_features()
    {
        var rows = Samples.Rows(500, 8);
        foreach (var row in rows)
            row[2] = row[4] = 1;
        var data = Samples.Numbers(rows);
        var trees = Check(Training.GamRegression(_ml).Fit(data), raw: "Score", predictions: null, rows: rows);
        var asked =
            trees.Trees.SelectMany(t => t.Nodes.ToArray()).Where(n => !n.IsLeaf).Select(n => n.Feature).Distinct().Order().ToArray();
        CollectionAssert.AreEqual(new[] { 0, 1, 3, 5, 6, 7 }, asked);
        Finite.AtMost(9, trees.Depth, "The steps of a feature make a balanced tree.");
    }

    [TestMethod]
    public void A_label_without_a_signal_makes_trees_without_splits()
    {
        var data = Samples.Numbers(Samples.Rows(200, 9), _ => 3.5f);
        foreach (var trainer in new[] { Training.LightGbmRegression(_ml), Training.FastTreeRegression(_ml) })
        {
            var model = trainer.Fit(data);
            var trees = Assert.IsInstanceOfType<TreeForm>(new FittedModel(model, data.Schema).Form).Ensemble;
            var scores = new double[1];
            trees.Score(new double[Samples.FeatureCount], scores);
            Near.Equal(Agreement.Scores(model.Transform(data), "Score")[0][0], scores[0], 1e-5);
        }
    }

    private static IEstimator<ITransformer> Regression(string kind, MLContext ml) => kind switch
    {
        "FastTree" => Training.FastTreeRegression(ml),
        "FastTree, dropout" => Training.FastTreeRegression(ml, dropout: 0.3),
        "FastForest" => Training.FastForestRegression(ml),
        "GAM" => Training.GamRegression(ml),
        _ => Training.LightGbmRegression(ml),
    };

    private static IEstimator<ITransformer> Binary(string kind, MLContext ml) => kind switch
    {
        "FastTree" => Training.FastTreeBinary(ml),
        "GAM" => Training.GamBinary(ml),
        "LightGBM" => Training.LightGbmBinary(ml),
        _ => Training.LightGbmBinary(ml, sigmoid: 1.3),
    };

    private static TreeEnsemble Check(ITransformer model, string? raw, string? predictions, float[][]? rows = null)
    {
        rows ??= Samples.Rows(300, 99);
        var trees = Assert.IsInstanceOfType<TreeForm>(new FittedModel(model, Samples.Features(rows).Schema).Form).Ensemble;
        CollectionAssert.AreEqual(Samples.FeatureNames, trees.FeatureNames!.ToArray());
        Finite.Above(0, trees.Depth);
        var probes = Agreement.Probes(trees, rows, 1000, 17);
        Agreement.AreSame(trees, probes, model.Transform(Samples.Features(probes)), raw, predictions);
        return trees;
    }
}
