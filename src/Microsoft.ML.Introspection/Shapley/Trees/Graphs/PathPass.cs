using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Shapley.Trees.Graphs;

/// <summary>Rows on their way up and down all levels of some trees.</summary>
internal sealed class PathPass
{
    private readonly IReadOnlyList<PathLevel> _levels;
    private readonly PathQuadrature _rule;
    private readonly Value _deviations;
    private readonly LevelPass[] _passes;

    /// <summary>Goes up, from the last splits to the roots, then down.</summary>
    /// <param name="levels">The levels.</param>
    /// <param name="rule">The quadrature.</param>
    /// <param name="deviations">κ of every split, [N, splits].</param>
    public PathPass(IReadOnlyList<PathLevel> levels, PathQuadrature rule, Value deviations)
    {
        (_levels, _rule, _deviations, _passes) = (levels, rule, deviations, new LevelPass[levels.Count]);
        var pieces = deviations.Split(1, [.. levels.SelectMany(l => (long[])[l.Both.Length, l.One.Length, l.None.Length])]);
        for (var i = levels.Count - 1; i >= 0; i--)
        {
            var below = i + 1 < levels.Count ? Rearranged(_passes[i + 1].Expected(), Inverse(levels[i + 1].Order)) : null;
            _passes[i] = new LevelPass(rule, levels[i], pieces.AsSpan(3 * i, 3), below);
        }
        Descend(null, (pass, products) => pass.Descend(products));
    }

    /// <summary>What each split adds to its player, [N, splits].</summary>
    public Value Values() => _deviations * Operators.Concat(1, [.. _passes.Select(p => p.Shares())]);

    /// <summary>
    /// How what each split adds to its player changes with another player asked above it, [N, splits but the roots]; null where
    /// there are only roots.
    /// </summary>
    /// <param name="player">The other player's number, a 32-bit integer.</param>
    public Value? Changes(Value player)
    {
        var shares = new List<Value>();
        Descend(null, (pass, changes) =>
        {
            if (changes is not null)
                shares.Add(pass.SharesOf(changes));
            return pass.DescendChanges(player, changes);
        });
        var roots = _levels[0].Splits.Count();
        return shares.Count == 0 ? null : _deviations.Slice([roots], [long.MaxValue], [1]) * Operators.Concat(1, [.. shares]);
    }

    private void Descend(Value? from, Func<LevelPass, Value?, Value?> step)
    {
        for (var i = 0; i < _passes.Length; i++)
        {
            from = step(_passes[i], from);
            if (i + 1 < _passes.Length)
                from = Rearranged(from!, _levels[i + 1].Order);
        }
    }

    // The numbers of all nodes of the quadrature are moved at once, for which they have to lie side by side.
    private Value Rearranged(Value x, int[] order) => order.Index().All(p => p.Index == p.Item)
        ? x
        : x.Reshape(-1, order.Length).Transpose(1, 0)
            .Gather(x.Graph.Constant(Tensor.Vector<int>(order))).Transpose(1, 0)
            .Reshape(-1, _rule.Nodes.Length, order.Length);

    private static int[] Inverse(int[] order)
    {
        var inverse = new int[order.Length];
        for (var i = 0; i < order.Length; i++)
            inverse[order[i]] = i;
        return inverse;
    }
}
