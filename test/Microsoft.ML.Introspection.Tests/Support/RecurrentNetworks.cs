using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Tests.Support;

/// <summary>Small networks that read sequences by one recurrent layer, in all its settings.</summary>
internal static class RecurrentNetworks
{
    public const int RowCount = 3, StepCount = 4, FeatureCount = 2, UnitCount = 3;

    public static readonly Tensor Row = Samples.Floats(RowCount, StepCount, FeatureCount);

    // [n, T, D] to two scores, by what a layer makes of it, [n, …].
    public static Network Reading(Func<Value, Value> layer, int? rows = null)
    {
        var graph = new Graph(23);
        var x = graph.Input("x", ElementType.Float, new Shape(rows ?? Dimension.Symbol("n"), StepCount, FeatureCount));
        var made = layer(x);
        var y = made.Tanh().MatMul(graph.Constant(Samples.Seeded(8, made.Shape[1].Value, 2)));
        return Network.From(OnnxModel.Parse(graph.ToModel([("y", y)]).ToArray()));
    }

    public static int Gates(string kind) => kind switch { "LSTM" => 4, "GRU" => 3, _ => 1 };

    // All outputs of the last step and the last states, side by side.
    public static Value Layer(Value x, string kind, string direction, string more)
    {
        var (graph, gates, ways) = (x.Graph, Gates(kind), direction == "bidirectional" ? 2 : 1);
        Value? If(string part, Func<Value> value) => more.Contains(part, StringComparison.Ordinal) ? value() : null;
        // A state that the row makes: what comes to it goes back to the row, too.
        Value State(int seed) => x.Slice([0], [1], [1]).Squeeze(1)
            .MatMul(graph.Constant(Samples.Seeded(seed, FeatureCount, ways * UnitCount))).Reshape(-1, ways, UnitCount).Transpose(1, 0, 2);
        Value?[] inputs =
        [
            x.Transpose(1, 0, 2), graph.Constant(Samples.Seeded(1, ways, gates * UnitCount, FeatureCount)),
            graph.Constant(Samples.Seeded(2, ways, gates * UnitCount, UnitCount)),
            If("biases", () => graph.Constant(Samples.Seeded(3, ways, 2 * gates * UnitCount))),
            If("lengths", () => graph.Constant(Tensor.Vector<int>(4, 2, 1))),
            If("states", () => State(4)),
            .. kind != "LSTM" ? Array.Empty<Value?>()
                : [If("states", () => State(5)), If("peepholes", () => graph.Constant(Samples.Seeded(6, ways, 3 * UnitCount)))],
        ];
        (string, object?)[] settings =
        [
            ("hidden_size", UnitCount), ("direction", direction), .. more.Contains("clip", StringComparison.Ordinal) ? [("clip", 0.4f)] : Array.Empty<(string, object?)>(),
            .. ((string[])["input_forget", "linear_before_reset"]).Where(name => more.Contains(name, StringComparison.Ordinal))
                .Select(name => (name, (object?)1)),
            .. !more.Contains("activations", StringComparison.Ordinal) ? [] : new (string, object?)[] { ("activations", Enumerable.Repeat(kind switch
            {
                "LSTM" => (string[])["HardSigmoid", "Softsign", "Relu"],
                "GRU" => ["HardSigmoid", "Softplus"],
                _ => ["Softsign"],
            }, ways).SelectMany(n => n).ToArray()) },
        ];
        var n = x.Shape[0];
        var outputs = graph.Add(kind, "", "", inputs, Attributes.Of(settings), [(null, x.Type, new Shape(StepCount, ways, n, UnitCount)),
            (null, x.Type, new Shape(ways, n, UnitCount)), .. kind == "LSTM" ? [(null, x.Type, new Shape(ways, n, UnitCount))]
            : Array.Empty<(string?, ElementType, Shape?)>()]).Outputs;
        var all = outputs[0].Transpose(2, 0, 1, 3).Reshape(-1, StepCount * ways * UnitCount);
        return Operators.Concat(1, [all, .. outputs.Skip(1).Select(o => o.Transpose(1, 0, 2).Reshape(-1, ways * UnitCount))]);
    }
}
