using Microsoft.ML.Introspection.Importers;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Importers.TensorFlow;

/// <summary>Files of TensorFlow open where other networks do, told by their content.</summary>
[TestClass]
public sealed class OpeningTensorFlow
{
    [TestMethod]
    public void Folders_archives_and_graphs_are_told_by_their_content()
    {
        var folder = TensorFlowFiles.Unpacked("keras2_multi_io");
        try
        {
            foreach (var path in (string[])[folder, Path.Combine(folder, "saved_model.pb"),
                TensorFlowFiles.Of("keras2_multi_io", "saved_model.zip"), TensorFlowFiles.Of("tf1_cnn", "frozen.pb")])
            {
                Assert.AreEqual(ModelKind.TensorFlow, ModelFile.KindOf(path), path);
                Assert.AreEqual(ModelKind.TensorFlow, ModelFile.Open(path).Kind, path);
                Assert.IsNull(ModelFile.Open(path).Trees);
                Assert.Contains("ModelFile.LoadNetwork",
                    Assert.ThrowsExactly<InvalidModelException>(() => Introspection.Models.Network.Load(path), path).Message, path);
            }
            var error = Assert.ThrowsExactly<InvalidModelException>(() => ModelFile.KindOf(Path.Combine(folder, "variables")));
            StringAssert.Contains(error.Message, "saved_model.pb");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [TestMethod]
    public void A_part_of_a_graph_is_named_where_networks_are_opened()
    {
        var network = ModelFile.LoadNetwork(TensorFlowFiles.Of("tf1_cnn", "frozen.pb"),
            translation: new() { Inputs = ["image"], Outputs = ["fc/logits"] });
        CollectionAssert.AreEqual((string[])["fc/logits"], network.OutputNames.ToArray());
    }

    [TestMethod]
    public void Written_with_channels_second_it_is_the_same_network()
    {
        var path = TensorFlowFiles.Of("keras3_conv2d", "saved_model.zip");
        var (last, first) = (ModelFile.ReadNetwork(path), ModelFile.ReadNetwork(path, new() { ChannelsFirst = true, Opset = 22 }));
        Assert.AreEqual((21, 22), (last.Opset, first.Opset));
        var extents = last.Inputs.Single().Shape!.Skip(1).Select(d => d.Value).ToArray();
        var graph = new Graph();
        var seen = graph.Input("x", ElementType.Float, Shape.Of([2, .. extents]));
        var random = new Random(5);
        var x = Tensor.From(Enumerable.Range(0, (int)(2 * extents.Aggregate((a, b) => a * b))).Select(_ => random.NextSingle()).ToArray(),
            [2, .. extents]);
        var turned = GraphRunner.Run(seen.Transpose(0, 3, 1, 2), ("x", x));
        using var one = new ModelSession(last);
        using var two = new ModelSession(first);
        var expected = one.Run(new Dictionary<string, Tensor> { [last.Inputs[0].Name] = x })["output_0"];
        var found = two.Run(new Dictionary<string, Tensor> { [last.Inputs[0].Name] = turned })["output_0"];
        var back = new Graph();
        var given = back.Input("y", ElementType.Float, found.Shape);
        TensorAssert.AreClose(expected, GraphRunner.Run(given.Transpose(0, 2, 3, 1), ("y", found)), 1e-5);
    }
}
