using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tests.Support;
using static Microsoft.ML.Introspection.Tests.Support.RecurrentNetworks;

namespace Microsoft.ML.Introspection.Tests.Attribution;

/// <summary>
/// DeepLIFT through operators that are a formula of others: recurrent layers are taken step by step, normalisations by their parts, at the
/// row and at the baseline; nothing of the change of the score is lost.
/// </summary>
[TestClass]
public sealed class LiftingRecurrentLayers
{
    public static IEnumerable<object[]> Layers =>
        from kind in (string[])["LSTM", "GRU", "RNN"]
        from direction in (string[])["forward", "reverse", "bidirectional"]
        from more in (string[])["", "biases", "lengths", "states", "clip", "activations", "lengths and states",
            .. kind == "LSTM" ? (string[])["peepholes", "input_forget"] : kind == "GRU" ? ["linear_before_reset"] : []]
        select new object[] { kind, direction, more };

    public static IEnumerable<object[]> Baselines =>
        [["zero", Baseline.Zero], ["a number", Baseline.Constant(-0.4)],
            ["several", Baseline.Given(Samples.Seeded(9, 3, StepCount, FeatureCount))],
            ["one row", Baseline.Given(Samples.Seeded(5, 1, StepCount, FeatureCount))]];

    [TestMethod]
    [DynamicData(nameof(Layers))]
    public void The_change_of_the_score_is_shared_out(string kind, string direction, string more)
    {
        var network = Reading(x => Layer(x, kind, direction, more), more.Contains("lengths", StringComparison.Ordinal) ? RowCount : null);
        foreach (var method in (DeepLift[])[new(), new() { Baseline = Baseline.Constant(0.3), Rule = DeepLiftRule.RevealCancel }])
        {
            var found = Lifted(network, method);
            Finite.Below(2e-5, found["gap"].ToDouble().Largest(Math.Abs), $"{method.Rule}");
            Finite.Above(0.01, found["attribution"].ToDouble().Largest(Math.Abs));
        }
    }

    [TestMethod]
    [DynamicData(nameof(Baselines))]
    public void As_of_the_same_steps_in_plain_operators(string name, Baseline baseline)
    {
        foreach (var (kind, plain) in new (string, Func<Value, Value>)[] { ("LSTM", PlainLstm), ("GRU", PlainGru), ("RNN", PlainRnn) })
        {
            var (layer, written) = (Reading(x => Layer(x, kind, "forward", "biases")), Reading(plain));
            var method = new DeepLift { Baseline = baseline };
            var (found, expected) = (Lifted(layer, method), Lifted(written, method));
            TensorAssert.AreClose(expected["score"], found["score"], 1e-5, kind);
            TensorAssert.AreClose(expected["attribution"], found["attribution"], 2e-5, $"{kind}, {name}");
        }
    }

    // σ and tanh of one unit, one step: Δ(i·g) = ½(i + i₀)·Δg + ½(g + g₀)·Δi, and once more with the output gate.
    [TestMethod]
    public void By_hand()
    {
        var graph = new Graph();
        var x = graph.Input("x", ElementType.Float, new Shape(Dimension.Symbol("n"), 1, 4));
        // Gates i, o, f, c: each reads an input of its own.
        Value?[] inputs = [x.Transpose(1, 0, 2), graph.Constant(Tensor.From([1f, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1], 1, 4, 4)),
            graph.Constant(Tensor.From(new float[4], 1, 4, 1))];
        var last = graph.Add("LSTM", "", "", inputs, Attributes.Of(("hidden_size", 1)),
            [(null, x.Type, new Shape(1, 1, Dimension.Symbol("n"), 1)), (null, x.Type, new Shape(1, Dimension.Symbol("n"), 1))]).Outputs[1];
        var network = Network.From(OnnxModel.Parse(graph.ToModel([("y", last.Squeeze(0))]).ToArray()));
        float[] row = [0.7f, -0.5f, 1.1f, 0.9f];
        var found = GraphRunner.Run(Explanation.Compile(network, new DeepLift()), [("x", Tensor.From(row, 1, 1, 4))])["attribution"];
        static double Sigmoid(double v) => 1 / (1 + Math.Exp(-v));
        double i = Sigmoid(row[0]), o = Sigmoid(row[1]), g = Math.Tanh(row[3]), h = Math.Tanh(i * g);
        // At the baseline both gates are ½, candidate and memory 0.
        var memory = (o + 0.5) / 2 * (h / (i * g));
        Near.Equal([memory * g / 2 * (i - 0.5), h / 2 * (o - 0.5), 0, memory * (i + 0.5) / 2 * g], found.ToDouble(), 1e-6);
    }

    [TestMethod]
    [DataRow("recurrent/bilstm")]
    [DataRow("recurrent/bigru")]
    [DataRow("recurrent/bigru_reset_before")]
    [DataRow("recurrent/lstm_stacked_mean")]
    [DataRow("lstm_text_emb")]
    public void Trained_networks(string model)
    {
        var network = References.Network(model);
        var input = References.Arrays($"recurrent_{Path.GetFileName(model)}")["input"].ToFloats();
        var found = GraphRunner.Run(Explanation.Compile(network, new DeepLift(), Target.Class(1), new() { GapName = "gap" }),
            [(network.DefaultInput.Name, input)]);
        Finite.Below(1e-5 * Math.Max(1, found["score"].ToDouble().Largest(Math.Abs)), found["gap"].ToDouble().Largest(Math.Abs));
        Finite.Above(0.01, found["attribution"].ToDouble().Largest(Math.Abs));
        var alone = GraphRunner.Run(Explanation.Compile(network, new DeepLift(), Target.Class(1)),
            [(network.DefaultInput.Name, input.Head(1))])["attribution"];
        TensorAssert.AreClose(alone, found["attribution"].Head(1), 1e-5, "a row by itself");
    }

    // Both walk through the layer's steps at the row, which are written once.
    [TestMethod]
    public void Beside_a_gradient_as_alone()
    {
        var network = Reading(x => Layer(x, "LSTM", "bidirectional", "states"));
        AttributionMethod[] methods = [new Saliency(), new DeepLift(), new DeepLift { Baseline = Baseline.Constant(0.3) }];
        var both = Explanation.Compile(network, [.. methods.Select((m, i) => new Ask(m, Target.Class(1), $"{i}"))]);
        var found = GraphRunner.Run(both.Model, [("x", Row)]);
        for (var i = 0; i < methods.Length; i++)
            TensorAssert.AreClose(GraphRunner.Run(Explanation.Compile(network, methods[i], Target.Class(1)), [("x", Row)])["attribution"],
                found[$"{i}"], 1e-6, $"{methods[i]}");
    }

    [TestMethod]
    [DataRow("LayerNormalization", 0.2)]
    [DataRow("InstanceNormalization", 0.0)]
    [DataRow("InstanceNormalization", 0.2)]
    [DataRow("GroupNormalization", 0.2)]
    [DataRow("RMSNormalization", 0.2)]
    [DataRow("MeanVarianceNormalization", 0.2)]
    [DataRow("LpNormalization", 0.2)]
    [DataRow("LRN", 0.0)]
    [DataRow("LRN", 0.2)]
    public void Normalisations_are_taken_by_their_parts(string kind, double baseline)
    {
        var network = Reading(x =>
        {
            var graph = x.Graph;
            var h = x.Reshape(-1, StepCount * FeatureCount).MatMul(graph.Constant(Samples.Seeded(1, StepCount * FeatureCount, 24)))
                + graph.Constant(Samples.Seeded(2, 24));
            h = h.Reshape(-1, 4, 3, 2);
            (Attributes settings, Value[] scales) = kind switch
            {
                "LayerNormalization" => (Attributes.Of(("axis", 2)),
                    [graph.Constant(Samples.Seeded(3, 3, 2)), graph.Constant(Samples.Seeded(4, 3, 2))]),
                "RMSNormalization" => (Attributes.Of(("axis", 2)), (Value[])[graph.Constant(Samples.Seeded(3, 3, 2))]),
                "InstanceNormalization" => (Attributes.None, [graph.Constant(Samples.Seeded(3, 4)), graph.Constant(Samples.Seeded(4, 4))]),
                "GroupNormalization" => (Attributes.Of(("num_groups", 2)),
                    [graph.Constant(Samples.Seeded(3, 4)), graph.Constant(Samples.Seeded(4, 4))]),
                "MeanVarianceNormalization" => (Attributes.Of(("axes", (long[])[2])), []),
                "LRN" => (Attributes.Of(("size", 3), ("alpha", 0.9f)), []),
                _ => (Attributes.None, []),
            };
            var y = graph.Add(kind, "", "", [h, .. scales], settings, [(null, h.Type, h.Shape)]).Outputs[0];
            return y.Reshape(-1, 24);
        });
        IsComplete(network, baseline);
    }

    [TestMethod]
    [DataRow("ReduceL1")]
    [DataRow("ReduceL2")]
    [DataRow("ReduceSumSquare")]
    [DataRow("ReduceLogSum")]
    [DataRow("ReduceLogSumExp")]
    [DataRow("ReduceMin")]
    public void Reductions_are_taken_by_their_parts(string kind)
    {
        var network = Reading(x =>
        {
            var h = x.Reshape(-1, StepCount * FeatureCount).MatMul(x.Graph.Constant(Samples.Seeded(1, StepCount * FeatureCount, 24)));
            h = (h * 0.2).Reshape(-1, 4, 6);
            return Operators.Emit(kind, Attributes.Of(("keepdims", 0)), kind == "ReduceLogSum" ? h.Exp() : h, x.Graph.Constant([2]));
        });
        IsComplete(network, 0.2);
    }

    private static IReadOnlyDictionary<string, Tensor> Lifted(Network network, DeepLift method) =>
        GraphRunner.Run(Explanation.Compile(network, method, Target.Class(1), new() { GapName = "gap" }), [("x", Row)]);

    private static void IsComplete(Network network, double baseline)
    {
        var found = Lifted(network, new DeepLift { Baseline = Baseline.Constant(baseline) });
        Finite.Below(1e-5 * Math.Max(1, found["attribution"].ToDouble().Largest(Math.Abs)), found["gap"].ToDouble().Largest(Math.Abs));
        Finite.Above(0.01, found["attribution"].ToDouble().Largest(Math.Abs));
    }

    private static (Value[] Steps, Value W, Value R, Value B) Parts(Value x, string kind)
    {
        var (graph, gates) = (x.Graph, Gates(kind));
        Value Constant(int seed, long second) =>
            graph.Constant(Samples.Seeded(seed, 1, gates * UnitCount, second)).Squeeze(0).TransposeMatrix();
        return ([.. Enumerable.Range(0, StepCount).Select(t => x.Slice([t], [t + 1], [1]).Squeeze(1))],
            Constant(1, FeatureCount), Constant(2, UnitCount), graph.Constant(Samples.Seeded(3, 1, 2 * gates * UnitCount)).Squeeze(0));
    }

    private static Value Part(Value all, int index) => all.Slice([index * UnitCount], [(index + 1) * UnitCount], [all.Rank - 1]);

    private static Value PlainRnn(Value x)
    {
        var (steps, w, r, b) = Parts(x, "RNN");
        var states = new List<Value>();
        foreach (var step in steps)
        {
            var sum = step.MatMul(w) + Part(b, 0) + Part(b, 1);
            states.Add((states.Count == 0 ? sum : sum + states[^1].MatMul(r)).Tanh());
        }
        return Operators.Concat(1, [.. states, states[^1]]);
    }

    private static Value PlainLstm(Value x)
    {
        var (steps, w, r, b) = Parts(x, "LSTM");
        var (hidden, memory) = (new List<Value>(), (Value?)null);
        foreach (var step in steps)
        {
            Value Gate(int i)
            {
                var sum = step.MatMul(Part(w, i)) + Part(b, i) + Part(b, 4 + i);
                return hidden.Count == 0 ? sum : sum + hidden[^1].MatMul(Part(r, i));
            }
            var added = Gate(0).Sigmoid() * Gate(3).Tanh();
            memory = memory is null ? added : Gate(2).Sigmoid() * memory + added;
            hidden.Add(Gate(1).Sigmoid() * memory.Tanh());
        }
        return Operators.Concat(1, [.. hidden, hidden[^1], memory!]);
    }

    private static Value PlainGru(Value x)
    {
        var (steps, w, r, b) = Parts(x, "GRU");
        var states = new List<Value>();
        foreach (var step in steps)
        {
            Value Gate(int i, Value? state)
            {
                var sum = step.MatMul(Part(w, i)) + Part(b, i) + Part(b, 3 + i);
                return state is null ? sum : sum + state.MatMul(Part(r, i));
            }
            var before = states.LastOrDefault();
            var (z, reset) = (Gate(0, before).Sigmoid(), Gate(1, before).Sigmoid());
            var candidate = (1 - z) * Gate(2, before is null ? null : reset * before).Tanh();
            states.Add(before is null ? candidate : candidate + z * before);
        }
        return Operators.Concat(1, [.. states, states[^1]]);
    }
}
