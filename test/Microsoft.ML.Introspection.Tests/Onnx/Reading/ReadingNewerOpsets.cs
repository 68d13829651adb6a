using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Onnx;

/// <summary>Operator sets newer than ONNX Runtime's newest are read where operators changed in types alone.</summary>
[TestClass]
public sealed class ReadingNewerOpsets
{
    [TestMethod]
    [DataRow(25, 13)]
    [DataRow(26, 13)]
    [DataRow(26, 14)]
    [DataRow(27, 13)]
    [DataRow(28, 14)]
    public void The_older_reading_is_right(int opset, int format)
    {
        // Celu, ReduceLogSumExp and SpaceToDepth have new versions at 28, Reshape at 25.
        var model = new ModelBuilder(opset, format).Input("x", -1, 1, 2, 2).Initializer("flat", Tensor.Vector(0L, -1))
            .Initializer("last", Tensor.Vector(-1L)).Node("Celu", ["x"], ["c"]).Node("SpaceToDepth", ["c"], ["d"], ("blocksize", 2L))
            .Node("Reshape", ["d", "flat"], ["r"]).Node("ReduceLogSumExp", ["r", "last"], ["y"]).Output("y").Build();
        var network = Network.From(model);
        Assert.AreEqual(Math.Min(opset, 26), network.Opset);
        var graph = new Graph(network.Opset);
        var x = graph.Input("x", ElementType.Float, network.DefaultInput.Shape!);
        var y = network.Trace(graph, new Dictionary<string, Value> { ["x"] = x }).Output("y");
        var expected = Math.Log(new[] { 1.0, 2, Math.Exp(-1) - 1, 0 }.Sum(Math.Exp));
        var found = GraphRunner.Run(y, ("x", Tensor.From([1f, 2, -1, 0], 1, 1, 2, 2)));
        TensorAssert.AreClose(Tensor.From([(float)expected], 1, 1), found, 1e-6);
    }

    [TestMethod]
    [DataRow("SwiGLU", 28)]
    [DataRow("LinearAttention", 27)]
    [DataRow("CausalConvWithState", 27)]
    public void An_operator_that_is_newer_is_named(string name, int since)
    {
        var model = new ModelBuilder(28, 14).Input("x", -1, 4).Node(name, ["x"], ["y"]).Output("y");
        var error = Assert.ThrowsExactly<UnsupportedOperatorException>(model.Build);
        StringAssert.Contains(error.Message, $"The operator '{name}' of the node '{name} of y' came with opset {since}");
        StringAssert.Contains(error.Message, "Export the network with an older opset");
    }

    [TestMethod]
    public void Operator_sets_that_are_not_known_are_refused() => StringAssert.Contains(
        Assert.ThrowsExactly<InvalidModelException>(new ModelBuilder(29, 14).Input("x", -1, 4).Node("Relu", ["x"], ["y"]).Output("y").Build)
            .Message, "It uses the ONNX operator set 29; 7 to 28 can be read.");
}
