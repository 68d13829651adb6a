using Microsoft.ML.Introspection.Importers;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Shapley.Trees;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Shapley.Trees;

/// <summary>The graphs of trained trees give the values of the shap library, and those of the engine.</summary>
[TestClass]
public sealed class MatchingReferenceTreeGraphs
{
    private const double Error = 2e-6;

    [TestMethod]
    [DataRow("xgb_breast_cancer"), DataRow("xgb_breast_cancer_missing"), DataRow("xgb_wine"), DataRow("xgb_diabetes")]
    public void Path_dependent_values_and_interactions(string model)
    {
        var (ensemble, arrays) = Load(model);
        var rows = Floats(arrays["input"]);
        var results = TreeExplanation.Compile(ensemble, new() { InteractionsName = "pairs", BaseValueName = "base" }).Run(rows);
        Matches(ByOutput(ensemble, arrays["shap_path_dependent"]), results["attribution"].ToDouble());
        var pairs = ByOutput(ensemble, arrays["shap_interactions"]);
        Matches(pairs, results["pairs"].ToDouble()[..pairs.Length]);
        Matches(arrays["shap_path_dependent_expected"].ToDouble(), results["base"].ToDouble()[..ensemble.OutputCount]);
    }

    [TestMethod]
    [DataRow("xgb_breast_cancer"), DataRow("xgb_breast_cancer_missing"), DataRow("xgb_wine"), DataRow("xgb_diabetes")]
    public void Interventional_values(string model)
    {
        var (ensemble, arrays) = Load(model);
        var shap = new TreeShap(ensemble, new() { Background = Floats(arrays["background"]) });
        var results = TreeExplanation.Compile(shap, new() { BaseValueName = "base" }).Run(Floats(arrays["input"]));
        Matches(ByOutput(ensemble, arrays["shap_interventional"]), results["attribution"].ToDouble());
        Matches(arrays["shap_interventional_expected"].ToDouble(), results["base"].ToDouble()[..ensemble.OutputCount]);
    }

    [TestMethod]
    public void Interventional_shares_in_a_probability()
    {
        var (ensemble, arrays) = Load("xgb_breast_cancer");
        var shap = new TreeShap(ensemble, new() { Background = Floats(arrays["background"]), Output = TreeShapOutput.Prediction });
        Matches(arrays["shap_interventional_probability"].ToDouble(), shap.GraphOf(Floats(arrays["input"])));
    }

    [TestMethod]
    [DataRow("xgb17_categories"), DataRow("xgb17_dart"), DataRow("xgb17_forest"), DataRow("xgb17_targets")]
    [DataRow("xgb34_categories"), DataRow("xgb34_dart")]
    public void Categories_forests_and_dropped_trees(string model)
    {
        var (ensemble, arrays) = Load(model);
        var (shap, rows) = (new TreeShap(ensemble), Floats(arrays["input"]));
        Matches(shap.Of(rows), shap.GraphOf(rows));
    }

    private static (TreeEnsemble Ensemble, IReadOnlyDictionary<string, Tensor> Arrays) Load(string model) =>
        (XGBoostModel.Load(References.TreeFile(model + ".json")), References.Arrays(model));

    private static float[] Floats(Tensor tensor) => Array.ConvertAll(tensor.ToDouble(), d => (float)d);

    // [N, …, outputs] → [N, outputs, …]; a single output has no axis.
    private static double[] ByOutput(TreeEnsemble ensemble, Tensor tensor)
    {
        var (elements, outputs) = (tensor.ToDouble(), ensemble.OutputCount);
        return outputs == 1 ? elements : [.. elements.Chunk(elements.Length / (int)tensor.Dimensions[0]).SelectMany(row =>
            Enumerable.Range(0, outputs)
                .SelectMany(output => Enumerable.Range(0, row.Length / outputs).Select(i => row[i * outputs + output])))];
    }

    private static void Matches(double[] expected, double[] found) => TreeGraphRuns.AreClose(expected, found, "", Error);
}
