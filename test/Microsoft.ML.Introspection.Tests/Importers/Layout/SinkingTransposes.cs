using Microsoft.ML.Introspection.Importers.Layout;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Importers.Layout;

/// <summary>What is asked of a transposed value is done before the transposition, with the same result.</summary>
[TestClass]
public sealed class SinkingTransposes
{
    public static IEnumerable<(string Name, Func<Value, Value, Value> Operation)> Operations =>
    [
        ("Relu", (x, _) => x.Relu()),
        ("Add of a channel's constant", (x, _) => x + x.Graph.Constant(Numbers(5))),
        ("Add of a larger constant", (x, _) => x + x.Graph.Constant(Numbers(3, 4, 5))),
        ("Add of another order", (x, plain) => x * plain),
        ("Mul by a row's number", (x, plain) => x * plain.ReduceMean([1, 2])),
        ("Mul of the same order", (x, plain) => x * Seen(plain.Sigmoid())),
        ("Clip", (x, _) => x.Clip(-0.5, 0.5)),
        ("Where", (x, plain) => x.Greater(0).Where(x, plain)),
        ("PRelu", (x, _) => Operators.Emit("PRelu", x, x.Graph.Constant(Numbers(1, 4, 5)))),
        ("Concat of channels", (x, plain) => Operators.Concat(3, x, plain, x)),
        ("Concat of places", (x, plain) => Operators.Concat(-3, plain, x)),
        ("Softmax", (x, _) => x.Softmax(-1)),
        ("ReduceMean kept", (x, _) => x.ReduceMean([1, -2])),
        ("ReduceMean of places", (x, _) => x.ReduceMean([1, 2], keepDimensions: false)),
        ("ReduceMax of one axis", (x, _) => x.ReduceMax([1], keepDimensions: false)),
        ("ReduceSum of channels", (x, _) => x.ReduceSum([3], keepDimensions: false)),
        ("ReduceProd", (x, _) => x.ReduceProduct([0, 3], keepDimensions: false)),
        ("ArgMax", (x, _) => x.ArgMax(2, keepDimensions: false).Cast(ElementType.Float)),
        ("Pad", (x, _) => x.Pad([0, 1, 2, 0], [0, 0, 1, 3])),
        ("Slice", (x, _) => x.Slice([1, -3], [3, 5], [1, 3])),
        ("Slice of the first axes", (x, _) => Operators.Emit("Slice", x, x.Graph.Constant([0L, 1L]), x.Graph.Constant([2L, 3L]))),
        ("Slice with steps", (x, _) => x.Slice([-1], [long.MinValue], [2], [-1])),
        ("Split", (x, _) => x.Split(3, 2, 3)[1]!),
        ("Tile", (x, _) => Operators.Emit("Tile", x, x.Graph.Constant([1L, 2L, 1L, 3L]))),
        ("Gather of one", (x, _) => x.Gather(x.Graph.Constant(Tensor.Scalar(2L)), 2)),
        ("Gather of some", (x, _) => x.Gather(x.Graph.Constant([2L, 0L]), -1)),
        ("Unsqueeze and back", (x, _) => x.Unsqueeze(1, 4).Relu().Squeeze(4)),
        ("Reshape", (x, _) => x.Reshape([2, -1])),
        ("Transpose", (x, _) => x.Transpose(0, 2, 1, 3)),
        ("MatMul", (x, _) => x.MatMul(x.Graph.Constant(Numbers(5, 2)))),
    ];

    [TestMethod]
    public void Results_are_the_same()
    {
        Tensor x = Numbers(2, 3, 4, 5), plain = Numbers(2, 3, 4, 5);
        foreach (var (name, operation) in Operations)
        {
            var results = new[] { Writing.NewGraph(), new Graph() }.Select(graph =>
            {
                var seen = Seen(graph.Input("x", ElementType.Float, new Shape(Dimension.Symbol("batch"), 3, 4, 5)));
                return operation(seen, graph.Input("y", ElementType.Float, Shape.Of(2, 3, 4, 5)));
            }).Select(v => (v, GraphRunner.Run(v, ("x", x), ("y", plain)))).ToList();
            TensorAssert.AreClose(results[1].Item2, results[0].Item2, 1e-6, name);
            Assert.AreEqual(results[1].v.Rank, results[0].v.Rank, name);
        }
    }

    [TestMethod]
    public void A_network_has_one_transposition_at_each_end()
    {
        var graph = Writing.NewGraph();
        var x = graph.Input("x", ElementType.Float, new Shape(Dimension.Symbol("batch"), 12, 12, 3));
        var y = Conv(x, 3, 8).Relu();
        var skip = Channels.Last.MaxPool(y, [2, 2], [2, 2], Padding.Same);
        var branch = Conv(skip, 8, 8) + graph.Constant(Numbers(8));
        var joined = Operators.Concat(-1, (skip + branch).Sigmoid(), branch);
        var enlarged = Channels.Last.Enlarge(joined, [2, 2]);
        var scaled = enlarged * Channels.Last.GlobalAveragePool(enlarged, keep: true).Sigmoid();
        var model = graph.ToModel([("maps", scaled), ("scores", Channels.Last.GlobalMaxPool(scaled, keep: false))]);
        Assert.AreEqual(2, model.Proto.Graph.Node.Count(n => n.OpType == "Transpose"));
        Assert.AreEqual(Shape.Of(-1, 12, 12, 16).Rank, model.Outputs[0].Shape!.Rank);
        var run = GraphRunner.Run(model, ("x", Numbers(2, 12, 12, 3)));
        Assert.AreEqual((Shape.Of(2, 12, 12, 16), Shape.Of(2, 16)), (run["maps"].Shape, run["scores"].Shape));
    }

    [TestMethod]
    public void One_channel_needs_no_transposition()
    {
        var graph = Writing.NewGraph();
        var x = graph.Input("x", ElementType.Float, new Shape(Dimension.Symbol("batch"), 6, 5, 1));
        var model = graph.ToModel([("scores", Channels.Last.GlobalAveragePool(Conv(x, 1, 4), keep: false))]);
        Assert.AreEqual(0, model.Proto.Graph.Node.Count(n => n.OpType == "Transpose"));
    }

    private static Value Conv(Value x, long from, long to) =>
        Channels.Last.Conv(x, x.Graph.Constant(Numbers(3, 3, from, to)), null, [1, 1], [1, 1], Padding.Same);

    // As [2, 3, 4, 5], of a value that has its axes in another order within.
    private static Value Seen(Value x) => x.Transpose(0, 3, 1, 2).Relu().Transpose(0, 2, 3, 1) - (-x).Relu();

    private static Tensor Numbers(params long[] shape)
    {
        var random = new Random(shape.Length);
        return Tensor.From(Enumerable.Range(0, (int)shape.Aggregate((a, b) => a * b)).Select(_ => random.NextSingle() * 2 - 1).ToArray(), shape);
    }
}
