using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Networks;

[TestClass]
public sealed class DroppingTheFinalActivation
{
    private static readonly Tensor Rows = Samples.Floats(4, 3);

    [TestMethod]
    [DataRow("Softmax")]
    [DataRow("LogSoftmax")]
    [DataRow("Sigmoid")]
    public void Logits_are_what_lies_before_it(string activation)
    {
        var (logits, file) = Outputs(["MatMul", activation]);
        TensorAssert.AreClose(Product(), logits, 1e-6);
        Near.Apart(file.ToDouble()[0], logits.ToDouble()[0]);
    }

    [TestMethod]
    public void Names_behind_it_do_not_hide_it()
    {
        var (logits, _) = Outputs(["MatMul", "Softmax", "Identity", "Identity"]);
        TensorAssert.AreClose(Product(), logits, 1e-6);
    }

    [TestMethod]
    public void It_stays_where_it_is_asked_to()
    {
        var (kept, file) = Outputs(["MatMul", "Softmax"], new NetworkOptions { KeepFinalActivation = true });
        TensorAssert.AreEqual(file, kept);
    }

    [TestMethod]
    [DataRow("Relu")]
    [DataRow("Tanh")]
    public void Other_activations_stay(string activation)
    {
        var (output, file) = Outputs(["MatMul", activation]);
        TensorAssert.AreEqual(file, output);
    }

    [TestMethod]
    public void A_softmax_before_the_end_stays()
    {
        var (output, file) = Outputs(["MatMul", "Softmax", "Neg"]);
        TensorAssert.AreEqual(file, output);
    }

    [TestMethod]
    public void Only_one_is_dropped()
    {
        var (output, _) = Outputs(["MatMul", "Sigmoid", "Softmax"]);
        var expected = Array.ConvertAll(Product().As<float>().ToArray(), v => 1 / (1 + MathF.Exp(-v)));
        TensorAssert.AreClose(Tensor.From(expected, 4, 2), output, 1e-6);
    }

    [TestMethod]
    [DataRow(7, 1L, "[N, 4]")]
    [DataRow(9, 1L, "[N, 2, 2]")]
    [DataRow(11, -1L, "[N, 4]")]
    [DataRow(12, 1L, "shape of the data")]
    public void Older_operator_sets_hide_none(int opset, long axis, string shape)
    {
        // Where the shape of the scores is not known when it is read, a softmax over several axes becomes one over a flattened tensor.
        var model = new ModelBuilder(opset).Input("x", -1, 4).Initializer("w", Samples.Seeded(5, 4, 4)).Output("y")
            .Initializer("extents", shape == "[N, 2, 2]" ? Tensor.Vector(-1L, 2, 2) : Tensor.Vector(-1L, 4))
            .Node("MatMul", ["x", "w"], ["a"]);
        _ = shape == "shape of the data" ? model.Node("Shape", ["x"], ["s"]).Node("Reshape", ["a", "s"], ["b"])
            : model.Node("Reshape", ["a", "extents"], ["b"]);
        var network = Network.From(model.Node("Softmax", ["b"], ["y"], ("axis", axis)).Build());
        Assert.AreEqual("b", network.OutputDefinition("y").Name);
        Assert.AreEqual("a", network.OutputDefinition("y").Producer!.Inputs[0]!.Name);
    }

    [TestMethod]
    [DataRow("Softmax", false)]
    [DataRow("LogSoftmax", false)]
    [DataRow("Softmax", true)]
    public void One_that_stands_between_transposes_is_dropped_where_these_undo_each_other(string squash, bool isOther)
    {
        // As exporters write a softmax over the channels of maps for operator sets that want it last.
        var model = new ModelBuilder(11).Input("x", -1, 4, 2, 2).Initializer("k", Samples.Seeded(6, 3, 4, 1, 1)).Output("y")
            .Node("Conv", ["x", "k"], ["c"]).Node("Transpose", ["c"], ["t"], ("perm", (long[])[0, 2, 3, 1]))
            .Node(squash, ["t"], ["s"], ("axis", 3L))
            .Node("Transpose", ["s"], ["y"], ("perm", isOther ? (long[])[0, 3, 2, 1] : [0, 3, 1, 2]));
        var network = Network.From(model.Build());
        Assert.AreEqual(isOther ? "Transpose" : "Conv", network.OutputDefinition("y").Producer!.OperatorType);
        Assert.AreEqual(1, Axes.Classes(network, "y"));
        Assert.AreEqual(3, network.ClassesOf("y"));
    }

    [TestMethod]
    public void A_softmax_whose_scores_are_laid_out_anew_stays()
    {
        var model = new ModelBuilder(17).Input("x", -1, 4).Initializer("whole", Tensor.Vector(-1L, 2, 2))
            .Initializer("w", Samples.Seeded(5, 4, 4)).Node("MatMul", ["x", "w"], ["a"]).Node("Softmax", ["a"], ["s"])
            .Node("Reshape", ["s", "whole"], ["y"]).Output("y");
        Assert.AreEqual("Reshape", Network.From(model.Build()).OutputDefinition("y").Producer!.OperatorType);
    }

    // What the network's trace gives: the logits, and the output of the file.
    private static (Tensor Logits, Tensor File) Outputs(string[] operators, NetworkOptions? options = null)
    {
        var model = new ModelBuilder(17).Input("x", -1, 3).Initializer("w", Samples.Seeded(5, 3, 2));
        for (var i = 0; i < operators.Length; i++)
            model.Node(operators[i], operators[i] == "MatMul" ? ["x", "w"] : [$"t{i - 1}"], [$"t{i}"]);
        var output = $"t{operators.Length - 1}";
        var network = Network.From(model.Output(output).Build(), options);
        var graph = new Graph(network.Opset);
        var trace = network.Trace(graph,
            new Dictionary<string, Value> { ["x"] = graph.Input("x", ElementType.Float, network.DefaultInput.Shape!) });
        var found = GraphRunner.Run([trace.Output(output), trace.FileOutput(output)], ("x", Rows));
        return (found[0], found[1]);
    }

    private static Tensor Product()
    {
        var graph = new Graph();
        var x = graph.Input("x", ElementType.Float, Shape.Of(4, 3));
        return GraphRunner.Run(x.MatMul(graph.Constant(Samples.Seeded(5, 3, 2))), ("x", Rows));
    }
}
