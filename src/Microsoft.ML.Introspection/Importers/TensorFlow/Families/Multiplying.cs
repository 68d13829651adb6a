using Microsoft.ML.Introspection.Onnx;
using static Microsoft.ML.Introspection.Importers.TensorFlow.Families.Rule;

namespace Microsoft.ML.Introspection.Importers.TensorFlow.Families;

/// <summary>Products of matrices.</summary>
internal static class Multiplying
{
    public static IReadOnlyDictionary<string, TranslationRule> Rules { get; } = new Dictionary<string, TranslationRule>
    {
        ["MatMul"] = One(s => Product(s, "transpose_a", "transpose_b")),
        ["BatchMatMul"] = One(s => Product(s, "adj_x", "adj_y")),
        ["BatchMatMulV2"] = One(s => Product(s, "adj_x", "adj_y")),
        ["BatchMatMulV3"] = One(s => Product(s, "adj_x", "adj_y")),
        ["Einsum"] = One(s => s.Graph.Emit("Einsum", s.Inputs, Onnx.Attributes.Of(("equation", s.Attributes.Text("equation"))))[0]),
    };

    private static Value Product(OperatorSite s, string first, string second)
    {
        var (a, b) = (s.Input(0), s.Input(1));
        return (s.Attributes.Truth(first) ? a.TransposeMatrix() : a).MatMul(s.Attributes.Truth(second) ? b.TransposeMatrix() : b);
    }
}
