using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Importers.Layout;

/// <summary>
/// Keeps values whose axes were put in another order in the order they came in: what is asked of a transposed value is done before the
/// transposition, which sinks behind it until another one cancels it. Whoever writes channels last thus gets a graph with channels second
/// throughout, with a transposition where rows come in and where maps go out.
/// </summary>
internal sealed class TransposeSinking : INodeRewriting
{
    private delegate IReadOnlyList<Value>? Rule(Site site);

    private readonly Dictionary<Value, View> _views = [];

    /// <summary>A value as another one with its axes in another order: axis i is axis <c>Order[i]</c> of <c>Inner</c>.</summary>
    private sealed record View(Value Inner, int[] Order);

    private sealed record Site(
        TransposeSinking Sinking, Graph Graph, string Operator, IReadOnlyList<Value?> Inputs, Attributes Attributes, int Outputs)
    {
        public View? First => Inputs[0] is { } first ? Sinking._views.GetValueOrDefault(first) : null;

        public long[]? Constants(int index) => index < Inputs.Count ? Inputs[index]?.Constant?.ToInt64() : null;

        public bool Lacks(int index) => index >= Inputs.Count || Inputs[index] is null;

        public IReadOnlyList<Value> Emit(IReadOnlyList<Value?> inputs, Attributes? attributes = null) =>
            Graph.EmitAsAsked(Operator, inputs, attributes ?? Attributes, Outputs);

        public IReadOnlyList<Value> Seen(IReadOnlyList<Value> inner, int[] order) => [.. inner.Select(v => Sinking.Seen(Graph, v, order))];
    }

    private static readonly Dictionary<string, Rule> Rules = new()
    {
        ["Concat"] = Concat,
        ["Softmax"] = s => AlongAxis(s, -1), ["LogSoftmax"] = s => AlongAxis(s, -1), ["Hardmax"] = s => AlongAxis(s, -1),
        ["Split"] = s => AlongAxis(s, 0),
        ["ArgMax"] = ToOne, ["ArgMin"] = ToOne,
        ["ReduceSum"] = Reduce, ["ReduceMean"] = Reduce, ["ReduceMax"] = Reduce, ["ReduceMin"] = Reduce, ["ReduceProd"] = Reduce,
        ["ReduceL1"] = Reduce, ["ReduceL2"] = Reduce, ["ReduceSumSquare"] = Reduce, ["ReduceLogSumExp"] = Reduce, ["ReduceLogSum"] = Reduce,
        ["Squeeze"] = Squeeze, ["Unsqueeze"] = Unsqueeze,
        ["Slice"] = s => WithAxes(s, 3, s.Constants(1)?.Length), ["Pad"] = s => s.Lacks(3) ? PadAll(s) : WithAxes(s, 3, null),
        ["Tile"] = Tile, ["Gather"] = Gather,
    };

    /// <inheritdoc/>
    public IReadOnlyList<Value>? Rewrite(
        Graph graph, string operatorType, IReadOnlyList<Value?> inputs, Attributes attributes, int outputs)
    {
        if (operatorType == "Transpose" && inputs[0] is { Constant: null, ShapeOrNull: { } shape } x)
            return [Transposed(graph, x, attributes.Ints("perm") is { } order ? Array.ConvertAll(order, a => (int)a)
                : [.. Enumerable.Range(0, shape.Rank).Reverse()])];
        if (!inputs.Any(i => i is not null && _views.ContainsKey(i)) || inputs.Any(i => i is { ShapeOrNull: null }))
            return null;
        var site = new Site(this, graph, operatorType, inputs, attributes, outputs);
        return Rules.TryGetValue(operatorType, out var rule) ? rule(site)
            : OperatorFacts.Of(operatorType)?.Has(OperatorTraits.Elementwise) == true ? Elementwise(site)
            : null;
    }

    /// <summary>What a value is before the transposition that makes it, or the value itself.</summary>
    public Value Inner(Value value) => _views.TryGetValue(value, out var view) ? view.Inner : value;

    /// <summary>Another value seen with its axes in the order that one is seen in.</summary>
    public Value SeenLike(Value inner, Value like) => _views.TryGetValue(like, out var view) ? Seen(inner.Graph, inner, view.Order) : inner;

    /// <summary>Whether channels (the last axis) of a value stand second already, so that no transposition is needed for that.</summary>
    public bool HasChannelsSecond(Value value) => _views.TryGetValue(value, out var view) && view.Order.Length > 1 && view.Order[^1] == 1;

    private Value Transposed(Graph graph, Value x, int[] order) => _views.TryGetValue(x, out var view)
        ? Seen(graph, view.Inner, Array.ConvertAll(order, a => view.Order[a]))
        : Seen(graph, x, order);

    private Value Seen(Graph graph, Value inner, int[] order)
    {
        if (IsIdentity(order))
            return inner;
        var outer = Moved(graph, inner, order);
        if (outer.Constant is null)
            _views[outer] = new View(inner, order);
        return outer;
    }

    // Axes of extent 1 move without moving anything.
    private static Value Moved(Graph graph, Value inner, int[] order) =>
        MovesOnesAlone(inner.Shape, order) && new Shape(order.Select(a => inner.Shape[a])) is var shape
                && shape.Count(d => !d.IsKnown) <= 1 && !shape.Any(d => d == 0)
            ? graph.EmitAsAsked("Reshape", [inner, graph.Constant(Extents(shape, order))], Attributes.None)[0]
            : graph.EmitAsAsked("Transpose", [inner], Attributes.Of(("perm", Array.ConvertAll(order, a => (long)a))))[0];

    // An open first extent is copied, which keeps its symbol; one elsewhere is what is left.
    private static long[] Extents(Shape shape, int[] order) =>
        order[0] == 0 && !shape[0].IsKnown ? [0, .. shape.Skip(1).Select(d => d.Value)] : shape.ToArrayOrMinusOne();

    /// <summary>
    /// The same value with its axes in another order within, whatever is asked of it first: the graph then says at its very beginning where
    /// the channels of an input stand.
    /// </summary>
    /// <param name="x">The value.</param>
    /// <param name="order">The axes within: the i-th is axis <c>order[i]</c> of the value.</param>
    public Value Reordered(Value x, int[] order) => Seen(x.Graph, Moved(x.Graph, x, order), Inverse(order));

    // An operand of a node whose result is seen in some order: as it is within, with axes of extent 1 put in front.
    private Value? Aligned(Graph graph, Value? operand, int[] order)
    {
        if (operand is null || operand.Rank == 0 || operand.Constant is { Count: 1 } && operand.Rank <= order.Length)
            return operand;
        if (operand.Rank < order.Length)
        {
            var ones = Enumerable.Range(0, order.Length - operand.Rank).Select(i => (long)i).ToArray();
            operand = graph.EmitAsAsked("Unsqueeze", [operand, graph.Constant(ones)], Attributes.None)[0];
        }
        return operand.Constant is null
            ? Transposed(graph, operand, Inverse(order))
            : graph.EmitAsAsked("Transpose", [operand],
                Attributes.Of(("perm", Array.ConvertAll(Inverse(order), a => (long)a))))[0];
    }

    private static IReadOnlyList<Value>? Elementwise(Site s)
    {
        var rank = s.Inputs.OfType<Value>().Max(i => i.Rank);
        var view = s.Inputs.OfType<Value>().Select(i => s.Sinking._views.GetValueOrDefault(i)).FirstOrDefault(v => v?.Order.Length == rank);
        if (view is null)
            return null;
        return s.Seen(s.Emit([.. s.Inputs.Select(i => s.Sinking.Aligned(s.Graph, i, view.Order))]), view.Order);
    }

    private static IReadOnlyList<Value>? Concat(Site s)
    {
        var order = s.Inputs.OfType<Value>().Select(i => s.Sinking._views.GetValueOrDefault(i)).First(v => v is not null)!.Order;
        if (s.Inputs.Any(i => i is null || i.Rank != order.Length))
            return null;
        return s.Seen(s.Emit([.. s.Inputs.Select(i => s.Sinking.Aligned(s.Graph, i, order))],
            s.Attributes.With(("axis", order[Axis(s.Attributes.Int("axis"), order.Length)]))), order);
    }

    private static IReadOnlyList<Value>? AlongAxis(Site s, long otherwise) => s.First is not { } view ? null
        : s.Seen(s.Emit([view.Inner, .. s.Inputs.Skip(1)], s.Attributes.With(("axis", Inner(view, s.Attributes.Int("axis", otherwise))))),
            view.Order);

    private static IReadOnlyList<Value>? ToOne(Site s)
    {
        if (s.First is not { } view)
            return null;
        var axis = Axis(s.Attributes.Int("axis"), view.Order.Length);
        var result = s.Emit([view.Inner], s.Attributes.With(("axis", view.Order[axis])));
        return s.Seen(result, s.Attributes.Int("keepdims", 1) != 0 ? view.Order : Without(view.Order, [axis]));
    }

    private static IReadOnlyList<Value>? Reduce(Site s)
    {
        if (s.First is not { } view || s.Constants(1) is not { Length: > 0 } axes)
            return null;
        var result = s.Emit([view.Inner, s.Graph.Constant([.. axes.Select(a => (long)Inner(view, a))])]);
        return s.Seen(result, s.Attributes.Int("keepdims", 1) != 0
            ? view.Order : Without(view.Order, axes.Select(a => Axis(a, view.Order.Length))));
    }

    private static IReadOnlyList<Value>? Squeeze(Site s)
    {
        if (s.First is not { } view || s.Constants(1) is not { } axes)
            return null;
        return s.Seen(s.Emit([view.Inner, s.Graph.Constant([.. axes.Select(a => (long)Inner(view, a))])]),
            Without(view.Order, axes.Select(a => Axis(a, view.Order.Length))));
    }

    // Within, the new axes stand at the end.
    private static IReadOnlyList<Value>? Unsqueeze(Site s)
    {
        if (s.First is not { } view || s.Constants(1) is not { } axes)
            return null;
        var (rank, all) = (view.Order.Length, view.Order.Length + axes.Length);
        var added = axes.Select(a => Axis(a, all)).Order().ToList();
        var (next, order) = (0, new int[all]);
        for (var i = 0; i < all; i++)
            order[i] = added.IndexOf(i) is >= 0 and var at ? rank + at : view.Order[next++];
        return s.Seen(s.Emit([view.Inner, s.Graph.Constant([.. Enumerable.Range(rank, axes.Length).Select(a => (long)a)])]), order);
    }

    private static IReadOnlyList<Value>? WithAxes(Site s, int place, int? count)
    {
        if (s.First is not { } view)
            return null;
        var axes = s.Lacks(place) ? count is { } all ? [.. Enumerable.Range(0, all).Select(i => (long)i)] : null : s.Constants(place);
        if (axes is null)
            return null;
        Value?[] inputs = [view.Inner, .. s.Inputs.Skip(1)];
        if (inputs.Length <= place)
            inputs = [.. inputs, .. new Value?[place + 1 - inputs.Length]];
        inputs[place] = s.Graph.Constant([.. axes.Select(a => (long)Inner(view, a))]);
        return s.Seen(s.Emit(inputs), view.Order);
    }

    private static IReadOnlyList<Value>? PadAll(Site s)
    {
        if (s.First is not { } view || s.Constants(1) is not { } pads)
            return null;
        var (rank, inverse) = (view.Order.Length, Inverse(view.Order));
        long[] inner = [.. inverse.Select(a => pads[a]), .. inverse.Select(a => pads[a + rank])];
        return s.Seen(s.Emit([view.Inner, s.Graph.Constant(inner), .. s.Inputs.Skip(2)]), view.Order);
    }

    private static IReadOnlyList<Value>? Tile(Site s)
    {
        if (s.First is not { } view || s.Constants(1) is not { } times)
            return null;
        return s.Seen(s.Emit([view.Inner, s.Graph.Constant([.. Inverse(view.Order).Select(a => times[a])])]), view.Order);
    }

    private static IReadOnlyList<Value>? Gather(Site s)
    {
        if (s.First is not { } view || s.Inputs[1] is not { Rank: <= 1 } positions || s.Sinking._views.ContainsKey(positions))
            return null;
        var axis = Axis(s.Attributes.Int("axis"), view.Order.Length);
        return s.Seen(s.Emit([view.Inner, positions], s.Attributes.With(("axis", view.Order[axis]))),
            positions.Rank == 1 ? view.Order : Without(view.Order, [axis]));
    }

    private static int Axis(long axis, int rank) => axis >= -rank && axis < rank ? (int)(axis < 0 ? axis + rank : axis)
        : throw new InvalidModelException($"There is no axis {axis} of {rank}.");

    private static int Inner(View view, long axis) => view.Order[Axis(axis, view.Order.Length)];

    // The order of the axes that are left, counted anew.
    private static int[] Without(int[] order, IEnumerable<int> axes)
    {
        var gone = axes.ToHashSet();
        var left = order.Where((_, i) => !gone.Contains(i)).ToArray();
        return Array.ConvertAll(left, a => left.Count(other => other < a));
    }

    private static int[] Inverse(int[] order)
    {
        var inverse = new int[order.Length];
        for (var i = 0; i < order.Length; i++)
            inverse[order[i]] = i;
        return inverse;
    }

    private static bool IsIdentity(int[] order) => !order.Where((axis, i) => axis != i).Any();

    private static bool MovesOnesAlone(Shape shape, int[] order) =>
        order.Where(a => shape[a] != 1).ToArray() is var moved && moved.SequenceEqual(moved.Order());
}
