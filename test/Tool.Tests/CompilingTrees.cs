using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Shapley.Trees;
using Microsoft.ML.Introspection.Tests.Importers;
using Microsoft.ML.Introspection.Tool.Tests.Shap;

namespace Microsoft.ML.Introspection.Tool.Tests;

[TestClass]
public class CompilingTrees
{
    [TestMethod]
    [DataRow("xgb_wine.json")]
    [DataRow("lgbm_multiclass.txt")]
    public async Task Gives_what_trees_say_of_every_class(string model)
    {
        using var work = new Workplace();
        var (rows, trees) = (ShapFiles.Rows(Path.GetFileNameWithoutExtension(model)), ShapFiles.Trees(model));
        var outcome =
            (await work.RunAsync("compile", Workplace.Given(model), "-m", "tree-shap", "-t", "all", "--interactions", "true", "--base-name",
                "base", "-o", "@e.onnx")).IsDone();
        Assert.Contains($"  gives attribution: Float[batch, 3, {trees.FeatureCount}]", outcome.Out);
        var results = Run(work["e.onnx"], rows);
        CollectionAssert.AreEqual((string[])["attribution", "base", "interactions", "score"], results.Keys.Order().ToArray());
        Close.To(Singles(ShapFiles.Values(trees, rows)), results["attribution"].As<float>());
        Close.To(Singles(ShapFiles.Interactions(trees, rows)), results["interactions"].As<float>());
        Close.To(Singles(ShapFiles.Scores(trees, rows)), results["score"].As<float>());
        Close.To([.. new TreeShap(trees).BaseValues.Select(b => (float)b)], results["base"].As<float>()[..3]);
    }

    [TestMethod]
    public async Task Gives_the_best_class_by_default_and_takes_names()
    {
        using var work = new Workplace();
        var (rows, trees) = (ShapFiles.Rows("xgb_wine"), ShapFiles.Trees("xgb_wine.json"));
        (await work.RunAsync("compile", Workplace.Given("xgb_wine.json"), "-m", "tree-shap", "--attribution-name", "why", "--target-name",
            "what", "--score-name", "how much", "-o", "@e.onnx")).IsDone();
        var results = Run(work["e.onnx"], rows);
        var (values, scores) = (ShapFiles.Values(trees, rows), ShapFiles.Scores(trees, rows));
        for (var row = 0; row < rows.Shape[0]; row++)
        {
            var own = scores[(row * 3)..((row + 1) * 3)];
            var best = Array.IndexOf(own, own.Largest());
            Assert.AreEqual(best, results["what"].As<long>()[row]);
            Near.Equal(own[best], results["how much"].As<float>()[row], 1e-5);
            Close.To(Singles(values[((row * 3 + best) * 13)..((row * 3 + best + 1) * 13)]), results["why"].As<float>().Slice(row * 13, 13));
        }
    }

    [TestMethod]
    public async Task Compares_with_a_baseline_and_takes_groups()
    {
        using var work = new Workplace();
        var (rows, background, trees) =
            (ShapFiles.Rows("xgb_wine"), ShapFiles.Rows("xgb_wine", "background"), ShapFiles.Trees("xgb_wine.json"));
        background.Save(work["background.npy"]);
        NpyArray.From([.. Enumerable.Range(0, 13).Select(i => (long)(10 - i / 5))], 13).Save(work["groups.npy"]);
        (await work.RunAsync("compile", Workplace.Given("xgb_wine.json"), "-m", "tree-shap", "-t", "2-0", "--baseline", "@background.npy",
            "--groups", "@groups.npy", "--keep-final-activation", "-o", "@e.onnx")).IsDone();
        var values = ShapFiles.Values(trees, rows, new()
        {
            Background = background.ToSingles(), Output = TreeShapOutput.Prediction,
            Groups = [.. Enumerable.Range(0, 13).Select(i => 2 - i / 5)],
        });
        float[] expected =
            [.. Enumerable.Range(0, rows.Shape[0] * 3)
                .Select(i => (float)(values[(i / 3 * 3 + 2) * 3 + i % 3] - values[i / 3 * 9 + i % 3]))];
        Close.To(expected, Run(work["e.onnx"], rows)["attribution"].As<float>(), 1e-4);
    }

    [TestMethod]
    public async Task Takes_trees_of_onnx_files()
    {
        using var work = new Workplace();
        new OnnxForestSample(4, 1, [1]).Regressor().Build().Save(work["trees.onnx"]);
        (await work.RunAsync("compile", "@trees.onnx", "-m", "tree-shap", "-o", "@e.onnx"))
            .Failed("does not tell how much data passed each node", "--baseline background.npy");
        (await work.RunAsync("compile", "@trees.onnx", "-m", "tree-shap", "--baseline", "zero", "-o", "@e.onnx")).IsDone();
        var rows = NpyArray.From([1.0, 2, 3, 0.5, -1, 0, 1, -2], 2, 4);
        Close.To(Singles(ShapFiles.Values(Importers.TreeFile.Load(work["trees.onnx"]), rows, new() { Background = new float[4] })),
            Run(work["e.onnx"], rows)["attribution"].As<float>());
    }

    [TestMethod]
    [DataRow("-t 3", "The target class 3 is out of range: the model has 3 outputs, 0 to 2.")]
    [DataRow("--keep-final-activation", "Shares in a prediction need a background")]
    [DataRow("--baseline @rows.npy", "has the shape [2, 5]; a row of 13 features, or several, were expected.")]
    [DataRow("--groups @groups.npy", "--groups holds 2 group numbers; the model has 13 features.")]
    public async Task Refuses_what_does_not_fit_the_trees(string options, string says)
    {
        using var work = new Workplace();
        NpyArray.From(new float[10], 2, 5).Save(work["rows.npy"]);
        NpyArray.From([0L, 1], 2).Save(work["groups.npy"]);
        (await work.RunAsync(["compile", Workplace.Given("xgb_wine.json"), "-m", "tree-shap", .. options.Split(' '), "-o", "@e.onnx"]))
            .Failed(says);
        Assert.DoesNotContain("e.onnx", work.Files);
    }

    [TestMethod]
    public async Task Names_base_values_of_networks_too()
    {
        using var work = new Workplace();
        TinyNetworks.Linear().Save(work);
        (await work.RunAsync("compile", "@model.onnx", "-m", "exact-shap", "-t", "1", "--baseline", "2", "--base-name", "base", "-o",
            "@e.onnx")).IsDone();
        using var session = new ModelSession(OnnxModel.Load(work["e.onnx"]));
        var results = session.Run(new Dictionary<string, Tensor> { ["x"] = Tensor.From([1f, -1f], 1, 2) });
        // Class 1 is -2·a + b.
        Close.To([2, -3], results["attribution"].As<float>());
        Close.To([-2], results["base"].As<float>());
        (await work.RunAsync("compile", "@model.onnx", "-m", "saliency", "--base-name", "base", "-o", "@e.onnx")).Failed("no base value");
    }

    private static float[] Singles(double[] values) => Array.ConvertAll(values, v => (float)v);

    private static IReadOnlyDictionary<string, Tensor> Run(string path, NpyArray rows)
    {
        using var session = new ModelSession(OnnxModel.Load(path));
        return new Dictionary<string, Tensor>(
            session.Run(new Dictionary<string, Tensor> { ["input"] = Tensor.From(rows.ToSingles(), rows.Shape[0], rows.Shape[1]) }));
    }
}
