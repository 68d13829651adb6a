using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Shapley.Trees.Lanes;
using Microsoft.ML.Introspection.Shapley.Trees;

namespace Microsoft.ML.Introspection.Tests.Shapley.Trees;

/// <summary>Shapley values of trees against their definition, by sweeps in all kinds of registers, and by tables.</summary>
[TestClass]
public sealed class ExplainingTrees
{
    private delegate TreeShap Maker(TreeEnsemble ensemble, TreeShapOptions? options = null);

    // Errors are relative to the largest value of a row; single precision is that of the arithmetic.
    private static readonly (string Name, Maker Make, double Error)[] Kinds =
    [
        ("wide, single", TreeShap.In<WideLanes<float>, float>, 1e-5),
        ("wide, double", TreeShap.In<WideLanes<double>, double>, 1e-11),
        ("platform, single", TreeShap.In<PlatformLanes<float>, float>, 1e-5),
        ("platform, double", TreeShap.In<PlatformLanes<double>, double>, 1e-11),
        ("tables, single", (ensemble, options) => new TreeShap(ensemble, options), 1e-6),
        ("tables, double",
            (ensemble, options) => new TreeShap(ensemble, (options ?? new()) with { Precision = TreeShapPrecision.Double }), 1e-11),
    ];

    private static IEnumerable<RandomTrees> Forests => Enumerable.Range(0, 24).Select(seed => new RandomTrees
    {
        Seed = seed, Outputs = 1 + seed % 3, Trees = 1 + seed % 5, Depth = 1 + seed % 7,
        ZeroCovers = seed % 4 == 1, LooseCovers = seed % 4 == 2, ComparesSingles = seed % 5 != 3,
        Link = seed % 3 == 0 ? ScoreLink.Calibrated(1.3, -0.2) : ScoreLink.Softmax,
    });

    [TestMethod]
    public void Path_dependent_values_are_those_of_the_definition() => Agree(
        (make, trees) => make(trees.Ensemble()).Of(trees.Rows(21)),
        (ensemble, row, _) => BruteForceShapley.PathDependent(ensemble, row));

    [TestMethod]
    public void Interactions_are_those_of_the_definition() => Agree(
        (make, trees) => make(trees.Ensemble()).InteractionsOf(trees.Rows(21)),
        (ensemble, row, _) => BruteForceShapley.PathDependentInteractions(ensemble, row));

    [TestMethod]
    public void Interventional_values_are_those_of_the_definition() => Agree(
        (make, trees) => make(trees.Ensemble(), new() { Background = Background(trees) }).Of(trees.Rows(5)),
        (ensemble, row, trees) => BruteForceShapley.Interventional(ensemble, row, Background(trees)), rows: 5);

    [TestMethod]
    public void Shares_in_predictions_follow_the_mean_slope_of_the_link() => Agree(
        (make, trees) =>
            make(trees.Ensemble(), new() { Background = Background(trees), Output = TreeShapOutput.Prediction }).Of(trees.Rows(3)),
        (ensemble, row, trees) => BruteForceShapley.InterventionalPrediction(ensemble, row, Background(trees)), rows: 3, error: 1e-6);

    [TestMethod]
    public void Groups_of_features_are_one_player()
    {
        int[] groups = [1, 0, 1, 2, 0, 1];
        foreach (var trees in Forests)
        {
            var (ensemble, rows, background) = (trees.Ensemble(), trees.Rows(3), Background(trees));
            Maker make = trees.Seed % 2 == 0 ? (all, options) => new(all, options) : TreeShap.In<PlatformLanes<double>, double>;
            var paths = make(ensemble, new() { Groups = groups, Precision = TreeShapPrecision.Double });
            var against = make(ensemble, new() { Groups = groups, Precision = TreeShapPrecision.Double, Background = background });
            var (pathValues, pairs, againstValues) = (paths.Of(rows), paths.InteractionsOf(rows), against.Of(rows));
            for (var row = 0; row < 3; row++)
            {
                var compared = BruteForceShapley.Compared(rows.AsSpan(row * 6, 6));
                for (var output = 0; output < ensemble.OutputCount; output++)
                {
                    var own = ensemble.Trees.Where(t => t.Output == output).ToList();
                    double Expected(uint set) => own.Sum(t => BruteForceShapley.Expectation(t, compared, f => (set >> groups[f] & 1) != 0));
                    double Replaced(uint set) => background.Chunk(6).Average(b => own.Sum(t =>
                        t.Nodes[t.Leaf(
                            [.. BruteForceShapley.Compared(b).Select((v, f) => (set >> groups[f] & 1) != 0 ? compared[f] : v)])].Value));
                    var at = (row * ensemble.OutputCount + output) * 3;
                    AreClose(BruteForceShapley.Values(3, Expected), pathValues[at..(at + 3)], 1e-10, 1, trees.ToString());
                    AreClose([.. BruteForceShapley.Interactions(3, Expected).Cast<double>()], pairs[(at * 3)..(at * 3 + 9)], 1e-10, 1,
                        trees.ToString());
                    AreClose(BruteForceShapley.Values(3, Replaced), againstValues[at..(at + 3)], 1e-10, 1, trees.ToString());
                }
            }
        }
    }

    [TestMethod]
    public void Values_sum_to_the_score_less_the_base_value()
    {
        foreach (var trees in Forests)
        {
            var (ensemble, rows) = (trees.Ensemble(), trees.Rows(40));
            foreach (var options in (TreeShapOptions[])[new(), new() { Background = Background(trees) },
                new() { Background = Background(trees), Output = TreeShapOutput.Prediction }])
            {
                // With loose covers the shares below a node do not sum to one, and neither do path-dependent games start from the mean.
                var shap = new TreeShap(ensemble, options);
                var values = shap.Of(rows);
                for (var row = 0; row < 40; row++)
                {
                    var scores = new double[ensemble.OutputCount];
                    ensemble.Score(BruteForceShapley.Compared(rows.AsSpan(row * ensemble.FeatureCount, ensemble.FeatureCount)), scores);
                    if (options.Output == TreeShapOutput.Prediction)
                        ensemble.Link.Apply(scores);
                    for (var output = 0; output < scores.Length; output++)
                    {
                        var sum =
                            values.AsSpan((row * scores.Length + output) * ensemble.FeatureCount, ensemble.FeatureCount).ToArray().Sum();
                        Near.Equal(scores[output] - shap.BaseValues[output], sum, 2e-6, $"{trees} {options} row {row}");
                    }
                }
            }
        }
    }

    [TestMethod]
    public void Lines_of_interactions_sum_to_the_values()
    {
        foreach (var trees in Forests)
        {
            var (shap, rows, features) = (new TreeShap(trees.Ensemble()), trees.Rows(10), trees.Features);
            var (values, interactions) = (shap.Of(rows), shap.InteractionsOf(rows));
            for (var i = 0; i < values.Length; i++)
                Near.Equal(values[i], interactions.AsSpan(i * features, features).ToArray().Sum(), 1e-6);
            for (var block = 0; block < values.Length / features; block++)
                for (var i = 0; i < features; i++)
                    for (var j = 0; j < i; j++)
                        Assert.AreEqual(interactions[(block * features + i) * features + j],
                            interactions[(block * features + j) * features + i]);
        }
    }

    [TestMethod]
    public void A_row_has_the_very_same_values_alone_and_among_many_and_with_any_number_of_threads()
    {
        // Trees of few features on a path have tables, others do not.
        var trees = new RandomTrees { Seed = 5, Trees = 40, Outputs = 2, Depth = 6, Features = 16, Link = ScoreLink.Softmax };
        var few = trees.Ensemble();
        foreach (var ensemble in (TreeEnsemble[])[few, new(16, [Chain(16)], 0.0), new(16, [.. few.Trees, Chain(16), .. few.Trees], 0.5, 0)])
        {
            var (rows, size) = (trees.Rows(700), ensemble.OutputCount * 16);
            TreeShapOptions[] all = [new(), new() { Precision = TreeShapPrecision.Double }, new() { Background = Background(trees) },
                new() { Background = Background(trees), Output = TreeShapOutput.Prediction }];
            foreach (var options in all)
            {
                var values = new TreeShap(ensemble, options with { Threads = 1 }).Of(rows);
                foreach (var threads in (int?[])[1, 2, 3, 16, null])
                {
                    var shap = new TreeShap(ensemble, options with { Threads = threads });
                    CollectionAssert.AreEqual(values, shap.Of(rows), $"{threads} threads");
                    CollectionAssert.AreEqual(values[(5 * size)..(28 * size)], shap.Of(rows[(5 * 16)..(28 * 16)]), $"{threads} threads");
                    foreach (var row in (int[])[0, 17, 699])
                        CollectionAssert.AreEqual(values[(row * size)..((row + 1) * size)], shap.Of(rows[(row * 16)..((row + 1) * 16)]),
                            $"{threads} threads, row {row}");
                }
            }
        }
    }

    [TestMethod]
    public void A_single_row_allocates_nothing()
    {
        var trees = new RandomTrees { Seed = 7, Trees = 5 };
        foreach (var background in (float[]?[])[null, Background(trees)])
        {
            var (shap, row) = (new TreeShap(trees.Ensemble(), new() { Background = background }), trees.Rows(1));
            var values = new double[row.Length];
            for (var i = 0; i < 100; i++)
                shap.Values(row, values);
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 100; i++)
                shap.Values(row, values);
            Assert.AreEqual(before, GC.GetAllocatedBytesForCurrentThread());
        }
    }

    [TestMethod]
    public void One_instance_serves_several_threads_at_once()
    {
        var trees = new RandomTrees { Seed = 6, Trees = 10 };
        var (shap, rows) = (new TreeShap(trees.Ensemble()), trees.Rows(200));
        var expected = shap.Of(rows);
        Parallel.For(0, 16, _ => AreClose(expected, shap.Of(rows), 1e-12, 0, ""));
    }

    [TestMethod]
    public void Rows_of_double_precision_are_compared_as_the_model_does()
    {
        // Between 0.1 and its rounding to single precision.
        const double Value = 0.1000000005;
        Tree[] tree = [new Tree([TreeNode.Comparison(0, SplitKind.Less, 0.1f, 1, 2, cover: 4), TreeNode.Leaf(1, 1), TreeNode.Leaf(-1, 3)])];
        Near.Equal(-0.5, new TreeShap(new TreeEnsemble(1, tree, 0.0)).Of([Value])[0], 1e-7);
        Near.Equal(1.5, new TreeShap(new TreeEnsemble(1, tree, 0.0) { ComparesSingles = false }).Of([Value])[0], 1e-7);
    }

    [TestMethod]
    public void Comparisons_with_infinity_split_nothing_but_missing_values()
    {
        foreach (var (kind, threshold, leftForAll) in ((SplitKind, double, bool)[])[(SplitKind.LessOrEqual, double.PositiveInfinity, true),
            (SplitKind.Less, double.NegativeInfinity, false)])
        {
            var tree =
                new Tree([TreeNode.Comparison(0, kind, threshold, 1, 2, missingLeft: !leftForAll, cover: 2), TreeNode.Leaf(1, 1),
                    TreeNode.Leaf(-1, 1)]);
            var values = new TreeShap(new TreeEnsemble(1, [tree], 0.0)).Of([float.NegativeInfinity, -1, float.PositiveInfinity, float.NaN]);
            AreClose(leftForAll ? [1, 1, 1, -1] : [-1, -1, -1, 1], values, 1e-7, 0, kind.ToString());
        }
    }

    [TestMethod]
    public void Ensembles_without_splits_give_nothing()
    {
        var shap = new TreeShap(new TreeEnsemble(3, [new Tree([TreeNode.Leaf(2, 5)])], 0.5));
        Assert.AreEqual(2.5, shap.BaseValues[0]);
        CollectionAssert.AreEqual(new double[6], shap.Of(new float[6]));
        CollectionAssert.AreEqual(new double[18], shap.InteractionsOf(new float[6]));
        Assert.AreEqual(2.5, new TreeShap(shap.Ensemble, new() { Background = [1, 2, 3] }).BaseValues[0]);
        CollectionAssert.AreEqual(new double[6], new TreeShap(shap.Ensemble, new() { Background = [1, 2, 3] }).Of(new float[6]));
        CollectionAssert.AreEqual(new double[3], new TreeShap(new TreeEnsemble(3, [], 0.5)).Of(new float[3]));
    }

    [TestMethod]
    public void Nothing_is_allocated_for_a_row()
    {
        var trees = new RandomTrees { Seed = 7, Trees = 5 };
        var (shap, few, many) = (new TreeShap(trees.Ensemble(), new() { Threads = 1 }), trees.Rows(200), trees.Rows(20_000));
        var (fewValues, manyValues) = (new double[few.Length], new double[many.Length]);
        shap.Values(many, manyValues);
        Finite.Below(100_000, Allocated(() => shap.Values(many, manyValues)) - Allocated(() => shap.Values(few, fewValues)));

        static long Allocated(Action run)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            run();
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    // A path of so many features, each with a leaf at its side.
    private static Tree Chain(int features) => new([.. Enumerable.Range(0, features).SelectMany(i => (TreeNode[])[
        TreeNode.Comparison(i, SplitKind.Less, 0.5f, 2 * i + 1, 2 * i + 2, cover: 1 << features - i),
        TreeNode.Leaf(i % 3 - 1, 1 << features - i - 1)]), TreeNode.Leaf(2, 1)]);

    private static float[] Background(RandomTrees trees) => (trees with { Seed = trees.Seed + 1000 }).Rows(19);

    private static void Agree(Func<Maker, RandomTrees, double[]> found, Func<TreeEnsemble, float[], RandomTrees, double[]> expected,
        int rows = 21, double? error = null)
    {
        foreach (var trees in Forests)
        {
            var ensemble = trees.Ensemble();
            var wanted = trees.Rows(rows).Chunk(trees.Features).SelectMany(row => expected(ensemble, row, trees)).ToArray();
            foreach (var (name, make, kindError) in Kinds)
                AreClose(wanted, found(make, trees), Math.Max(kindError, error ?? 0), wanted.Largest(Math.Abs), $"{name}, {trees}");
        }
    }

    private static void AreClose(double[] expected, double[] found, double error, double largest, string message) =>
        Near.Equal(expected, found, error * Math.Max(1, largest), message);
}
