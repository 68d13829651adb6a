using Microsoft.ML.Introspection.Onnx;
using static Microsoft.ML.Introspection.Tests.Differentiation.Operand;

namespace Microsoft.ML.Introspection.Tests.Differentiation.Cases;

/// <summary>Attention as one operator, and rotary positions.</summary>
internal static class AttentionCases
{
    public static IEnumerable<RuleCase> All => [.. Attending(), .. Rotating()];

    private static IEnumerable<RuleCase> Attending()
    {
        yield return Of("four axes", null);
        yield return Of("a scale", null, ("scale", 0.4f));
        yield return Of("causal", null, ("is_causal", 1));
        yield return Of("softcap", null, ("softcap", 0.7f));
        yield return Of("a mask", Any(3, 4).AsConstant);
        yield return Of("a learnt mask", Any(2, 1, 3, 4));
        yield return Of("a mask of truth values",
            Fixed(Tensor.From([true, true, false, true, false, true, true, true, true, false, false, true], 3, 4)));
        yield return Of("a mask and causal", Any(3, 4).AsConstant, ("is_causal", 1));
        yield return new RuleCase("Attention", "three axes", Any(2, 3, 4), Any(2, 5, 4), Any(2, 5, 6))
        {
            Attributes = Attributes.Of(("q_num_heads", 2), ("kv_num_heads", 2)),
            Result = Shape.Of(2, 3, 6),
            Opset = 23,
        };
        yield return new RuleCase("Attention", "shared keys", Any(1, 4, 3, 2), Any(1, 2, 3, 2),
            Any(1, 2, 3, 2)) { Result = Shape.Of(1, 4, 3, 2), Opset = 23 };
        foreach (var causal in (bool[])[false, true])
            yield return new RuleCase("Attention", causal ? "earlier steps, causal" : "earlier steps", Any(2, 2, 3, 2), Any(2, 2, 3, 2),
                Any(2, 2, 3, 2), null, Any(2, 2, 2, 2), Any(2, 2, 2, 2))
            {
                Attributes = Attributes.Of(("is_causal", causal)),
                Results = [Shape.Of(2, 2, 3, 2), Shape.Of(2, 2, 5, 2), Shape.Of(2, 2, 5, 2)],
                Opset = 23,
            };
        foreach (var mode in (long[])[0, 3])
            yield return new RuleCase("Attention", $"inner result {mode}", Any(1, 2, 3, 2), Any(1, 2, 4, 2), Any(1, 2, 4, 2))
            {
                Attributes = Attributes.Of(("qk_matmul_output_mode", mode)),
                Results = [Shape.Of(1, 2, 3, 2), null, null, Shape.Of(1, 2, 3, 4)],
                Opset = 23,
            };
    }

    private static RuleCase Of(string label, Operand? mask, params (string Name, object? Value)[] attributes) =>
        new("Attention", label, Any(2, 2, 3, 2), Any(2, 2, 4, 2), Any(2, 2, 4, 3), mask) { Attributes = Attributes.Of(attributes),
            Result = Shape.Of(2, 2, 3, 3), Opset = 23 };

    private static IEnumerable<RuleCase> Rotating()
    {
        foreach (var interleaved in (int[])[0, 1])
        {
            yield return new RuleCase("RotaryEmbedding", $"four axes, interleaved {interleaved}", Any(1, 2, 3, 4), Any(1, 3, 2),
                Any(1, 3, 2))
            {
                Attributes = Attributes.Of(("interleaved", interleaved)),
                Result = Shape.Of(1, 2, 3, 4),
                Opset = 23,
            };
            yield return new RuleCase("RotaryEmbedding", $"three axes, positions, part, interleaved {interleaved}", Any(2, 3, 12),
                Any(5, 2), Any(5, 2), Fixed(Tensor.From([0L, 1, 2, 4, 3, 1], 2, 3)))
            {
                Attributes = Attributes.Of(("interleaved", interleaved), ("num_heads", 2), ("rotary_embedding_dim", 4)),
                Result = Shape.Of(2, 3, 12),
                Opset = 23,
            };
        }
    }
}
