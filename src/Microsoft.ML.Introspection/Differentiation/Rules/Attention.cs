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

    private static IReadOnlyList<Value?> Attend(Adjoint a) => DotProductAttention.Of(a.Node).Outputs;

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
