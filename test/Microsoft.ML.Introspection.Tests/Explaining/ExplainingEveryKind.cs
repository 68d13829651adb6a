using Microsoft.ML.Introspection.Catalog;
using Microsoft.ML.Introspection.Explaining;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Shapley;
using Microsoft.ML.Introspection.Tests.Shapley.Trees;
using static Microsoft.ML.Introspection.Tests.Explaining.ModelKinds;

namespace Microsoft.ML.Introspection.Tests.Explaining;

/// <summary>Each kind of model by each algorithm, against Shapley values by their definition.</summary>
[TestClass]
public sealed class ExplainingEveryKind
{
    private static readonly float[] Asked = Table(4), Usual = Table(6, 2);

    [TestMethod]
    [DataRow("trees", ShapAlgorithm.Auto, 1e-6), DataRow("trees", ShapAlgorithm.Tree, 1e-6), DataRow("trees", ShapAlgorithm.Exact, 1e-9),
        DataRow("trees", ShapAlgorithm.Kernel, 1e-6)]
    [DataRow("linear", ShapAlgorithm.Auto, 1e-9), DataRow("linear", ShapAlgorithm.Linear, 1e-9),
        DataRow("linear", ShapAlgorithm.Exact, 1e-9), DataRow("linear", ShapAlgorithm.Permutation, 1e-9)]
    [DataRow("network", ShapAlgorithm.Auto, 1e-5), DataRow("network", ShapAlgorithm.Exact, 1e-5),
        DataRow("network", ShapAlgorithm.Kernel, 1e-4)]
    [DataRow("function", ShapAlgorithm.Auto, 1e-9), DataRow("function", ShapAlgorithm.Exact, 1e-9),
        DataRow("function", ShapAlgorithm.Kernel, 1e-6)]
    public void Values_are_those_of_the_definition(string kind, ShapAlgorithm algorithm, double tolerance)
    {
        using var explainer = For(kind, new ExplainerOptions { Algorithm = new() { Algorithm = algorithm }, Background = new(Usual) });
        var explained = Of(explainer, Asked);
        for (var row = 0; row < 4; row++)
        {
            var own = Asked[(row * FeatureCount)..((row + 1) * FeatureCount)];
            AreClose(ByDefinition(ScoreOf(kind), own, Usual), explained.ValuesOf(row), tolerance);
            AreClose(ScoreOf(kind)(own), explained.Scores.Slice(row * Outputs, Outputs), 1e-5);
        }
        AreClose([.. Enumerable.Range(0, Outputs).Select(o => Usual.Chunk(FeatureCount).Average(b => ScoreOf(kind)(b)[o]))],
            explainer.BaseValues.ToArray(), 1e-5);
    }

    [TestMethod]
    [DataRow("trees", ShapAlgorithm.Permutation), DataRow("trees", ShapAlgorithm.Partition), DataRow("linear", ShapAlgorithm.Kernel)]
    [DataRow("network", ShapAlgorithm.Permutation), DataRow("network", ShapAlgorithm.Partition), DataRow("network", ShapAlgorithm.Deep),
        DataRow("function", ShapAlgorithm.Partition)]
    public void Base_value_and_values_sum_to_the_score(string kind, ShapAlgorithm algorithm)
    {
        using var explainer = For(kind, new ExplainerOptions { Algorithm = new() { Algorithm = algorithm }, Background = new(Usual) });
        var explained = Of(explainer, Asked);
        Assert.Contains("against a background", explainer.Description);
        for (var slot = 0; slot < 4 * Outputs; slot++)
        {
            var sum = explained.BaseValues[slot];
            foreach (var value in explained.Values.Slice(slot * FeatureCount, FeatureCount))
                sum += value;
            Assert.IsTrue(Math.Abs(sum - explained.Scores[slot]) <= 1e-4, $"{sum} and {explained.Scores[slot]}");
        }
    }

    [TestMethod]
    public void Expected_gradients_by_quadrature_are_exact_for_products_of_two()
    {
        using var explainer = For("network", new ExplainerOptions
        {
            Algorithm = new() { Method = new GradientShap(4, GradientShapDraws.Quadrature) }, Background = new(Usual),
            Outputs = new(Target.Class(1)),
        });
        var explained = Of(explainer, Asked);
        for (var row = 0; row < 4; row++)
            AreClose(ByDefinition(Score, Asked[(row * FeatureCount)..((row + 1) * FeatureCount)], Usual).AsSpan(FeatureCount, FeatureCount),
                explained.ValuesOf(row), 1e-5);
    }

    [TestMethod]
    public void Trees_without_a_background_are_path_dependent_and_have_interactions()
    {
        using var explainer = Explainer.For(Trees);
        Assert.AreEqual("exact tree SHAP, path-dependent", explainer.Description);
        Assert.IsTrue(explainer.HasInteractions && explainer.ServesThreads);
        var explained = Of(explainer, Asked, pairs: true);
        for (var row = 0; row < 4; row++)
        {
            var own = Asked.AsSpan(row * FeatureCount, FeatureCount);
            AreClose(BruteForceShapley.PathDependent(Trees, own), explained.ValuesOf(row));
            AreClose(BruteForceShapley.PathDependentInteractions(Trees, own),
                explained.Interactions.Slice(row * Outputs * FeatureCount * FeatureCount, Outputs * FeatureCount * FeatureCount));
        }
    }

    [TestMethod]
    public void Predictions_of_trees_are_shared_out_against_a_background()
    {
        // The trees' own algorithm shares a prediction like the raw score, and says so.
        using var explainer = Explainer.For(Trees, new ExplainerOptions
        {
            Background = new(Usual), Predictions = true, Algorithm = new() { Algorithm = ShapAlgorithm.Tree },
        });
        Assert.AreEqual("exact tree SHAP, against a background, rescaled to predictions", explainer.Description);
        var explained = Of(explainer, Asked);
        Assert.AreSame(ScoreLink.Identity, explainer.Link);
        for (var row = 0; row < 4; row++)
        {
            AreClose(BruteForceShapley.InterventionalPrediction(Trees, Asked.AsSpan(row * FeatureCount, FeatureCount), Usual),
                explained.ValuesOf(row), 1e-5);
            Assert.IsTrue(Math.Abs(explained.Scores.Slice(row * Outputs, Outputs).ToArray().Sum() - 1) < 1e-9);
        }
        Refused<ArgumentException>(() => Explainer.For(Trees, new ExplainerOptions { Predictions = true }),
            "Shares in a prediction need a background");
    }

    [TestMethod]
    [DataRow(true), DataRow(false)]
    public void Rows_of_double_precision_are_compared_as_the_trees_compare(bool comparesSingles)
    {
        var trees = new RandomTrees { Seed = 7, Features = FeatureCount, AllKinds = false, ComparesSingles = comparesSingles }.Ensemble();
        using var explainer = Explainer.For(trees);
        double[] rows = [.. Enumerable.Range(0, 40 * FeatureCount).Select(i => (i % 17 - 5) * 0.5 + 1e-12 * (i % 3 - 1))];
        var into = explainer.Room(40);
        explainer.Explain(rows, into);
        var score = new double[1];
        for (var row = 0; row < 40; row++)
        {
            trees.Score(rows.AsSpan(row * FeatureCount, FeatureCount), score);
            AreClose(score, into.Scores.Slice(row, 1), 1e-12);
            Assert.IsTrue(Math.Abs(score[0] - into.BaseValues[row] - into.ValuesOf(row).ToArray().Sum()) < 1e-5, $"row {row}");
        }
    }

    [TestMethod]
    public void A_network_that_is_linear_is_explained_in_closed_form_where_asked()
    {
        var graph = new Graph();
        var x = graph.Input("x", ElementType.Float, new Shape(Dimension.Symbol("N"), FeatureCount));
        var weights = Tensor.From([.. Enumerable.Range(0, FeatureCount * 2).Select(i => (float)(i - 3))], FeatureCount, 2);
        var network = Network.From(graph.ToModel([("scores", x.MatMul(graph.Constant(weights)))]));
        using var explainer = Explainer.For(network,
            new ExplainerOptions { Algorithm = new() { Algorithm = ShapAlgorithm.Linear }, Background = new(Usual) });
        Assert.AreEqual("linear SHAP, against a background", explainer.Description);
        var explained = Of(explainer, Asked);
        AreClose(
            ByDefinition(r => [.. Enumerable.Range(0, 2).Select(o => r.Select((v, i) => v * (double)(i * 2 + o - 3)).Sum())],
                Asked[..FeatureCount], Usual), explained.ValuesOf(0), 1e-4);
        Refused<ArgumentException>(
            () => For("network", new ExplainerOptions { Algorithm = new() { Algorithm = ShapAlgorithm.Linear }, Background = new(Usual) }),
            "not linear");
    }

    [TestMethod]
    public void Many_features_are_explained_by_permutations_unless_told_otherwise()
    {
        var scorer = new FunctionScorer([.. Enumerable.Range(0, 11).Select(i => $"x{i}")], ["y"], (rows, scores) => scores.Fill(1));
        ExplainerOptions options = new() { Background = Background.Zero(11) };
        Assert.AreEqual("permutation SHAP of 10 orders, against zeros", Explainer.For(scorer, options).Description);
        Assert.AreEqual("permutation SHAP of 3 orders, against zeros",
            Explainer.For(scorer,
                options with {
                    Algorithm = AlgorithmCatalog.Create("auto", new Dictionary<string, string> { ["permutations"] = "3" }) }).Description);
        Assert.AreEqual("all coalitions, against zeros",
            Explainer.For(scorer, options with { Players = Players.Named(11, [("both", [0, 1])]) }).Description);
    }

    [TestMethod]
    public void Files_are_opened_by_their_content()
    {
        using var trees = Explainer.Open(Support.References.TreeFile("xgb_wine.json"));
        Assert.AreEqual((13, 3), (trees.FeatureCount, trees.OutputCount));
        using var network = Explainer.Open(Support.References.ModelFile("cnn_digits"),
            new ExplainerOptions { Background = Background.Zero(64), Algorithm = new() { Algorithm = ShapAlgorithm.Deep } });
        CollectionAssert.AreEqual((int[])[1, 8, 8], network.PlayerShape.ToArray());
        Refused<FileNotFoundException>(() => Explainer.Open("nowhere.json"), "nowhere.json");
    }

    [TestMethod]
    public void What_does_not_fit_is_refused()
    {
        ExplainerOptions Choose(ShapAlgorithm algorithm) => new() { Algorithm = new() { Algorithm = algorithm }, Background = new(Usual) };
        Refused<ArgumentException>(() => For("trees", Choose(ShapAlgorithm.Deep)), "deep", "made of trees");
        Refused<ArgumentException>(() => For("function", Choose(ShapAlgorithm.Tree)), "tree", "asked for scores");
        Refused<ArgumentException>(() => For("linear", Choose(ShapAlgorithm.Gradient)), "looks into networks");
        Refused<ArgumentException>(() => For("network", Choose(ShapAlgorithm.Tree)), "neither made of trees");
        Refused<ArgumentException>(
            () => For("network", Choose(ShapAlgorithm.Deep) with { Players = Players.Named(FeatureCount, [("a", [0, 1])]) }),
            "explains every feature by itself");
        Refused<ArgumentException>(() => For("function", new ExplainerOptions()), "needs a background");
        Refused<ArgumentException>(() => For("linear", new ExplainerOptions()), "needs a background");
        Refused<ArgumentException>(() => For("function", Choose(ShapAlgorithm.Auto)).Room(1, withInteractions: true),
            "interactions of trees", "all coalitions");
        Refused<ArgumentException>(() => For("trees", new ExplainerOptions { Players = Players.Each(4) }), "4 features", "5");
        Refused<NotSupportedException>(() => For("function", Choose(ShapAlgorithm.Auto)).Compile(), "black box");
        using var explainer = For("function", Choose(ShapAlgorithm.Auto));
        var small = explainer.Room(1);
        Refused<ArgumentException>(() => { explainer.Explain([1f, 2, 3], small); return null; }, "5 features");
        Refused<ArgumentException>(() => { explainer.Explain(Asked, small); return null; }, "room for 1 rows");
    }

    [TestMethod]
    public void Nothing_is_allocated_for_a_row_of_trees_on_the_way_to_their_algorithm()
    {
        using var explainer = Explainer.For(Trees,
            new ExplainerOptions { Outputs = new(Target.ArgMax), Kept = new(2, 1, true), Runtime = new() { Threads = 1 } });
        var (into, row) = (explainer.Room(1), Asked[..FeatureCount]);
        var shap = new Introspection.Shapley.Trees.TreeShap(Trees, new() { Threads = 1 });
        var values = new double[Outputs * FeatureCount];
        long own = Allocated(() => shap.Values(row, values)), all = Allocated(() => explainer.Explain(row, into, scored: false));
        Assert.IsTrue(all <= own, $"{all} bytes, of which {own} by the algorithm");

        static long Allocated(Action act)
        {
            for (var i = 0; i < 50; i++)
                act();
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 100; i++)
                act();
            return (GC.GetAllocatedBytesForCurrentThread() - before) / 100;
        }
    }

    private static Func<float[], double[]> ScoreOf(string kind) => kind switch
    {
        "trees" => row =>
        {
            var scores = new double[Outputs];
            Trees.Score(BruteForceShapley.Compared(row), scores);
            return scores;
        },
        "linear" => row =>
        {
            var scores = new double[Outputs];
            Linear.Score(row, scores);
            return scores;
        },
        _ => Score,
    };
}
