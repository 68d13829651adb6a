using Microsoft.ML.Introspection.Models;

namespace Microsoft.ML.Introspection.Shapley.Trees;

/// <summary>What a step of a walk against a background does.</summary>
internal enum BackgroundStepKind : byte
{
    /// <summary>Goes down an edge to an inner node, or past it where no background row is left.</summary>
    Down,

    /// <summary>Comes back up that edge.</summary>
    Up,

    /// <summary>Takes an edge to a leaf and comes back.</summary>
    Leaf,
}

/// <summary>A step of a walk through a tree against a background.</summary>
internal struct BackgroundStep
{
    /// <summary>What is done.</summary>
    public BackgroundStepKind Kind;

    /// <summary>Whether the edge is the one to the right.</summary>
    public bool Right;

    /// <summary>The codes that the split tests.</summary>
    public int Row;

    /// <summary>The first code that goes to the right.</summary>
    public int Limit;

    /// <summary>The set of codes that go to the left; -1 for a comparison.</summary>
    public int Set;

    /// <summary>The level of the node that the edge leaves, from 0.</summary>
    public int Level;

    /// <summary>The level that the path's last edge of the same player led to; 0 where there is none.</summary>
    public int Previous;

    /// <summary>The number of the edge.</summary>
    public int Edge;

    /// <summary>The number of the path's last edge of the same player; 0, an edge that everybody takes, where there is none.</summary>
    public int PreviousEdge;

    /// <summary>How many steps it is from the one down to the one up.</summary>
    public int Length;

    /// <summary>The player whose feature the split asks, by its place among those that any split asks.</summary>
    public int Player;

    /// <summary>What the leaf adds to the score.</summary>
    public double Value;
}

/// <summary>
/// A tree laid out for walks with one row against many background rows, with all that only the background decides worked out: for
/// every edge the background rows that take it and all edges of its feature before it.
/// </summary>
internal sealed class BackgroundProgram
{
    private readonly List<BackgroundStep> _steps = [];
    private readonly Tree _tree;
    private readonly CodeTest[] _tests;
    private readonly Dictionary<int, (int Level, int Edge)> _path = [];
    private int _edges = 1;

    private BackgroundProgram(Tree tree, CodeTest[] tests, int[][] background, IReadOnlyList<bool[]> sets, int lanes)
    {
        (_tree, _tests, Output) = (tree, tests, tree.Output);
        // Background rows that part late stand side by side: then whole chunks drop out together.
        Order = [.. Enumerable.Range(0, background.Length).OrderBy(b => Leaf(background[b], sets))];
        if (!tree.Nodes[0].IsLeaf)
            Node(0, 0);
        Steps = [.. _steps];
        Players = [.. Steps.Select(s => s.Player).Distinct().Order()];
        Chunks = (background.Length + lanes - 1) / lanes;
        Takers = new uint[Chunks * _edges];
        for (var place = 0; place < Order.Length; place++)
            Mark(background[Order[place]], place / lanes * _edges, 1u << place % lanes, sets);
    }

    /// <summary>Lays a tree out.</summary>
    /// <param name="tree">The tree.</param>
    /// <param name="tests">The test of every node that splits.</param>
    /// <param name="background">The codes of every background row.</param>
    /// <param name="sets">The sets of codes that tests ask for.</param>
    /// <param name="lanes">How many background rows make a chunk.</param>
    public static BackgroundProgram Of(Tree tree, CodeTest[] tests, int[][] background, IReadOnlyList<bool[]> sets, int lanes) =>
        new(tree, tests, background, sets, lanes);

    /// <summary>The steps in order.</summary>
    public BackgroundStep[] Steps { get; }

    /// <summary>The number of edges, with that before the root.</summary>
    public int Edges => _edges;

    /// <summary>The number of chunks of background rows.</summary>
    public int Chunks { get; }

    /// <summary>
    /// For each chunk and edge a bit for every background row of the chunk: whether it takes the edge and those of its feature before.
    /// </summary>
    public uint[] Takers { get; }

    /// <summary>The background rows in the order of the chunks.</summary>
    public int[] Order { get; }

    /// <summary>The players that the tree asks, by their places among those that any tree asks.</summary>
    public int[] Players { get; }

    /// <summary>The levels of nodes that have children.</summary>
    public int Levels { get; private set; }

    /// <summary>The most different players on a path.</summary>
    public int MostPlayers { get; private set; }

    /// <summary>The output that the tree adds to.</summary>
    public int Output { get; }

    /// <summary>Whether codes go to the left at a step's split.</summary>
    public static bool GoesLeft(in BackgroundStep step, ReadOnlySpan<int> codes, IReadOnlyList<bool[]> sets) =>
        step.Set < 0 ? codes[step.Row] < step.Limit : sets[step.Set][codes[step.Row]];

    private void Node(int at, int level)
    {
        Levels = Math.Max(Levels, level + 1);
        Edge(at, level, false);
        Edge(at, level, true);
    }

    private void Edge(int at, int level, bool right)
    {
        var (test, child) = (_tests[at], right ? _tree.Nodes[at].Right : _tree.Nodes[at].Left);
        var had = _path.TryGetValue(test.Player, out var before);
        var edge = _edges++;
        var step = new BackgroundStep
        {
            Kind = BackgroundStepKind.Down, Right = right, Row = test.Row, Limit = test.Limit, Set = test.Set, Level = level,
            Previous = before.Level, Edge = edge, PreviousEdge = before.Edge, Player = test.Player,
        };
        if (_tree.Nodes[child].IsLeaf)
        {
            _steps.Add(step with { Kind = BackgroundStepKind.Leaf, Value = _tree.Nodes[child].Value });
            MostPlayers = Math.Max(MostPlayers, _path.Count + (had ? 0 : 1));
            return;
        }
        var place = _steps.Count;
        _steps.Add(step);
        _path[test.Player] = (level + 1, edge);
        Node(child, level + 1);
        if (had)
            _path[test.Player] = before;
        else
            _path.Remove(test.Player);
        _steps[place] = step with { Length = _steps.Count - place };
        _steps.Add(step with { Kind = BackgroundStepKind.Up });
    }

    private int Leaf(int[] codes, IReadOnlyList<bool[]> sets)
    {
        var at = 0;
        while (!_tree.Nodes[at].IsLeaf)
        {
            var test = _tests[at];
            at = (test.Set < 0 ? codes[test.Row] < test.Limit : sets[test.Set][codes[test.Row]]) ? _tree.Nodes[at].Left
                : _tree.Nodes[at].Right;
        }
        return at;
    }

    private void Mark(int[] codes, int chunk, uint bit, IReadOnlyList<bool[]> sets)
    {
        Takers[chunk] |= bit;
        foreach (ref readonly var step in Steps.AsSpan())
            if (step.Kind != BackgroundStepKind.Up && (Takers[chunk + step.PreviousEdge] & bit) != 0
                && GoesLeft(step, codes, sets) != step.Right)
                Takers[chunk + step.Edge] |= bit;
    }
}
