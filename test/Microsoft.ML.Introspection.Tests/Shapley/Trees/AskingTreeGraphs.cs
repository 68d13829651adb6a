using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Shapley.Trees;
using static Microsoft.ML.Introspection.Tests.Shapley.Trees.TreeGraphRuns;

namespace Microsoft.ML.Introspection.Tests.Shapley.Trees;

/// <summary>What the graph of an ensemble gives, and under which names.</summary>
[TestClass]
public sealed class AskingTreeGraphs
{
    private const int Rows = 40;

    private static readonly RandomTrees Trees = new() { Seed = 12, Trees = 12, Outputs = 3, Link = ScoreLink.Softmax };
    private static readonly float[] Background = (Trees with { Seed = 77 }).Rows(11);

    private static IEnumerable<TreeShap> Shaps =>
    [
        new(Trees.Ensemble()),
        new(Trees.Ensemble(), new() { Background = Background }),
        new(Trees.Ensemble(), new() { Background = Background, Output = TreeShapOutput.Prediction }),
    ];

    [TestMethod]
    public void All_outputs_in_order_with_scores_and_predictions()
    {
        foreach (var shap in Shaps)
        {
            var model = TreeExplanation.Compile(shap, new()
            {
                InputName = "Features", AttributionName = "Why", BaseValueName = "Base", ScoreName = "Explained", RawScoresName = "Raw",
                PredictionsName = "Score",
            });
            CollectionAssert.AreEqual(new[] { "Why", "Base", "Explained", "Raw", "Score" }, model.Outputs.Select(o => o.Name).ToArray());
            Assert.AreEqual("[batch, 6]", model.Inputs.Single().Shape!.ToString());
            Assert.AreEqual("[batch, 3, 6]", model.Outputs[0].Shape!.ToString());
            Assert.IsTrue(model.Outputs.Skip(1).All(o => o.Shape!.ToString() == "[batch, 3]" && o.Type == ElementType.Float));

            var results = model.Run(Trees.Rows(Rows));
            var (values, bases, explained) = (results["Why"].ToDouble(), results["Base"].ToDouble(), results["Explained"].ToDouble());
            var (raw, predictions) = (Scores(shap.Ensemble, false), Scores(shap.Ensemble, true));
            AreClose(raw, results["Raw"].ToDouble(), "raw scores");
            AreClose(predictions, results["Score"].ToDouble(), "predictions");
            AreClose(shap.Options.Output == TreeShapOutput.Prediction ? predictions : raw, explained, "what is explained");
            for (var i = 0; i < explained.Length; i++)
            {
                Near.Equal(shap.BaseValues[i % 3], bases[i], 1e-6);
                Near.Equal(explained[i], bases[i] + values[(i * 6)..(i * 6 + 6)].Sum(), 2e-6);
            }
        }
    }

    [TestMethod]
    public void One_output_has_no_axis_of_outputs()
    {
        var ensemble = (Trees with { Outputs = 1, Link = ScoreLink.Logistic }).Ensemble();
        var model = TreeExplanation.Compile(ensemble, new() { InteractionsName = "pairs", BaseValueName = "base" });
        CollectionAssert.AreEqual(new[] { "[batch, 6]", "[batch, 6, 6]", "[batch, 1]" },
            model.Outputs.Select(o => o.Shape!.ToString()).ToArray());
    }

    [TestMethod]
    public void A_target_picks_values_interactions_base_and_score()
    {
        var labels = Enumerable.Range(0, Rows).Select(i => (long)(i * 7 % 3)).ToArray();
        foreach (var shap in Shaps)
        {
            var pairsName = shap.Options.Background is null ? "pairs" : null;
            var options = new TreeGraphOptions { InteractionsName = pairsName, BaseValueName = "base", ScoreName = "score" };
            var all = TreeExplanation.Compile(shap, options).Run(Trees.Rows(Rows));
            foreach (var (target, pick) in Targets())
            {
                var model = TreeExplanation.Compile(shap, options with { Target = target, TargetName = "target" });
                Assert.AreEqual("[batch, 6]", model.Outputs[0].Shape!.ToString());
                var found = model.Run(Trees.Rows(Rows), others: target.LabelInput is null ? [] : [("label", Tensor.From(labels, Rows, 1))]);
                foreach (var name in ((string?[])["attribution", pairsName, "base", "score"]).OfType<string>())
                    AreClose(Picked(all[name].ToDouble(), all["score"].ToDouble(), pick), found[name].ToDouble(), $"{name} of {target}");
                Assert.AreEqual(ElementType.Int64, found["target"].Type);
            }
        }

        IEnumerable<(Target, Func<int, double[], double[]>)> Targets() =>
        [
            (Target.ArgMax, (_, scores) => [.. scores.Select(s => s == scores.Largest() ? 1.0 : 0)]),
            (Target.Class(2), (_, _) => [0, 0, 1]),
            (Target.Difference(0, 2), (_, _) => [1, 0, -1]),
            (Target.Label("label"), (row, _) => [.. Enumerable.Range(0, 3).Select(k => k == labels[row] ? 1.0 : 0)]),
        ];
    }

    [TestMethod]
    public void No_rows_have_no_values()
    {
        foreach (var shap in Shaps)
        {
            var found = TreeExplanation.Compile(shap, new() { ScoreName = "score" }).Run([]);
            Assert.AreEqual(Shape.Of(0, 3, 6), found["attribution"].Shape);
            Assert.AreEqual(Shape.Of(0, 3), found["score"].Shape);
        }
    }

    [TestMethod]
    public void What_cannot_be_given_is_refused()
    {
        var shap = new TreeShap(Trees.Ensemble());
        var against = new TreeShap(Trees.Ensemble(), new() { Background = Background });
        Refused(() => TreeExplanation.Compile(against, new() { InteractionsName = "pairs" }), "path-dependent", "InteractionsName");
        Refused(() => TreeExplanation.Compile(shap, new() { AttributionName = null }), "no output");
        Refused(() => TreeExplanation.Compile(shap, new() { TargetName = "target" }), "Target");
        Refused(() => TreeExplanation.Compile(shap, new() { Target = Target.Layer("conv") }), "conv");
        Refused(() => TreeExplanation.Compile(shap, new() { AttributionName = "input" }), "input");
        Refused(() => TreeExplanation.Compile(shap, new() { ScoreName = "attribution" }), "attribution");
        Refused(() => TreeExplanation.Compile(shap, new() { Target = Target.Class(3) }), "3 classes");
        Refused(() => new TreeGraphOptions { MostTableBytes = -1 }, "negative");
        Refused(() => TreeExplanation.Compile(Chain(2000)), "2000", "1024");
        Refused(
            () => TreeExplanation.Compile(new TreeEnsemble(20_000, Trees.Ensemble().Trees, 0, 0, 0), new() { InteractionsName = "pairs" }),
            "1,200,000,000");
    }

    private static void Refused(Func<object> act, params string[] parts)
    {
        var message = Assert.Throws<ArgumentException>(act).Message;
        foreach (var part in parts)
            Assert.Contains(part, message);
    }

    private static TreeEnsemble Chain(int depth)
    {
        var nodes = new List<TreeNode>();
        for (var i = 0; i < depth; i++)
        {
            nodes.Add(TreeNode.Comparison(0, SplitKind.Less, i, 2 * i + 1, 2 * i + 2, cover: 1));
            nodes.Add(TreeNode.Leaf(i, 0.5));
        }
        nodes.Add(TreeNode.Leaf(depth, 0.5));
        return new TreeEnsemble(1, [new Tree(nodes.ToArray())], 0.0);
    }

    private static double[] Scores(TreeEnsemble ensemble, bool predictions)
    {
        var scores = new double[Rows * ensemble.OutputCount];
        new TreeScorer(ensemble, predictions).Score(Trees.Rows(Rows), scores);
        return scores;
    }

    // The sum over outputs, each times what is picked of it.
    private static double[] Picked(double[] all, double[] scores, Func<int, double[], double[]> pick)
    {
        var size = all.Length / Rows / 3;
        return [.. Enumerable.Range(0, Rows).SelectMany(row =>
        {
            var weights = pick(row, scores[(row * 3)..(row * 3 + 3)]);
            return Enumerable.Range(0, size).Select(i => Enumerable.Range(0, 3).Sum(k => weights[k] * all[(row * 3 + k) * size + i]));
        })];
    }
}
