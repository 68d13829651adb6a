using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Shapley.Trees;

namespace Microsoft.ML.Introspection.Tests.Shapley.Trees;

/// <summary>Depth costs no exactness: up to 64 different features on a path.</summary>
[TestClass]
public sealed class ExplainingDeepTrees
{
    private const double Error = 1e-6;

    private static IEnumerable<(int Depth, int Features)> Sizes =>
        [(8, 8), (12, 12), (16, 16), (17, 17), (20, 20), (24, 24), (32, 32), (48, 48), (64, 64), (64, 20)];

    [TestMethod]
    public void Path_dependent_values()
    {
        foreach (var (depth, features) in Sizes)
        {
            var (ensemble, rows) = Deep(depth, features);
            AreClose(rows.Chunk(features).SelectMany(row => PathPolynomials.Values(ensemble, row)), new TreeShap(ensemble).Of(rows),
                $"depth {depth}, {features} features");
        }
    }

    [TestMethod]
    public void Path_dependent_values_and_interactions_of_graphs_in_single_precision()
    {
        foreach (var (depth, features) in Sizes.Append((200, 40)))
        {
            var (ensemble, rows) = Deep(depth, features, rows: 5);
            var results = TreeExplanation.Compile(ensemble, new() { InteractionsName = depth <= 32 ? "pairs" : null }).Run(rows);
            AreClose(rows.Chunk(features).SelectMany(row => PathPolynomials.Values(ensemble, row)), results["attribution"].ToDouble(),
                $"depth {depth}, {features} features");
            if (depth <= 32)
                AreClose(rows.Chunk(features).SelectMany(row => PathPolynomials.Interactions(ensemble, row)), results["pairs"].ToDouble(),
                    $"depth {depth}, {features} features");
        }
    }

    [TestMethod]
    public void Interventional_values_of_graphs_in_single_precision()
    {
        foreach (var (depth, features) in Sizes)
        {
            var (ensemble, rows) = Deep(depth, features);
            var (_, background) = Deep(depth, features, rows: 21, seed: 9);
            AreClose(rows.Chunk(features).SelectMany(row => Counted(ensemble, row, background)),
                new TreeShap(ensemble, new() { Background = background }).GraphOf(rows), $"depth {depth}, {features} features");
        }
    }

    [TestMethod]
    public void Interactions()
    {
        foreach (var (depth, features) in Sizes.Where(s => s.Depth <= 32))
        {
            var (ensemble, rows) = Deep(depth, features, rows: 3);
            AreClose(rows.Chunk(features).SelectMany(row => PathPolynomials.Interactions(ensemble, row)),
                new TreeShap(ensemble).InteractionsOf(rows), $"depth {depth}, {features} features");
        }
    }

    [TestMethod]
    public void Interventional_values()
    {
        foreach (var (depth, features) in Sizes)
        {
            var (ensemble, rows) = Deep(depth, features);
            var (_, background) = Deep(depth, features, rows: 21, seed: 9);
            AreClose(rows.Chunk(features).SelectMany(row => Counted(ensemble, row, background)),
                new TreeShap(ensemble, new() { Background = background }).Of(rows), $"depth {depth}, {features} features");
        }
    }

    // A trunk from which short branches part, so that there are few leaves, all features on the way down, and rows that differ everywhere.
    private static (TreeEnsemble Ensemble, float[] Rows) Deep(int depth, int features, int rows = 9, int seed = 1)
    {
        var random = new Random(features * 100 + depth);
        var trees = new List<Tree>();
        for (var tree = 0; tree < 3; tree++)
        {
            var order = Enumerable.Range(0, features).OrderBy(_ => random.Next()).ToArray();
            var nodes = new List<TreeNode>();
            Grow(0, 4096);
            trees.Add(new Tree(nodes.ToArray()));

            int Grow(int level, double cover)
            {
                var at = nodes.Count;
                if (level == depth)
                {
                    nodes.Add(TreeNode.Leaf(random.NextDouble() * 2 - 1, cover));
                    return at;
                }
                nodes.Add(default);
                var share = 0.2 + 0.6 * random.NextDouble();
                var trunkLeft = random.Next(2) == 0;
                var left = trunkLeft ? Grow(level + 1, cover * share) : Leaf(cover * share);
                var right = trunkLeft ? Leaf(cover * (1 - share)) : Grow(level + 1, cover * (1 - share));
                nodes[at] = TreeNode.Comparison(order[level % features], SplitKind.Less, random.NextDouble(), left, right, cover: cover);
                return at;
            }

            int Leaf(double cover)
            {
                nodes.Add(TreeNode.Leaf(random.NextDouble() * 2 - 1, cover));
                return nodes.Count - 1;
            }
        }
        var rowRandom = new Random(seed);
        // Some rows follow the trunk a long way: nearly all thresholds send them there.
        return (new TreeEnsemble(features, trees, 0.0), [.. Enumerable.Range(0, rows * features).Select(_ => rowRandom.NextSingle())]);
    }

    // Leaf by leaf: who of the two takes which features' edges.
    private static double[] Counted(TreeEnsemble ensemble, float[] row, float[] background)
    {
        var features = ensemble.FeatureCount;
        var result = new double[features];
        var x = BruteForceShapley.Compared(row);
        foreach (var other in background.Chunk(features).Select(b => BruteForceShapley.Compared(b)))
            foreach (var tree in ensemble.Trees)
                Visit(tree, 0, other, Enumerable.Repeat((true, true, false), features).ToArray());
        return Array.ConvertAll(result, r => r / (background.Length / features));

        void Visit(Tree tree, int at, double[] b, (bool Row, bool Other, bool Asked)[] takes)
        {
            var node = tree.Nodes[at];
            if (node.IsLeaf)
            {
                var (rowOnly, otherOnly) = (takes.Count(t => t is { Asked: true, Row: true, Other: false }),
                    takes.Count(t => t is { Asked: true, Row: false, Other: true }));
                if (takes.Any(t => t is { Row: false, Other: false }))
                    return;
                for (var f = 0; f < features; f++)
                    result[f] += takes[f] switch
                    {
                        (true, false, true) => node.Value * Ratio(rowOnly - 1, otherOnly),
                        (false, true, true) => -node.Value * Ratio(rowOnly, otherOnly - 1),
                        _ => 0,
                    };
                return;
            }
            foreach (var left in (bool[])[true, false])
            {
                var next = ((bool Row, bool Other, bool Asked)[])takes.Clone();
                ref var t = ref next[node.Feature];
                t = (t.Row && tree.GoesLeft(node, x[node.Feature]) == left, t.Other && tree.GoesLeft(node, b[node.Feature]) == left, true);
                Visit(tree, left ? node.Left : node.Right, b, next);
            }
        }
    }

    // a!·c!/(a+c+1)!
    private static double Ratio(int a, int c) => Enumerable.Range(1, c).Aggregate(1.0 / (a + c + 1), (ratio, i) => ratio * i / (a + i));

    private static void AreClose(IEnumerable<double> expected, double[] found, string message)
    {
        double[] wanted = [.. expected];
        Near.Equal(wanted, found, Error * wanted.Largest(Math.Abs), message);
    }
}
