using Microsoft.ML.Introspection.Importers;
using Microsoft.ML.Introspection.Importers.TensorFlow.Proto;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tests.Support;
using static Microsoft.ML.Introspection.Tests.Importers.TensorFlow.Graphs;

namespace Microsoft.ML.Introspection.Tests.Importers.TensorFlow;

/// <summary>A graph alone does not tell where it begins and ends: that is guessed, or named.</summary>
[TestClass]
public sealed class ReadingFrozenGraphs
{
    [TestMethod]
    public void Inputs_and_outputs_are_guessed()
    {
        var model = TensorFlowGraph.Load(TensorFlowFiles.Of("tf1_cnn", "frozen.pb"));
        CollectionAssert.AreEqual((string[])["image"], model.Inputs.Select(i => i.Name).ToArray());
        CollectionAssert.Contains(model.Outputs.Select(o => o.Name).ToArray(), "class");
    }

    [TestMethod]
    public void A_tensor_in_the_middle_can_be_the_input()
    {
        var graph = Of(Placeholder("file", DataType.DtString), Node("decoded", "DecodeJpeg", "file"),
            Integers("extents", [2], 4, 4), Node("ResizeTensor", "ResizeBilinear", "decoded", "extents")
                .With("_output_shapes", Shapes(1, 4, 4, 3)), Node("y", "Relu", "ResizeTensor"));
        var model = TensorFlowGraph.Read(graph.Bytes(), ["ResizeTensor"], ["y"]);
        Assert.AreEqual("ResizeTensor", model.Inputs.Single().Name);
        Assert.AreEqual("Relu", model.Proto.Graph.Node.Single().OpType);
    }

    [TestMethod]
    public void Names_that_are_not_there_are_refused_with_some_that_are()
    {
        var error = Assert.ThrowsExactly<ArgumentException>(
            () => TensorFlowGraph.Load(TensorFlowFiles.Of("tf1_cnn", "frozen.pb"), new() { Outputs = ["nothing"] }));
        StringAssert.Contains(error.Message, "nothing");
        StringAssert.Contains(error.Message, "image");
    }

    [TestMethod]
    public void Nodes_keep_their_names()
    {
        var model = TensorFlowGraph.Load(TensorFlowFiles.Of("tf1_cnn", "frozen.pb"), new() { Outputs = ["probabilities"] });
        var names = model.Proto.Graph.Node.Select(n => n.Name).ToList();
        Assert.IsTrue(names.Any(n => n.StartsWith("fc/", StringComparison.Ordinal)), string.Join(", ", names));
    }

    [TestMethod]
    public void A_branch_on_data_gives_the_side_that_is_taken()
    {
        var graph = Of(Placeholder("x", -1, 2), Floats("limit", [], 0), Integers("axes", [2], 0, 1), Node("sum", "Sum", "x", "axes"),
            Node("positive", "Greater", "sum", "limit"), Node("y", "If", "positive", "x")
                .With("then_branch", Named("double")).With("else_branch", Named("negative")));
        graph.Library.Function.Add(Function("double", ["a"], "s:z:0", Node("s", "AddV2", "a", "a")));
        graph.Library.Function.Add(Function("negative", ["a"], "s:y:0", Node("s", "Neg", "a")));
        var model = TensorFlowGraph.Read(graph.Bytes(), [], ["y"]);
        Tensor Run(params float[] row) => GraphRunner.Run(model, [("x", Tensor.From(row, 1, 2))])["y"];
        TensorAssert.AreEqual(Tensor.From((float[])[2, 4], 1, 2), Run(1, 2));
        TensorAssert.AreEqual(Tensor.From((float[])[1, 2], 1, 2), Run(-1, -2));
    }

    [TestMethod]
    public void Content_tells_a_graph_from_an_ONNX_model()
    {
        Assert.IsTrue(TensorFlowGraph.IsGraph(File.ReadAllBytes(TensorFlowFiles.Of("tf1_cnn", "frozen.pb")).AsSpan(0, 16)));
        Assert.IsFalse(TensorFlowGraph.IsGraph(File.ReadAllBytes(References.ModelFile("cnn_digits")).AsSpan(0, 16)));
    }

    private static AttrValue Named(string function) => new() { Func = new NameAttrList { Name = function } };

    private static AttrValue Shapes(params ReadOnlySpan<long> extents)
    {
        var list = new AttrValue.Types.ListValue();
        list.Shape.Add(Graphs.Shape(extents));
        return new AttrValue { List = list };
    }
}
