using System.Runtime.CompilerServices;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Models;

/// <summary>
/// Finds attention in a network: a softmax along the keys, whose input comes from a product of two computed tensors, and that weighs a
/// third. Scales, masks, soft caps and moved axes may stand between; the axis of the keys is followed through them.
/// </summary>
internal sealed class AttentionSearch
{
    /// <summary>As many tensors lie between softmax and product at most.</summary>
    private const int Farthest = 4096;

    private static readonly ConditionalWeakTable<Network, AttentionSearch> Known = [];

    private readonly ILookup<Value, Node> _readers;
    private readonly HashSet<Node> _products = [];

    private AttentionSearch(Network network)
    {
        var graph = network.OutputDefinition(network.OutputNames[0]).Graph;
        _readers = graph.Nodes.SelectMany(n => n.Inputs.OfType<Value>().Distinct().Select(i => (i, n))).ToLookup(p => p.i, p => p.n);
        Blocks = [.. graph.Nodes.Select(Block).OfType<AttentionBlock>()];
        Left = [.. graph.Nodes.Select(Kept).OfType<LeftAttention>()];
    }

    public IReadOnlyList<AttentionBlock> Blocks { get; }

    public IReadOnlyList<LeftAttention> Left { get; }

    /// <summary>What was found in a network; it is looked through once.</summary>
    public static AttentionSearch Of(Network network)
    {
        ArgumentNullException.ThrowIfNull(network);
        return Known.GetValue(network, n => new AttentionSearch(n));
    }

    private AttentionBlock? Block(Node node)
    {
        if (node is not { Domain: "", OperatorType: "Softmax" } || node.Outputs[0] is not { ShapeOrNull: { Rank: >= 2 } shape } made)
            return null;
        var axis = (int)node.Attributes.Int("axis", -1);
        axis = axis < 0 ? axis : axis - shape.Rank;
        if (-axis > shape.Rank || Scores(new(node.Inputs[0]!, axis)) is not { } scored || Weighed(new(made, axis)) is not { } weighing)
            return null;
        _products.Add(scored.Node);
        _products.Add(weighing.Node);
        return new AttentionBlock(node, weighing.Weights, weighing.Axes, scored.Query, scored.Key, weighing.Values);
    }

    /// <summary>A tensor, and which of its axes is that of the keys, counted from the last, -1.</summary>
    private readonly record struct Place(Value Tensor, int Axis);

    // Back from the softmax to the product of queries and keys, whichever of several summands it is.
    private static (Node Node, Value Query, Value Key)? Scores(Place from)
    {
        var seen = new HashSet<Value>();
        var open = new Queue<Place>([from]);
        while (seen.Count < Farthest && open.TryDequeue(out var place))
        {
            if (!seen.Add(place.Tensor) || place.Tensor.Producer is not { Domain: "" } node || place.Tensor.OutputIndex > 0)
                continue;
            if (node.OperatorType is "MatMul" or "Einsum" && node.Inputs.Count == 2 && node.Inputs.All(i => i is { Constant: null }))
            {
                if (KeysOf(node, place.Axis) is { } key && node.Inputs.All(i => i!.ShapeOrNull is { Rank: >= 3 }))
                    return (node, node.Inputs[1 - key]!, node.Inputs[key]!);
                continue;
            }
            for (var i = 0; i < node.Inputs.Count; i++)
                if (node.Inputs[i] is { Constant: null } input && input.Type.IsFloating() && Moved(node, i, place.Axis,
                    isBack: true) is { } axis)
                    open.Enqueue(new(input, axis));
        }
        return null;
    }

    // On from the softmax to the product with the values.
    private (Node Node, Value Weights, int[] Axes, Value Values)? Weighed(Place from)
    {
        var seen = new HashSet<Value>();
        var open = new Queue<Place>([from]);
        while (seen.Count < Farthest && open.TryDequeue(out var place))
        {
            if (!seen.Add(place.Tensor))
                continue;
            foreach (var reader in _readers[place.Tensor].Where(r => r.Domain.Length == 0))
            {
                var i = reader.Inputs.ToList().IndexOf(place.Tensor);
                if (reader.OperatorType is "MatMul" or "Einsum" && reader.Inputs.Count == 2)
                {
                    if (reader.Inputs[1 - i] is { Constant: null, ShapeOrNull: { Rank: >= 3 } } values && place.Tensor.Rank >= 3
                        && AxesOf(reader, i, place) is { } axes)
                        return (reader, place.Tensor, axes, values);
                }
                else if (reader.Outputs[0].ShapeOrNull is not null && Moved(reader, i, place.Axis, isBack: false) is { } axis)
                    open.Enqueue(new(reader.Outputs[0], axis));
            }
        }
        return null;
    }

    // Which operand of a product has the axis of the keys.
    private static int? KeysOf(Node product, int axis)
    {
        if (product.OperatorType == "MatMul")
            return axis switch { -1 => 1, -2 => 0, _ => null };
        if (Equation(product) is not { } equation || -axis > equation.Result.Length)
            return null;
        var letter = equation.Result[^-axis];
        var holders = new[] { 0, 1 }.Where(i => equation.Operands[i].Contains(letter, StringComparison.Ordinal)).ToList();
        var isContracted = equation.Operands[0].Any(l => equation.Operands[1].Contains(l, StringComparison.Ordinal)
            && !equation.Result.Contains(l, StringComparison.Ordinal));
        return holders is [var only] && isContracted ? only : null;
    }

    // The axes of weights in the order of rows, heads, queries, keys; null where their keys are not what is summed over.
    private static int[]? AxesOf(Node product, int operand, Place weights)
    {
        var rank = weights.Tensor.Rank;
        var keys = rank + weights.Axis;
        if (product.OperatorType == "MatMul")
            return (operand, weights.Axis) switch
            {
                (0, -1) => [.. Enumerable.Range(0, rank)],
                (1, -2) => [.. Enumerable.Range(0, rank - 2), rank - 1, rank - 2],
                _ => null,
            };
        if (Equation(product) is not { } equation)
            return null;
        var (own, other) = (equation.Operands[operand], equation.Operands[1 - operand]);
        if (equation.Result.Contains(own[keys], StringComparison.Ordinal) || !other.Contains(own[keys], StringComparison.Ordinal))
            return null;
        var queries = Enumerable.Range(0, rank).Where(i => equation.Result.Contains(own[i], StringComparison.Ordinal)
            && !other.Contains(own[i], StringComparison.Ordinal)).ToList();
        return queries is [var only] ? [.. Enumerable.Range(0, rank).Where(i => i != only && i != keys), only, keys] : null;
    }

    private static EinsumEquation? Equation(Node node) => node.Inputs.All(i => i?.ShapeOrNull is not null)
        ? EinsumEquation.Parse(node.Attributes.Text("equation"), [.. node.Inputs.Select(i => i!.Rank)]) : null;

    // Where an axis of what a node gives lies in an input of it, or the other way round; null where the node is none that attention passes.
    private static int? Moved(Node node, int input, int axis, bool isBack)
    {
        var (x, y) = (node.Inputs[input]!, node.Outputs[0]);
        if (x.ShapeOrNull is not { } before || y.ShapeOrNull is not { } after)
            return null;
        var (from, to) = isBack ? (after, before) : (before, after);
        switch (node.OperatorType)
        {
            case "Transpose":
                var perm = node.Attributes.Ints("perm") ?? [.. Enumerable.Range(0, before.Rank).Reverse().Select(i => (long)i)];
                return (int)(isBack ? perm[^-axis] : Array.IndexOf(perm, (long)(before.Rank + axis))) - before.Rank;
            case "Reshape" or "Squeeze" or "Unsqueeze" or "Flatten" when input == 0:
                return Kept(from, to, axis);
            case "Where" when input > 0:
            case "Add" or "Sub" or "Mul" or "Div" or "Max" or "Min" or "Sum" or "Expand":
                return -axis <= to.Rank && to[axis] == from[axis] ? axis : null;
            case "Cast" or "Identity" or "Tanh" or "Clip" or "Dropout" when input == 0:
                return axis;
            // What is put beside the scores of the keys (a sink), and what takes it away again.
            case "Slice" when input == 0 && !isBack:
            case "Concat" when isBack:
                return axis;
            // Heads mixed by constants, the heads moved to the end before.
            case "MatMul" when isBack && input == 0 && axis != -1 && before.Rank > 3
                && node.Inputs[1] is { Constant: not null, ShapeOrNull: { Rank: 2 } mixing } && mixing[0] == mixing[1]:
                return axis;
            default:
                return null;
        }
    }

    // Where an axis lies under other extents: as many elements lie behind it as before.
    private static int? Kept(Shape from, Shape to, int axis)
    {
        var behind = from.Skip(from.Rank + axis + 1).Aggregate((Dimension)1, (count, d) => count * d);
        var count = (Dimension)1;
        for (var i = -1; -i <= to.Rank; i--)
        {
            if (count == behind && to[i] == from[axis] && behind.IsKnown)
                return i;
            count *= to[i];
        }
        return null;
    }

    private LeftAttention? Kept(Node node)
    {
        if (node.OperatorType.Contains("Attention", StringComparison.Ordinal))
            return new(Label(node), node.Domain.Length > 0 ? $"{node.Domain}:{node.OperatorType}" : node.OperatorType,
                node.OperatorType.Contains("Linear", StringComparison.Ordinal) ? Linear
                    : "The operator keeps its probabilities to itself. Export the network without ONNX Runtime's optimiser of "
                        + "transformers.");
        // q·(kᵀ·v), neither of them weighed by a softmax of products.
        if (node is not { Domain: "", OperatorType: "MatMul" or "Einsum", Inputs: [{ Constant: null }, { Constant: null }] }
            || _products.Contains(node) || node.Outputs[0].ShapeOrNull is not { Rank: >= 3 })
            return null;
        return node.Inputs.Any(i => Contracted(i!) is { } inner && !_products.Contains(inner))
            ? new(Label(node), node.OperatorType, Linear) : null;
    }

    private const string Linear = "Linear attention has no probabilities: keys meet values before queries do.";

    // Through scales and moved axes to a product of two computed tensors.
    private static Node? Contracted(Value value)
    {
        for (var turn = 0; turn < 8 && value.Producer is { Domain: "" } node; turn++)
        {
            if (node.OperatorType is "MatMul" or "Einsum")
                return node.Inputs is [{ Constant: null, ShapeOrNull: { Rank: >= 3 } }, { Constant: null, ShapeOrNull: { Rank: >= 3 } }]
                    ? node : null;
            if (node.OperatorType is not ("Transpose" or "Reshape" or "Mul" or "Div" or "Cast" or "Identity")
                || node.Inputs[0] is not { Constant: null } next)
                return null;
            value = next;
        }
        return null;
    }

    private static string Label(Node node) => node.Name.Length > 0 ? node.Name : node.Outputs[0].Name;
}
