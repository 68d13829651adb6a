using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Differentiation;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Networks;

/// <summary>Gradients pass sequences whose elements are known, and stop with a reason at all others.</summary>
[TestClass]
public sealed class WritingSequencesOut
{
    [TestMethod]
    public void Joined_elements_have_their_gradients()
    {
        // y = [2x, relu(x)]
        var network = Of(b => b.Node("SequenceConstruct", ["a", "r"], ["s"]).Node("ConcatFromSequence", ["s"], ["y"], ("axis", 1L)));
        Assert.IsFalse(network.Layers.Any(l => l.Operator == "ConcatFromSequence"));
        Slopes(network, [3, 3, 3]);
        var x = Tensor.From([1f, 2, 3], 1, 3);
        foreach (AttributionMethod method in (AttributionMethod[])[new IntegratedGradients(20), new DeepLift(), new LayerwiseRelevance()])
            TensorAssert.AreClose(Tensor.From([2f, 0, 0], 1, 3), Explained.Run(network, method, x, 0), 1e-4, $"{method}");
    }

    [TestMethod]
    [DataRow(0L, new double[] { 2, 2, 2 })]
    [DataRow(-1L, new double[] { 1, 1, 1 })]
    public void An_element_is_taken_out(long position, double[] slopes) => Slopes(
        Of(b => b.Initializer("p", Tensor.Scalar(position)).Node("SequenceConstruct", ["a", "r"], ["s"])
            .Node("SequenceAt", ["s", "p"], ["y"])), slopes);

    [TestMethod]
    public void Elements_are_put_in_and_taken_away()
    {
        // [] → [a] → [r, a] → [r, a, x] → [r, x]: 1·r + 1·x on a new axis
        var network = Of(b => b.Initializer("front", Tensor.Scalar(0L)).Initializer("second", Tensor.Scalar(-2L))
            .Node("SequenceEmpty", [], ["s0"]).Node("SequenceInsert", ["s0", "a"], ["s1"])
            .Node("SequenceInsert", ["s1", "r", "front"], ["s2"]).Node("SequenceInsert", ["s2", "x"], ["s3"])
            .Node("SequenceErase", ["s3", "second"], ["s4"])
            .Node("ConcatFromSequence", ["s4"], ["y"], ("axis", 1L), ("new_axis", 1L)));
        Assert.AreEqual("[batch, 2, 3]", network.Layer("y").Shape!.ToString());
        Slopes(network, [2, 2, 2]);
    }

    [TestMethod]
    public void How_many_there_are_is_a_number() => Slopes(
        Of(b => b.Node("SequenceConstruct", ["a", "r", "a"], ["s"]).Node("SequenceLength", ["s"], ["n"])
            .Node("Cast", ["n"], ["f"], ("to", 1L)).Node("Mul", ["x", "f"], ["y"])), [3, 3, 3]);

    [TestMethod]
    public void What_a_position_from_the_data_takes_out_is_refused_by_name()
    {
        var network = Of(b => b.Input("p", ElementType.Int64).Node("SequenceConstruct", ["a", "r"], ["s"])
            .Node("SequenceAt", ["s", "p"], ["y"]));
        StringAssert.Contains(Refusal(network), "There is no backward rule for the operator 'SequenceAt' (node 'SequenceAt of y'");
    }

    [TestMethod]
    public void Optional_values_are_refused_by_name()
    {
        var network = Of(b => b.Node("Optional", ["a"], ["o"]).Node("OptionalGetElement", ["o"], ["y"]));
        StringAssert.Contains(Refusal(network), "the operator 'OptionalGetElement' (node 'OptionalGetElement of y'");
    }

    [TestMethod]
    public void Parts_of_a_tensor_are_refused_by_name()
    {
        var network = Of(b => b.Node("SplitToSequence", ["a"], ["s"], ("axis", 1L)).Node("ConcatFromSequence", ["s"], ["y"], ("axis", 1L)));
        StringAssert.Contains(Refusal(network), "'ConcatFromSequence'");
    }

    private static Network Of(Action<ModelBuilder> sequence)
    {
        var builder = new ModelBuilder(17).Input("x", -1, 3).Initializer("two", Tensor.Scalar(2f)).Node("Mul", ["x", "two"], ["a"])
            .Node("Relu", ["x"], ["r"]);
        sequence(builder);
        return Network.From(builder.Output("y").Build());
    }

    private static string Refusal(Network network) =>
        Assert.ThrowsExactly<UnsupportedOperatorException>(() => Traced(network)).Message;

    private static Value Traced(Network network)
    {
        var graph = new Graph(network.Opset);
        var inputs = network.Inputs.ToDictionary(i => i.Name, i => graph.Input(i.Name, i.Type, i.Shape!));
        return Gradient.Of(network.Trace(graph, inputs).Output("y"), inputs["x"]);
    }

    private static void Slopes(Network network, double[] expected) => TensorAssert.AreEqual(
        Tensor.FromDoubles(ElementType.Float, expected, 1, 3),
        GraphRunner.Run(Traced(network), ("x", Tensor.From([1f, 2, 3], 1, 3))));
}
