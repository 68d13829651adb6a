using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Models;

/// <summary>
/// Operators that hold many in one (the standard's <c>Attention</c>, and what ONNX Runtime's optimiser of transformers makes of a network)
/// in the operators that they are made of: probabilities of attention are tensors then, computed once, and every rule passes them. One
/// table, an entry for each operator; a form that has no entry stays as it is.
/// </summary>
internal static class FusedOperators
{
    private const string Microsoft = "com.microsoft";

    private static readonly Dictionary<(string Domain, string Operator), Func<Node, IReadOnlyList<Value?>?>> Table = new()
    {
        [("", "Attention")] = Standard,
        [(Microsoft, "Attention")] = n => Packed(n, At(n, 0), At(n, 1), 2, 3, 4, 5, 6),
        [(Microsoft, "QAttention")] = n => Packed(n, Real(n, 0, 3, 6), Real(n, 1, 4, 7), 2, 5, 8, -1, -1),
        [(Microsoft, "MultiHeadAttention")] = MultiHead,
        [(Microsoft, "SkipLayerNormalization")] = n => Skipped(n, 4, (node, sum) => Layer(node, sum, At(node, 2), Given(node, 3))),
        [(Microsoft, "SkipSimplifiedLayerNormalization")] = n => Skipped(n, 3, (node, sum) => Simplified(node, sum, 2)),
        [(Microsoft, "EmbedLayerNormalization")] = Embedded,
        [(Microsoft, "BiasGelu")] = n => [Gelu(At(n, 0) + At(n, 1), "none")],
        [(Microsoft, "FastGelu")] = n => [Gelu(Given(n, 1) is { } bias ? At(n, 0) + bias : At(n, 0), "tanh")],
        [(Microsoft, "Gelu")] = n => [Gelu(At(n, 0), "none")],
        [(Microsoft, "QuickGelu")] = n => [At(n, 0) * (At(n, 0) * n.Attributes.Float("alpha", 1.702f)).Sigmoid()],
        [(Microsoft, "FusedMatMul")] = Multiplied,
    };

    /// <summary>The outputs of a node in other operators, added to its graph; null where it stays.</summary>
    /// <param name="node">The node, which is not in the graph itself.</param>
    public static IReadOnlyList<Value?>? WrittenOut(Node node)
    {
        if (!Table.TryGetValue((node.Domain, node.OperatorType), out var write)
            || node.Inputs.Any(i => i is not null && (i.ShapeOrNull is not { } shape || shape.Skip(1).Any(d => !d.IsKnown)))
            || !node.Inputs.All(i => i is null || i.Type is ElementType.Float or ElementType.Double || !i.Type.IsFloating()))
            return null;
        var label = node.Name.Length > 0 ? node.Name : node.Outputs[0].Name;
        var (graph, from) = (node.Graph, node.Graph.Nodes.Count);
        (graph.Scope, graph.Stem) = (label, label);
        try
        {
            if (write(node) is { } outputs && !node.Outputs.Where((o, i) => o.Name.Length > 0
                && outputs.ElementAtOrDefault(i) is null).Any())
                return outputs;
        }
        catch (Exception e) when (e is ArgumentException or ArithmeticException or IndexOutOfRangeException or InvalidOperationException
            or InvalidModelException or UnsupportedOperatorException)
        {
            // Inputs that do not fit are ONNX Runtime's to refuse, in its own words.
        }
        finally
        {
            (graph.Scope, graph.Stem) = ("", null);
        }
        graph.Forget(from);
        return null;
    }

    private static IReadOnlyList<Value?>? Standard(Node node) => Given(node, 6) is not null || node.Inputs.Count < 3
        || node.Outputs.ElementAtOrDefault(3) is { Name.Length: > 0 } && node.Attributes.Int("qk_matmul_output_mode") is 1 or 2
        || node.Attributes.Has("softmax_precision") && node.Attributes.Int("softmax_precision") != (long)At(node, 0).Type
        || node.Attributes.Has("left_window_size") || node.Attributes.Has("right_window_size")
            ? null : DotProductAttention.Of(node).Outputs;

    // Queries, keys and values by one matrix. A place of -1 is one that the operator has not.
    private static IReadOnlyList<Value?>? Packed(
        Node node, Value? x, Value? weights, int bias, int mask, int past, int summand, int pastLength)
    {
        var attributes = node.Attributes;
        if (x is not { Rank: 3 } || weights is null || attributes.Int("do_rotary") != 0
            || attributes.Int("past_present_share_buffer") != 0 || Given(node, pastLength) is not null)
            return null;
        var sizes = attributes.Ints("qkv_hidden_sizes") is { Length: 3 } own ? own
            : [.. Enumerable.Repeat(weights.Shape[1].Value / 3, 3)];
        var made = x.MatMul(weights);
        var parts = (Given(node, bias) is { } b ? made + b : made).Split(2, sizes);
        var (q, k, v) = (Apart(node, parts[0]!), Apart(node, parts[1]!), Apart(node, parts[2]!));
        if (Given(node, past) is { } earlier)
            (k, v) = (Operators.Concat(2, One(earlier, 0), k), Operators.Concat(2, One(earlier, 1), v));
        return Attended(node, q, k, v, Given(node, mask), Given(node, summand)) is { } y
            ? [y, Operators.Concat(0, k.Unsqueeze(0), v.Unsqueeze(0))] : null;

        static Value One(Value both, long which) => both.Slice([which], [which + 1], [0]).Squeeze(0);
    }

    // Queries, keys and values one by one, or packed [batch, steps, heads, 2 or 3, size]; keys and values perhaps by head already.
    private static IReadOnlyList<Value?>? MultiHead(Node node)
    {
        var (query, key, value, bias) = (At(node, 0), Given(node, 1), Given(node, 2), Given(node, 3));
        if (node.Inputs.Skip(8).Any(i => i is not null) || Given(node, 6) is null != Given(node, 7) is null)
            return null;
        Value q, k, v;
        if (bias is null && query.Rank == 5 && key is null)
            (q, k, v) = (Packed(query, 0), Packed(query, 1), Packed(query, 2));
        else if (bias is null && query.Rank == 3 && key is { Rank: 5 })
            (q, k, v) = (Apart(node, query), Packed(key, 0), Packed(key, 1));
        else if (query.Rank == 3 && key is not null && value is not null && key.Rank == value.Rank && key.Rank is 3 or 4
            && (bias is null || key.Rank == 3))
        {
            long[] sizes = [query.Shape[^1].Value, key.Shape[^1].Value, value.Shape[^1].Value];
            var biases = bias?.Split(0, sizes);
            Value Shifted(Value x, int part) => biases is null ? x : x + biases[part]!;
            (q, k, v) = (Apart(node, Shifted(query, 0)), Apart(node, Shifted(key, 1)), Apart(node, Shifted(value, 2)));
        }
        else
            return null;
        if (Given(node, 6) is { } earlier)
            (k, v) = (Operators.Concat(2, earlier, k), Operators.Concat(2, At(node, 7), v));
        return Attended(node, q, k, v, Given(node, 4), Given(node, 5)) is { } y ? [y, k, v] : null;

        static Value Packed(Value x, long part) => x.Slice([part], [part + 1], [3]).Squeeze(3).Transpose(0, 2, 1, 3);
    }

    private static Value? Attended(Node node, Value q, Value k, Value v, Value? mask, Value? summand)
    {
        var scale = node.Attributes.Float("scale");
        var scores = DotProductAttention.Scores(q, k, scale == 0 ? null : scale);
        if (summand is not null)
            scores += summand;
        if (mask is not null)
        {
            if (Seen(mask, scores) is not { } seen)
                return null;
            scores += seen.Where(scores.Like(0), scores.Like(node.Attributes.Float("mask_filter_value", -10000)));
        }
        if (node.Attributes.Int("unidirectional") != 0)
            scores = DotProductAttention.Causal(scores, k.Shape[2].Value - q.Shape[2].Value).Where(scores,
                DotProductAttention.Never(scores));
        return DotProductAttention.Merged(scores.Softmax(3).MatMul(v));
    }

    // Which keys may be seen: by a number for each, for each query and key, by how many there are, or by where they end and begin.
    private static Value? Seen(Value mask, Value scores)
    {
        if (mask.Rank is 2 or 3)
            return (mask.Type == ElementType.Bool ? mask : mask.Greater(0)).Unsqueeze(mask.Rank == 2 ? [1, 2] : [1]);
        var (rows, batch, keys) = (mask.Shape[0], scores.Shape[0], scores.Shape[3].Value);
        if (mask.Rank != 1)
            return null;
        var places = mask.Graph.Constant([.. Enumerable.Range(0, (int)keys).Select(i => (long)i)]).Cast(mask.Type);
        if (rows == batch)
            return places.Less(mask.Reshape(-1, 1, 1, 1));
        if (rows != batch * 2)
            return null;
        var bounds = mask.Reshape(2, -1, 1, 1, 1);
        return places.Less(bounds.Slice([0], [1], [0]).Squeeze(0)).And(places.Less(bounds.Slice([1], [2], [0]).Squeeze(0)).Not());
    }

    private static Value Apart(Node node, Value x) => DotProductAttention.Heads(x, node.Attributes.Int("num_heads"));

    private static Value? Real(Node node, int place, int scale, int zero)
    {
        var factor = At(node, scale);
        Value? Scalar(Value? x) => x is { Rank: 1 } && x.Shape[0] == 1 ? x.Squeeze(0) : x;
        return Added("DequantizeLinear", Attributes.Of(("axis", 1L)), ElementType.Float, At(node, place), Scalar(factor),
            Scalar(Given(node, zero)));
    }

    // A sum of branches and its normalisation, which gives the sum as its fourth output.
    private static IReadOnlyList<Value?> Skipped(Node node, int bias, Func<Node, Value, Value> normalized)
    {
        var sum = At(node, 0) + At(node, 1);
        if (Given(node, bias) is { } b)
            sum += b;
        return [normalized(node, sum), null, null, sum];
    }

    private static Value Layer(Node node, Value x, Value scale, Value? shift) => Added("LayerNormalization",
        Attributes.Of(("axis", -1L), ("epsilon", node.Attributes.Float("epsilon", 1e-12f))), x.Type, x, scale, shift);

    // What has the shape of its first input.
    private static Value Added(string operatorType, Attributes attributes, ElementType type, params Value?[] inputs)
    {
        var graph = inputs[0]!.Graph;
        var name = $"{graph.Stem}/{operatorType}";
        return graph.Add(operatorType, "", name, inputs, attributes, [(name, type, inputs[0]!.ShapeOrNull)]).Outputs[0];
    }

    private static Value Simplified(Node node, Value x, int scale) =>
        x / ((x * x).MeanInOrder(x.Rank - 1) + node.Attributes.Float("epsilon", 1e-5f)).Sqrt() * At(node, scale);

    // Words, positions and kinds of sentences, summed and normalised; and how many tokens are not padding.
    private static IReadOnlyList<Value?> Embedded(Node node)
    {
        var words = At(node, 0);
        var positions = Given(node, 8) is { } given ? At(node, 3).Gather(given)
            : At(node, 3).Slice([0], [words.Shape[1].Value], [0]).Unsqueeze(0);
        var sum = At(node, 2).Gather(words) + positions;
        if (Given(node, 1) is { } kinds && Given(node, 4) is { } table)
            sum += table.Gather(kinds);
        var counts = Given(node, 7)?.ReduceSum([1], keepDimensions: false)
            ?? words.ReduceSum([1], keepDimensions: false) * 0;
        return [Layer(node, sum, At(node, 5), Given(node, 6)), counts, sum];
    }

    private static Value Gelu(Value x, string approximate) => Operators.Emit("Gelu", Attributes.Of(("approximate", approximate)), x);

    private static IReadOnlyList<Value?>? Multiplied(Node node)
    {
        var attributes = node.Attributes;
        if (attributes.Int("transBatchA") != 0 || attributes.Int("transBatchB") != 0)
            return null;
        Value Turned(int place, string attribute) => attributes.Int(attribute) != 0 ? At(node, place).TransposeMatrix() : At(node, place);
        var product = Turned(0, "transA").MatMul(Turned(1, "transB"));
        var alpha = attributes.Float("alpha", 1);
        return [alpha == 1 ? product : product * alpha];
    }

    private static Value? Given(Node node, int place) => place < 0 ? null : node.Inputs.ElementAtOrDefault(place);

    private static Value At(Node node, int place) =>
        Given(node, place) ?? throw new InvalidModelException($"The {node.Describe()} lacks its input {place}.");
}
