using System.Runtime.CompilerServices;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Shapley.Trees.Tables;

/// <summary>A split on the way to a leaf, and which way that is.</summary>
internal readonly record struct PathEdge(int Node, bool Left);

/// <summary>Whether a feature's value takes some edges: one bit of a pattern.</summary>
internal sealed record LeafBit(Tree Tree, int Feature, IReadOnlyList<PathEdge> Edges)
{
    /// <summary>Where that may change.</summary>
    public IEnumerable<double> Borders => Edges.SelectMany(e => Tree.Borders(Tree.Nodes[e.Node]));

    /// <summary>Whether a value takes them all.</summary>
    public bool Takes(double value) => Edges.All(e => Tree.GoesLeft(Tree.Nodes[e.Node], value) == e.Left);
}

/// <summary>
/// Leaves of a tree whose Shapley values depend on the same few bits of a row, so that they can be looked up in a table of all patterns:
/// for each feature above the lowest split that the leaves share, whether the row takes all its edges, and for each split below, whether
/// it goes to the right.
/// </summary>
internal sealed class LeafSet
{
    // Leaves share a table up to the first; paths of more features have larger ones, up to the second. With more bits there would be fewer
    // tables, but less of them would stay in the caches.
    private const int CommonBits = 7, MostBits = 12, MostSplits = 64, Register = 8;

    private readonly PathEdge[][] _leaves;
    private readonly Func<int, int> _playerOf;
    private readonly int _level;

    private LeafSet(Tree tree, Func<int, int> playerOf, PathEdge[][] leaves, int level, IEnumerable<int> splits)
    {
        (Tree, _playerOf, _leaves, _level) = (tree, playerOf, leaves, level);
        Bits = [
            .. leaves[0].Take(level).GroupBy(e => tree.Nodes[e.Node].Feature).Select(g => new LeafBit(tree, g.Key, [.. g])),
            .. splits.Select(at => new LeafBit(tree, tree.Nodes[at].Feature, [new(at, Left: false)]))];
        Players = [.. Bits.Select(b => playerOf(b.Feature)).Distinct().Order()];
    }

    /// <summary>The tree.</summary>
    public Tree Tree { get; }

    /// <summary>What a pattern is made of, the lowest bit first.</summary>
    public IReadOnlyList<LeafBit> Bits { get; }

    /// <summary>Who gets values, in ascending order.</summary>
    public int[] Players { get; }

    /// <summary>How many numbers a line of the table has where it is to fill registers; behind the players' there are zeros.</summary>
    public int Width => (Players.Length + Register - 1) / Register * Register;

    /// <summary>How many numbers the table then has.</summary>
    public long Size => (long)Width << Bits.Count;

    /// <summary>The sets of all trees; null for trees that have none.</summary>
    /// <param name="ensemble">The trees.</param>
    /// <param name="groups">The player of every feature; null where each is one.</param>
    /// <param name="bytes">The bytes of a number.</param>
    /// <param name="most">The most bytes of all tables; the smallest are made first.</param>
    /// <param name="allOrNone">Whether there is no table of any tree unless those of all together fit.</param>
    public static IReadOnlyList<LeafSet>?[] Of(TreeEnsemble ensemble, IReadOnlyList<int>? groups, int bytes, long most, bool allOrNone)
    {
        var trees = new IReadOnlyList<LeafSet>?[ensemble.Trees.Count];
        SharedWork.Run(trees.Length, -1, place =>
        {
            var tree = ensemble.Trees[(int)place];
            trees[place] = tree.Nodes[0].IsLeaf ? [] : Of(tree, f => groups?[f] ?? f);
        });
        var sizes = Array.ConvertAll(trees, t => t?.Sum(s => s.Size) ?? 0);
        var left = most / bytes;
        if (allOrNone && sizes.Sum() > left)
            left = 0;
        foreach (var (tree, size) in sizes.Index().OrderBy(s => s.Item))
            if ((left -= size) < 0)
                trees[tree] = null;
        return trees;
    }

    // Null where a path is long, or asks too many features.
    private static IReadOnlyList<LeafSet>? Of(Tree tree, Func<int, int> playerOf)
    {
        var (sets, path) = (new List<LeafSet>(), new List<PathEdge>());
        if (tree.Depth > MostSplits)
            return null;
        if (Visit(0) is { } last)
            Close(last);
        return sets.TrueForAll(s => s.Bits.Count <= MostBits) ? sets : null;

        Part? Visit(int at)
        {
            if (tree.Nodes[at].IsLeaf)
                return new Part([[.. path]], [], path.Count, Passed());
            Part[] parts = [.. ((Part?[])[Below(at, true), Below(at, false)]).OfType<Part>().OrderBy(p => p.Bits)];
            // What comes from below goes up together, or the smaller of the two, or nothing.
            for (var count = parts.Length; count > 0; count--)
            {
                if (Joined(at, parts[..count]) is { } joined)
                    return joined;
                Close(parts[count - 1]);
            }
            return null;
        }

        Part? Below(int at, bool left)
        {
            path.Add(new(at, left));
            var part = Visit(left ? tree.Nodes[at].Left : tree.Nodes[at].Right);
            path.RemoveAt(path.Count - 1);
            return part;
        }

        Part? Joined(int at, Part[] parts)
        {
            int[] splits = [at, .. parts.SelectMany(p => p.Splits)];
            var bits = Passed() + splits.Length;
            return bits > Math.Max(CommonBits, parts.Max(p => p.Bits)) ? null
                : new Part([.. parts.SelectMany(p => p.Leaves)], splits, path.Count, bits);
        }

        int Passed() => path.Select(e => tree.Nodes[e.Node].Feature).Distinct().Count();
        void Close(Part part) => sets.Add(new LeafSet(tree, playerOf, part.Leaves, part.Level, part.Splits));
    }

    /// <summary>The values of all patterns.</summary>
    /// <param name="game">What a leaf is worth to the players.</param>
    /// <param name="width">How many numbers a line has, at least one for each player.</param>
    /// <returns>Shape [patterns, width].</returns>
    public double[] Table(LeafGame game, int width)
    {
        var table = new double[(long)width << Bits.Count];
        foreach (var path in _leaves)
        {
            int[] players = [.. path.Select(PlayerOf).Distinct()];
            var values = game.Values(path, Array.ConvertAll(players, player => path.Where(e => PlayerOf(e) == player).ToArray()));
            // The bits that tell whether a row takes all edges of a player, and what they are if it does.
            var (masks, takers) = (new int[players.Length], new int[players.Length]);
            foreach (var (bit, own) in Bits.Index())
            {
                var place = Array.FindIndex(path, e => e.Node == own.Edges[0].Node);
                if (place < 0)
                    continue;
                var player = Array.IndexOf(players, _playerOf(own.Feature));
                masks[player] |= 1 << bit;
                takers[player] |= place < _level || !path[place].Left ? 1 << bit : 0;
            }
            Add(table, width, values, masks, takers, [.. players.Select(p => Array.BinarySearch(Players, p))]);
        }
        return table;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Add(double[] table, int width, double[] values, int[] masks, int[] takers, int[] places)
    {
        for (int pattern = 0, line = 0; line < table.Length; pattern++, line += width)
        {
            var taken = 0;
            for (var i = 0; i < masks.Length; i++)
                taken |= (pattern & masks[i]) == takers[i] ? 1 << i : 0;
            for (var i = 0; i < places.Length; i++)
                table[line + places[i]] += values[taken * places.Length + i];
        }
    }

    private int PlayerOf(PathEdge edge) => _playerOf(Tree.Nodes[edge.Node].Feature);

    /// <summary>Leaves below a node, and the splits between it and them.</summary>
    private sealed record Part(PathEdge[][] Leaves, int[] Splits, int Level, int Bits);
}
