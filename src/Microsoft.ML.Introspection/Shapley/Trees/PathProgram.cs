using System.Numerics;
using Microsoft.ML.Introspection.Models;

namespace Microsoft.ML.Introspection.Shapley.Trees;

/// <summary>
/// A tree laid out for sweeps that follow all its paths at once, with all that does not depend on the row worked out.
/// </summary>
/// <remarks>
/// <para>A leaf of value v on a path of features (or groups of them) j is a game: v(S) = v·Π_{j∈S} o_j·Π_{j∉S} z_j, where o_j tells whether
/// the row takes all edges of feature j, and z_j is the share of the training data that does. Its Shapley values are
/// φ_i = v·(o_i − z_i)·∫₀¹ Π_{j≠i} u_j(t) dt with u_j(t) = z_j + t·(o_j − z_j), and the integral of a polynomial is a sum over the nodes of
/// a Gauss–Legendre rule, ⌈features/2⌉ of them.</para>
/// <para>So a sweep carries G(t) = Π u_j(t) down at all nodes of the rule: an edge multiplies by the quotient of its feature's factor after
/// and before. On the way back it carries S(t), the sum of v·G(t) over the leaves below, and an edge adds Σ_t S(t)·(h after − h before) to
/// its
/// feature, h = (o − z)/u; over the edges of one feature this telescopes. Quotients and differences have three values, as the row has
/// taken all edges of the feature so far and this one, all but this one, or had left before.</para>
/// </remarks>
internal sealed class PathProgram<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly List<PathStep> _steps = [];
    private readonly List<T> _tables = [];
    private readonly Tree _tree;
    private readonly CodeTest[] _tests;
    private readonly double[] _nodes;

    private PathProgram(Tree tree, CodeTest[] tests)
    {
        (_tree, _tests, Output) = (tree, tests, tree.Output);
        (_nodes, var weights) = PathRule.Of(tree, tests);
        Weights = [.. weights.Select(T.CreateChecked)];
        if (tree.Nodes[0].IsLeaf)
            Expected = tree.Nodes[0].Value;
        else
            Node(0, 0, [], 1);
        (Steps, Tables) = ([.. _steps], [.. _tables]);
        Players = [.. Steps.Select(s => s.Player).Distinct().Order()];
    }

    /// <summary>Lays a tree out.</summary>
    /// <param name="tree">A tree that tells its covers.</param>
    /// <param name="tests">The test of every node that splits.</param>
    public static PathProgram<T> Of(Tree tree, CodeTest[] tests) => new(tree, tests);

    /// <summary>The steps in order.</summary>
    public PathStep[] Steps { get; }

    /// <summary>
    /// The numbers of the steps, for each node of the rule. Of an edge: the factors where the row takes it and where it leaves, the
    /// differences likewise, and the factor where it had left before. Of an end: what it adds to the sum and to its feature.
    /// </summary>
    public T[] Tables { get; }

    /// <summary>The weights of the rule.</summary>
    public T[] Weights { get; }

    /// <summary>The mean of the leaves over the training data.</summary>
    public double Expected { get; private set; }

    /// <summary>The output that the tree adds to.</summary>
    public int Output { get; }

    /// <summary>The players that the tree asks, by their places among those that any tree asks.</summary>
    public int[] Players { get; }

    /// <summary>The levels of nodes that have children.</summary>
    public int Levels { get; private set; }

    // z and the level of the last edge of each player on the path.
    private readonly record struct Passed(double Share, int Level);

    private sealed record Edge(int Child, bool Right, double Ratio, Passed Before, double Share);

    private void Node(int at, int level, Dictionary<int, Passed> path, double share)
    {
        Levels = Math.Max(Levels, level + 1);
        ref readonly var node = ref _tree.Nodes[at];
        var (left, right) = (EdgeTo(at, false, path), EdgeTo(at, true, path));
        if (_tree.Nodes[left.Child].IsLeaf && _tree.Nodes[right.Child].IsLeaf)
        {
            End(at, level, true, false, left, right);
            Expected += share * (left.Ratio * _tree.Nodes[left.Child].Value + right.Ratio * _tree.Nodes[right.Child].Value);
            return;
        }
        var first = true;
        foreach (var edge in (Edge[])[left, right])
        {
            if (!_tree.Nodes[edge.Child].IsLeaf)
                continue;
            End(at, level, first, edge.Right, edge, null);
            Expected += share * edge.Ratio * _tree.Nodes[edge.Child].Value;
            first = false;
        }
        foreach (var edge in (Edge[])[left, right])
        {
            if (_tree.Nodes[edge.Child].IsLeaf)
                continue;
            Inner(at, level, first, edge, path, share);
            first = false;
        }
    }

    private void Inner(int at, int level, bool first, Edge edge, Dictionary<int, Passed> path, double share)
    {
        var player = _tests[at].Player;
        ref readonly var child = ref _tree.Nodes[edge.Child];
        var down = Step(PathStepKind.Down, at, level, first, edge.Right, edge.Before) with { Table = EdgeTable(edge) };
        var isTwig = _tests[edge.Child].Player != player && _tree.Nodes[child.Left].IsLeaf && _tree.Nodes[child.Right].IsLeaf;
        _steps.Add(isTwig ? down with { Kind = PathStepKind.Twig } : down);

        var had = path.TryGetValue(player, out var before);
        path[player] = new Passed(edge.Share, level + 1);
        Node(edge.Child, level + 1, path, share * edge.Ratio);
        if (had)
            path[player] = before;
        else
            path.Remove(player);
        if (!isTwig)
            _steps.Add(down with { Kind = PathStepKind.Up });
    }

    // What two leaves (or one) add to the sum and to the feature.
    private void End(int at, int level, bool first, bool isRight, Edge edge, Edge? other)
    {
        var table = _tables.Count;
        foreach (var difference in (bool[])[false, true])
            foreach (var taken in (bool[])[true, false])
                foreach (var t in _nodes)
                    _tables.Add(
                        T.CreateChecked(Share(edge, taken, t, difference) + (other is null ? 0 : Share(other, !taken, t, difference))));
        _tables.Add(T.CreateChecked(edge.Ratio * Value(edge) + (other is null ? 0 : other.Ratio * Value(other))));
        _steps.Add(Step(PathStepKind.End, at, level, first, isRight, edge.Before) with { Table = table });

        double Value(Edge e) => _tree.Nodes[e.Child].Value;
        double Share(Edge e, bool taken, double t, bool difference) =>
            Value(e) * Factor(e, taken, t) * (difference ? Difference(e, taken, t) : 1);
    }

    private int EdgeTable(Edge edge)
    {
        var table = _tables.Count;
        foreach (var taken in (bool[])[true, false])
            foreach (var t in _nodes)
                _tables.Add(T.CreateChecked(Factor(edge, taken, t)));
        foreach (var taken in (bool[])[true, false])
            foreach (var t in _nodes)
                _tables.Add(T.CreateChecked(Difference(edge, taken, t)));
        _tables.Add(T.CreateChecked(edge.Ratio));
        return table;
    }

    // u after / u before, for a row that took all edges of the feature before this one.
    private static double Factor(Edge edge, bool taken, double t) =>
        (taken ? U(edge.Share, t) : edge.Share * (1 - t)) / U(edge.Before.Share, t);

    // h after − h before, likewise; h = (o − z)/u is −1/(1 − t) for a row that left.
    private static double Difference(Edge edge, bool taken, double t) =>
        (taken ? (1 - edge.Share) / U(edge.Share, t) : -1 / (1 - t)) - (1 - edge.Before.Share) / U(edge.Before.Share, t);

    private static double U(double share, double t) => share + t * (1 - share);

    private Edge EdgeTo(int at, bool right, Dictionary<int, Passed> path)
    {
        var child = right ? _tree.Nodes[at].Right : _tree.Nodes[at].Left;
        var ratio = PathRule.Ratio(_tree, at, child);
        var before = path.GetValueOrDefault(_tests[at].Player, new Passed(1, 0));
        return new Edge(child, right, ratio, before, before.Share * ratio);
    }

    private PathStep Step(PathStepKind kind, int at, int level, bool first, bool isRight, Passed before)
    {
        var test = _tests[at];
        return new PathStep
        {
            Kind = kind, First = first, Right = isRight, Level = level, Previous = before.Level, Player = test.Player,
            Row = test.Row, Limit = test.Limit, Set = test.Set,
        };
    }
}
