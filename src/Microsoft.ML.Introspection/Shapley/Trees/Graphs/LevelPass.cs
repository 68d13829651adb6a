using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Shapley.Trees.Graphs;

/// <summary>Rows at one level of trees, on the way up and down: the formulas of <see cref="PathGraph"/>.</summary>
internal sealed class LevelPass
{
    private readonly PathLevel _level;
    private readonly Inner? _both, _one;
    private readonly Twigs? _none;
    private Value?[] _products = new Value?[3];

    /// <summary>Comes from below.</summary>
    /// <param name="rule">The quadrature.</param>
    /// <param name="level">The splits.</param>
    /// <param name="deviations">κ, [N, splits] of each of the three kinds.</param>
    /// <param name="below">V of all children that split, [N, nodes, children].</param>
    public LevelPass(PathQuadrature rule, PathLevel level, ReadOnlySpan<Value?> deviations, Value? below)
    {
        _level = level;
        var children = below?.Split(2, level.Both.Length, level.One.Length, level.Both.Length);
        if (deviations[0] is { } both)
            _both = new Inner(rule, level.Both, both, children![0]!, children[2]!);
        if (deviations[1] is { } one)
            _one = new Inner(rule, level.One, one, children![1]!, one.Graph.Constant(rule.Row(level.One, s => s.SecondValue)));
        if (deviations[2] is { } none)
            _none = new Twigs(rule, level.None, none);
    }

    /// <summary>V of every split, [N, nodes, splits].</summary>
    public Value Expected() => Joined(2, _both?.Expected, _one?.Expected, _none?.Expected);

    /// <summary>Takes G of every split, [N, nodes, splits]; null for 1.</summary>
    /// <returns>G of every child that splits, likewise; null where there is none.</returns>
    public Value? Descend(Value? products)
    {
        _products = Kinds(products);
        var first = _both?.Factored(_products[0]);
        return Children(first, _one?.Factored(_products[1]), first is null ? null : _products[0] is { } all ? all - first : 1 - first);
    }

    /// <summary>What multiplies the deviations, [N, splits].</summary>
    public Value Shares() => Shares(_products);

    /// <summary>How <see cref="Shares()"/> changes with y of a player, for the changes that G has.</summary>
    public Value SharesOf(Value changes) => Shares(Kinds(changes));

    /// <summary>How G of the children changes with y of a player.</summary>
    /// <param name="player">The player's number.</param>
    /// <param name="changes">How G of the splits does; null for not at all.</param>
    public Value? DescendChanges(Value player, Value? changes)
    {
        var kinds = Kinds(changes);
        var first = _both?.Changed(player, kinds[0], _products[0]);
        return Children(first, _one?.Changed(player, kinds[1], _products[1]),
            first is null ? null : kinds[0] is { } all ? all - first : -first);
    }

    private Value Shares(Value?[] products) => Joined(1, _both?.Share(products[0]), _one?.Share(products[1]), _none?.Share(products[2]));

    private Value?[] Kinds(Value? all) => all?.Split(2, _level.Both.Length, _level.One.Length, _level.None.Length) ?? new Value?[3];

    private static Value? Children(Value? firstOfBoth, Value? firstOfOne, Value? secondOfBoth) =>
        firstOfBoth is null && firstOfOne is null ? null : Joined(2, firstOfBoth, firstOfOne, secondOfBoth);

    private static Value Joined(int axis, params Value?[] parts) => Operators.Concat(axis, [.. parts.OfType<Value>()]);

    private static Value Times(Value? product, Value factor) => product is null ? factor : product * factor;

    /// <summary>Splits with a child that splits, or two.</summary>
    private sealed class Inner(PathQuadrature rule, PathSplit[] splits, Value deviations, Value first, Value second)
    {
        private readonly PathTable _table = new(rule, deviations.Graph, splits);
        private readonly Value _difference = first - second;
        private readonly Value _players = deviations.Graph.Constant(Tensor.Vector<int>(Array.ConvertAll(splits, s => s.Player)));

        // m, for the first child. Equal nodes are one, so that it may be written as often as it is used.
        private Value Factor => _table.Slope * deviations.Unsqueeze(1) + deviations.Graph.Constant(rule.Row(splits, s => s.Share));

        public Value Expected => Factor * _difference + second;

        public Value Factored(Value? product) => Times(product, Factor);

        public Value Share(Value? product) => (Times(product, _table.Weight) * _difference).ReduceSum([1], keepDimensions: false);

        public Value Changed(Value player, Value? change, Value? product)
        {
            var slope = (product, _table.Rate) switch
            {
                (null, null) => deviations.Graph.Constant(Tensor.Filled(rule.Type, 1, rule.Nodes.Length, 1)),
                (null, var rate) => rate,
                (_, null) => product,
                var (_, rate) => product * rate,
            };
            var own = slope * (deviations * _players.EqualTo(player).AsNumber(rule.Type)).Unsqueeze(1);
            return change is null ? own : change * Factor + own;
        }
    }

    /// <summary>Splits of two leaves, whose difference their deviations hold already.</summary>
    private sealed class Twigs(PathQuadrature rule, PathSplit[] splits, Value deviations)
    {
        private readonly PathTable _table = new(rule, deviations.Graph, splits);

        public Value Expected => _table.Slope * deviations.Unsqueeze(1)
            + deviations.Graph.Constant(rule.Row(splits, s => s.Share * s.FirstValue + (1 - s.Share) * s.SecondValue));

        public Value Share(Value? product) => product is null
            ? _table.Weight.ReduceSum([0], keepDimensions: false).ExpandLike(deviations)
            : (product * _table.Weight).ReduceSum([1], keepDimensions: false);
    }
}
