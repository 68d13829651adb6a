using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Tool.Listing;

/// <summary>A network as JSON for programs. Extents are numbers, texts where they are symbolic, null where nobody knows.</summary>
internal static class NetworkJson
{
    private static readonly JsonSerializerOptions Format =
        new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Write(Network network, int opset, TextWriter writer) => writer.WriteLine(JsonSerializer.Serialize(
        new
        {
            opset,
            inputs = network.Inputs.Select(Tensor),
            outputs = network.Outputs.Select(Tensor),
            layers = network.Layers.Select(l => new
            {
                name = l.Name,
                @operator = l.Operator,
                output = l.Output,
                type = l.Type.ToString(),
                shape = Extents(l.Shape),
                parameters = l.Parameters,
            }),
            attention = AttentionBlock.Of(network).Select(b => new
            {
                name = b.Name,
                @operator = b.Operator,
                kind = b.Kind.ToString(),
                shape = Extents(b.Shape),
            }),
            attentionLeft = AttentionBlock.LeftIn(network).Select(l => new { name = l.Name, @operator = l.Operator, reason = l.Reason }),
            parameters = network.Layers.Sum(l => l.Parameters),
        },
        Format));

    private static object Tensor(TensorInfo tensor) =>
        new { name = tensor.Name, type = tensor.Type.ToString(), shape = Extents(tensor.Shape) };

    private static IEnumerable<object?>? Extents(Shape? shape) =>
        shape?.Select(d => d.IsKnown ? d.Value : d.IsUnknown ? null : (object)d.ToString());
}
