using System.Runtime.InteropServices;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Importers.OnnxOperators;

/// <summary>
/// Makes a tree for each output that the leaves of a tree add to. Below it, what adds the same whatever the answer becomes one leaf, so
/// that an output gets only the questions that matter for it. Ways that meet again, as where a set of categories is asked for one by one,
/// are written each by itself.
/// </summary>
internal sealed class ForestSplitting
{
    // Ways that meet and part again and again are as many as 2 to the power of that.
    private const int MostCopies = 1 << 20;

    private readonly OnnxForest _forest;
    private readonly int _features;
    private readonly double _slope;
    private readonly bool _hasHits;

    // Nodes and their votes of the tree at hand, parents before children.
    private readonly List<Place> _places = [];
    private readonly int[] _seenInTree;
    private readonly bool[] _onWay;

    // Nodes that stand for a chain of them, and their sets.
    private readonly Dictionary<int, OnnxNode> _joined = [];
    private readonly List<double[]> _sets;
    private int _copies;

    private ForestSplitting(OnnxForest forest, int features, double slope)
    {
        (_forest, _features, _slope) = (forest, features, slope);
        (_seenInTree, _onWay, _sets) = (new int[forest.Nodes.Length], new bool[forest.Nodes.Length], [.. forest.Sets]);
        _hasHits = HaveHits(forest.Nodes);
    }

    private readonly record struct Place(int Node, int Parent, int True, int False);

    /// <summary>All trees of the forest.</summary>
    /// <param name="forest">The forest.</param>
    /// <param name="features">The number of features.</param>
    /// <param name="slope">What leaves are multiplied by.</param>
    /// <exception cref="InvalidModelException">
    /// A node asks for what is not there or leads back to itself, or there are too many nodes.
    /// </exception>
    public static IReadOnlyList<Tree> Trees(OnnxForest forest, int features, double slope)
    {
        var splitting = new ForestSplitting(forest, features, slope);
        var trees = new TreeList();
        for (var i = 0; i < forest.Roots.Length; i++)
            trees.Add(i, splitting.Of(i));
        return trees.Trees;
    }

    private IEnumerable<Tree> Of(int tree)
    {
        Walk(tree);
        var votes = _places.SelectMany((p, place) => VotesOf(p.Node).Select(v => (Place: place, v.Output, v.Weight)))
            .Where(v => v.Weight != 0).GroupBy(v => v.Output).OrderBy(g => g.Key);
        var values = new double[_places.Count];
        var marks = new int[_places.Count];
        foreach (var (turn, votesOfOutput) in votes.Index())
            yield return One(votesOfOutput.Key, votesOfOutput.Select(v => (v.Place, v.Weight)), values, marks, turn + 1);
    }

    // The nodes in preorder; children get their places when their turn comes.
    private void Walk(int tree)
    {
        _places.Clear();
        var open = new Stack<(int Node, int Parent, bool IsTrue)>([(_forest.Roots[tree], -1, false)]);
        while (open.TryPop(out var next))
        {
            // All that lies below has been walked.
            if (next.Node < 0)
            {
                _onWay[~next.Node] = false;
                continue;
            }
            var node = Joined(next.Node);
            var place = _places.Count;
            if (next.Parent >= 0)
                _places[next.Parent] =
                    next.IsTrue ? _places[next.Parent] with { True = place } : _places[next.Parent] with { False = place };
            _places.Add(new Place(next.Node, next.Parent, -1, -1));
            if (node.Mode == OnnxNodeMode.Leaf)
                continue;
            if (_onWay[next.Node])
                throw new InvalidModelException($"'{node.Name}' is reached twice on one way; a tree has no cycles.");
            if (_seenInTree[next.Node] == tree + 1 && ++_copies > MostCopies)
                throw new InvalidModelException($"'{node.Name}' is reached on so many ways that they cannot be written one by one (more "
                    + $"than {MostCopies:N0} nodes). Explain it as a black box.");
            (_seenInTree[next.Node], _onWay[next.Node]) = (tree + 1, true);
            open.Push((~next.Node, -1, false));
            if (node.Feature < 0 || node.Feature >= _features)
                throw new InvalidModelException($"'{node.Name}' asks for a feature that is not there; a row has {_features:N0}.");
            if (node.Mode != OnnxNodeMode.Member && double.IsNaN(node.Threshold))
                throw new InvalidModelException($"'{node.Name}' compares with NaN; a number was expected.");
            open.Push((node.False, place, false));
            open.Push((node.True, place, true));
        }
    }

    // A chain of questions for single numbers with one and the same answer is the question for the set that it was written from.
    private OnnxNode Joined(int place)
    {
        var node = _forest.Nodes[place];
        if (node.Mode != OnnxNodeMode.Equal || _forest.Nodes[node.True].Mode == OnnxNodeMode.Leaf)
            return node;
        if (_joined.TryGetValue(place, out var known))
            return known;
        var members = new HashSet<double> { node.Threshold };
        while (_forest.Nodes[node.False] is { Mode: OnnxNodeMode.Equal } next && next.Feature == node.Feature && next.True == node.True
            && !double.IsNaN(next.Threshold) && members.Add(next.Threshold))
            node = node with { False = next.False, MissingIsTrue = node.MissingIsTrue || next.MissingIsTrue };
        if (members.Count > 1 && !double.IsNaN(node.Threshold))
        {
            node = node with { Mode = OnnxNodeMode.Member, Set = _sets.Count };
            _sets.Add([.. members]);
        }
        return _joined[place] = node;
    }

    private Tree One(int output, IEnumerable<(int Place, double Weight)> votes, double[] values, int[] marks, int mark)
    {
        // Marked are the leaves with a vote and all above them; everywhere else the output gets 0.
        var marked = new List<int>();
        foreach (var (leaf, weight) in votes)
        {
            values[leaf] = _slope * weight / _forest.Divisor;
            for (var at = leaf; at >= 0 && marks[at] != mark; at = _places[at].Parent)
            {
                marks[at] = mark;
                marked.Add(at);
            }
        }
        // From below: what a node adds whatever the answers are, NaN where that depends on them.
        marked.Sort();
        for (var i = marked.Count - 1; i >= 0; i--)
        {
            var place = _places[marked[i]];
            if (place.True >= 0)
                values[marked[i]] = Value(place.True) is var yes && yes == Value(place.False) ? yes : double.NaN;
        }

        var nodes = new List<TreeNode>();
        var sets = new List<double[]>();
        var open = new Stack<(int Place, int Slot)>([(0, 0)]);
        nodes.Add(default);
        while (open.TryPop(out var next))
        {
            var place = _places[next.Place];
            var cover = _hasHits ? _forest.Nodes[place.Node].Hits : double.NaN;
            if (!double.IsNaN(Value(next.Place)))
            {
                nodes[next.Slot] = TreeNode.Leaf(Value(next.Place), cover);
                continue;
            }
            var (yes, no) = (nodes.Count, nodes.Count + 1);
            nodes.AddRange([default, default]);
            nodes[next.Slot] = Split(Joined(place.Node), yes, no, cover, sets);
            open.Push((place.True, yes));
            open.Push((place.False, no));
        }
        return new Tree(CollectionsMarshal.AsSpan(nodes), sets, output);

        double Value(int place) => marks[place] == mark ? values[place] : 0;
    }

    private TreeNode Split(in OnnxNode node, int yes, int no, double cover, List<double[]> sets)
    {
        switch (node.Mode)
        {
            case OnnxNodeMode.LessOrEqual:
                return TreeNode.Comparison(node.Feature, SplitKind.LessOrEqual, node.Threshold, yes, no, node.MissingIsTrue, cover);
            case OnnxNodeMode.Less:
                return TreeNode.Comparison(node.Feature, SplitKind.Less, node.Threshold, yes, no, node.MissingIsTrue, cover);
            // What is not above is below: the sides change, and with them that of missing values.
            case OnnxNodeMode.Greater:
                return TreeNode.Comparison(node.Feature, SplitKind.LessOrEqual, node.Threshold, no, yes, !node.MissingIsTrue, cover);
            case OnnxNodeMode.GreaterOrEqual:
                return TreeNode.Comparison(node.Feature, SplitKind.Less, node.Threshold, no, yes, !node.MissingIsTrue, cover);
        }
        sets.Add(node.Mode == OnnxNodeMode.Member ? _sets[node.Set] : [node.Threshold]);
        // NaN differs from every number.
        return node.Mode == OnnxNodeMode.NotEqual
            ? TreeNode.Membership(node.Feature, SplitKind.Equal, sets.Count - 1, no, yes, missingLeft: false, cover)
            : TreeNode.Membership(node.Feature, SplitKind.Equal, sets.Count - 1, yes, no, node.MissingIsTrue, cover);
    }

    private ArraySegment<OnnxVote> VotesOf(int node) => new ArraySegment<OnnxVote>(_forest.Votes)[First(node)..First(node + 1)];

    // The number of the first vote of a node, or of those behind it.
    private int First(int node)
    {
        var (low, high) = (0, _forest.Votes.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_forest.Votes[middle].Node < node)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }

    // Many exporters write 1 everywhere; hits are counts only where those of a node's children sum to its own.
    private static bool HaveHits(OnnxNode[] nodes) =>
        nodes.Length > 0 && Array.TrueForAll(nodes, n => n.Hits >= 0 && double.IsFinite(n.Hits)
        && (n.Mode == OnnxNodeMode.Leaf || n.Hits > 0 && Math.Abs(nodes[n.True].Hits + nodes[n.False].Hits - n.Hits) <= 1e-5 * n.Hits));
}
