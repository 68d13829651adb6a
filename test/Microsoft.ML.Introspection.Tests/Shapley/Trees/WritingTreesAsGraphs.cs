using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Shapley.Trees;
using Microsoft.ML.Introspection.Tests.Support;
using static Microsoft.ML.Introspection.Tests.Shapley.Trees.TreeGraphRuns;

namespace Microsoft.ML.Introspection.Tests.Shapley.Trees;

/// <summary>Shapley values of trees as a graph, run by ONNX Runtime, against their definition.</summary>
[TestClass]
public sealed class WritingTreesAsGraphs
{
    private static readonly int[] Groups = [1, 0, 1, 2, 0, 1];

    private static IEnumerable<RandomTrees> Forests => Enumerable.Range(0, 24).Select(seed => new RandomTrees
    {
        Seed = seed, Outputs = 1 + seed % 3, Trees = 1 + seed % 5, Depth = 1 + seed % 7,
        ZeroCovers = seed % 4 == 1, LooseCovers = seed % 4 == 2, ComparesSingles = seed % 5 != 3,
        Link = (seed % 3, seed % 2) switch
        {
            (0, 0) => ScoreLink.Calibrated(1.3, -0.2),
            (0, _) => ScoreLink.Exponential,
            (_, 0) => ScoreLink.Softmax,
            _ => ScoreLink.OneVersusAll,
        },
    });

    [TestMethod]
    [DataRow(TreeShapPrecision.Single, long.MaxValue), DataRow(TreeShapPrecision.Double, long.MaxValue)]
    [DataRow(TreeShapPrecision.Single, 0), DataRow(TreeShapPrecision.Double, 0)]
    public void Path_dependent_values_are_those_of_the_definition(TreeShapPrecision precision, long mostTableBytes) => Agree(
        (trees, ensemble) => new TreeShap(ensemble, new() { Precision = precision }).GraphOf(trees.Rows(21),
            new() { MostTableBytes = mostTableBytes }),
        (_, ensemble, row) => BruteForceShapley.PathDependent(ensemble, row), rows: 21);

    [TestMethod]
    public void Interactions_are_those_of_the_definition() => Agree(
        (trees, ensemble) =>
            TreeExplanation.Compile(ensemble, new() { AttributionName = null, InteractionsName = "pairs" }).Run(trees.Rows(21))["pairs"]
                .ToDouble(),
        (_, ensemble, row) => BruteForceShapley.PathDependentInteractions(ensemble, row), rows: 21);

    [TestMethod]
    [DataRow(TreeShapPrecision.Single, long.MaxValue), DataRow(TreeShapPrecision.Double, long.MaxValue), DataRow(TreeShapPrecision.Auto, 0)]
    public void Interventional_values_are_those_of_the_definition(TreeShapPrecision precision, long mostTableBytes) => Agree(
        (trees, ensemble) => new TreeShap(ensemble, new() { Background = Background(trees), Precision = precision }).GraphOf(trees.Rows(5),
            new() { MostTableBytes = mostTableBytes }),
        (trees, ensemble, row) => BruteForceShapley.Interventional(ensemble, row, Background(trees)), rows: 5);

    [TestMethod]
    [DataRow(long.MaxValue), DataRow(0)]
    public void Shares_in_predictions_follow_the_mean_slope_of_the_link(long mostTableBytes) => Agree(
        (trees, ensemble) => new TreeShap(ensemble, new() { Background = Background(trees), Output = TreeShapOutput.Prediction })
            .GraphOf(trees.Rows(3), new() { MostTableBytes = mostTableBytes }),
        (trees, ensemble, row) => BruteForceShapley.InterventionalPrediction(ensemble, row, Background(trees)), rows: 3);

    [TestMethod]
    public void Groups_of_features_are_one_player()
    {
        foreach (var trees in Forests)
        {
            var (ensemble, rows) = (trees.Ensemble(), trees.Rows(9));
            var paths = new TreeShap(ensemble, new() { Groups = Groups, Precision = TreeShapPrecision.Double });
            var against =
                new TreeShap(ensemble, new() { Groups = Groups, Precision = TreeShapPrecision.Double, Background = Background(trees) });
            var results = TreeExplanation.Compile(paths, new() { InteractionsName = "pairs" }).Run(rows);
            AreClose(paths.Of(rows), results["attribution"].ToDouble(), trees.ToString());
            AreClose(paths.InteractionsOf(rows), results["pairs"].ToDouble(), trees.ToString());
            AreClose(against.Of(rows), against.GraphOf(rows), trees.ToString());
            foreach (var shap in (TreeShap[])[paths, against])
                AreClose(shap.Of(rows), shap.GraphOf(rows, new() { MostTableBytes = 0 }), trees.ToString());
        }
    }

    [TestMethod]
    public void Trees_with_tables_and_without_add_up()
    {
        var (some, others) = (new RandomTrees { Seed = 2, Trees = 9, Outputs = 2 }, new RandomTrees { Seed = 3, Trees = 9, Outputs = 2 });
        var ensemble = new TreeEnsemble(6, [.. some.Ensemble().Trees, .. others.Ensemble().Trees], 0.5, 0);
        foreach (var options in (TreeShapOptions[])[new(), new() { Background = Background(some) }])
            foreach (var bytes in (long[])[1 << 9, 1 << 11, 1 << 13])
                AreClose(new TreeShap(ensemble, options).Of(some.Rows(9)),
                    new TreeShap(ensemble, options).GraphOf(some.Rows(9), new() { MostTableBytes = bytes }), $"{options}, {bytes} bytes");
    }

    [TestMethod]
    public void A_row_has_the_same_values_alone_and_among_many_and_with_several_threads()
    {
        var trees = new RandomTrees { Seed = 5, Trees = 40, Outputs = 2, Depth = 6, Link = ScoreLink.Softmax };
        var (ensemble, rows) = (trees.Ensemble(), trees.Rows(1500));
        TreeShapOptions[] all =
            [new(), new() { Background = Background(trees) }, new() { Background = Background(trees), Output = TreeShapOutput.Prediction }];
        foreach (var options in all)
        {
            var model = TreeExplanation.Compile(new TreeShap(ensemble, options));
            var values = model.Run(rows)["attribution"].ToDouble();
            AreClose(new TreeShap(ensemble, options).Of(rows), values, $"{options}");
            AreClose(values, model.Run(rows, threads: 3)["attribution"].ToDouble(), $"{options}, 3 threads");
            foreach (var row in (int[])[0, 17, 1499])
                AreClose(values[(row * 12)..(row * 12 + 12)], model.Run(rows[(row * 6)..(row * 6 + 6)])["attribution"].ToDouble(),
                    $"{options}, row {row}");
        }
    }

    [TestMethod]
    public void What_is_left_for_the_loading_of_a_graph_may_as_well_be_done_in_every_run()
    {
        var trees = new RandomTrees { Seed = 8, Trees = 9, Outputs = 2, Depth = 6, LooseCovers = true };
        var (ensemble, rows) = (trees.Ensemble(), trees.Rows(30));
        foreach (var options in (TreeShapOptions[])[new(), new() { Background = Background(trees) }])
        {
            var model = TreeExplanation.Compile(new TreeShap(ensemble, options));
            var plain = GraphRunner.Run(model, ("input", Tensor.From(rows, 30, 6)))["attribution"];
            AreClose(model.Run(rows)["attribution"].ToDouble(), plain.ToDouble(), options.ToString());
        }
    }

    [TestMethod]
    public void Nothing_but_standard_operators_is_written()
    {
        var trees = new RandomTrees { Seed = 9, Outputs = 2, Link = ScoreLink.Softmax };
        foreach (var options in (TreeShapOptions[])[new(), new() { Background = Background(trees), Output = TreeShapOutput.Prediction }])
        {
            var model = TreeExplanation.Compile(new TreeShap(trees.Ensemble(), options));
            Assert.AreEqual("", model.Proto.OpsetImport.Single().Domain);
            foreach (var node in Nodes(model.Proto.Graph))
                Assert.IsTrue(OperatorFacts.Of(node) is not null, node.OpType);
        }

        static IEnumerable<Introspection.Onnx.Proto.NodeProto> Nodes(Introspection.Onnx.Proto.GraphProto graph) =>
            graph.Node.SelectMany(n => Nodes(n.Attribute.Select(a => a.G).FirstOrDefault(g => g is not null) ?? new()).Prepend(n));
    }

    [TestMethod]
    public void Many_features_of_which_each_tree_asks_few()
    {
        var trees = new RandomTrees { Seed = 10, Features = 3000, Trees = 60, Outputs = 2, Depth = 4 };
        var (ensemble, rows) = (trees.Ensemble(), trees.Rows(4));
        AreClose([.. rows.Chunk(3000).SelectMany(row => BruteForceShapley.PathDependent(ensemble, row))],
            new TreeShap(ensemble).GraphOf(rows), "path-dependent");
        var against = new TreeShap(ensemble, new() { Background = Background(trees) });
        AreClose(against.Of(rows), against.GraphOf(rows), "interventional");
        AreClose(against.Of(rows), against.GraphOf(rows, new() { MostTableBytes = 0 }), "interventional, in turns");
    }

    [TestMethod]
    public void Ensembles_without_splits_give_nothing()
    {
        foreach (var options in (TreeShapOptions[])[new(), new() { Background = [1, 2, 3] }])
        {
            foreach (var trees in (Tree[][])[[], [new Tree([TreeNode.Leaf(2, 5)])]])
            {
                var shap = new TreeShap(new TreeEnsemble(3, trees, 0.5), options);
                var results = TreeExplanation.Compile(shap, new()
                {
                    InteractionsName = options.Background is null ? "pairs" : null, BaseValueName = "base", ScoreName = "score",
                }).Run(new float[6]);
                CollectionAssert.AreEqual(new double[6], results["attribution"].ToDouble());
                CollectionAssert.AreEqual(new double[] { shap.BaseValues[0], shap.BaseValues[0] }, results["score"].ToDouble());
                if (options.Background is null)
                    TensorAssert.AreEqual(Tensor.Filled(ElementType.Float, 0, 2, 3, 3), results["pairs"]);
            }
        }
    }

    [TestMethod]
    public void Trees_of_a_single_split_do_not_interact()
    {
        var trees = new RandomTrees { Seed = 3, Depth = 1, Trees = 7 };
        var results = TreeExplanation.Compile(trees.Ensemble(), new() { InteractionsName = "pairs" }).Run(trees.Rows(5));
        var (values, pairs) = (results["attribution"].ToDouble(), results["pairs"].ToDouble());
        for (var i = 0; i < pairs.Length; i++)
            Near.Equal(i / 6 % 6 == i % 6 ? values[i / 6] : 0, pairs[i], 1e-6);
    }

    [TestMethod]
    public void Trees_and_single_leaves_together_have_the_right_predictions()
    {
        var trees = new RandomTrees { Seed = 4, Trees = 3, Link = ScoreLink.Logistic };
        var ensemble =
            new TreeEnsemble(6, [.. trees.Ensemble().Trees, new Tree([TreeNode.Leaf(0.7, 9)])], 0.25) { Link = ScoreLink.Logistic };
        var shap = new TreeShap(ensemble, new() { Background = Background(trees), Output = TreeShapOutput.Prediction });
        AreClose(shap.Of(trees.Rows(9)), shap.GraphOf(trees.Rows(9)), "shares in predictions");
    }

    private static float[] Background(RandomTrees trees) => (trees with { Seed = trees.Seed + 1000 }).Rows(19);

    private static void Agree(Func<RandomTrees, TreeEnsemble, double[]> found, Func<RandomTrees, TreeEnsemble, float[], double[]> expected,
        int rows)
    {
        foreach (var trees in Forests)
        {
            var ensemble = trees.Ensemble();
            AreClose([.. trees.Rows(rows).Chunk(trees.Features).SelectMany(row => expected(trees, ensemble, row))], found(trees, ensemble),
                trees.ToString());
        }
    }
}
