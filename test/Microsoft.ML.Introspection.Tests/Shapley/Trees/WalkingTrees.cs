using Microsoft.ML.Introspection.Models;


namespace Microsoft.ML.Introspection.Tests.Shapley.Trees;

/// <summary>Where values go, told by hand, and by a walk that knows nothing of ours.</summary>
[TestClass]
public sealed class WalkingTrees
{
    private const double Nothing = 1e-35f;

    [TestMethod]
    [DataRow(SplitKind.Less, 1.0, false, new[] { 0.5, -0.0, double.NegativeInfinity },
        new[] { 1, 1.5, double.PositiveInfinity, double.NaN })]
    [DataRow(SplitKind.Less, 1.0, true, new[] { 0.5, double.NaN }, new[] { 1, 1.5 })]
    [DataRow(SplitKind.LessOrEqual, 1.0, false, new[] { 0.5, 1, double.NegativeInfinity },
        new[] { 1.5, double.PositiveInfinity, double.NaN })]
    [DataRow(SplitKind.LessOrEqual, 0.0, true, new[] { 0.0, -0.0, double.NaN }, new[] { double.Epsilon })]
    public void Comparisons(SplitKind kind, double threshold, bool missingLeft, double[] left, double[] right) =>
        AssertSides(TreeNode.Comparison(0, kind, threshold, 1, 2, missingLeft), [], left, right);

    [TestMethod]
    [DataRow(SplitKind.Category, false, new[] { 2, 2.9, 5 },
        new[] { 1, 3, 6, -1, -0.5, 1e10, double.NaN, double.PositiveInfinity, double.NegativeInfinity })]
    [DataRow(SplitKind.Category, true, new[] { 2, double.NaN }, new[] { 0, -2.0 })]
    [DataRow(SplitKind.Equal, false, new[] { 2, 5.0 }, new[] { 2.9, 1, -2, double.NaN, double.PositiveInfinity })]
    [DataRow(SplitKind.Equal, true, new[] { 2, double.NaN }, new[] { 2.0000001 })]
    public void Memberships(SplitKind kind, bool missingLeft, double[] left, double[] right) =>
        AssertSides(TreeNode.Membership(0, kind, 0, 1, 2, missingLeft), [[5, 2, 5]], left, right);

    [TestMethod]
    public void Zero_may_be_missing()
    {
        foreach (var missingLeft in (bool[])[false, true])
        {
            var split = TreeNode.Comparison(0, SplitKind.LessOrEqual, -1, 1, 2, missingLeft) with { ZeroIsMissing = true };
            double[] missing = [0, -0.0, Nothing, -Nothing, double.NaN];
            AssertSides(split, [], missingLeft ? [-1, .. missing] : [-1], missingLeft ? [1e-34] : [1e-34, .. missing]);
        }
    }

    [TestMethod]
    public void Values_between_borders_go_the_same_way()
    {
        var random = new Random(3);
        for (var round = 0; round < 200; round++)
        {
            var (nodes, sets) = RandomNodes(random, 1, features: 1);
            var tree = new Tree(nodes, sets);
            var split = tree.Nodes[0];
            if (split.IsLeaf)
                continue;
            double[] borders = [.. tree.Borders(split).Order()];
            foreach (var (from, to) in borders.Prepend(double.NegativeInfinity).Zip(borders.Append(double.PositiveInfinity)))
            {
                if (from >= to)
                    continue;
                // Of each stretch its first, last, and some inner values.
                var inner =
                    Enumerable.Range(0, 20).Select(
                        _ => Math.Max(from, -1e6) + random.NextDouble() * (Math.Min(to, 1e6) - Math.Max(from, -1e6))).Append(from)
                            .Append(Math.BitDecrement(to));
                var sides = inner.Where(v => v >= from && v < to).Select(v => tree.GoesLeft(split, v)).Distinct().ToList();
                Assert.HasCount(1, sides, $"{split} from {from} to {to}");
            }
        }
    }

    [TestMethod]
    public void Scores_are_those_of_a_plain_walk()
    {
        var random = new Random(1);
        for (var round = 0; round < 60; round++)
        {
            const int features = 4;
            var outputs = random.Next(1, 4);
            var drawn =
                Enumerable.Range(0, random.Next(0, 6))
                    .Select(_ => (Nodes: RandomNodes(random, random.Next(0, 6), features), Output: random.Next(outputs))).ToList();
            double[] baseScores = [.. Enumerable.Range(0, outputs).Select(_ => random.NextDouble())];
            var comparesSingles = random.Next(2) == 0;
            var ensemble = new TreeEnsemble(features, [.. drawn.Select(d => new Tree(d.Nodes.Nodes, d.Nodes.Sets, d.Output))],
                baseScores) { ComparesSingles = comparesSingles };
            for (var i = 0; i < 100; i++)
            {
                double[] row = [.. Enumerable.Range(0, features).Select(_ => RandomValue(random))];
                var found = new double[outputs];
                ensemble.Score(row, found);

                var expected = (double[])baseScores.Clone();
                var seen = comparesSingles ? Array.ConvertAll(row, v => (double)(float)v) : row;
                foreach (var ((nodes, sets), output) in drawn)
                    expected[output] += Plain(nodes, sets, 0, seen);
                CollectionAssert.AreEqual(expected, found);
            }
        }
    }

    [TestMethod]
    public void Covers_of_rows_are_the_rows_that_pass()
    {
        var random = new Random(2);
        var (nodes, sets) = RandomNodes(random, 5, 3);
        var ensemble = new TreeEnsemble(3, [new Tree(nodes, sets)], 0.5) { Link = ScoreLink.Logistic, FeatureNames = ["a", "b", "c"],
            ComparesSingles = false };
        float[] rows = [.. Enumerable.Range(0, 3 * 500).Select(_ => (float)RandomValue(random))];
        var covered = ensemble.WithCover(rows);

        var tree = covered.Trees[0];
        Assert.AreEqual(500, tree.Nodes[0].Cover);
        var reached = new int[tree.Nodes.Length];
        foreach (var row in rows.Chunk(3))
            reached[tree.Leaf(Array.ConvertAll(row, v => (double)v))]++;
        foreach (var (at, node) in tree.Nodes.ToArray().Index())
            Assert.AreEqual(node.IsLeaf ? reached[at] : tree.Nodes[node.Left].Cover + tree.Nodes[node.Right].Cover, node.Cover);
        Assert.IsTrue(covered.HasCover);
        Assert.AreEqual((ScoreLink.Logistic, false, 0.5), (covered.Link, covered.ComparesSingles, covered.BaseScores[0]));
        CollectionAssert.AreEqual(ensemble.FeatureNames!.ToArray(), covered.FeatureNames!.ToArray());
    }

    private static void AssertSides(TreeNode split, double[][] sets, double[] left, double[] right)
    {
        var tree = new Tree([split, TreeNode.Leaf(0), TreeNode.Leaf(1)], sets);
        foreach (var value in left)
            Assert.IsTrue(tree.GoesLeft(tree.Nodes[0], value), $"{value:R}");
        foreach (var value in right)
            Assert.IsFalse(tree.GoesLeft(tree.Nodes[0], value), $"{value:R}");
    }

    // The same rules once more, as they stand in the documentation.
    private static double Plain(TreeNode[] nodes, double[][] sets, int at, double[] row)
    {
        var node = nodes[at];
        if (node.IsLeaf)
            return node.Value;
        var value = row[node.Feature];
        bool left;
        if (double.IsNaN(value) || node.ZeroIsMissing && value >= -Nothing && value <= Nothing)
            left = node.MissingLeft;
        else if (node.Kind == SplitKind.Less)
            left = value < node.Threshold;
        else if (node.Kind == SplitKind.LessOrEqual)
            left = value < node.Threshold || value == node.Threshold;
        else if (node.Kind == SplitKind.Category)
            left = value >= 0 && sets[node.Set].Any(member => value >= member && value < member + 1);
        else
            left = sets[node.Set].Contains(value);
        return Plain(nodes, sets, left ? node.Left : node.Right, row);
    }

    private static double RandomValue(Random random) => random.Next(12) switch
    {
        < 5 => random.Next(-2, 5),
        5 => double.NaN,
        6 => double.PositiveInfinity,
        7 => -0.0,
        8 => (float)0.1,
        9 => 0.1,
        10 => 1e-36,
        _ => random.NextDouble() * 6 - 2,
    };

    private static (TreeNode[] Nodes, double[][] Sets) RandomNodes(Random random, int depth, int features)
    {
        var nodes = new List<TreeNode>();
        var sets = new List<double[]>();
        Grow(depth);
        return ([.. nodes], [.. sets]);

        int Grow(int left)
        {
            var at = nodes.Count;
            nodes.Add(TreeNode.Leaf(random.NextDouble() - 0.5));
            if (left == 0 || random.Next(6) == 0)
                return at;
            var (yes, no) = (Grow(left - 1), Grow(left - 1));
            var (feature, kind, missingLeft) = (random.Next(features), (SplitKind)random.Next(4), random.Next(2) == 0);
            if (kind is SplitKind.Less or SplitKind.LessOrEqual)
            {
                nodes[at] = TreeNode.Comparison(feature, kind, random.Next(4) == 0 ? 0.1f : random.Next(-2, 4), yes, no, missingLeft) with {
                    ZeroIsMissing = random.Next(3) == 0 };
                return at;
            }
            nodes[at] = TreeNode.Membership(feature, kind, sets.Count, yes, no, missingLeft);
            sets.Add([.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => (double)random.Next(0, 5))]);
            return at;
        }
    }
}
