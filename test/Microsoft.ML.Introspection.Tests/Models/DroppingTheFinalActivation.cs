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
