using System.Text.Json;
using Microsoft.ML.Introspection.Importers;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Importers;

/// <summary>XGBoost sums in single precision; what it says is matched to its rounding.</summary>
[TestClass]
public sealed class ReadingXGBoostModels
{
    [TestMethod]
    [DataRow("xgb_breast_cancer.json")]
    [DataRow("xgb_breast_cancer_missing.json")]
    [DataRow("xgb_wine.json")]
    [DataRow("xgb_diabetes.json")]
    [DataRow("xgb17_categories.json")]
    [DataRow("xgb17_categories.ubj")]
    [DataRow("xgb17_dart.json")]
    [DataRow("xgb17_forest.json")]
    [DataRow("xgb17_pruned.json")]
    [DataRow("xgb17_targets.json")]
    [DataRow("xgb21_categories.ubj")]
    [DataRow("xgb21_vector_leaves.json")]
    [DataRow("xgb34_categories.json")]
    [DataRow("xgb34_categories.ubj")]
    [DataRow("xgb34_classes.ubj")]
    [DataRow("xgb34_dart.json")]
    [DataRow("xgb34_vector_leaves.json")]
    [DataRow("xgb34_vector_leaves.ubj")]
    public void Raw_scores_and_predictions_are_those_of_XGBoost(string file)
    {
        var ensemble = XGBoostModel.Load(References.TreeFile(file));
        var reference = References.Arrays(Path.GetFileNameWithoutExtension(file));

        AssertClose(reference["margin"], ensemble.Raw(reference["input"]), 1e-5);
        AssertClose(reference["prediction"], ensemble.Predicted(reference["input"]), 1e-5);
        Assert.IsTrue(ensemble.ComparesSingles);
    }

    [TestMethod]
    [DataRow("xgb_breast_cancer_missing")]
    [DataRow("xgb_wine")]
    [DataRow("xgb_diabetes")]
    [DataRow("xgb17_categories")]
    [DataRow("xgb17_pruned")]
    [DataRow("xgb34_categories")]
    public void Rows_reach_the_leaves_that_XGBoost_names(string model)
    {
        var file = References.TreeFile(model + ".json");
        var ensemble = XGBoostModel.Load(file);
        var reference = References.Arrays(model);
        using var json = Json(File.ReadAllText(file));
        var trees = Model(json).GetProperty("trees");

        Assert.IsTrue(ensemble.HasCover);
        foreach (var (row, reached) in reference["input"].Rows().Zip(reference["leaf"].Rows()))
            for (var tree = 0; tree < reached.Length; tree++)
            {
                // XGBoost numbers nodes as its file does; the value of a leaf stands among the file's conditions.
                var leaf = ensemble.Trees[tree].LeafOf(row);
                Assert.AreEqual(trees[tree].GetProperty("split_conditions")[(int)reached[tree]].GetSingle(), (float)leaf.Value,
                    $"tree {tree}");
                Assert.AreEqual(trees[tree].GetProperty("sum_hessian")[(int)reached[tree]].GetSingle(), (float)leaf.Cover, $"tree {tree}");
            }
    }

    [TestMethod]
    [DataRow("xgb17_objectives", 17)]
    [DataRow("xgb21_objectives", 18)]
    [DataRow("xgb34_objectives", 19)]
    public void Every_objective_has_its_base_score_and_its_predictions(string reference, int count)
    {
        var arrays = References.Arrays(reference);
        var lines = File.ReadAllLines(References.TreeFile(reference + ".jsonl"));

        Assert.HasCount(count, lines);
        foreach (var line in lines)
        {
            using var json = Json(line);
            var objective = json.RootElement.GetProperty("learner").GetProperty("objective").GetProperty("name").GetString()!;
            var ensemble = XGBoostModel.Parse(System.Text.Encoding.UTF8.GetBytes(line));
            var (raw, predicted) = (ensemble.Raw(arrays["input"]), ensemble.Predicted(arrays["input"]));

            // Quantiles that cross are sorted by XGBoost 3.4 even in what it calls a margin's prediction; the margins are not.
            AssertClose(arrays[objective + ".margin"], raw, 1e-5, objective);
            switch (objective)
            {
                case "binary:hinge":
                    AssertClose(arrays[objective + ".prediction"],
                        Tensor.From(Array.ConvertAll(raw.ToDouble(), s => s > 0 ? 1.0 : 0), raw.Dimensions), 0, objective);
                    break;
                case "multi:softmax":
                    CollectionAssert.AreEqual(
                        arrays[objective + ".prediction"].ToDouble(),
                        predicted.Rows().Select(p => (double)p.IndexOf(p.Largest())).ToArray());
                    break;
                default:
                    AssertClose(arrays[objective + ".prediction"], predicted, 1e-5, objective);
                    break;
            }
        }
    }

    [TestMethod]
    public void A_tree_with_leaves_for_several_targets_becomes_a_tree_for_each()
    {
        var ensemble = XGBoostModel.Load(References.TreeFile("xgb34_vector_leaves.json"));

        Assert.HasCount(4 * 3, ensemble.Trees);
        CollectionAssert.AreEqual((int[])[0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2], ensemble.Trees.Select(t => t.Output).ToArray());
        Assert.IsTrue(ensemble.HasCover);
    }

    [TestMethod]
    public void Both_notations_say_the_same()
    {
        foreach (var model in (string[])["xgb17_categories", "xgb34_categories", "xgb34_vector_leaves"])
        {
            var json = XGBoostModel.Load(References.TreeFile(model + ".json"));
            var ubjson = XGBoostModel.Load(References.TreeFile(model + ".ubj"));
            Assert.HasCount(json.Trees.Count, ubjson.Trees);
            foreach (var (one, other) in json.Trees.Zip(ubjson.Trees))
            {
                Assert.IsTrue(one.Nodes.SequenceEqual(other.Nodes));
                Assert.AreEqual(one.Output, other.Output);
                CollectionAssert.AreEqual(one.Sets.SelectMany(s => s).ToArray(), other.Sets.SelectMany(s => s).ToArray());
            }
            CollectionAssert.AreEqual(json.BaseScores.ToArray(), ubjson.BaseScores.ToArray());
            CollectionAssert.AreEqual(json.FeatureNames!.ToArray(), ubjson.FeatureNames!.ToArray());
        }
    }

    [TestMethod]
    public void Names_of_features_are_kept_and_may_be_missing()
    {
        CollectionAssert.AreEqual(
            (string[])["size", "age", "colour", "city", "grade", "noise"],
            XGBoostModel.Load(References.TreeFile("xgb17_categories.json")).FeatureNames!.ToArray());
        Assert.IsNull(XGBoostModel.Load(References.TreeFile("xgb_wine.json")).FeatureNames);
    }

    [TestMethod]
    public void The_content_tells_the_notation_not_the_name()
    {
        using var folder = new Data.TemporaryFolder();
        foreach (var file in (string[])["xgb17_categories.json", "xgb17_categories.ubj"])
        {
            var path = folder.Write("model.model", File.ReadAllBytes(References.TreeFile(file)));
            Assert.HasCount(8, XGBoostModel.Load(path).Trees);
        }
    }

    // Version 1.0 had no names, targets or categories, and wrote true and false.
    [TestMethod]
    public void Files_of_the_oldest_versions_are_read()
    {
        var model = """
            {"learner":{"attributes":{},"gradient_booster":{"model":{"gbtree_model_param":{"num_trees":"1","size_leaf_vector":"0"},"tree_info":[0],"trees":[
            {"base_weights":[0,0,0],"default_left":[true,false,false],"id":0,"left_children":[1,-1,-1],"loss_changes":[1,0,0],"parents":[2147483647,0,0],
            "right_children":[2,-1,-1],"split_conditions":[0.5,-1E0,2E0],"split_indices":[1,0,0],"sum_hessian":[4,1,3],
            "tree_param":{"num_nodes":"3","num_feature":"2","size_leaf_vector":"0"}}]},"name":"gbtree"},
            "learner_model_param":{"base_score":"0.250000","num_class":"0","num_feature":"2"},
            "objective":{"name":"reg:squarederror","reg_loss_param":{"scale_pos_weight":"1"}}},"version":[1,0,0]}
            """u8;
        var ensemble = XGBoostModel.Parse(model.ToArray());

        var scores = ensemble.Raw(Tensor.From<double>([0, 0.25, 0, 0.5, 0, double.NaN], 3, 2));
        CollectionAssert.AreEqual((double[])[-0.75, 2.25, -0.75], scores.ToDouble());
        Assert.AreEqual(3, ensemble.Trees[0].Nodes[2].Cover);
    }

    // XGBoost gives splits by category the threshold NaN, which the standard does not know.
    private static JsonDocument Json(string text) => JsonDocument.Parse(text.Replace("NaN", "0"));

    private static JsonElement Model(JsonDocument json) =>
        json.RootElement.GetProperty("learner").GetProperty("gradient_booster").GetProperty("model");

    private static void AssertClose(Tensor expected, Tensor found, double tolerance, string what = "") =>
        TensorAssert.AreClose(Tensor.From(expected.ToDouble(), found.Dimensions), found, tolerance, what);
}
