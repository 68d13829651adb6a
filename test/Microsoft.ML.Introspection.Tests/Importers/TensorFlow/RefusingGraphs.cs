using Microsoft.ML.Introspection.Importers;
using Microsoft.ML.Introspection.Importers.TensorFlow.Proto;
using Microsoft.ML.Introspection.Onnx;
using static Microsoft.ML.Introspection.Tests.Importers.TensorFlow.Graphs;

namespace Microsoft.ML.Introspection.Tests.Importers.TensorFlow;

/// <summary>What cannot be read, or was made to do harm, ends in an error that names the node.</summary>
[TestClass]
public sealed class RefusingGraphs
{
    [TestMethod]
    public void Operators_that_are_not_known_are_named_with_their_nodes()
    {
        Refuses(Of(Placeholder("x", -1, 3), Node("layer/odd", "Quux", "x")), "layer/odd", "Quux");
        Refuses(Of(Placeholder("x", DataType.DtString, -1), Node("layer/length", "StringLength", "x")), "layer/length", "text");
        Refuses(Of(Placeholder("x", -1, 3), Node("find", "LookupTableFindV2", "x")), "find", "table");
        Refuses(Of(Placeholder("x", -1, 3), Node("loop/Enter", "Enter", "x"), Node("y", "Relu", "loop/Enter")),
            "loop/Enter", "TensorFlow 1");
    }

    [TestMethod]
    public void Text_that_is_computed_with_is_refused_at_the_node_that_does()
    {
        Refuses(Of(Placeholder("x", DataType.DtString, -1), Node("y", "Relu", "x")), "'y'", "text");
    }

    [TestMethod]
    public void Circles_are_refused()
    {
        Refuses(Of(Placeholder("x", 1), Node("a", "Add", "b", "x"), Node("b", "Relu", "a"), Node("y", "Relu", "b")), "own result");
        Refuses(Of(Placeholder("x", 1), Node("a", "Identity", "b"), Node("b", "Identity", "a"), Node("y", "Add", "b", "x")), "circle");
    }

    [TestMethod]
    public void Functions_that_call_themselves_are_refused()
    {
        var graph = Of(Placeholder("x", 1), Call("y", "f", "x"));
        graph.Library.Function.Add(Function("f", ["a"], "again:r:0", Call("again", "g", "a")));
        graph.Library.Function.Add(Function("g", ["a"], "back:r:0", Call("back", "f", "a")));
        Refuses(graph, "calls itself");
    }

    [TestMethod]
    public void Functions_that_unfold_without_end_are_refused()
    {
        var graph = Of(Placeholder("x", 1), Call("y", "f0", "x"));
        for (var i = 0; i < 60; i++)
            graph.Library.Function.Add(Function($"f{i}", ["a"], "sum:z:0",
                Call("left", $"f{i + 1}", "a"), Call("right", $"f{i + 1}", "left"), Node("sum", "AddV2", "left", "right")));
        graph.Library.Function.Add(Function("f60", ["a"], "r:activations:0", Node("r", "Relu", "a")));
        Refuses(graph, "more than");
    }

    [TestMethod]
    public void Names_that_lead_nowhere_are_refused()
    {
        Refuses(Of(Placeholder("x", 1), Node("y", "Add", "x", "nowhere")), "nowhere");
        Refuses(Of(Placeholder("x", 1), Call("y", "missing", "x")), "missing");
        Refuses(Of(Placeholder("x", 1), Node("y", "Add", "x", "x:7")), "output 7");
        Refuses(Of(Placeholder("x", 1), Placeholder("x", 1), Node("y", "Relu", "x")), "two nodes");
    }

    [TestMethod]
    public void Constants_that_claim_more_than_they_hold_are_refused_before_memory_is_taken()
    {
        Refuses(Of(Placeholder("x", 1), Floats("c", [1 << 20, 1 << 20], 1), Node("y", "Add", "x", "c")), "'c'");
        Refuses(Of(Placeholder("x", 1), Floats("c", [long.MaxValue, 8], 1), Node("y", "Add", "x", "c")), "'c'");
        Refuses(Of(Placeholder("x", 1), Floats("c", [-5], 1), Node("y", "Add", "x", "c")), "'c'");
        Refuses(Of(Placeholder("x", 1), Floats("c", [1], 1, 2), Node("y", "Add", "x", "c")), "'c'");
        var content = new TensorProto { Dtype = DataType.DtFloat, TensorShape = Graphs.Shape(3) };
        content.TensorContent = Google.Protobuf.ByteString.CopyFrom(1, 2, 3);
        Refuses(Of(Placeholder("x", 1), Graphs.Constant("c", content), Node("y", "Add", "x", "c")), "'c'");
    }

    [TestMethod]
    public void Extents_without_end_are_refused()
    {
        Refuses(Of(Placeholder("x", -1, 4), Integers("n", [2], 1 << 30, 1 << 30), Node("big", "Fill", "n", "zero"), Floats("zero", []),
            Node("y", "MatMul", "x", "big")), "'y'");
    }

    [TestMethod]
    public void What_does_not_fit_is_refused_with_the_nodes_name()
    {
        Refuses(Of(Placeholder("x", -1, 4, 4, 3), Floats("k", [2, 2, 2, 5]), Node("conv", "Conv2D", "x", "k")
            .With("strides", Strides(1, 1, 1, 1)).With("padding", Words("VALID")), Node("y", "Relu", "conv")), "'conv'", "channels");
        // No channels are of no groups, by whose number ONNX Runtime divides.
        Refuses(Of(Placeholder("x", -1, 4, 4, 0), Floats("k", [2, 2, 3, 5]), Node("conv", "Conv2D", "x", "k")
            .With("strides", Strides(1, 1, 1, 1)).With("padding", Words("VALID")), Node("y", "Relu", "conv")), "'conv'", "channels");
        Refuses(Of(Placeholder("x", -1, 4, 4, 3), Floats("k", [2, 2, 3, 5]), Node("conv", "Conv2D", "x", "k")
            .With("strides", Strides(2, 1, 1, 1)).With("padding", Words("VALID")), Node("y", "Relu", "conv")), "'conv'", "strides");
        Refuses(Of(Placeholder("x", -1, 4), Integers("axis", [], 9), Node("m", "Mean", "x", "axis"), Node("y", "Relu", "m")),
            "'m'", "axis 9");
        Refuses(Of(Placeholder("x", -1, 4), Floats("w", [5, 2]), Node("product", "MatMul", "x", "w")), "'product'");
        Refuses(Of(Placeholder("x", -1, 4), Node("y", "Mean", "x")), "'y'", "no input 1");
        Refuses(Of(Placeholder("x", -1, 4), Node("bn", "FusedBatchNormV3", "x", "x", "x", "x", "x")), "'bn'", "training");
    }

    [TestMethod]
    public void Variables_without_numbers_are_refused()
    {
        Refuses(Of(Placeholder("x", -1, 4), Node("w", "VariableV2"), Node("y", "MatMul", "x", "w")), "'w'", "variable");
    }

    [TestMethod]
    public void Bytes_that_are_no_graph_are_refused()
    {
        Assert.ThrowsExactly<InvalidModelException>(() => TensorFlowGraph.Read(new byte[] { 0x0A, 0xFF, 0xFF }, [], []));
        Assert.ThrowsExactly<InvalidModelException>(() => TensorFlowGraph.Read(ReadOnlyMemory<byte>.Empty, [], []));
    }

    private static AttrValue Strides(params ReadOnlySpan<long> numbers)
    {
        var list = new AttrValue.Types.ListValue();
        list.I.Add(numbers.ToArray());
        return new AttrValue { List = list };
    }

    private static AttrValue Words(string text) => new() { S = Google.Protobuf.ByteString.CopyFromUtf8(text) };

    private static void Refuses(GraphDef graph, params ReadOnlySpan<string> words)
    {
        var error = Assert.ThrowsExactly<InvalidModelException>(() => TensorFlowGraph.Read(graph.Bytes(), [], HasY(graph) ? ["y"] : []));
        foreach (var word in words)
            StringAssert.Contains(error.Message, word);
    }

    // Where no node is called y, the end is found.
    private static bool HasY(GraphDef graph) => graph.Node.Any(n => n.Name == "y");
}
