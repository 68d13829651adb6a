namespace Microsoft.ML.Introspection.Onnx;

/// <summary>
/// Scaled dot-product attention of several heads, softmax(s·Q·Kᵀ + mask)·V, in the operators that it is made of. Vaswani et al. 2017,
/// arXiv:1706.03762.
/// </summary>
internal static class DotProductAttention
{
    /// <summary>What an operator of attention gives, and its probabilities, [N, heads, queries, keys].</summary>
    public sealed record Attended(IReadOnlyList<Value?> Outputs, Value Weights);

    /// <summary>The operator <c>Attention</c> of the standard; an output is null where it is not written here.</summary>
    /// <exception cref="UnsupportedOperatorException">The number of keys comes from the data.</exception>
    public static Attended Of(Node node)
    {
        var (x, attributes) = (At(node, 0), node.Attributes);
        Value q = Heads(x, attributes.Int("q_num_heads")), k = Heads(At(node, 1), attributes.Int("kv_num_heads")),
            v = Heads(At(node, 2), attributes.Int("kv_num_heads"));
        var (pastKey, pastValue) = (Given(node, 4), Given(node, 5));
        var past = pastKey?.Shape[2] ?? 0;
        (k, v) = (pastKey is null ? k : Operators.Concat(2, pastKey, k), pastValue is null ? v : Operators.Concat(2, pastValue, v));
        var (presentKey, presentValue) = (k, v);
        (k, v) = (Shared(k, q), Shared(v, q));

        var raw = Scores(q, k, attributes.Has("scale") ? attributes.Float("scale") : null);
        var softcap = attributes.Float("softcap");
        var capped = softcap > 0 ? (raw / softcap).Tanh() * softcap : raw;
        var (masked, any) = Masked(node, capped, past);
        var weights = masked.Softmax(3);
        // A row that may see no key sees nothing.
        if (any is not null)
            weights = any.Where(weights, weights.Like(0));
        var y = weights.MatMul(v);
        var inner = attributes.Int("qk_matmul_output_mode") switch { 0 => raw, 3 => weights, _ => null };
        return new([x.Rank == 3 ? Merged(y) : y, presentKey, presentValue, inner], weights);
    }

    /// <summary>The products of queries and keys, scaled by halves on both sides; by 1/√d where no scale is given.</summary>
    public static Value Scores(Value q, Value k, double? scale)
    {
        var half = Math.Sqrt(scale ?? 1 / Math.Sqrt(q.Shape[3].Value));
        return (q * half).MatMul((k * half).TransposeMatrix());
    }

    /// <summary>[batch, steps, heads·size] as [batch, heads, steps, size].</summary>
    public static Value Heads(Value x, long heads) =>
        x.Rank == 4 ? x : x.Reshape(0, 0, heads, x.Shape[2].Value / heads).Transpose(0, 2, 1, 3);

    /// <summary>[batch, heads, steps, size] as [batch, steps, heads·size].</summary>
    public static Value Merged(Value y) => y.Transpose(0, 2, 1, 3).Reshape(0, 0, -1);

    /// <summary>The lowest number rather than −∞: a row with nothing to attend to is then not a number's absence.</summary>
    public static Value Never(Value scores) => scores.Like(scores.Type == ElementType.Float16 ? -65504 : float.MinValue);

    /// <summary>Which of the steps [queries, keys] lie not ahead, of keys that begin some steps before the queries.</summary>
    public static Value Causal(Value scores, long past)
    {
        var (rows, columns) = (scores.Shape[2].Value, scores.Shape[3].Value);
        var before = new bool[rows * columns];
        for (var i = 0L; i < before.Length; i++)
            before[i] = i % columns <= i / columns + past;
        return scores.Graph.Constant(Tensor.From(before, rows, columns));
    }

    // Where there are fewer heads of keys than of queries, neighbouring queries share one.
    private static Value Shared(Value x, Value queries)
    {
        var (heads, wanted) = (x.Shape[1].Value, queries.Shape[1].Value);
        return heads == wanted ? x : x.Gather(x.Graph.Constant([.. Enumerable.Range(0, (int)wanted).Select(i => i * heads / wanted)]), 1);
    }

    // The scores, and whether a row may see any key at all; null where all may.
    private static (Value Scores, Value? Any) Masked(Node node, Value scores, Dimension past)
    {
        Value? seen = null;
        if (Given(node, 6) is not null)
            throw new UnsupportedOperatorException(
                $"The {node.Describe()} counts its keys from the data (nonpad_kv_seqlen), for which there is no rule. Give it a mask.");
        if (Given(node, 3) is { } mask)
        {
            seen = mask.Type == ElementType.Bool ? mask : mask.Greater(mask.Like(double.NegativeInfinity));
            scores = mask.Type == ElementType.Bool ? scores : scores + mask;
        }
        if (node.Attributes.Int("is_causal") != 0)
        {
            var causal = Causal(scores, past.Value);
            if (seen is null)
                return (causal.Where(scores, Never(scores)), null);
            seen = seen.And(causal);
        }
        return seen is null ? (scores, null)
            : (seen.Where(scores, Never(scores)), seen.AsNumber(ElementType.Float).ReduceMax([seen.Rank - 1]).Greater(0));
    }

    private static Value? Given(Node node, int index) => node.Inputs.ElementAtOrDefault(index);

    private static Value At(Node node, int index) =>
        Given(node, index) ?? throw new InvalidModelException($"The {node.Describe()} lacks its input {index}.");
}
