using Microsoft.ML.Introspection.Differentiation;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Networks;

/// <summary>A network is a function: it can be applied to any value of its type and row shape.</summary>
[TestClass]
public sealed class TracingNetworks
{
    private static readonly Tensor Digits = References.Arrays("cnn_digits")["input"];

    private static readonly Network Network = References.Network("cnn_digits");

    [TestMethod]
    public void Onto_a_batch_of_fixed_size()
    {
        var graph = new Graph(Network.Opset);
        var logits = Applied(graph, graph.Input("x", ElementType.Float, Shape.Of(8, 1, 8, 8))).Output("logits");
        Assert.AreEqual("[8, 10]", logits.Shape.ToString());
        TensorAssert.AreClose(Logits(), GraphRunner.Run(logits, ("x", Digits)), 1e-4);
    }

    [TestMethod]
    public void Onto_a_batch_of_another_name()
    {
        var graph = new Graph(Network.Opset);
        var logits = Applied(graph, graph.Input("x", ElementType.Float, new Shape(Dimension.Symbol("samples"), 1, 8, 8))).Output("logits");
        Assert.AreEqual("[samples, 10]", logits.Shape.ToString());
    }

    [TestMethod]
    public void Onto_an_expression_of_a_larger_batch()
    {
        var graph = new Graph(Network.Opset);
        var x = graph.Input("x", ElementType.Float, Network.DefaultInput.Shape!);
        var both = Applied(graph, Operators.Concat(0, x * 0.5, x)).Output("logits");
        Assert.AreEqual("[2·batch, 10]", both.Shape.ToString());
        var found = GraphRunner.Run(both, ("x", Digits));
        TensorAssert.AreClose(Logits(), Tensor.From(found.As<float>()[80..], 8, 10), 1e-4);
    }

    [TestMethod]
    public void Twice_in_one_graph()
    {
        var graph = new Graph(Network.Opset);
        var x = graph.Input("x", ElementType.Float, Network.DefaultInput.Shape!);
        var difference = Applied(graph, x).Output("logits") - Applied(graph, x * 1).Output("logits");
        Assert.AreEqual(0, GraphRunner.Run(difference, ("x", Digits)).ToDouble().Largest(Math.Abs));
        var halved = Applied(graph, x * 0.5).Output("logits");
        Finite.Above(0, GraphRunner.Run(Applied(graph, x).Output("logits") - halved, ("x", Digits)).ToDouble().Largest(Math.Abs));
    }

    [TestMethod]
    public void Within_a_loop()
    {
        var graph = new Graph(Network.Opset);
        var x = graph.Input("x", ElementType.Float, Network.DefaultInput.Shape!);
        var sum = graph.Loop(graph.Constant(2L), [Applied(graph, x).Output("logits") * 0], (turn, state) =>
            new LoopStep([state[0] + Applied(graph, x * turn.Cast(ElementType.Float)).Output("logits")], []))[0];
        var direct = Applied(graph, x * 0).Output("logits") + Applied(graph, x).Output("logits");
        var found = GraphRunner.Run([sum, direct], ("x", Digits));
        TensorAssert.AreClose(found[1], found[0], 1e-5);
    }

    [TestMethod]
    public void A_layer_is_a_value_like_any_other()
    {
        var graph = new Graph(Network.Opset);
        var trace = Applied(graph, graph.Input("x", ElementType.Float, Network.DefaultInput.Shape!));
        var name = Network.Layers.Last(l => l.Operator == "Relu").Name;
        var layer = trace.Layer(name);
        Assert.AreEqual(Network.Layer(name).Shape, layer.Shape);
        var gradient = Gradient.Of(trace.Output("logits").Slice([3], [4], [1]), layer);
        Assert.AreEqual(layer.Shape, gradient.Shape);

        // From here to the logits the network is the mean over space and one matrix: the gradient is its column over the area.
        var file = OnnxModel.Load(References.ModelFile("cnn_digits")).Proto.Graph;
        var weights = Tensor.FromProto(file.Initializer.Single(i => i.Name.EndsWith("fc.weight", StringComparison.Ordinal)));
        var (channels, area) = ((int)weights.Dimensions[1], (int)(layer.Shape[2].Value * layer.Shape[3].Value));
        var found = GraphRunner.Run(gradient, ("x", Digits)).As<float>();
        for (var i = 0; i < found.Length; i++)
            Near.Equal(weights.As<float>()[3 * channels + i / area % channels] / area, found[i], 1e-7f);
    }

    [TestMethod]
    public void A_network_of_a_fixed_batch()
    {
        var model = new ModelBuilder(17).Input("x", 1, 3).Initializer("w", Samples.Floats(3, 2))
            .Node("MatMul", ["x", "w"], ["h"]).Node("Softmax", ["h"], ["y"]).Output("y");
        var network = Network.From(model.Build());
        var graph = new Graph(network.Opset);
        var trace = network.Trace(graph, new Dictionary<string, Value> { ["x"] = graph.Input("x", ElementType.Float, Shape.Of(1, 3)) });
        Assert.AreEqual("[1, 2]", trace.Output("y").Shape.ToString());
        var batch = new Graph(network.Opset);
        var error = Assert.ThrowsExactly<ArgumentException>(() => network.Trace(
            batch, new Dictionary<string, Value> { ["x"] = batch.Input("x", ElementType.Float, Shape.Of(4, 3)) }));
        StringAssert.Contains(error.Message, "input 'x' is Float[1, 3]; the value given is Float[4, 3]");
    }

    [TestMethod]
    public void Values_that_do_not_fit_are_refused()
    {
        var graph = new Graph(Network.Opset);
        var wide =
            Assert.ThrowsExactly<ArgumentException>(() => Applied(graph, graph.Input("wide", ElementType.Float, Shape.Of(2, 1, 8, 9))));
        StringAssert.Contains(wide.Message, "input 'input' is Float[batch, 1, 8, 8]; the value given is Float[2, 1, 8, 9]");
        Assert.ThrowsExactly<ArgumentException>(() => Applied(graph, graph.Input("flat", ElementType.Float, Shape.Of(2, 64))));
        Assert.ThrowsExactly<ArgumentException>(() => Applied(graph, graph.Input("double", ElementType.Double, Shape.Of(2, 1, 8, 8))));
        var missing = Assert.ThrowsExactly<ArgumentException>(() => Network.Trace(graph, new Dictionary<string, Value>()));
        StringAssert.Contains(missing.Message, "wants a value for its input 'input'");
    }

    [TestMethod]
    public void A_graph_of_an_older_opset_is_refused()
    {
        var graph = new Graph(13);
        var error =
            Assert.ThrowsExactly<ArgumentException>(() => Applied(graph, graph.Input("x", ElementType.Float, Shape.Of(2, 1, 8, 8))));
        StringAssert.Contains(error.Message, "the graph for 13");
        StringAssert.Contains(error.Message, "Start the graph at the network's opset");
    }

    [TestMethod]
    public void Inputs_of_different_batches_are_refused()
    {
        var two = Network.From(new ModelBuilder(17).Input("a", -1, 3).Input("b", -1, 3).Node("Add", ["a", "b"], ["y"]).Output("y").Build());
        var graph = new Graph(two.Opset);
        var error = Assert.ThrowsExactly<ArgumentException>(() => two.Trace(graph, new Dictionary<string, Value>
        {
            ["a"] = graph.Input("a", ElementType.Float, Shape.Of(2, 3)),
            ["b"] = graph.Input("b", ElementType.Float, Shape.Of(3, 3)),
        }));
        StringAssert.Contains(error.Message, "different batch sizes: 2 and 3 ('b')");
    }

    [TestMethod]
    public void An_output_that_is_not_there_is_refused()
    {
        var graph = new Graph(Network.Opset);
        var trace = Applied(graph, graph.Input("x", ElementType.Float, Network.DefaultInput.Shape!));
        var error = Assert.ThrowsExactly<ArgumentException>(() => trace.Output("probabilities"));
        StringAssert.Contains(error.Message, "no output 'probabilities'; it has 'logits'");
    }

    private static NetworkTrace Applied(Graph graph, Value x) => Network.Trace(graph, new Dictionary<string, Value> { ["input"] = x });

    private static Tensor Logits()
    {
        using var session = new ModelSession(OnnxModel.Load(References.ModelFile("cnn_digits")));
        return session.Run(new Dictionary<string, Tensor> { ["input"] = Digits })["logits"];
    }
}
