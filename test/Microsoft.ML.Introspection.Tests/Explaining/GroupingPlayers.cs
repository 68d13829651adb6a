using Microsoft.ML.Introspection.Explaining;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Shapley;
using Microsoft.ML.Introspection.Shapley.Trees;
using static Microsoft.ML.Introspection.Tests.Explaining.ModelKinds;

namespace Microsoft.ML.Introspection.Tests.Explaining;

/// <summary>FeatureCount that are explained as one.</summary>
[TestClass]
public sealed class GroupingPlayers
{
    private static readonly float[] Asked = Table(3), Usual = Table(4, 2);

    private static readonly string[] Names = ["a", "b", "c", "d", "e"];

    [TestMethod]
    public void Groups_come_first_or_where_they_begin()
    {
        (string, IReadOnlyList<int>)[] groups = [("late", [3, 4]), ("early", [1])];
        var first = Players.Named(5, groups);
        CollectionAssert.AreEqual((string[])["late", "early", "a", "c"], first.Names(Names).ToArray());
        CollectionAssert.AreEqual((int[])[2, 1, 3, 0, 0], first.Of!.ToArray());
        var placed = Players.Named(5, groups, groupsFirst: false);
        CollectionAssert.AreEqual((string[])["a", "early", "c", "late"], placed.Names(Names).ToArray());
        CollectionAssert.AreEqual((int[])[0, 1, 2, 3, 3], placed.Of!.ToArray());
    }

    [TestMethod]
    public void Numbered_groups_are_named_after_their_features()
    {
        var players = Players.Numbered([7, 9, 7, 3, 3]);
        CollectionAssert.AreEqual((int[])[1, 2, 1, 0, 0], players.Of!.ToArray());
        CollectionAssert.AreEqual((string[])["town", "size + age", "new"],
            players.Names(["size", "new", "age", "town.north", "town.south"]).ToArray());
        Assert.IsNull(Players.Each(5).Of);
        CollectionAssert.AreEqual(Names, Players.Each(5).Names(Names).ToArray());
    }

    [TestMethod]
    public void Groups_that_do_not_fit_are_refused()
    {
        Refused<ArgumentException>(() => Players.Named(5, [("a", [5])]), "'a'", "5 features, 0 to 4");
        Refused<ArgumentException>(() => Players.Named(5, [("a", [1]), ("b", [1])]), "'a' and in 'b'");
        Refused<ArgumentException>(() => Players.Each(5).Names(["one"]), "1 names", "5 features");
        Refused<ArgumentException>(() => ModelKinds.For("function", new ExplainerOptions
        {
            Background = new(Usual), Algorithm = new() { Method = new KernelShap { Groups = Tensor.From([0L, 0, 1, 1, 1], 5) } },
        }), "not with the method");
    }

    [TestMethod]
    [DataRow("trees", ShapAlgorithm.Auto, 1e-6), DataRow("linear", ShapAlgorithm.Auto, 1e-9), DataRow("network", ShapAlgorithm.Exact, 1e-5),
        DataRow("function", ShapAlgorithm.Kernel, 1e-6)]
    public void A_group_plays_as_one(string kind, ShapAlgorithm algorithm, double tolerance)
    {
        var players = Players.Named(FeatureCount, [("some", [0, 3])]);
        using var explainer =
            ModelKinds.For(kind,
                new ExplainerOptions { Algorithm = new() { Algorithm = algorithm }, Background = new(Usual), Players = players,
                    FeatureNames = Names });
        Assert.AreEqual("some", explainer.PlayerNames[0]);
        CollectionAssert.AreEqual((int[])[4], explainer.PlayerShape.ToArray());
        var explained = Of(explainer, Asked);
        Func<float[], double[]> score = kind switch
        {
            "trees" => row => Scored(Trees, row),
            "linear" => row => Scored(Linear, row),
            _ => Score,
        };
        for (var row = 0; row < 3; row++)
            AreClose(ByDefinition(score, Asked[(row * FeatureCount)..((row + 1) * FeatureCount)], Usual, [.. players.Of!]), explained.ValuesOf(row),
                tolerance);
    }

    [TestMethod]
    public void One_hot_blocks_are_one_feature_of_trees()
    {
        // A category of three slots, and a number behind it.
        var blocks = new OneHotBlocks(4, (0, 3));
        var tree = new Tree(
            [
                TreeNode.Membership(0, SplitKind.Category, 0, 1, 2) with { Cover = 10 }, TreeNode.Leaf(1, 4),
                TreeNode.Comparison(1, SplitKind.LessOrEqual, 0.5, 3, 4, true) with { Cover = 6 },
                TreeNode.Leaf(-1, 2), TreeNode.Leaf(2, 4),
            ], [[1.0]]);
        var trees = new TreeEnsemble(2, [tree], 0.5);
        using var explainer = Explainer.For(trees, new ExplainerOptions { Blocks = blocks });
        float[] rows = [0, 1, 0, 0.1f, 1, 0, 0, 0.9f, 0, 0, 0, 0.2f];
        Assert.AreEqual(4, explainer.FeatureCount);
        var explained = Of(explainer, rows);
        var expected = new double[6];
        new TreeShap(trees).Values([1f, 0.1f, 0, 0.9f, 3, 0.2f], expected);
        AreClose(expected, explained.Values);
        AreClose([.. Run(explainer.Compile(), rows, 4)["attribution"].ToDouble()], explained.Values, 1e-5);
        Refused<ArgumentException>(() => Of(explainer, [1, 1, 0, 0]), "one-hot");
    }

    [TestMethod]
    public void Images_are_halved_and_correlated_features_put_together_by_partition_SHAP()
    {
        var graph = new Graph();
        var x = graph.Input("x", ElementType.Float, new Shape(Dimension.Symbol("N"), 1, 2, 4));
        var network = Network.From(graph.ToModel([("score", (x * x).Reshape(-1, 8).ReduceSum([1]))]));
        float[] row = [1, 2, 3, 4, 5, 6, 7, 8], usual = [.. Enumerable.Range(0, 24).Select(i => (i * i % 7) * 0.5f)];
        foreach (var (hierarchy, partition) in ((FeatureHierarchy, Partition?)[])
            [(FeatureHierarchy.Auto, Partition.Image(1, 2, 4)), (FeatureHierarchy.Correlation, FeatureClustering.ByCorrelation(usual, 8)),
                (FeatureHierarchy.Order, null)])
        {
            using var explainer = Explainer.For(network, new ExplainerOptions
            {
                Algorithm = new() { Method = new PartitionShap(MaximumEvaluations: 12), Hierarchy = hierarchy }, Background = new(usual),
            });
            CollectionAssert.AreEqual((int[])[1, 2, 4], explainer.PlayerShape.ToArray());
            using var scorer = new NetworkScorer(network);
            AreClose(new BlackBox(scorer, usual).Explain(new PartitionShap(partition, 12), row).Values, Of(explainer, row).Values, 1e-5);
        }
    }

    private static double[] Scored(TreeEnsemble trees, float[] row)
    {
        var scores = new double[Outputs];
        trees.Score([.. row.Select(v => (double)v)], scores);
        return scores;
    }

    private static double[] Scored(IScorer scorer, float[] row)
    {
        var scores = new double[Outputs];
        scorer.Score(row, scores);
        return scores;
    }
}
