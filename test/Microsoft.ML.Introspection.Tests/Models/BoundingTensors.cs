using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Onnx.Proto;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Models;

/// <summary>A number in a file can ask for any amount of memory when the network is run; what is known of it is said before.</summary>
[TestClass]
public sealed class BoundingTensors
{
    [TestMethod]
    [DataRow("HannWindow")]
    [DataRow("BlackmanWindow")]
    [DataRow("Range")]
    [DataRow("ConstantOfShape")]
    [DataRow("Expand")]
    [DataRow("Tile")]
    [DataRow("Pad")]
    [DataRow("OneHot")]
    [DataRow("Resize")]
    [DataRow("AffineGrid")]
    public void A_tensor_that_no_row_should_need_is_refused(string operatorType)
    {
        const long Many = 1L << 32;
        var model = new ModelBuilder(23, 10).Input("x", -1, 1, 4, 4).Initializer("n", Tensor.Scalar(Many)).Initializer("0", Tensor.Scalar(0L))
            .Initializer("1", Tensor.Scalar(1L)).Initializer("shape", Tensor.Vector(Many, 2L)).Initializer("one", Tensor.Vector(1f))
            .Initializer("turns", Tensor.Vector(1L, 1, 1 << 16, 1 << 16)).Initializer("pads", Tensor.Vector(0L, 0, 0, 0, 0, 0, 0, Many))
            .Initializer("values", Tensor.Vector(0f, 1f)).Initializer("places", Tensor.Vector(1L))
            .Initializer("theta", Tensor.From(new float[6], 1, 2, 3)).Initializer("size", Tensor.Vector(1L, 1, 1 << 16, 1 << 16))
            .Initializer("scales", Tensor.Vector(1f, 1f, 1 << 15, 1 << 15));
        _ = operatorType switch
        {
            "HannWindow" or "BlackmanWindow" => model.Node(operatorType, ["n"], ["big"]),
            "Range" => model.Node(operatorType, ["0", "n", "1"], ["big"]),
            "ConstantOfShape" => model.Node(operatorType, ["shape"], ["big"]),
            "Expand" => model.Node(operatorType, ["one", "shape"], ["big"]),
            "Tile" => model.Node(operatorType, ["x", "turns"], ["big"]),
            "Pad" => model.Node(operatorType, ["x", "pads"], ["big"]),
            "OneHot" => model.Node(operatorType, ["places", "n", "values"], ["big"]),
            "Resize" => model.Node(operatorType, ["x", "", "scales"], ["big"]),
            _ => model.Node(operatorType, ["theta", "size"], ["big"]),
        };
        var error = Assert.ThrowsExactly<InvalidModelException>(
            () => Network.From(model.Node("ReduceMax", ["x"], ["y"], ("keepdims", 0L)).Output("y").Output("big").Build()));
        foreach (var part in (string[])["'big'", operatorType, "bytes for a single row; 1,073,741,824", "LargestTensor", "--largest-tensor"])
            Assert.Contains(part, error.Message);
    }

    [TestMethod]
    [DataRow("MaxPool")]
    [DataRow("AveragePool")]
    [DataRow("LpPool")]
    public void Windows_that_would_never_end_are_refused(string operatorType)
    {
        Network Made(long length) => Network.From(new ModelBuilder(18).Input("x", -1, 1, 2, 3).Node(operatorType, ["x"], ["y"],
            ("kernel_shape", (long[])[length, 1]), ("pads", (long[])[length - 1, 0, length - 1, 0])).Output("y").Build());
        Assert.AreEqual("[batch, 1, 9, 3]", Made(8).Outputs[0].Shape!.ToString());
        var error = Assert.ThrowsExactly<InvalidModelException>(() => Made(1 << 20));
        foreach (var part in (string[])[operatorType, "windows of [1048576, 1]", "a single row"])
            Assert.Contains(part, error.Message);
    }

    [TestMethod]
    public void What_is_the_most_can_be_said()
    {
        var model = new ModelBuilder(17).Input("x", -1, 2, 3).Node("Relu", ["x"], ["y"]).Output("y").Build();
        Assert.AreEqual("[batch, 2, 3]", Network.From(model, new NetworkOptions { LargestTensor = 24 }).Outputs[0].Shape!.ToString());
        var error = Assert.ThrowsExactly<InvalidModelException>(() => Network.From(model, new NetworkOptions { LargestTensor = 23 }));
        Assert.Contains("takes 24 bytes for a single row; 23 are the most", error.Message);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new NetworkOptions { LargestTensor = 0 });
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void Nodes_that_are_very_many_are_refused_unless_they_are_meant(bool branches)
    {
        var model = Chain(branches ? 7_000 : 21_000, branches).Build();
        var error = Assert.ThrowsExactly<InvalidModelException>(() => Network.From(model));
        foreach (var part in (string[])["21,000 nodes, those of branches and loops among them; 20,000 are the most", "MostNodes", "--most-nodes"])
            Assert.Contains(part, error.Message);
        var few = Chain(10, branches).Build();
        Assert.HasCount(10, Network.From(few, new NetworkOptions { MostNodes = branches ? 30 : 10 }).Layers);
        Assert.ThrowsExactly<InvalidModelException>(() => Network.From(few, new NetworkOptions { MostNodes = branches ? 29 : 9 }));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new NetworkOptions { MostNodes = 0 });
    }

    [TestMethod]
    public void A_node_of_very_many_outputs_is_as_many_nodes()
    {
        string[] parts = [.. Enumerable.Range(0, 5_000).Select(i => $"p{i}")];
        var model = new ModelBuilder(18).Input("x", -1, 5_000).Node("Split", ["x"], parts, ("axis", 1L), ("num_outputs", 5_000L))
            .Node("Concat", parts, ["y"], ("axis", 1L)).Output("y").Build();
        Assert.Contains("24,415 nodes", Assert.ThrowsExactly<InvalidModelException>(() => Network.From(model)).Message);
    }

    // ONNX Runtime took eight seconds to load the second of these: it sorts nodes by the square of how many are ready.
    [TestMethod]
    public void Explanations_of_long_chains_stand_in_an_order_that_is_loaded_fast()
    {
        var model = Explanation.Compile(Network.From(Chain(5_000, branches: true).Build()), new Saliency());
        HashSet<string> made = ["x"];
        var (ready, most) = (0, 0);
        var users = model.Proto.Graph.Node.SelectMany(n => n.Input.Distinct().Select(i => (i, n))).ToLookup(u => u.i, u => u.n);
        var constants = model.Proto.Graph.Initializer.Select(i => i.Name).ToHashSet();
        foreach (var node in model.Proto.Graph.Node)
        {
            Assert.IsTrue(node.Input.All(i => made.Contains(i) || constants.Contains(i)), $"{node.Name} stands before what it takes");
            made.UnionWith(node.Output);
            ready += node.Output.SelectMany(o => users[o]).Distinct().Count(n => n.Input.All(i => made.Contains(i) || constants.Contains(i))) - 1;
            most = Math.Max(most, ready);
        }
        Assert.IsTrue(most < 10, $"{most} are ready at once");
        using var session = new ModelSession(model, new() { Threads = 1 });
        var found = session.Run(new Dictionary<string, Tensor> { ["x"] = Tensor.From([1f, 2, -3, 4], 1, 4) });
        TensorAssert.AreEqual(Tensor.From([0f, 0, 0, 1], 1, 4), found["attribution"]);
    }

    private static ModelBuilder Chain(int length, bool branches)
    {
        var model = new ModelBuilder(17).Input("x", -1, 4).Initializer("c", Tensor.Scalar(true));
        for (var i = 0; i < length; i++)
        {
            var (from, to) = (i == 0 ? "x" : $"t{i - 1}", i == length - 1 ? "y" : $"t{i}");
            _ = branches ? model.Node("If", ["c"], [to], ("then_branch", Body(from, $"then {i}")), ("else_branch", Body(from, $"else {i}")))
                : model.Node("Relu", [from], [to]);
        }
        return model.Output("y");

        static GraphProto Body(string from, string to) => new()
        {
            Name = to, Node = { ModelBuilder.NodeOf("Relu", [from], [to]) },
            Output = { new ValueInfoProto { Name = to, Type = TensorInfo.ToProto(ElementType.Float, null) } },
        };
    }
}
