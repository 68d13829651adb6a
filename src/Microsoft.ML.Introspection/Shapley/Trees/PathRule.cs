using MathNet.Numerics.Integration;

namespace Microsoft.ML.Introspection.Shapley.Trees;

/// <summary>The Gauss–Legendre rule that is exact for the paths of a tree.</summary>
internal static class PathRule
{
    /// <summary>How many nodes it has: half of the most features on a path, as the integrand has a degree of one less than these.</summary>
    public static int NodesOf(Tree tree) => Math.Max(1, (MostFeatures(tree) + 1) / 2);

    /// <summary>Its nodes in (0, 1) and their weights.</summary>
    public static (double[] Nodes, double[] Weights) Of(Tree tree)
    {
        var rule = new GaussLegendreRule(0, 1, NodesOf(tree));
        return (rule.Abscissas, rule.Weights);
    }

    private static int MostFeatures(Tree tree)
    {
        var counts = new Dictionary<int, int>();
        var most = 0;
        Visit(0);
        return most;

        void Visit(int at)
        {
            ref readonly var node = ref tree.Nodes[at];
            if (node.IsLeaf)
            {
                most = Math.Max(most, counts.Count);
                return;
            }
            counts[node.Feature] = counts.GetValueOrDefault(node.Feature) + 1;
            Visit(node.Left);
            Visit(node.Right);
            if (--counts[node.Feature] == 0)
                counts.Remove(node.Feature);
        }
    }
}
