using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Shapley.Trees.Graphs;

/// <summary>A tree as <see cref="PathSplit"/>s, with what its paths have in common.</summary>
internal sealed class PathTree
{
    /// <summary>The most splits on a path of a tree that is written as a graph, which has a piece for every level.</summary>
    public const int MaximumDepth = 1024;

    // Covers that are sums of single-precision numbers do not add up to the last digit.
    private const double Rounding = 1e-6;

    private readonly Tree _tree;
    private readonly IReadOnlyList<int>? _groups;
    private readonly Dictionary<int, Passed> _path = [];

    private PathTree(Tree tree, IReadOnlyList<int>? groups)
    {
        (_tree, _groups, Nodes) = (tree, groups, PathRule.NodesOf(tree, at => Player(tree.Nodes[at])));
        Root = Split(0);
    }

    /// <summary>The root.</summary>
    public PathSplit Root { get; }

    /// <summary>The most splits on a path.</summary>
    public int Depth => _tree.Depth;

    /// <summary>The number of splits.</summary>
    public int Splits => (_tree.Nodes.Length - 1) / 2;

    /// <summary>How many nodes make a quadrature exact.</summary>
    public int Nodes { get; }

    /// <summary>Works out the splits of a tree.</summary>
    /// <param name="tree">A tree that tells its covers, and splits.</param>
    /// <param name="groups">The player of every feature; null where each is one.</param>
    /// <exception cref="ArgumentException">The tree is too deep.</exception>
    public static PathTree Of(Tree tree, IReadOnlyList<int>? groups) => tree.Depth <= MaximumDepth
        ? new PathTree(tree, groups)
        : throw new ArgumentException($"The tree has {tree.Depth} splits on a path; a graph is written for up to {MaximumDepth}. Explain "
            + "it by TreeShap.", nameof(tree));

    // What the path so far says of a player: the edges, and the share of the data that takes them all.
    private readonly record struct Passed(PathEdges? Edges, double Share);

    // What an edge leads to.
    private readonly record struct End(PathSplit? Split, double Value);

    private PathSplit Split(int at)
    {
        var node = _tree.Nodes[at];
        var player = Player(node);
        var above = _path.GetValueOrDefault(player, new Passed(null, 1));
        var (left, right) = (PathRule.Ratio(_tree, at, node.Left), PathRule.Ratio(_tree, at, node.Right));
        var (first, second) = (Below(true), Below(false));
        if (above.Edges is null)
            _path.Remove(player);
        else
            _path[player] = above;

        if (Math.Abs(left + right - 1) <= Rounding)
            return Joined(node, above, left / (left + right), value => _tree.GoesLeft(node, value), first, second);

        // Shares that do not sum to 1 lose (or gain) data on the way. What is lost goes to leaves of value 0 that no row reaches.
        return Joined(node, above, 0.5, value => _tree.GoesLeft(node, value),
            new(Joined(node, new(new(above.Edges, node, true), above.Share / 2), 2 * left, _ => true, first, default), 0),
            new(Joined(node, new(new(above.Edges, node, false), above.Share / 2), 2 * right, _ => true, second, default), 0));

        End Below(bool goesLeft)
        {
            var (child, share) = goesLeft ? (node.Left, left) : (node.Right, right);
            if (_tree.Nodes[child].IsLeaf)
                return new(null, _tree.Nodes[child].Value);
            _path[player] = new(new(above.Edges, node, goesLeft), above.Share * share);
            return new(Split(child), 0);
        }
    }

    private PathSplit Joined(TreeNode node, Passed above, double share, Func<double, bool> goesFirst, End first, End second)
    {
        if (first.Split is null && second.Split is not null)
            return Joined(node, above, 1 - share, value => !goesFirst(value), second, first);
        var feature = node.Feature;
        var scale = first.Split is null ? first.Value - second.Value : 1;
        return new PathSplit
        {
            Output = _tree.Output,
            Player = Player(node),
            Before = above.Share,
            Share = share,
            Deviation = new(
            [
                StepFunction.Of(
                    feature, _tree.Borders(node).Concat(above.Edges?.Borders(_tree, feature) ?? []),
                    value => above.Edges?.AreTaken(_tree, feature, value) != false ? scale * ((goesFirst(value) ? 1 : 0) - share) : 0),
                .. above.Edges?.Features.Where(f => f != feature).Select(f => above.Edges.Taking(_tree, f)) ?? [],
            ]),
            First = first.Split,
            Second = second.Split,
            FirstValue = first.Value,
            SecondValue = second.Value,
        };
    }

    private int Player(TreeNode node) => node.IsLeaf ? -1 : _groups?[node.Feature] ?? node.Feature;
}
