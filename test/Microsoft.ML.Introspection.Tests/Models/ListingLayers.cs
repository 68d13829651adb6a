using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Networks;

[TestClass]
public sealed class ListingLayers
{
    public static IEnumerable<object[]> Models => References.Models.Select(m => new object[] { m });

    [TestMethod]
    [DynamicData(nameof(Models))]
    public void Every_layer_of_a_trained_network_tells_its_shape(string model)
    {
        var network = References.Network(model);
        Assert.IsNotEmpty(network.Layers);
        foreach (var layer in network.Layers)
        {
            Assert.IsNotNull(layer.Shape, layer.ToString());
            Assert.IsFalse(layer.Shape.HasUnknown, layer.ToString());
            Assert.AreSame(layer, network.Layer(layer.Name), layer.ToString());
            Assert.IsNotNull(network.Layer(layer.Output), layer.ToString());
        }
        Assert.HasCount(network.Layers.Count, network.Layers.Select(l => l.Output).Distinct());
        Assert.AreEqual("batch", network.Inputs[0].Shape![0].ToString());
        Assert.AreEqual("batch", network.Outputs[0].Shape![0].ToString());
    }

    [TestMethod]
    public void A_convolutional_network()
    {
        var network = References.Network("cnn_digits_op17");
        var first = network.Layers[0];
        Assert.AreEqual(("Conv", ElementType.Float, "[batch, 16, 8, 8]"), (first.Operator, first.Type, first.Shape!.ToString()));
        Assert.AreEqual(16 * 9 + 16, first.Parameters);
        Assert.AreEqual("[batch, 10]", network.Outputs[0].Shape!.ToString());
        Assert.AreSame(first, network.Layer(first.Output));
    }

    [TestMethod]
    public void Parameters_of_a_perceptron_are_those_of_its_file()
    {
        var network = References.Network("mlp_breast_cancer");
        var weights = OnnxModel.Load(References.ModelFile("mlp_breast_cancer")).Proto.Graph.Initializer.Sum(
            i => i.Dims.Aggregate(1L, (p, d) => p * d));
        Assert.AreEqual(weights, network.Layers.Sum(l => l.Parameters));
    }

    [TestMethod]
    public void Nodes_without_a_name_go_by_their_output()
    {
        var model = new ModelBuilder(17).Input("x", -1, 3).Node("Relu", ["x"], ["hidden"]).Node("Tanh", ["hidden"], ["y"]).Output("y");
        foreach (var node in model.Graph.Node)
            node.Name = "";
        var network = Network.From(model.Build());
        CollectionAssert.AreEqual((string[])["hidden", "y"], network.Layers.Select(l => l.Name).ToArray());
        Assert.AreEqual("Tanh", network.Layer("y").Operator);
    }

    [TestMethod]
    public void A_shape_that_only_a_run_tells_is_found_by_running()
    {
        // The size to take is computed from the data's own shape, by arithmetic that static inference does not follow.
        var model = new ModelBuilder(17).Input("x", -1, 6)
            .Initializer("two", Tensor.Vector(2f)).Initializer("one", Tensor.Vector(1L)).Initializer("columns", Tensor.Vector(-1L))
            .Node("Shape", ["x"], ["extents"]).Node("Gather", ["extents", "one"], ["six"])
            .Node("Cast", ["six"], ["real"], ("to", 1L)).Node("Div", ["real", "two"], ["three"]).Node("Cast", ["three"], ["whole"],
                ("to", 7L))
            .Node("Concat", ["columns", "whole"], ["target"], ("axis", 0L))
            .Node("Reshape", ["x", "target"], ["y"]).Output("y");
        Assert.AreEqual("[2·batch, 3]", Network.From(model.Build()).Layer("y").Shape!.ToString());
    }

    [TestMethod]
    public void A_trained_layer_norm_and_an_lstm_tell_all_their_shapes()
    {
        var norm = References.Network("transformer_text_op17").Layers.First(l => l.Operator == "LayerNormalization");
        Assert.AreEqual("[batch, 12, 32]", norm.Shape!.ToString());
        var lstm = References.Network("lstm_text_emb").Layers.First(l => l.Operator == "LSTM");
        Assert.AreEqual("batch", lstm.Shape![2].ToString());
    }
}
