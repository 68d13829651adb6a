using Microsoft.ML.Introspection.Models;


namespace Microsoft.ML.Introspection.Benchmarks;

/// <summary>Ensembles of the shape that boosting gives, with seeded splits: speed does not ask what they learnt.</summary>
internal static class SeededTrees
{
    /// <summary>Makes an ensemble.</summary>
    /// <param name="trees">The number of trees.</param>
    /// <param name="depth">The most splits on a path.</param>
    /// <param name="leaves">About how many leaves a tree has; the most that the depth allows where there would be more.</param>
    /// <param name="features">The number of features.</param>
    /// <param name="trunk">So many splits from the root on have a leaf at one side, which makes a deep tree of few leaves.</param>
    public static TreeEnsemble Ensemble(int trees, int depth, int leaves, int features, int trunk = 0)
    {
        var random = new Random(depth);
        return new TreeEnsemble(features, [.. Enumerable.Range(0, trees).Select(_ => Tree(random, depth, leaves, features, trunk))], 0.0);
    }

    /// <summary>Rows between 0 and 1.</summary>
    public static float[] Rows(int count, int features)
    {
        var random = new Random(1);
        return [.. Enumerable.Range(0, count * features).Select(_ => random.NextSingle())];
    }

    private static Tree Tree(Random random, int depth, int leaves, int features, int trunk)
    {
        var nodes = new List<TreeNode>();
        Grow(depth, leaves, 1 << 16);
        return new Tree(nodes.ToArray());

        int Grow(int left, int wanted, double cover)
        {
            var at = nodes.Count;
            nodes.Add(TreeNode.Leaf(random.NextDouble() - 0.5, cover));
            if (left == 0 || wanted < 2)
                return at;
            var (share, threshold) = (0.2 + 0.6 * random.NextDouble(), random.NextSingle());
            var some = depth - left < trunk ? 1 : Math.Clamp((int)Math.Round(wanted * share), 1, wanted - 1);
            nodes[at] = TreeNode.Comparison(random.Next(features), SplitKind.Less, threshold, Grow(left - 1, some, cover * share),
                Grow(left - 1, wanted - some, cover * (1 - share)), cover: cover);
            return at;
        }
    }
}
