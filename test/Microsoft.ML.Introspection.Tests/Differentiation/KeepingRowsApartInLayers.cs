using Microsoft.ML.Introspection.Differentiation;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Differentiation;

/// <summary>Whole layers as one operator, at a symbolic batch: the gradient of a row is the same whatever rows stand beside it.</summary>
[TestClass]
public sealed class KeepingRowsApartInLayers
{
    private const int Rows = 3, Steps = 5, Features = 4, Units = 2;

    private static readonly Dictionary<string, (long[] Row, Func<Value, Value> Layer)> Layers = new()
    {
        ["a long short-term memory both ways"] = ([Steps, Features], x => Recurrent(x, "LSTM", 4)),
        ["a gated unit both ways"] = ([Steps, Features], x => Recurrent(x, "GRU", 3)),
        ["a plain recurrent unit both ways"] = ([Steps, Features], x => Recurrent(x, "RNN", 1)),
        ["a layer norm"] = ([3, 4], x => Add(x, "LayerNormalization", x.Shape, Attributes.None, Weights(x, 4), Weights(x, 4))),
        ["an instance norm"] = ([2, 3, 3], x => Add(x, "InstanceNormalization", x.Shape, Attributes.None, Weights(x, 2), Weights(x, 2))),
        ["a group norm"] =
            ([4, 3, 3], x => Add(x, "GroupNormalization", x.Shape, Attributes.Of(("num_groups", 2)), Weights(x, 4), Weights(x, 4))),
        ["a norm of root mean squares"] = ([3, 4], x => Add(x, "RMSNormalization", x.Shape, Attributes.None, Weights(x, 4))),
        ["local responses"] = ([4, 2, 3], x => Add(x, "LRN", x.Shape, Attributes.Of(("size", 3), ("alpha", 0.5f)))),
        ["attention of two heads"] =
            ([3, 4], x => Add(x, "Attention", x.Shape, Attributes.Of(("q_num_heads", 2), ("kv_num_heads", 2)), x, x)),
        ["linear enlargement"] = ([2, 3, 4], x => Resized(x, "linear", 2, 1.5f)),
        ["cubic reduction"] = ([2, 6, 4], x => Resized(x, "cubic", 0.5f, 0.5f)),
        ["nearest enlargement"] = ([2, 3, 4], x => Resized(x, "nearest", 2, 2)),
        ["scores of heads by summation"] = ([3, 2, 2], x => Operators.Emit("Einsum", Attributes.Of(("equation", "bqhd,bkhd->bhqk")), x, x)),
        ["the sum over all but the batch"] =
            ([3, 2], x => Operators.Emit("Einsum", Attributes.Of(("equation", "bij->b")), x.Tanh()).Unsqueeze(1)),
        ["the two largest"] = ([5], x => x.Graph.Emit("TopK", [x, x.Graph.Constant([2L])], Attributes.None, 2)[0]),
        ["elements by coordinates in each row"] = ([3, 2], x => Operators.Emit(
            "GatherND", Attributes.Of(("batch_dims", 1)), x, x.ArgMax(1, keepDimensions: true).Transpose(0, 2, 1).Reshape(0, 2, 1))),
    };

    public static IEnumerable<object[]> Names => Layers.Keys.Select(name => new object[] { name });

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Gradient_of_a_row(string name) => Check(name, (x, y) => Gradient.Of(Squares(y), x));

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Second_derivative_of_a_row(string name) => Check(name, (x, y) => Gradient.Of((Gradient.Of(Squares(y), x) * x).Sin(), x));

    private static Value Squares(Value y) => (y * y).ReduceSum([.. Enumerable.Range(1, y.Rank - 1).Select(i => (long)i)]);

    private static void Check(string name, Func<Value, Value, Value> derivative)
    {
        var (row, layer) = Layers[name];
        var graph = new Graph(23);
        var x = graph.Input("x", ElementType.Float, new Shape([Dimension.Symbol("batch"), .. Shape.Of(row)]));
        var gradient = derivative(x, layer(x));
        Assert.AreEqual(x.Shape, gradient.Shape);
        var all = Samples.Floats([Rows, .. row]);
        using var session = GraphRunner.Load(graph.ToModel([("gradient", gradient)]));
        var together = session.Run(new Dictionary<string, Tensor> { ["x"] = all })["gradient"];
        Finite.Above(0, together.ToDouble().Largest(Math.Abs));
        var size = (int)(all.Count / Rows);
        for (var i = 0; i < Rows; i++)
        {
            var alone =
                session.Run(
                    new Dictionary<string, Tensor> { ["x"] = Tensor.From(all.As<float>().Slice(i * size, size), [1, .. row]) })["gradient"];
            TensorAssert.AreClose(Tensor.From(together.As<float>().Slice(i * size, size), [1, .. row]), alone, 1e-4, $"row {i}");
        }
    }

    // [N, T, F] → [T, 2, N, H] → [N, T·2·H]
    private static Value Recurrent(Value x, string name, int gates)
    {
        var sequence = x.Transpose(1, 0, 2);
        var y = sequence.Graph.Add(
            name, "", "",
            [sequence, Weights(x, 2, gates * Units, Features), Weights(x, 2, gates * Units, Units), Weights(x, 2, 2 * gates * Units)],
            Attributes.Of(("hidden_size", Units), ("direction", "bidirectional")),
            [(null, x.Type, new Shape(Steps, 2, x.Shape[0], Units))]).Outputs[0];
        return y.Transpose(2, 0, 1, 3);
    }

    private static Value Resized(Value x, string mode, float height, float width) =>
        Operators.Emit("Resize", Attributes.Of(("mode", mode)), x, null, x.Graph.Constant(Tensor.Vector(1, 1, height, width)));

    private static Value Add(Value x, string name, Shape shape, Attributes attributes, params Value[] others) =>
        x.Graph.Add(name, "", "", [x, .. others], attributes, [(null, x.Type, shape)]).Outputs[0];

    private static Value Weights(Value x, params long[] dimensions) =>
        x.Graph.Constant(Samples.Seeded(dimensions.Length + (int)dimensions[0], dimensions));
}
