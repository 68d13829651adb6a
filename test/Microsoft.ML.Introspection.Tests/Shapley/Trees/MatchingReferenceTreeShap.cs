using Microsoft.ML.Introspection.Importers;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Shapley.Trees;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Shapley.Trees;

/// <summary>Values and interactions of trained trees are those of XGBoost and of the shap library.</summary>
[TestClass]
public sealed class MatchingReferenceTreeShap
{
    private const double Error = 1e-5;

    [TestMethod]
    [DataRow("xgb_breast_cancer"), DataRow("xgb_breast_cancer_missing"), DataRow("xgb_wine"), DataRow("xgb_diabetes")]
    public void Path_dependent_values(string model)
    {
        var (shap, arrays) = Load(model);
        var values = shap.Of(Input(arrays));
        Matches(shap, ByOutput(shap, arrays["shap_path_dependent"]), values);
        Matches(shap, WithoutBias(arrays["pred_contribs"], 1), values);
        BasesMatch(arrays["shap_path_dependent_expected"].ToDouble(), shap);
        BasesMatch(
            [.. arrays["pred_contribs"].ToDouble().Chunk(shap.Ensemble.FeatureCount + 1).Take(shap.Ensemble.OutputCount)
                .Select(c => c[^1])], shap);
    }

    [TestMethod]
    [DataRow("xgb17_categories.json"), DataRow("xgb17_dart.json"), DataRow("xgb17_forest.json"), DataRow("xgb17_pruned.json"),
        DataRow("xgb17_targets.json")]
    [DataRow("xgb34_categories.ubj"), DataRow("xgb34_classes.ubj"), DataRow("xgb34_dart.json"), DataRow("xgb34_vector_leaves.json")]
    public void Values_that_XGBoost_gives_for_categories_forests_targets_and_dropped_trees(string file)
    {
        var (shap, arrays) = Load(file);
        Matches(shap, WithoutBias(arrays["pred_contribs"], 1), shap.Of(Input(arrays)));
    }

    // LightGBM compares in double precision, and its rows are kept in it.
    [TestMethod]
    [DataRow("lgbm_binary", 1), DataRow("lgbm_categories", 1), DataRow("lgbm_multiclass", 3), DataRow("lgbm_no_missing", 1),
        DataRow("lgbm_one_versus_all", 3)]
    [DataRow("lgbm_poisson", 1), DataRow("lgbm_single_leaves", 3), DataRow("lgbm_zero_as_missing", 1), DataRow("lgbm_forest", 1)]
    public void Values_that_LightGBM_gives_for_all_its_kinds_of_missing_values(string model, int outputs)
    {
        var (shap, arrays) = Load(model + ".txt");
        // Of a forest LightGBM explains the sum of the trees; the score is their mean.
        var scale = model == "lgbm_forest" ? 1.0 / shap.Ensemble.Trees.Count : 1;
        var expected = arrays["pred_contribs"].ToDouble().Chunk(7).SelectMany(line => line[..^1]).Select(v => v * scale).ToArray();
        Assert.AreEqual(outputs, shap.Ensemble.OutputCount);
        Matches(shap, expected, shap.Of(arrays["input"].ToDouble()));
    }

    [TestMethod]
    [DataRow("xgb_breast_cancer"), DataRow("xgb_breast_cancer_missing"), DataRow("xgb_wine"), DataRow("xgb_diabetes")]
    public void Interactions(string model)
    {
        var (shap, arrays) = Load(model);
        var (features, outputs) = (shap.Ensemble.FeatureCount, shap.Ensemble.OutputCount);
        var rows = (int)arrays["shap_interactions"].Dimensions[0];
        var found = shap.InteractionsOf(Input(arrays)[..(rows * features)]);
        Matches(shap, ByOutput(shap, arrays["shap_interactions"]), found);
        // XGBoost's come of differences of its own values of single precision.
        Matches(shap, WithoutBias(arrays["pred_interactions"], 2), found, 1e-4);
        Assert.HasCount(rows * outputs * features * features, found);
    }

    [TestMethod]
    [DataRow("xgb_breast_cancer"), DataRow("xgb_breast_cancer_missing"), DataRow("xgb_wine"), DataRow("xgb_diabetes")]
    public void Interventional_values(string model)
    {
        var (shap, arrays) = Load(model, TreeShapOutput.RawScore);
        Matches(shap, ByOutput(shap, arrays["shap_interventional"]), shap.Of(Input(arrays)));
        BasesMatch(arrays["shap_interventional_expected"].ToDouble(), shap);
    }

    [TestMethod]
    public void Interventional_shares_in_a_probability()
    {
        var (shap, arrays) = Load("xgb_breast_cancer", TreeShapOutput.Prediction);
        Matches(shap, arrays["shap_interventional_probability"].ToDouble(), shap.Of(Input(arrays)));
    }

    private static (TreeShap Shap, IReadOnlyDictionary<string, Tensor> Arrays) Load(string model, TreeShapOutput? against = null)
    {
        var arrays = References.Arrays(Path.GetFileNameWithoutExtension(model));
        var options = against is { } output ? new TreeShapOptions { Background = Floats(arrays["background"]), Output = output } : null;
        return (new TreeShap(TreeFile.Load(References.TreeFile(Path.HasExtension(model) ? model : model + ".json")), options), arrays);
    }

    private static float[] Input(IReadOnlyDictionary<string, Tensor> arrays) => Floats(arrays["input"]);

    private static float[] Floats(Tensor tensor) => Array.ConvertAll(tensor.ToDouble(), d => (float)d);

    // [N, …, outputs] → [N, outputs, …]; a single output has no axis.
    private static double[] ByOutput(TreeShap shap, Tensor tensor)
    {
        var (elements, outputs) = (tensor.ToDouble(), shap.Ensemble.OutputCount);
        return outputs == 1 ? elements : [.. elements.Chunk(elements.Length / (int)tensor.Dimensions[0]).SelectMany(row =>
            Enumerable.Range(0, outputs)
                .SelectMany(output => Enumerable.Range(0, row.Length / outputs).Select(i => row[i * outputs + output])))];
    }

    // XGBoost puts the bias behind the features, along each of their axes.
    private static double[] WithoutBias(Tensor tensor, int axes)
    {
        var size = (int)tensor.Dimensions[^1];
        var lines = tensor.ToDouble().Chunk(size).Select(line => line[..^1]);
        return [.. axes == 1 ? lines.SelectMany(l => l) : lines.Chunk(size).SelectMany(block => block.Take(size - 1).SelectMany(l => l))];
    }

    private static void BasesMatch(double[] expected, TreeShap shap)
    {
        Assert.HasCount(shap.BaseValues.Count, expected);
        for (var i = 0; i < expected.Length; i++)
            Near.Equal(expected[i], shap.BaseValues[i], Error * Math.Max(1, Math.Abs(expected[i])));
    }

    // Relative to the largest value of each row and output (of interactions, each line).
    private static void Matches(TreeShap shap, double[] expected, double[] found, double error = Error)
    {
        Assert.HasCount(expected.Length, found);
        var lines = expected.Chunk(shap.Ensemble.FeatureCount).Zip(found.Chunk(shap.Ensemble.FeatureCount)).ToList();
        for (var line = 0; line < lines.Count; line++)
        {
            var (wanted, got) = lines[line];
            Near.Equal(wanted, got, error * Math.Max(wanted.Largest(Math.Abs), 1e-3), $"line {line}");
        }
    }
}
