using System.Collections.Concurrent;
using MathNet.Numerics.Integration;
using Microsoft.ML.Introspection.Models;

namespace Microsoft.ML.Introspection.Shapley.Trees;

/// <summary>The Gauss–Legendre rule that is exact for the paths of a tree.</summary>
internal static class PathRule
{
    private static readonly ConcurrentDictionary<int, (double[] Nodes, double[] Weights)> Rules = new();

    /// <summary>Its nodes in (0, 1) and their weights, exact for paths of so many players.</summary>
    public static (double[] Nodes, double[] Weights) Of(int players) => Rules.GetOrAdd(Math.Max(1, (players + 1) / 2), nodes =>
    {
        var rule = new GaussLegendreRule(0, 1, nodes);
        return (rule.Abscissas, rule.Weights);
    });

    /// <summary>The share of a node's data that goes to a child. Where nothing passed, both ways are as good.</summary>
    public static double Ratio(Tree tree, int at, int child) =>
        tree.Nodes[at].Cover > 0 ? tree.Nodes[child].Cover / tree.Nodes[at].Cover : 0.5;

    /// <summary>How many nodes it has: half of the most features on a path, as the integrand has a degree of one less than these.</summary>
    public static int NodesOf(Tree tree) => NodesOf(tree, at => tree.Nodes[at].Feature);

    /// <summary>That of a tree.</summary>
    /// <param name="tree">The tree.</param>
    /// <param name="tests">The tests of its splits, which know the players.</param>
    public static (double[] Nodes, double[] Weights) Of(Tree tree, CodeTest[] tests) =>
        Of(2 * NodesOf(tree, at => tests[at].Player));

    /// <inheritdoc cref="NodesOf(Tree)"/>
    /// <param name="tree">The tree.</param>
    /// <param name="player">Who is asked at a node.</param>
    public static int NodesOf(Tree tree, Func<int, int> player) => Math.Max(1, (MostPlayers(tree, player) + 1) / 2);

    private static int MostPlayers(Tree tree, Func<int, int> player)
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
            counts[player(at)] = counts.GetValueOrDefault(player(at)) + 1;
            Visit(node.Left);
            Visit(node.Right);
            if (--counts[player(at)] == 0)
                counts.Remove(player(at));
        }
    }
}
