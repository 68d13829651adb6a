using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Differentiation.Rules;

/// <summary>Scaled dot-product attention of several heads (Vaswani et al. 2017), and the rotation of positions (Su et al. 2021).</summary>
internal static class Attention
{
    public static readonly Dictionary<string, BackwardRule> Rules = new()
    {
        ["Attention"] = Formula.Of(Attend),
        ["RotaryEmbedding"] = Formula.Of(Rotate),
    };

    /// <summary>What an operator of attention is in others; null for what is none.</summary>
    public static Func<Adjoint, IReadOnlyList<Value?>>? FormulaOf(Node node) => node switch
    {
        { Domain: "", OperatorType: "Attention" } => Attend,
        { Domain: "", OperatorType: "RotaryEmbedding" } => a => [Rotate(a)],
        _ => null,
    };

    /// <summary>
    /// The probabilities of an Attention operator, [N, heads, queries, keys], and its values for each head of the queries.
    /// </summary>
    public static (Value Probabilities, Value Values) Parts(Node node) => Attended(new Adjoint(node, [], 0)) is var made
        ? (made.Weights, made.Values) : default;

    private static IReadOnlyList<Value?> Attend(Adjoint a) => Attended(a).Outputs;

    // softmax(s·Q·Kᵀ + mask)·V, with the keys and values of earlier steps before those of this one.
    private static (IReadOnlyList<Value?> Outputs, Value Weights, Value Values) Attended(Adjoint a)
    {
        var (x, attributes) = (a.At(0), a.Attributes);
        var isFlat = x.Rank == 3;
        Value q = Heads(x, attributes.Int("q_num_heads")), k = Heads(a.At(1), attributes.Int("kv_num_heads")),
            v = Heads(a.At(2), attributes.Int("kv_num_heads"));
        var past = a.Given(4) is { } earlier ? earlier.Shape[2] : 0;
        (k, v) = (a.Given(4) is null ? k : Operators.Concat(2, a.At(4), k), a.Given(5) is null ? v : Operators.Concat(2, a.At(5), v));
        var (presentKey, presentValue) = (k, v);
        (k, v) = (Shared(k, q), Shared(v, q));

        var scale = attributes.Has("scale") ? attributes.Float("scale") : 1 / Math.Sqrt(q.Shape[3].Value);
        var raw = (q * Math.Sqrt(scale)).MatMul((k * Math.Sqrt(scale)).TransposeMatrix());
        var softcap = attributes.Float("softcap");
        var capped = softcap > 0 ? (raw / softcap).Tanh() * softcap : raw;
        var (masked, any) = Masked(a, capped, past);
        var weights = masked.Softmax(3);
        // A row that may see no key sees nothing.
        if (any is not null)
            weights = any.Where(weights, weights.Like(0));
        var y = weights.MatMul(v);
        var inner = attributes.Int("qk_matmul_output_mode") switch { 0 => raw, 3 => weights, _ => null };
        return ([isFlat ? y.Transpose(0, 2, 1, 3).Reshape(0, 0, -1) : y, presentKey, presentValue, inner], weights, v);
    }

    // [batch, steps, heads·size] as [batch, heads, steps, size].
    internal static Value Heads(Value x, long heads) =>
        x.Rank == 4 ? x : x.Reshape(0, 0, heads, x.Shape[2].Value / heads).Transpose(0, 2, 1, 3);

    // Where there are fewer heads of keys than of queries, neighbouring queries share one.
    private static Value Shared(Value x, Value queries)
    {
        var (heads, wanted) = (x.Shape[1].Value, queries.Shape[1].Value);
        return heads == wanted ? x : x.Gather(x.Graph.Constant([.. Enumerable.Range(0, (int)wanted).Select(i => i * heads / wanted)]), 1);
    }

    // The scores, and whether a row may see any key at all; null where all may.
    private static (Value Scores, Value? Any) Masked(Adjoint a, Value scores, Dimension past)
    {
        // The lowest number rather than −∞: a row with nothing to attend to is then not a number's absence.
        var never = scores.Like(scores.Type == ElementType.Float16 ? -65504 : float.MinValue);
        Value? seen = null;
        if (a.Given(6) is not null)
            throw new UnsupportedOperatorException(
                $"The {a.Node.Describe()} counts its keys from the data (nonpad_kv_seqlen), for which there is no rule. Give it a mask.");
        if (a.Given(3) is { } mask)
        {
            seen = mask.Type == ElementType.Bool ? mask : mask.Greater(mask.Like(double.NegativeInfinity));
            scores = mask.Type == ElementType.Bool ? scores : scores + mask;
        }
        if (a.Attributes.Int("is_causal") != 0)
        {
            var (rows, columns) = (scores.Shape[2].Value, scores.Shape[3].Value);
            var before = new bool[rows * columns];
            for (var i = 0L; i < before.Length; i++)
                before[i] = i % columns <= i / columns + past.Value;
            var causal = scores.Graph.Constant(Tensor.From(before, rows, columns));
            if (seen is null)
                return (causal.Where(scores, never), null);
            seen = seen.And(causal);
        }
        return seen is null ? (scores, null)
            : (seen.Where(scores, never), seen.AsNumber(ElementType.Float).ReduceMax([seen.Rank - 1]).Greater(0));
    }

    // The first part of each head is turned, pair by pair, by the angle of its position.
    private static Value Rotate(Adjoint a)
    {
        var x = a.At(0);
        var isFlat = x.Rank == 3;
        var heads = isFlat ? x.Reshape(0, 0, a.Attributes.Int("num_heads"), x.Shape[2].Value / a.Attributes.Int("num_heads"))
            : x.Transpose(0, 2, 1, 3);
        var size = heads.Shape[3].Value;
        var turned = a.Attributes.Int("rotary_embedding_dim") is > 0 and var part ? part : size;
        Value Angles(int input) => (a.Given(3) is { } positions ? a.At(input).Gather(positions) : a.At(input)).Unsqueeze(2);
        var (cos, sin) = (Angles(1), Angles(2));
        var rotated = heads.Slice([0], [turned], [3]);
        var isInterleaved = a.Attributes.Int("interleaved") != 0;
        var first = isInterleaved ? rotated.Slice([0], [turned], [3], [2]) : rotated.Slice([0], [turned / 2], [3]);
        var second = isInterleaved ? rotated.Slice([1], [turned], [3], [2]) : rotated.Slice([turned / 2], [turned], [3]);
        Value real = first * cos - second * sin, imaginary = first * sin + second * cos;
        rotated = isInterleaved
            ? Operators.Concat(4, real.Unsqueeze(4), imaginary.Unsqueeze(4)).Reshape(0, 0, 0, turned)
            : Operators.Concat(3, real, imaginary);
        var y = turned == size ? rotated : Operators.Concat(3, rotated, heads.Slice([turned], [size], [3]));
        return isFlat ? y.Reshape(0, 0, -1) : y.Transpose(0, 2, 1, 3);
    }
}
