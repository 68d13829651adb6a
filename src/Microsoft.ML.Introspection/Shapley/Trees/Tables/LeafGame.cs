using System.Runtime.CompilerServices;
using Microsoft.ML.Introspection.Models;

namespace Microsoft.ML.Introspection.Shapley.Trees.Tables;

/// <summary>What a leaf of a tree is worth to the players (features, or groups of them) on its path.</summary>
/// <param name="tree">The tree.</param>
internal abstract class LeafGame(Tree tree)
{
    /// <summary>The tree.</summary>
    protected Tree Tree => tree;

    /// <summary>What makes the game of each tree: by covers, or against the background that there is.</summary>
    public static Func<Tree, LeafGame> Of(TreeShap shap)
    {
        if (shap.Options.Background is not { } background)
            return tree => new PathGame(tree);
        float[][] rows = [.. background.Chunk(shap.Ensemble.FeatureCount)];
        return tree => new BackgroundGame(tree, rows);
    }

    /// <summary>Shapley values by which players the row takes along.</summary>
    /// <param name="path">The path to the leaf.</param>
    /// <param name="edges">The edges of each of its players.</param>
    /// <returns>For each pattern of players, the lowest bit for the first, a value for every player.</returns>
    public double[] Values(PathEdge[] path, PathEdge[][] edges)
    {
        var values = new double[edges.Length << edges.Length];
        Add(edges, Value(path[^1]), values);
        return values;
    }

    /// <summary>Adds the values.</summary>
    protected abstract void Add(PathEdge[][] edges, double value, double[] values);

    private double Value(PathEdge last) => Tree.Nodes[ChildOf(last)].Value;

    /// <summary>The node that an edge leads to.</summary>
    protected int ChildOf(PathEdge edge) => edge.Left ? Tree.Nodes[edge.Node].Left : Tree.Nodes[edge.Node].Right;
}

/// <summary>Features that are taken away are averaged over by the covers: the formulas of <see cref="PathProgram{T}"/>.</summary>
internal sealed class PathGame(Tree tree) : LeafGame(tree)
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void Add(PathEdge[][] edges, double value, double[] values)
    {
        var count = edges.Length;
        var shares = Array.ConvertAll(edges, own => own.Aggregate(1.0, (share, e) => share * PathRule.Ratio(Tree, e.Node, ChildOf(e))));
        var (nodes, weights) = PathRule.Of(count);
        var products = new double[1 << count];
        for (var t = 0; t < nodes.Length; t++)
        {
            products[0] = value * weights[t];
            for (var i = 0; i < count; i++)
            {
                var (left, taken) = (shares[i] * (1 - nodes[t]), shares[i] + nodes[t] * (1 - shares[i]));
                for (var pattern = 0; pattern < 1 << i; pattern++)
                    (products[pattern], products[pattern | 1 << i]) = (products[pattern] * left, products[pattern] * taken);
            }
            for (var i = 0; i < count; i++)
            {
                var (left, taken) = (-1 / (1 - nodes[t]), (1 - shares[i]) / (shares[i] + nodes[t] * (1 - shares[i])));
                for (var pattern = 0; pattern < products.Length; pattern++)
                    values[pattern * count + i] += products[pattern] * ((pattern >> i & 1) != 0 ? taken : left);
            }
        }
    }
}

/// <summary>
/// Features that are taken away have the values of background rows: the formulas of <see cref="BackgroundSweep{TLanes, T}"/>.
/// </summary>
internal sealed class BackgroundGame : LeafGame
{
    private readonly bool[][] _left;
    private readonly int _rows;

    /// <summary>Sends the background through a tree.</summary>
    /// <param name="tree">The tree.</param>
    /// <param name="background">The rows.</param>
    public BackgroundGame(Tree tree, IReadOnlyList<float[]> background) : base(tree)
    {
        _rows = background.Count;
        _left = new bool[tree.Nodes.Length][];
        for (var at = 0; at < _left.Length; at++)
            if (tree.Nodes[at] is { IsLeaf: false } node)
                _left[at] = [.. background.Select(row => tree.GoesLeft(node, row[node.Feature]))];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void Add(PathEdge[][] edges, double value, double[] values)
    {
        var (count, all) = (edges.Length, (1 << edges.Length) - 1);
        var counts = new int[all + 1];
        for (var row = 0; row < _rows; row++)
        {
            var taken = 0;
            for (var i = 0; i < count; i++)
            {
                var takes = true;
                foreach (var edge in edges[i])
                    takes &= _left[edge.Node][row] == edge.Left;
                taken |= takes ? 1 << i : 0;
            }
            counts[taken]++;
        }
        for (var taken = 0; taken <= all; taken++)
        {
            // The row must take all that the background row leaves; of what that takes, any part.
            for (var common = counts[taken] == 0 ? -1 : taken; common >= 0; common = common == 0 ? -1 : common - 1 & taken)
            {
                var (rowOnly, backgroundOnly) = (count - int.PopCount(taken), int.PopCount(taken & ~common));
                var line = (all & ~taken | common) * count;
                var scale = value * counts[taken] / _rows;
                var gain = rowOnly == 0 ? 0 : scale * Weight(rowOnly - 1, backgroundOnly);
                var loss = backgroundOnly == 0 ? 0 : scale * Weight(rowOnly, backgroundOnly - 1);
                for (var i = 0; i < count; i++)
                    values[line + i] += (taken >> i & 1) == 0 ? gain : (common >> i & 1) == 0 ? -loss : 0;
            }
        }
    }

    /// <summary>a!·c!/(a + c + 1)!</summary>
    public static double Weight(int a, int c)
    {
        var weight = 1.0 / (a + c + 1);
        for (var i = 1; i <= c; i++)
            weight *= (double)i / (a + i);
        return weight;
    }
}
