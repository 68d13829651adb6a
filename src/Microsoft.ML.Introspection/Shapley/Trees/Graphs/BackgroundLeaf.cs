using System.Numerics;
using Microsoft.ML.Introspection.Models;

namespace Microsoft.ML.Introspection.Shapley.Trees.Graphs;

/// <summary>A leaf with the players (features, or groups of them) on its path, and which of these background rows take along.</summary>
internal sealed class BackgroundLeaf
{
    private BackgroundLeaf(int output, double value, Part[] parts, int rows, bool merged)
    {
        (Output, Value) = (output, value);
        Players = Array.ConvertAll(parts, p => p.Player);
        Taking = Array.ConvertAll(parts, p => p.Taking);
        var patterns = Enumerable.Range(0, rows).Select(row => Pattern(parts, row));
        Patterns = merged ? [.. patterns.CountBy(p => p)] : [.. patterns.Select(p => KeyValuePair.Create(p, 1))];
    }

    /// <summary>The output that the leaf adds to.</summary>
    public int Output { get; }

    /// <summary>What it adds.</summary>
    public double Value { get; }

    /// <summary>The players on its path.</summary>
    public int[] Players { get; }

    /// <summary>For each of them 1 for rows that take all its edges, 0 for rows that leave the path because of it.</summary>
    public StepProduct[] Taking { get; }

    /// <summary>A bit for each of them that a background row takes along, and how many background rows have it so.</summary>
    public KeyValuePair<BigInteger, int>[] Patterns { get; }

    /// <summary>The leaves of a tree.</summary>
    /// <param name="tree">A tree that splits.</param>
    /// <param name="groups">The player of every feature; null where each is one.</param>
    /// <param name="background">The background rows.</param>
    /// <param name="merged">Whether background rows of one pattern are counted together; else each has its own, in order.</param>
    public static IReadOnlyList<BackgroundLeaf> Of(Tree tree, IReadOnlyList<int>? groups, IReadOnlyList<float[]> background, bool merged)
    {
        var leaves = new List<BackgroundLeaf>();
        Visit(0, []);
        return leaves;

        void Visit(int at, Part[] parts)
        {
            var node = tree.Nodes[at];
            if (node.IsLeaf)
            {
                leaves.Add(new BackgroundLeaf(tree.Output, node.Value, parts, background.Count, merged));
                return;
            }
            var player = groups?[node.Feature] ?? node.Feature;
            var place = Array.FindIndex(parts, p => p.Player == player);
            foreach (var left in (bool[])[true, false])
            {
                var part = new Part(tree, player, node, left, place < 0 ? null : parts[place], background);
                Part[] below = place < 0 ? [.. parts, part] : [.. parts[..place], part, .. parts[(place + 1)..]];
                Visit(left ? node.Left : node.Right, below);
            }
        }
    }

    private static BigInteger Pattern(Part[] parts, int row)
    {
        const int ShortBits = 63;
        var low = 0L;
        for (var i = 0; i < parts.Length && i < ShortBits; i++)
            low |= parts[i].Takers[row] ? 1L << i : 0;
        BigInteger pattern = low;
        for (var i = ShortBits; i < parts.Length; i++)
            if (parts[i].Takers[row])
                pattern |= BigInteger.One << i;
        return pattern;
    }

    /// <summary>What a path makes of one player.</summary>
    private sealed class Part
    {
        private readonly PathEdges _edges;

        public Part(Tree tree, int player, TreeNode split, bool left, Part? above, IReadOnlyList<float[]> background)
        {
            (Player, _edges) = (player, new PathEdges(above?._edges, split, left));
            Taking = new([.. _edges.Features.Select(feature => _edges.Taking(tree, feature))]);
            Takers = new bool[background.Count];
            for (var row = 0; row < Takers.Length; row++)
                Takers[row] = above?.Takers[row] != false && tree.GoesLeft(split, background[row][split.Feature]) == left;
        }

        public int Player { get; }

        public StepProduct Taking { get; }

        public bool[] Takers { get; }
    }
}
