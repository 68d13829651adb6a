using Microsoft.ML.Introspection.Onnx;
using static Microsoft.ML.Introspection.Importers.Keras.KerasLayers;

namespace Microsoft.ML.Introspection.Importers.Keras;

/// <summary>Layers that multiply by a matrix.</summary>
internal static class DenseLayers
{
    public static Dictionary<string, Rule> Rules { get; } = new()
    {
        ["Dense"] = Masked(s => s.Activate(Dense(s, s.Input))),
        ["EinsumDense"] = One(s => s.Activate(Einsum(s))),
        ["Embedding"] = Embedding,
    };

    private static Value Dense(KerasLayer s, Value x)
    {
        if (s.Has("quantization_config") || s.Has("lora_rank") && s.Whole("lora_rank") > 0)
            throw s.Refused("is quantised, or carries low-rank weights beside its own, which is not read");
        var kernel = s.Weight("kernel", x.Rank > 0 && x.Shape[-1].IsKnown ? x.Shape[-1].Value : -1, s.Whole("units"));
        var bias = s.Flag("use_bias", true) ? s.Weight("bias", s.Whole("units")) : null;
        if (x.Rank == 2)
            return bias is null ? Operators.Emit("Gemm", x, kernel) : Operators.Emit("Gemm", x, kernel, bias);
        var product = x.MatMul(kernel);
        return bias is null ? product : product + bias;
    }

    private static Value Einsum(KerasLayer s)
    {
        var equation = s.Text("equation") ?? throw s.Refused("has no equation");
        var result = Operators.Emit("Einsum", Attributes.Of(("equation", equation)), s.Input, s.Weight("kernel"));
        return s.Has("bias_axes") ? result + s.Weight("bias") : result;
    }

    private static IReadOnlyList<KerasTensor> Embedding(KerasLayer s)
    {
        var table = s.Weight("embeddings", s.Whole("input_dim"), s.Whole("output_dim"));
        // A number may come as 3.0; TensorFlow cuts off what is behind the point.
        var vectors = table.Gather(s.Input.Cast(ElementType.Int64));
        return [new(vectors, s.Flag("mask_zero") ? s.Input.EqualTo(s.Input.Like(0)).Not() : null)];
    }
}
