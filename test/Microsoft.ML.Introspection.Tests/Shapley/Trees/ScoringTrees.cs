using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Shapley.Trees;
using Microsoft.ML.Introspection.Shapley;
using static Microsoft.ML.Introspection.Tests.Shapley.KeepingShapleyAxioms;

namespace Microsoft.ML.Introspection.Tests.Shapley.Trees;

/// <summary>Ensembles scored block by block, against walking down node by node, and explained as black boxes.</summary>
[TestClass]
public sealed class ScoringTrees
{
    [TestMethod]
    public void Rows_score_as_the_ensemble_says()
    {
        foreach (var categories in (bool[])[false, true])
        {
            var ensemble = Grown(features: 6, outputs: 3, trees: 40, depth: 7, categories);
            var rows = Rows(1100, 6);
            var (scores, expected) = (new double[3300], new double[3]);
            new TreeScorer(ensemble).Score(rows, scores);
            for (var row = 0; row < 1100; row++)
            {
                ensemble.Score(Array.ConvertAll(rows[(row * 6)..(row * 6 + 6)], f => (double)f), expected);
                AreClose(expected, scores[(row * 3)..(row * 3 + 3)], 1e-12);
            }
            new TreeScorer(ensemble, predictions: true).Score(rows, scores);
            ensemble.Score(Array.ConvertAll(rows[..6], f => (double)f), expected);
            ensemble.Link.Apply(expected);
            AreClose(expected, scores[..3], 1e-12);
            Near.Equal(1, scores[..3].Sum(), 1e-12);
        }
    }

    [TestMethod]
    public void Values_at_thresholds_go_where_the_split_sends_them()
    {
        float[] values = [float.NegativeInfinity, -float.MaxValue, -1, -float.Epsilon, -0f, 0, float.Epsilon, 0.1f,
            MathF.BitIncrement(0.1f), 1, float.MaxValue, float.PositiveInfinity, float.NaN];
        double[] thresholds = [double.NegativeInfinity, double.MinValue, -float.MaxValue, -1e-60, 0, 1e-60, float.Epsilon, 0.1, 0.1f, 1,
            float.MaxValue, 1e300, double.PositiveInfinity];
        foreach (var threshold in thresholds)
        {
            foreach (var kind in (SplitKind[])[SplitKind.Less, SplitKind.LessOrEqual])
            {
                foreach (var missingLeft in (bool[])[false, true])
                {
                    var tree = new Tree([TreeNode.Comparison(0, kind, threshold, 1, 2, missingLeft), TreeNode.Leaf(1), TreeNode.Leaf(2)]);
                    var scores = new double[values.Length];
                    new TreeScorer(new TreeEnsemble(1, [tree], 0)).Score(values, scores);
                    AreClose([.. values.Select(v => tree.GoesLeft(tree.Nodes[0], v) ? 1.0 : 2)], scores, 0, $"{kind} {threshold:R}");
                }
            }
        }
    }

    [TestMethod]
    public void Explained_as_a_black_box_an_ensemble_gets_its_Shapley_values()
    {
        var ensemble = Grown(features: 5, outputs: 2, trees: 6, depth: 4, categories: true);
        var (background, row) = (Rows(9, 5), Rows(1, 5));
        var found = new BlackBox(new TreeScorer(ensemble), background).Explain(new ExactShap(), row);
        for (var output = 0; output < 2; output++)
        {
            var scores = new double[2];
            var game = new Game(5, coalition => Enumerable.Range(0, 9).Average(b =>
            {
                ensemble.Score(
                    [.. Enumerable.Range(0, 5).Select(f => (double)((coalition >> f & 1) != 0 ? row[f] : background[b * 5 + f]))], scores);
                return scores[output];
            }));
            AreClose(game.ShapleyValues(), found.Of(0, output).ToArray(), 1e-12);
        }
        Assert.Contains(v => Math.Abs(v) > 0.01, found.Values.ToArray());
    }

    [TestMethod]
    public void Names_are_the_ensembles_or_numbers()
    {
        var tree = new Tree([TreeNode.Leaf(1)]);
        var plain = new TreeScorer(new TreeEnsemble(2, [tree], 0));
        CollectionAssert.AreEqual((string[])["f0", "f1"], plain.FeatureNames.ToArray());
        CollectionAssert.AreEqual((string[])["score"], plain.OutputNames.ToArray());
        var named = new TreeScorer(new TreeEnsemble(2, [tree], 0, 0) { FeatureNames = ["a", "b"], OutputNames = ["no", "yes"] });
        CollectionAssert.AreEqual((string[])["a", "b"], named.FeatureNames.ToArray());
        CollectionAssert.AreEqual((string[])["no", "yes"], named.OutputNames.ToArray());
        Assert.ThrowsExactly<ArgumentException>(() => named.Score(new float[4], new double[3]));
        var scores = new double[2];
        new TreeScorer(new TreeEnsemble(2, [], 3, -1)).Score([1, 2], scores);
        AreClose([3, -1], scores, 0);
    }

    private static TreeEnsemble Grown(int features, int outputs, int trees, int depth, bool categories)
    {
        var random = new Random(trees);
        return new TreeEnsemble(features, [.. Enumerable.Range(0, trees).Select(t => Grow(t % outputs))],
            [.. Enumerable.Range(0, outputs).Select(o => o * 0.25)])
        {
            Link = ScoreLink.Softmax,
        };

        Tree Grow(int output)
        {
            var (nodes, sets) = (new List<TreeNode>(), new List<IReadOnlyList<double>>());
            Add(depth);
            return new Tree([.. nodes], sets, output);

            int Add(int left)
            {
                var at = nodes.Count;
                nodes.Add(default);
                if (left == 0 || random.Next(6) == 0)
                {
                    nodes[at] = TreeNode.Leaf(random.NextDouble() - 0.5);
                    return at;
                }
                var feature = random.Next(features);
                var (first, second) = (Add(left - 1), Add(left - 1));
                if (categories && random.Next(3) == 0)
                {
                    sets.Add([0, 1]);
                    nodes[at] = TreeNode.Membership(feature, SplitKind.Category, sets.Count - 1, first, second, random.Next(2) == 0);
                }
                else
                {
                    var kind = random.Next(2) == 0 ? SplitKind.Less : SplitKind.LessOrEqual;
                    nodes[at] = TreeNode.Comparison(feature, kind, random.Next(-4, 5) / 2.0, first, second, random.Next(2) == 0) with {
                        ZeroIsMissing = categories && random.Next(4) == 0 };
                }
                return at;
            }
        }
    }

    // Values that meet thresholds, zeros, and missing ones among them.
    private static float[] Rows(int count, int features)
    {
        var random = new Random(count);
        return [
            .. Enumerable.Range(0, count * features).Select(
                _ => random.Next(10) == 0 ? float.NaN : random.Next(3) == 0 ? random.Next(-4, 5) / 2f : random.NextSingle() * 4 - 2)];
    }
}
