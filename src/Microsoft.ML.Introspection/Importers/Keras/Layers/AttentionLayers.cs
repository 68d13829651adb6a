using Microsoft.ML.Introspection.Onnx;
using static Microsoft.ML.Introspection.Importers.Keras.KerasLayers;

namespace Microsoft.ML.Introspection.Importers.Keras;

/// <summary>Attention of moments to moments.</summary>
internal static class AttentionLayers
{
    // What is added to a score that does not count.
    private const double Never = -1e9;

    public static Dictionary<string, Rule> Rules { get; } = new()
    {
        ["Attention"] = s => Luong(s),
        ["AdditiveAttention"] = s => Bahdanau(s),
        ["MultiHeadAttention"] = s => MultiHead(s),
        ["GroupQueryAttention"] = s => MultiHead(s), ["GroupedQueryAttention"] = s => MultiHead(s),
    };

    private static IReadOnlyList<KerasTensor> Luong(KerasLayer s)
    {
        var (query, value, key) = Inputs(s);
        var scores = query.Value.MatMul(key.Value.TransposeMatrix());
        if (s.Text("score_mode", "dot") == "concat")
        {
            var joined = (query.Value.Unsqueeze(2) + key.Value.Unsqueeze(1));
            var (scale, weight) = (s.Flag("use_scale") ? s.Weight("scale") : null, s.Weight("concat_score_weight"));
            scores = weight * (scale is null ? joined : scale * joined).Tanh().ReduceSum([-1], keepDimensions: false);
        }
        else if (s.Flag("use_scale"))
            scores *= s.Weight("scale");
        return Weighted(s, scores, query, value);
    }

    private static IReadOnlyList<KerasTensor> Bahdanau(KerasLayer s)
    {
        var (query, value, key) = Inputs(s);
        var joined = (query.Value.Unsqueeze(2) + key.Value.Unsqueeze(1)).Tanh();
        if (s.Flag("use_scale", true))
            joined *= s.Weight("scale", s.Features(query.Value));
        return Weighted(s, joined.ReduceSum([-1], keepDimensions: false), query, value);
    }

    private static (KerasTensor Query, KerasTensor Value, KerasTensor Key) Inputs(KerasLayer s)
    {
        if (s.Tensors.Count is < 2 or > 3)
            throw s.Refused($"has {s.Tensors.Count} inputs where query, value and perhaps a key were expected");
        var masks = s.Keywords.GetValueOrDefault("mask");
        KerasTensor With(int i) => masks is not null && i < masks.Count && masks.Count == s.Call.Keywords["mask"].List?.Count
            ? s.Tensors[i] with { Mask = masks[i].Value } : s.Tensors[i];
        return (With(0), With(1), s.Tensors[^1]);
    }

    private static IReadOnlyList<KerasTensor> Weighted(KerasLayer s, Value scores, KerasTensor query, KerasTensor value)
    {
        List<Value?> masks = [value.Mask?.Unsqueeze(1), s.Flag("causal") || IsCausal(s) ? Causal(s, scores) : null];
        scores = Masked(scores, masks);
        var weights = scores.Softmax(-1);
        var result = weights.MatMul(value.Value);
        if (query.Mask is { } counts)
            result *= counts.Cast(result.Type).Unsqueeze(2);
        return Gives(s, "return_attention_scores") ? [new(result, query.Mask), new(weights)] : [new(result, query.Mask)];
    }

    private static bool IsCausal(KerasLayer s) => Gives(s, "use_causal_mask");

    private static bool Gives(KerasLayer s, string word) =>
        s.Call.Keywords.TryGetValue(word, out var given) && given.Constant?.GetValueKind() == System.Text.Json.JsonValueKind.True;

    // What any mask leaves out is left out once: where all of a row is, its scores stay equal.
    private static Value Masked(Value scores, IEnumerable<Value?> masks)
    {
        var all = masks.OfType<Value>().ToList();
        return all.Count == 0 ? scores
            : scores + (1 - all.Select(m => m.Cast(ElementType.Bool)).Aggregate((a, b) => a.And(b)).Cast(scores.Type)) * Never;
    }

    // Whether a moment may look at another: at those before it, and at itself.
    private static Value Causal(KerasLayer s, Value scores)
    {
        var (rows, columns) = (s.Features(scores, -2), s.Features(scores, -1));
        if (rows * columns > 1 << 24)
            throw s.Refused($"masks {rows} × {columns} scores, which are too many");
        var mask = new bool[rows * columns];
        for (var i = 0L; i < rows; i++)
            Array.Fill(mask, true, (int)(i * columns), (int)Math.Min(i + 1, columns));
        return s.Graph.Constant(Tensor.From(mask, rows, columns));
    }

    private static IReadOnlyList<KerasTensor> MultiHead(KerasLayer s)
    {
        if (s.Class != "MultiHeadAttention")
            throw s.Refused("shares keys between heads, which is not read");
        if (s.Wholes("attention_axes") is { Count: > 0 } axes && (axes.Count != 1 || axes[0] != 1 && axes[0] != -2) || s.Flag("use_gate")
            || s.Has("sliding_window"))
            throw s.Refused("attends along other axes than the second, through a gate or a window, which is not read");
        var inputs = s.Tensors.ToList();
        foreach (var word in (string[])["query", "value", "key"])
            if (s.Keywords.TryGetValue(word, out var named))
                inputs.AddRange(named);
        if (inputs.Count is < 2 or > 3 || inputs.Any(i => i.Value.Rank != 3))
            throw s.Refused($"has {inputs.Count} inputs where query, value and perhaps a key of three axes were expected");
        var (query, value, key) = (inputs[0], inputs[1], inputs[^1]);
        var (heads, keyDepth) = (s.Whole("num_heads"), s.Whole("key_dim"));
        var (valueDepth, bias) = (s.Has("value_dim") ? s.Whole("value_dim") : keyDepth, s.Flag("use_bias", true));
        var q = Heads(s, query.Value, "query", heads, keyDepth, bias) * (1 / Math.Sqrt(keyDepth));
        var k = Heads(s, key.Value, "key", heads, keyDepth, bias);
        var v = Heads(s, value.Value, "value", heads, valueDepth, bias);
        var scores = q.Transpose(0, 2, 1, 3).MatMul(k.Transpose(0, 2, 3, 1));
        var keys = s.Keywords.GetValueOrDefault("value_mask")?[0].Value ?? value.Mask;
        scores = Masked(scores,
        [
            s.Keywords.TryGetValue("attention_mask", out var mask) ? Aligned(mask[0].Value) : null,
            (s.Keywords.GetValueOrDefault("query_mask")?[0].Value ?? query.Mask)?.Unsqueeze(1, 3),
            keys?.Unsqueeze(1, 2),
            key.Mask != keys ? key.Mask?.Unsqueeze(1, 2) : null,
            IsCausal(s) ? Causal(s, scores) : null,
        ]);
        var weights = scores.Softmax(-1);
        var together = weights.MatMul(v.Transpose(0, 2, 1, 3)).Transpose(0, 2, 1, 3);
        var joined = together.Reshape([0, s.Features(together, 1) is var moments ? moments : -1, heads * valueDepth]);
        var part = s.Weights.Part("output_dense", "_output_dense");
        var kernel = s.Graph.Constant(s.WeightTensor(part, "attention_output/kernel"), $"{s.Path}/attention_output/kernel");
        if (kernel.Rank != 3 || kernel.Shape[0] != heads || kernel.Shape[1] != valueDepth)
            throw s.Refused($"has an output kernel of shape {kernel.Shape} where [{heads}, {valueDepth}, …] was expected");
        var result = joined.MatMul(kernel.Reshape([heads * valueDepth, kernel.Shape[2].Value]));
        if (bias)
            result += s.Graph.Constant(s.WeightTensor(part, "attention_output/bias", kernel.Shape[2].Value),
                $"{s.Path}/attention_output/bias");
        return Gives(s, "return_attention_scores") ? [new(result, query.Mask), new(weights)] : [new(result, query.Mask)];
    }

    // [N, T, S] of all heads, or [N, heads, T, S].
    private static Value Aligned(Value mask) => mask.Rank == 3 ? mask.Unsqueeze(1) : mask;

    private static Value Heads(KerasLayer s, Value x, string name, long heads, long depth, bool bias)
    {
        var part = s.Weights.Part($"{name}_dense", $"_{name}_dense");
        var (features, moments) = (s.Features(x), s.Features(x, 1));
        var kernel = s.WeightTensor(part, $"{name}/kernel", features, heads, depth).Reshaped(features, heads * depth);
        var result = x.MatMul(s.Graph.Constant(kernel, $"{s.Path}/{name}/kernel"));
        if (bias)
            result += s.Graph.Constant(s.WeightTensor(part, $"{name}/bias", heads, depth).Reshaped(heads * depth), $"{s.Path}/{name}/bias");
        return result.Reshape([0, moments, heads, depth]);
    }
}
