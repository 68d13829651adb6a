using System.Text.Json;
using Microsoft.ML.Introspection.Importers;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Shapley.Trees;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Importers;

[TestClass]
public sealed class ReadingXGBoostModels
{
    [TestMethod]
    [DataRow("xgb_breast_cancer")]
    [DataRow("xgb_breast_cancer_missing")]
    [DataRow("xgb_wine")]
    [DataRow("xgb_diabetes")]
    public void Raw_scores_predictions_and_leaves_are_those_of_XGBoost(string model)
    {
        var ensemble = XGBoostModel.Load(References.TreeFile(model + ".json"));
        var reference = References.Arrays(model);
        var input = reference["input"];

        AssertClose(reference["margin"], ensemble.Raw(input), 1e-5);
        AssertClose(reference["prediction"], ensemble.Predicted(input), 1e-5);
        AssertLeaves(References.TreeFile(model + ".json"), reference["leaf"], ensemble, input);
        Assert.IsTrue(ensemble.HasCover);
        Assert.IsTrue(ensemble.ComparesSingles);
    }

    internal static void AssertClose(Tensor expected, Tensor found, double tolerance) => TensorAssert.AreClose(
        Tensor.From(expected.ToDouble(), found.Dimensions), found, tolerance);

    // XGBoost numbers nodes as its file does; the value of a leaf stands among the file's conditions.
    private static void AssertLeaves(string file, Tensor leaves, TreeEnsemble ensemble, Tensor input)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(file));
        var trees = json.RootElement.GetProperty("learner").GetProperty("gradient_booster").GetProperty("model").GetProperty("trees");
        foreach (var (row, reached) in input.Rows().Zip(leaves.Rows()))
            for (var tree = 0; tree < reached.Length; tree++)
            {
                var expected = trees[tree].GetProperty("split_conditions")[(int)reached[tree]].GetSingle();
                Assert.AreEqual(expected, (float)ensemble.Trees[tree].LeafOf(row).Value, $"tree {tree}");
                Assert.AreEqual(trees[tree].GetProperty("sum_hessian")[(int)reached[tree]].GetDouble(), ensemble.Trees[tree].LeafOf(row).Cover, 1e-3, $"tree {tree}");
            }
    }
}
