using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Models;

/// <summary>
/// A decision tree that adds the value of one leaf to one output of its ensemble. Immutable; checked when it is made, so that
/// whoever walks it need not look out: every node but the root has one parent, children come behind their parents.
/// </summary>
public sealed class Tree
{
    /// <summary>The most nodes of a tree.</summary>
    public const int MaximumNodes = 1 << 24;

    // Below this LightGBM takes a number for zero.
    private const double Zero = 1e-35f;

    private readonly TreeNode[] _nodes;
    private readonly double[][] _sets;

    /// <summary>Checks and takes the nodes. Nodes that the root does not reach are left out.</summary>
    /// <param name="nodes">The nodes; the first is the root.</param>
    /// <param name="sets">The sets of the splits that ask for membership; null where there are none.</param>
    /// <param name="output">The output that the leaves add to.</param>
    /// <exception cref="InvalidModelException">
    /// A child, set or feature is out of range, a node is reached twice (a cycle among them), or a number is not finite. The message names
    /// the node.
    /// </exception>
    public Tree(ReadOnlySpan<TreeNode> nodes, IReadOnlyList<IReadOnlyList<double>>? sets = null, int output = 0)
    {
        if (nodes.IsEmpty)
            throw new InvalidModelException("The tree has no node; a root was expected.");
        if (nodes.Length > MaximumNodes)
            throw new InvalidModelException($"The tree has {nodes.Length:N0} nodes; at most {MaximumNodes:N0} were expected.");
        ArgumentOutOfRangeException.ThrowIfNegative(output);
        _sets = [.. (sets ?? []).Select(Sorted)];
        (_nodes, Depth) = Reached(nodes);
        Output = output;
    }

    /// <summary>The nodes in preorder: the root first, each left child right behind its parent.</summary>
    public ReadOnlySpan<TreeNode> Nodes => _nodes;

    /// <summary>The sets of splits that ask for membership, each in ascending order.</summary>
    public IReadOnlyList<IReadOnlyList<double>> Sets => _sets;

    /// <summary>The output that the leaves add to.</summary>
    public int Output { get; }

    /// <summary>The most splits on the way to a leaf.</summary>
    public int Depth { get; }

    /// <summary>Whether every node tells how much of the training data passed it.</summary>
    public bool HasCover => Array.TrueForAll(_nodes, n => !double.IsNaN(n.Cover));

    /// <summary>Whether a split sends a value to the left.</summary>
    public bool GoesLeft(in TreeNode split, double value)
    {
        if (double.IsNaN(value) || split.ZeroIsMissing && Math.Abs(value) <= Zero)
            return split.MissingLeft;
        return split.Kind switch
        {
            SplitKind.Less => value < split.Threshold,
            SplitKind.LessOrEqual => value <= split.Threshold,
            SplitKind.Category => value >= 0 && Array.BinarySearch(_sets[split.Set], Math.Floor(value)) >= 0,
            _ => Array.BinarySearch(_sets[split.Set], value) >= 0,
        };
    }

    /// <summary>The leaf that a row reaches.</summary>
    /// <param name="row">A value for every feature.</param>
    /// <returns>The number of the node.</returns>
    public int Leaf(ReadOnlySpan<double> row)
    {
        var at = 0;
        for (ref readonly var node = ref _nodes[0]; !node.IsLeaf; node = ref _nodes[at])
            at = GoesLeft(node, row[node.Feature]) ? node.Left : node.Right;
        return at;
    }

    /// <summary>The same tree with other covers.</summary>
    /// <param name="covers">A cover for every node.</param>
    internal Tree WithCover(ReadOnlySpan<double> covers)
    {
        var nodes = (TreeNode[])_nodes.Clone();
        for (var i = 0; i < nodes.Length; i++)
            nodes[i] = nodes[i] with { Cover = covers[i] };
        return new Tree(nodes, _sets, Output);
    }

    /// <summary>Where values change sides at a split: the borders between which all values go the same way.</summary>
    internal IEnumerable<double> Borders(TreeNode split)
    {
        IEnumerable<double> borders = split.Kind switch
        {
            SplitKind.Less => [split.Threshold],
            SplitKind.LessOrEqual => [Math.BitIncrement(split.Threshold)],
            SplitKind.Category => _sets[split.Set].SelectMany(c => (double[])[c, c + 1]),
            _ => _sets[split.Set].SelectMany(v => (double[])[v, Math.BitIncrement(v)]),
        };
        return split.ZeroIsMissing ? borders.Concat([-Zero, Math.BitIncrement(Zero)]) : borders;
    }

    private (TreeNode[] Nodes, int Depth) Reached(ReadOnlySpan<TreeNode> nodes)
    {
        var places = new int[nodes.Length];
        Array.Fill(places, -1);
        var order = new List<int>(nodes.Length);
        var open = new Stack<(int Node, int Depth)>([(0, 0)]);
        var deepest = 0;
        while (open.TryPop(out var next))
        {
            var (at, depth) = next;
            if (places[at] >= 0)
                throw new InvalidModelException(
                    $"Node {at} of the tree is reached twice; a tree has one way to every node (this may be a cycle).");
            places[at] = order.Count;
            order.Add(at);
            ref readonly var node = ref nodes[at];
            Check(at, node, nodes.Length);
            if (node.IsLeaf)
                continue;
            deepest = Math.Max(deepest, depth + 1);
            open.Push((node.Right, depth + 1));
            open.Push((node.Left, depth + 1));
        }
        var kept = new TreeNode[order.Count];
        for (var i = 0; i < kept.Length; i++)
        {
            ref readonly var node = ref nodes[order[i]];
            kept[i] = node.IsLeaf ? node : node.At(places[node.Left], places[node.Right]);
        }
        return (kept, deepest);
    }

    private void Check(int at, in TreeNode node, int count)
    {
        if (node.Cover is < 0 or double.PositiveInfinity)
            throw new InvalidModelException(
                $"Node {at} of the tree has a cover of {node.Cover}; a finite number, not negative, was expected.");
        if (node.IsLeaf)
        {
            if (!double.IsFinite(node.Value))
                throw new InvalidModelException($"The leaf {at} of the tree has the value {node.Value}; a finite number was expected.");
            return;
        }
        if (node.Left < 0 || node.Left >= count || node.Right < 0 || node.Right >= count)
            throw new InvalidModelException(
                $"Node {at} of the tree has the children {node.Left} and {node.Right}; the tree has the nodes 0 to {count - 1}.");
        if (node.Kind is SplitKind.Less or SplitKind.LessOrEqual)
        {
            if (double.IsNaN(node.Threshold))
                throw new InvalidModelException($"Node {at} of the tree compares with NaN; a number was expected.");
        }
        else if (node.Set < 0 || node.Set >= _sets.Length)
        {
            throw new InvalidModelException($"Node {at} of the tree asks for the set {node.Set}; the tree has {_sets.Length} sets.");
        }
    }

    private static double[] Sorted(IReadOnlyList<double> set) => set.Any(double.IsNaN)
        ? throw new InvalidModelException("A set of the tree holds NaN; numbers were expected.")
        : [.. set.Distinct().Order()];
}
