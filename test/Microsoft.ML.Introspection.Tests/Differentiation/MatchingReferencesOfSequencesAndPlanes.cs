using Microsoft.ML.Introspection.Differentiation;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Differentiation;

/// <summary>Trained networks of recurrent layers, normalised layers and interpolation against PyTorch's gradients.</summary>
[TestClass]
public sealed class MatchingReferencesOfSequencesAndPlanes
{
    private const double Tolerance = 1e-4;

    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    [DataRow("lstm_text_emb", "lstm_text")]
    [DataRow("transformer_text_emb", "transformer_text")]
    public void By_the_embeddings(string model, string reference)
    {
        var (gradient, arrays) = (Gradients(model, reference, null, second: false), References.Arrays(reference));
        Check(model, arrays["gradient"].ToFloats(), gradient);
    }

    [TestMethod]
    [DataRow("lstm_text", "lstm_text")]
    [DataRow("transformer_text", "transformer_text")]
    [DataRow("transformer_text_op17", "transformer_text")]
    public void By_the_layer_behind_the_tokens(string model, string reference)
    {
        var layer = References.Network(model).Layers.First(l => l.Operator == "Gather" && l.Type == ElementType.Float).Name;
        Check(model, References.Arrays(reference)["gradient"].ToFloats(), Gradients(model, reference, layer, second: false));
    }

    // Newton's quotient of the gradient along a direction, against the gradient of their product.
    [TestMethod]
    [DataRow("lstm_text_emb", "lstm_text")]
    [DataRow("transformer_text_emb", "transformer_text")]
    public void Second_derivatives_of_sequences(string model, string reference)
    {
        const float step = 1e-2f;
        var input = References.Arrays(reference)["input"].ToFloats();
        Tensor Moved(float distance) =>
            Tensor.From(input.As<float>().ToArray().Select((x, i) => x + distance * Direction(i)).ToArray(), input.Dimensions);
        var ahead = Gradients(model, reference, null, second: false, Moved(step)).ToDouble();
        var behind = Gradients(model, reference, null, second: false, Moved(-step)).ToDouble();
        float[] expected = [.. ahead.Zip(behind, (a, b) => (float)((a - b) / (2 * step)))];
        var errors = References.RowErrors(Tensor.From(expected, input.Dimensions), Gradients(model, reference, null, second: true));
        TestContext.WriteLine($"{model}: {string.Join(" ", errors.Select(e => e.ToString("E1")))}");
        Finite.Below(5e-2, errors.Largest());
    }

    [TestMethod]
    [DataRow("gradient_mask")]
    [DataRow("gradient_pixel")]
    public void Of_a_segmentation(string array)
    {
        var (network, arrays) = (References.Network("unet_tiny"), References.Arrays("unet_tiny"));
        var graph = new Graph(network.Opset);
        var x = graph.Input("input", ElementType.Float, network.Inputs[0].Shape!);
        var logits = network.Trace(graph, new Dictionary<string, Value> { ["input"] = x }).Output("mask_logits");
        var mask = graph.Input("mask", ElementType.Float, logits.Shape);
        var found = GraphRunner.Run(Gradient.Of(logits * mask, x), ("input", arrays["input"]),
            ("mask", array == "gradient_mask" ? arrays["predicted_mask"] : Pixel(arrays["mask_logits"])));
        Check($"unet_tiny {array}", arrays[array], found);
    }

    // The pixel in the middle of each plane.
    private static Tensor Pixel(Tensor logits)
    {
        var chosen = new float[logits.Count];
        for (var row = 0; row < logits.Dimensions[0]; row++)
            chosen[row * 32 * 32 + 16 * 32 + 16] = 1;
        return Tensor.From(chosen, logits.Dimensions);
    }

    private static float Direction(int i) => MathF.Sin(i);

    private static Tensor Gradients(string model, string reference, string? layer, bool second, Tensor? at = null)
    {
        var (network, arrays) = (References.Network(model), References.Arrays(reference));
        var info = network.Inputs[0];
        var graph = new Graph(network.Opset);
        var x = graph.Input(info.Name, info.Type, info.Shape!);
        var trace = network.Trace(graph, new Dictionary<string, Value> { [info.Name] = x });
        var score = trace.Output("logits").GatherElements(graph.Input("label", ElementType.Int64, new Shape(x.Shape[0], 1)), 1);
        var input = arrays[layer is null ? "input" : "token_ids"];
        var by = layer is null ? x : trace.Layer(layer);
        var gradient = Gradient.Of(score, by);
        if (second)
        {
            float[] direction = [.. Enumerable.Range(0, (int)input.Count).Select(Direction)];
            gradient = Gradient.Of(gradient * graph.Constant(Tensor.From(direction, input.Dimensions)), by);
        }
        return GraphRunner.Run(gradient, (info.Name, at ?? (layer is null ? input.ToFloats() : input)),
            ("label", Tensor.From(arrays["target"].As<long>(), input.Dimensions[0], 1)));
    }

    private void Check(string what, Tensor expected, Tensor found)
    {
        var errors = References.RowErrors(expected, found);
        TestContext.WriteLine($"{what}: {string.Join(" ", errors.Select(e => e.ToString("E1")))}");
        Finite.Below(Tolerance, errors.Largest(), what);
    }
}
