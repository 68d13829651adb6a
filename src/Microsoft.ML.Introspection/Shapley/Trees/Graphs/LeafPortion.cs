using System.Numerics;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Shapley.Trees.Graphs;

/// <summary>Leaves of like numbers of players and of patterns.</summary>
/// <param name="Players">The most players on a path; paths of fewer have others that every row takes.</param>
/// <param name="Patterns">The most patterns of background rows; leaves of fewer have others that no row has.</param>
/// <param name="Leaves">The leaves.</param>
internal sealed record LeafPortion(int Players, int Patterns, IReadOnlyList<BackgroundLeaf> Leaves)
{
    // Each portion has its own operators, which take longer than the arithmetic on this many leaves.
    private const int FewLeaves = 64;

    // As many bits as single precision holds.
    private const int WordBits = 24;

    /// <summary>The single output of the leaves, where they were portioned so.</summary>
    public int Output => Leaves[0].Output;

    /// <summary>The numbers that are made of a leaf when the graph is loaded.</summary>
    public long TableSize => (long)Patterns * (3 * Players + 2);

    /// <summary>Portions leaves.</summary>
    /// <param name="leaves">All leaves.</param>
    /// <param name="byOutput">
    /// Whether leaves of different outputs are to be apart, and patterns as they are: one for each background row.
    /// </param>
    public static IReadOnlyList<LeafPortion> Of(IEnumerable<BackgroundLeaf> leaves, bool byOutput)
    {
        var result = new List<LeafPortion>();
        foreach (var ofOutput in leaves.GroupBy(l => byOutput ? l.Output : 0))
        {
            LeafPortion? open = null;
            foreach (var like in ofOutput.GroupBy(
                l => (Players: Upwards(l.Players.Length), Patterns: byOutput ? l.Patterns.Length : Upwards(l.Patterns.Length)))
                .OrderBy(g => g.Key))
            {
                var portion = new LeafPortion(like.Key.Players, like.Key.Patterns, [.. like]);
                open = open is null ? portion : open.With(portion);
                if (open.Leaves.Count >= FewLeaves)
                {
                    result.Add(open);
                    open = null;
                }
            }
            if (open is not null)
                result.Add(open);
        }
        return result;
    }

    /// <summary>The leaves as columns of a table.</summary>
    /// <param name="functions">The number of each function that tells whether a row takes a player's edges; 0 is that of none.</param>
    /// <param name="targetOf">The number of what an output and a player stand for.</param>
    /// <param name="length">How many leaves there shall be; those that are missing add nothing.</param>
    /// <param name="type">The type of the leaves' values.</param>
    public LeafColumns<Tensor> Columns(IReadOnlyDictionary<StepProduct, int> functions, Func<int, int, int> targetOf, int length,
        ElementType type)
    {
        var words = (Players + WordBits - 1) / WordBits;
        var (taking, targets) = (new int[length * Players], new int[length * Players]);
        var (masks, counts) = (new int[length * Patterns * words], new int[length * Patterns]);
        var (values, outputs) = (new double[length], new int[length]);
        // A player, and a background row, that is not there leaves nothing.
        Array.Fill(masks, WordMask);
        for (var i = 0; i < Leaves.Count; i++)
        {
            var leaf = Leaves[i];
            (values[i], outputs[i]) = (leaf.Value, leaf.Output);
            for (var f = 0; f < leaf.Players.Length; f++)
            {
                taking[i * Players + f] = functions[leaf.Taking[f]];
                targets[i * Players + f] = targetOf(leaf.Output, leaf.Players[f]);
            }
            var absent = (BigInteger.One << words * WordBits) - (BigInteger.One << leaf.Players.Length);
            for (var p = 0; p < leaf.Patterns.Length; p++)
            {
                var (pattern, count) = leaf.Patterns[p];
                counts[i * Patterns + p] = count;
                for (var word = 0; word < words; word++)
                    masks[(i * words + word) * Patterns + p] = (int)((pattern | absent) >> word * WordBits & WordMask);
            }
        }
        return new(
            Tensor.From(taking, length, Players),
            Tensor.From(masks, length, words, Patterns),
            counts.Max() <= byte.MaxValue ? Tensor.From(Array.ConvertAll(counts, c => (byte)c), length, 1, Patterns)
                : Tensor.From(counts, length, 1, Patterns),
            Tensor.FromDoubles(type, values, length),
            Tensor.From(targets, length, Players),
            Tensor.From(outputs, length));
    }

    /// <summary>Which players a pattern leaves, from its <see cref="LeafColumns{T}.Masks"/>.</summary>
    /// <param name="masks">Shape [leaves, words, patterns].</param>
    /// <param name="type">The type of the result.</param>
    /// <returns>0 and 1, [leaves, players, patterns].</returns>
    public Value Left(Value masks, ElementType type)
    {
        // Divided by the next power of two, a number has one half or more behind the point where the bit is set.
        var graph = masks.Graph;
        var words = masks.Shape[1].Value;
        double[] parts = [.. Enumerable.Range(0, words == 1 ? Players : WordBits).Select(bit => Math.ScaleB(1, -bit - 1))];
        var shifted =
            (words == 1 ? masks : masks.Unsqueeze(2)).Cast(type) * graph.Constant(Tensor.FromDoubles(type, parts, parts.Length, 1));
        var left = (shifted - Operators.Emit("Floor", shifted)).Less(0.5).AsNumber(type);
        return words == 1 ? left : left.Reshape(masks.Shape[0].Value, words * WordBits, Patterns).Slice([0], [Players], [1]);
    }

    private const int WordMask = (1 << WordBits) - 1;

    private LeafPortion With(LeafPortion other) => new(
        Math.Max(Players, other.Players), Math.Max(Patterns, other.Patterns), [.. Leaves, .. other.Leaves]);

    // Powers of two, and numbers between them: what is filled up is never more than half.
    private static int Upwards(int count)
    {
        var size = 4;
        for (; size < count; size *= 2)
            if (size * 3 / 2 >= count)
                return size * 3 / 2;
        return count <= 4 ? count : size;
    }
}

/// <summary>What is told of leaves.</summary>
/// <param name="Taking">The functions that tell whether a row takes a player's edges, [leaves, players].</param>
/// <param name="Masks">A bit for each player that a pattern takes along, in words of 24 bits, [leaves, words, patterns].</param>
/// <param name="Counts">How many background rows have each pattern, [leaves, 1, patterns].</param>
/// <param name="Values">What each leaf adds, [leaves].</param>
/// <param name="Targets">What each player's share is added to, [leaves, players].</param>
/// <param name="Outputs">The output of each leaf, [leaves].</param>
internal sealed record LeafColumns<T>(T Taking, T Masks, T Counts, T Values, T Targets, T Outputs)
{
    /// <summary>The same told otherwise.</summary>
    public LeafColumns<TTo> Select<TTo>(Func<T, TTo> convert) =>
        new(convert(Taking), convert(Masks), convert(Counts), convert(Values), convert(Targets), convert(Outputs));
}
