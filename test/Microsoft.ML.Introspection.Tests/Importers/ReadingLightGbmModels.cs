using System.Globalization;
using System.Text;
using Microsoft.ML.Introspection.Importers;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Importers;

/// <summary>
/// The rows of the references hold what tells rules for missing values apart: NaN and zeros in every feature, numbers below 1e-35,
/// infinities, categories that are unseen, negative or no whole numbers.
/// </summary>
[TestClass]
public sealed class ReadingLightGbmModels
{
    [TestMethod]
    [DataRow("lgbm_categories")]
    [DataRow("lgbm_zero_as_missing")]
    [DataRow("lgbm_no_missing")]
    [DataRow("lgbm_binary")]
    [DataRow("lgbm_multiclass")]
    [DataRow("lgbm_one_versus_all")]
    [DataRow("lgbm_forest")]
    [DataRow("lgbm_poisson")]
    [DataRow("lgbm_single_leaves")]
    public void Raw_scores_predictions_and_leaves_are_those_of_LightGBM(string model)
    {
        var ensemble = LightGbmModel.Load(References.TreeFile(model + ".txt"));
        var reference = References.Arrays(model);
        var input = reference["input"];

        // LightGBM calls the sum of a forest its raw score, and divides it before it predicts.
        var divisor = model == "lgbm_forest" ? 4.0 : 1;
        var raw = Tensor.From(Array.ConvertAll(reference["raw"].ToDouble(), s => s / divisor), reference["raw"].Dimensions);
        TensorAssert.AreClose(raw, ensemble.Raw(input), 1e-14);
        TensorAssert.AreClose(reference["prediction"], ensemble.Predicted(input), 1e-14);
        AssertLeaves(model, reference["leaf"], ensemble, input, divisor);
        Assert.IsTrue(ensemble.HasCover);
        Assert.IsFalse(ensemble.ComparesSingles);
        CollectionAssert.AreEqual((string[])["size", "age", "colour", "city", "grade", "share"], ensemble.FeatureNames!.ToArray());
    }

    [TestMethod]
    public void Links_are_those_of_the_objectives()
    {
        Assert.AreEqual(ScoreLink.Identity, Link("lgbm_categories"));
        Assert.AreEqual(ScoreLink.Calibrated(0.7, 0), Link("lgbm_binary"));
        Assert.AreEqual(ScoreLink.Calibrated(1.3, 0), Link("lgbm_one_versus_all"));
        Assert.AreEqual(ScoreLink.Softmax, Link("lgbm_multiclass"));
        Assert.AreEqual(ScoreLink.Exponential, Link("lgbm_poisson"));
        foreach (var (objective, link) in new (string, ScoreLink)[]
        {
            ("regression_l1", ScoreLink.Identity), ("huber", ScoreLink.Identity), ("fair", ScoreLink.Identity),
            ("mape", ScoreLink.Identity),
            ("quantile", ScoreLink.Identity), ("lambdarank", ScoreLink.Identity), ("rank_xendcg", ScoreLink.Identity),
            ("gamma", ScoreLink.Exponential), ("tweedie", ScoreLink.Exponential), ("cross_entropy", ScoreLink.Logistic),
        })
            Assert.AreEqual(link, Parse(Text("lgbm_categories").Replace("objective=regression", "objective=" + objective)).Link, objective);
        Assert.AreEqual(ScoreLink.Identity, Parse(Text("lgbm_categories").Replace("objective=regression\n", "")).Link,
            "an objective of the user's own");
    }

    [TestMethod]
    [DataRow("lgbm_refused_linear", "linear")]
    [DataRow("lgbm_refused_sqrt", "square roots")]
    [DataRow("lgbm_refused_lambda", "cross_entropy_lambda")]
    public void What_no_link_or_tree_says_is_refused(string model, string reason)
    {
        var error = Assert.ThrowsExactly<InvalidModelException>(() => LightGbmModel.Load(References.TreeFile(model + ".txt")));
        Assert.Contains(reason, error.Message);
        Assert.Contains(model + ".txt", error.Message);
    }

    [TestMethod]
    public void Lines_may_end_as_on_Windows()
    {
        var there = Parse(Text("lgbm_categories").Replace("\n", "\r\n"));
        var here = Parse(Text("lgbm_categories"));
        Assert.IsTrue(here.Trees.Zip(there.Trees).All(t => t.First.Nodes.SequenceEqual(t.Second.Nodes)));
        CollectionAssert.AreEqual(here.FeatureNames!.ToArray(), there.FeatureNames!.ToArray());
    }

    // Before version 2.2 nothing but the table of importances closed the trees.
    [TestMethod]
    public void Files_of_old_versions_are_read()
    {
        var old = Text("lgbm_binary").Replace("end of trees\n\nfeature_importances:", "\nfeature importances:").Replace("version=v4",
            "version=v2");
        old = string.Join('\n', old.Split('\n').Where(line => !line.StartsWith("tree_sizes") && !line.StartsWith("is_linear")));
        Assert.HasCount(5, Parse(old).Trees);
    }

    [TestMethod]
    [DataRow("version=v4", "version=v9", "v2 to v4")]
    [DataRow("max_feature_idx=5", "max_feature_idx=7", "names 6 features")]
    [DataRow("max_feature_idx=5", "max_feature_idx=99999999999", "'max_feature_idx' is '99999999999'")]
    [DataRow("objective=regression", "objective=own", "'own'")]
    [DataRow("num_tree_per_iteration=1", "num_tree_per_iteration=4", "6 trees")]
    [DataRow("Tree=5", "Tree of its own", "Behind 5 trees")]
    [DataRow("end of trees", "and so on", "Behind 6 trees")]
    public void Errors_of_the_head_say_what_was_expected(string text, string replacement, string expected) =>
        Assert.Contains(expected, Refused(Text("lgbm_categories").Replace(text, replacement)));

    [TestMethod]
    [DataRow("num_leaves", "12", "13", "'leaf_value' holds 12 numbers; 13 were expected")]
    [DataRow("num_leaves", "12", "99999999", "'num_leaves' is '99999999'")]
    [DataRow("num_leaves", "12", "8000000", "'leaf_value' holds 12 numbers")]
    [DataRow("split_feature", null, "6", "Split 0 asks feature 6")]
    [DataRow("split_feature", null, "-1", "Split 0 asks feature -1")]
    [DataRow("split_feature", null, "x", "Number 0 of 'split_feature' is 'x'")]
    [DataRow("left_child", null, "11", "Split 0 has the child 11")]
    [DataRow("left_child", null, "-13", "Split 0 has the child -13")]
    [DataRow("left_child", null, "-2147483648", "Split 0 has the child")]
    [DataRow("left_child", null, "0", "reached twice")]
    [DataRow("leaf_value", null, "nan", "leaf")]
    [DataRow("leaf_value", null, "inf", "leaf")]
    [DataRow("threshold", null, "nan", "compares with NaN")]
    [DataRow("decision_type", null, "12", "decision type 12")]
    [DataRow("internal_count", null, "-4", "cover")]
    public void Errors_of_a_tree_name_it_and_the_split(string name, string? value, string replacement, string expected)
    {
        // Of the third tree the first number of a line is replaced, or all of it.
        var lines = Text("lgbm_categories").Split('\n');
        var at = Array.FindIndex(lines, Array.IndexOf(lines, "Tree=2"), line => line.StartsWith(name + "="));
        var values = lines[at][(name.Length + 1)..].Split(' ');
        Assert.IsTrue(value is null || values[0] == value);
        lines[at] = $"{name}={string.Join(' ', [replacement, .. values[1..]])}";

        var message = Refused(string.Join('\n', lines));
        Assert.StartsWith("Tree 2: ", message);
        Assert.Contains(expected, message);
    }

    [TestMethod]
    public void Sets_of_categories_must_lie_in_the_file()
    {
        var text = Text("lgbm_categories");
        Assert.Contains("'cat_boundaries' does not", Refused(text.Replace("cat_boundaries=0 ", "cat_boundaries=1 ")));
        Assert.Contains("'cat_threshold'", Refused(text.Replace("cat_threshold=", "cat_threshold=1 ")));
        Assert.Contains("'num_cat'", Refused(System.Text.RegularExpressions.Regex.Replace(text, "num_cat=[0-9]+", "num_cat=0")));
    }

    private static TreeEnsemble Parse(string text) => LightGbmModel.Parse(Encoding.UTF8.GetBytes(text));

    private static string Refused(string text) => Assert.ThrowsExactly<InvalidModelException>(() => Parse(text)).Message;

    private static string Text(string model) => File.ReadAllText(References.TreeFile(model + ".txt"));

    private static ScoreLink Link(string model) => LightGbmModel.Load(References.TreeFile(model + ".txt")).Link;

    private static void AssertLeaves(string model, Tensor leaves, TreeEnsemble ensemble, Tensor input, double divisor)
    {
        var lines = Text(model).Split('\n');
        var values = Numbers(lines, "leaf_value=");
        var counts = Numbers(lines, "leaf_count=");
        foreach (var (row, reached) in input.Rows().Zip(leaves.Rows()))
            for (var tree = 0; tree < reached.Length; tree++)
            {
                var leaf = ensemble.Trees[tree].LeafOf(row);
                Assert.AreEqual(values[tree][(int)reached[tree]] / divisor, leaf.Value, $"tree {tree}");
                Assert.AreEqual(counts[tree][(int)reached[tree]], leaf.Cover, $"tree {tree}");
            }
    }

    private static double[][] Numbers(string[] lines, string name) =>
        [.. lines.Where(l => l.StartsWith(name))
            .Select(l => Array.ConvertAll(l[name.Length..].Split(' '), v => double.Parse(v, CultureInfo.InvariantCulture)))];
}
