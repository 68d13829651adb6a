using Microsoft.ML.Introspection.Differentiation;
using Microsoft.ML.Introspection.Differentiation.Relevance;
using Microsoft.ML.Introspection.Differentiation.Rules;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Attribution;

/// <summary>
/// Relevance through recurrent layers in double precision. ONNX Runtime has no such layers in doubles, so what they give is written out
/// step by step, and their rule is asked on its own.
/// </summary>
[TestClass]
public sealed class RelevingInDoubles
{
    public static IEnumerable<object[]> Cases =>
        from model in (string[])["bilstm", "bigru", "bigru_reset_before", "lstm_stacked_mean", "lstm_text_emb"]
        from array in References.Arrays("recurrent_" + model).Keys
        where array.StartsWith("lrp_", StringComparison.Ordinal) && array.EndsWith("_f64", StringComparison.Ordinal)
        select new object[] { model, array };

    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void To_twelve_digits(string model, string array)
    {
        var arrays = References.Arrays("recurrent_" + model);
        var parts = array.Split('_');
        var settings = new RecurrentSettings(double.Parse(parts[2][3..], System.Globalization.CultureInfo.InvariantCulture),
            parts[1] == "half" ? 0.5 : 1, array.Contains("bias_shared", StringComparison.Ordinal));
        var (found, rest, scores) = Run(References.Network(model == "lstm_text_emb" ? model : "recurrent/" + model), settings, arrays);
        var expected = arrays[array].ToDouble();
        var error = expected.Zip(found, (a, b) => Math.Abs(a - b)).Largest() / expected.Largest(Math.Abs);
        TestContext.WriteLine($"{model} {array}: {error:E1}");
        Finite.AtMost(1e-12, error, $"{model} {array}");
        if (!settings.SharesBias)
            return;
        var size = found.Length / scores.Length;
        for (var row = 0; row < scores.Length; row++)
            Near.Equal(scores[row], found.AsSpan(row * size, size).ToArray().Sum() + rest[row], 1e-10 * Math.Max(1, Math.Abs(scores[row])),
                $"{model}, row {row}: what inputs and first states get");
    }

    // The relevance of the inputs, that of the first states by row, and the scores.
    private static (double[] Inputs, double[] States, double[] Scores) Run(
        Network network, RecurrentSettings settings, IReadOnlyDictionary<string, Tensor> arrays)
    {
        var input = arrays.TryGetValue("input_f64", out var exact) ? exact : arrays["input"];
        var rows = input.Dimensions[0];
        var logits = network.OutputDefinition(network.OutputNames[0]);
        var graph = new Graph(network.Opset);
        var x = graph.Input("x", ElementType.Double, input.Shape);
        var values = new Dictionary<Value, Value> { [network.Definition(network.DefaultInput.Name)] = x };
        var layers = new List<(Node Node, IReadOnlyList<Value?> Outputs)>();
        foreach (var node in logits.Graph.Nodes)
        {
            Value?[] inputs = [.. node.Inputs.Select(i => i is null ? null : values.TryGetValue(i, out var known) ? known
                : graph.Constant(i.Type == ElementType.Float ? Tensor.From(i.Constant!.ToDouble(), i.Constant.Dimensions) : i.Constant!))];
            IReadOnlyList<Value?> outputs;
            if (node.OperatorType is "LSTM" or "GRU" or "RNN")
            {
                var states = Enumerable.Range(5, node.OperatorType == "LSTM" ? 2 : 1);
                inputs = [.. Enumerable.Range(0, states.Last() + 1).Select(i => inputs.ElementAtOrDefault(i))];
                foreach (var i in states)
                    inputs[i] = inputs[i]?.Cast(ElementType.Double)
                        ?? graph.Constant(Tensor.Filled(ElementType.Double, 0, inputs[2]!.Shape[0].Value, rows, inputs[2]!.Shape[2].Value));
                Node Layer(params IReadOnlyList<Value?> outputs) =>
                    new(graph, node.OperatorType, "", node.Name, inputs, node.Attributes) { Outputs = [.. outputs.OfType<Value>()] };
                outputs = Recurrent.Unrolled(new Adjoint(Layer(), [], 0));
                layers.Add((Layer(outputs), outputs));
            }
            else
                outputs = graph.Emit(node.OperatorType, inputs, node.Attributes, node.Outputs.Count);
            foreach (var (from, to) in node.Outputs.Zip(outputs))
                values[from] = to!;
        }

        var composite = settings.SharesBias ? RelevanceComposite.RecurrentSharedBias(settings.Epsilon)
            : settings.Signal < 1 ? RelevanceComposite.RecurrentHalf(settings.Epsilon) : RelevanceComposite.Recurrent(settings.Epsilon);
        var scores = values[logits];
        var chosen = graph.Input("chosen", ElementType.Double, scores.Shape);
        var (of, relevance) = (scores, scores * chosen);
        Value? rest = null;
        foreach (var (layer, outputs) in Enumerable.Reverse(layers))
        {
            Value[] made = [.. outputs.OfType<Value>()];
            var received = RelevancePropagation.Of(of, made, composite, relevance);
            Value? At(int place) => RecurrentRelevance.Propagate(new Adjoint(layer, [.. received], place), settings);
            foreach (var place in Enumerable.Range(5, layer.OperatorType == "LSTM" ? 2 : 1))
            {
                var state = At(place)!.ReduceSum([0, 2], keepDimensions: false);
                rest = rest is null ? state : rest + state;
            }
            (of, relevance) = (layer.Inputs[0]!, At(0)!);
        }
        relevance = RelevancePropagation.Of(of, [x], composite, relevance)[0];
        using var session = new ModelSession(graph.ToModel([("relevance", relevance), ("rest", rest!), ("scores", scores)]),
            new RuntimeOptions { Threads = 1 });
        var classes = (int)scores.Shape[1].Value;
        var targets = arrays["target"].ToInt64();
        var oneHot = new double[rows * classes];
        for (var row = 0; row < rows; row++)
            oneHot[row * classes + targets[row]] = 1;
        var found = session.Run(new Dictionary<string, Tensor>
        {
            ["x"] = Tensor.From(input.ToDouble(), input.Dimensions), ["chosen"] = Tensor.From(oneHot, rows, classes),
        });
        var all = found["scores"].ToDouble();
        return (found["relevance"].ToDouble(), found["rest"].ToDouble(), [.. targets.Select((t, row) => all[row * classes + t])]);
    }
}
