using Microsoft.ML.Introspection.Differentiation;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tests.Differentiation.Cases;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Differentiation;

/// <summary>The formulas that are differentiated in place of an operator compute what ONNX Runtime computes for it.</summary>
[TestClass]
public sealed class WritingFormulas
{
    // ONNX Runtime's recurrent kernels approximate their activations.
    private const double Tolerance = 2e-5;

    private static readonly HashSet<string> Written =
    [
        "LayerNormalization", "InstanceNormalization", "GroupNormalization", "RMSNormalization", "MeanVarianceNormalization",
        "LpNormalization", "LRN", "LSTM", "GRU", "RNN", "Attention", "RotaryEmbedding", "CenterCropPad", "Col2Im",
    ];

    public static IEnumerable<object[]> Cases =>
        RuleCases.All.Where(c => Written.Contains(c.Value.Operator)).Select(c => new object[] { c.Key });

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void Value(string name)
    {
        var written = RuleCases.All[name].Write(ElementType.Float);
        foreach (var output in written.Outputs)
            _ = Gradient.Of(output, written.Variables[0].Value);
        var formula = Formula.Beside(written.Outputs[0].Producer!)!;
        Value[] values = [.. written.Outputs, .. written.Outputs.Select(o => formula[o.OutputIndex]!)];
        var found = GraphRunner.Run(values, written.Variables.Select(v => (v.Value.Name, v.Numbers)));
        for (var i = 0; i < written.Outputs.Count; i++)
            TensorAssert.AreClose(found[i], found[i + written.Outputs.Count], Tolerance,
                $"{name}, output {written.Outputs[i].OutputIndex}");
    }

    // ONNX Runtime's processor kernels refuse this layout themselves; its gradient is told by the other one.
    [TestMethod]
    [DataRow("LSTM", 4)]
    [DataRow("GRU", 3)]
    [DataRow("RNN", 1)]
    public void Rows_before_steps(string name, int gates)
    {
        const int steps = 3, rows = 2, features = 2, units = 2;
        var graph = new Graph();
        var x = graph.Input("x", ElementType.Float, Shape.Of(rows, steps, features));
        var state = graph.Input("state", ElementType.Float, Shape.Of(rows, 2, units));
        Value?[] weights = [graph.Constant(Samples.Seeded(1, 2, gates * units, features)),
            graph.Constant(Samples.Seeded(2, 2, gates * units, units)), null, null];
        Value Last(bool isBatchFirst)
        {
            var attributes = Attributes.Of(("hidden_size", units), ("direction", "bidirectional"), ("layout", isBatchFirst ? 1 : 0));
            Value?[] inputs = [isBatchFirst ? x : x.Transpose(1, 0, 2), .. weights, isBatchFirst ? state : state.Transpose(1, 0, 2)];
            Shape[] shapes = isBatchFirst ? [Shape.Of(rows, steps, 2, units), Shape.Of(rows, 2, units)]
                : [Shape.Of(steps, 2, rows, units), Shape.Of(2, rows, units)];
            var outputs = graph.Add(name, "", "", inputs, attributes, [.. shapes.Select(s => ((string?)null, x.Type, (Shape?)s))]).Outputs;
            Value y = isBatchFirst ? outputs[0] : outputs[0].Transpose(2, 0, 1, 3),
                last = isBatchFirst ? outputs[1] : outputs[1].Transpose(1, 0, 2);
            return Operators.Concat(1, y * graph.Constant(Samples.Seeded(3, rows, steps, 2, units)), last.Unsqueeze(1));
        }
        var found = GraphRunner.Run([.. Gradient.Of(Last(true), [x, state]), .. Gradient.Of(Last(false), [x, state])],
            ("x", Samples.Floats(rows, steps, features)), ("state", Samples.Floats(rows, 2, units)));
        TensorAssert.AreClose(found[2], found[0], 1e-6, "by the input");
        TensorAssert.AreClose(found[3], found[1], 1e-6, "by the state");
    }

    [TestMethod]
    [DataRow(513L, "513")]
    [DataRow(-1L, "?")]
    public void Sequences_too_long_or_of_open_length_are_refused(long steps, string told)
    {
        var graph = new Graph();
        var x = graph.Input("x", ElementType.Float, Shape.Of(steps, 1, 2));
        var y =
            graph.Add("RNN", "", "", [x, graph.Constant(Samples.Floats(1, 2, 2)), graph.Constant(Samples.Floats(1, 2, 2))],
                Attributes.Of(("hidden_size", 2)), [(null, x.Type, Shape.Of(steps, 1, 1, 2))]).Outputs[0];
        var error = Assert.ThrowsExactly<UnsupportedOperatorException>(() => Gradient.Of(y, x));
        StringAssert.Contains(error.Message, $"at most 512; here it is {told}");
    }

    // x given as all three: each place has its own gradient, and nothing is counted twice.
    [TestMethod]
    public void An_input_that_is_given_in_several_places()
    {
        var graph = new Graph(23);
        var x = graph.Input("x", ElementType.Float, Shape.Of(1, 1, 3, 2));
        var y = graph.Add("Attention", "", "", [x, x.Tanh(), x], Attributes.None, [(null, x.Type, x.Shape)]).Outputs[0];
        var written = (x / Math.Sqrt(2)).MatMul(x.Tanh().TransposeMatrix()).Softmax(3).MatMul(x);
        var found = GraphRunner.Run([Gradient.Of(y, x), Gradient.Of(written, x)], ("x", Samples.Floats(1, 1, 3, 2)));
        TensorAssert.AreClose(found[1], found[0], 1e-5);
    }
}
