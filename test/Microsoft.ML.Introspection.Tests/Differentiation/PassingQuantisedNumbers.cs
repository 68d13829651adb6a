using Microsoft.ML.Introspection.Differentiation;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Differentiation;

/// <summary>Gradients go straight through numbers that are rounded to integers and back, and never silently end there.</summary>
[TestClass]
public sealed class PassingQuantisedNumbers
{
    private static readonly Tensor Numbers = Tensor.From([0.4f, -0.7f, 3, 1.1f, -9, 0.2f], 2, 3);

    [TestMethod]
    public void Rounded_numbers_have_the_gradient_of_the_originals_and_cut_off_ones_none()
    {
        var (graph, x) = Start();
        // 8 bits of a step of 1/32 reach from -4 to 4: the -9 is cut off.
        var whole = Dequantised(Quantised(x, 1f / 32), 1f / 32);
        AreEqual([1, 1, 1, 1, 0, 1], Gradient.Of(whole, x));
        AreEqual([0.8f, -1.4f, 6, 2.2f, 0, 0.4f], Gradient.Of(whole * whole, x), 0.04);
        Assert.AreEqual(graph, x.Graph);
    }

    [TestMethod]
    public void Steps_of_each_channel()
    {
        var (graph, x) = Start();
        Value steps = graph.Constant(Tensor.Vector(1f / 32, 1f / 16, 1f / 8)),
            zeros = graph.Constant(Tensor.Filled(ElementType.Int8, 3, 3));
        var whole = Node(graph, "QuantizeLinear", ElementType.Int8, x.Shape, Attributes.Of(("axis", 1)), x, steps, zeros);
        var back = Node(graph, "DequantizeLinear", ElementType.Float, x.Shape, Attributes.Of(("axis", 1)), whole, steps, zeros);
        AreEqual([1, 1, 1, 1, 0, 1], Gradient.Of(back, x));
    }

    [TestMethod]
    public void Numbers_moved_and_pooled_while_they_are_integers()
    {
        var (graph, x) = Start();
        var whole = Quantised(x, 1f / 8, ElementType.UInt8, 100);
        var planes = Node(graph, "Reshape", ElementType.UInt8, Shape.Of(1, 2, 3), Attributes.None, whole, graph.Constant(1L, 2L, 3L));
        var turned = Node(graph, "Transpose", ElementType.UInt8, Shape.Of(1, 3, 2), Attributes.Of(("perm", (long[])[0, 2, 1])), planes);
        var pooled = Node(graph, "MaxPool", ElementType.UInt8, Shape.Of(1, 3, 1), Attributes.Of(("kernel_shape", (long[])[2])), turned);
        AreEqual([0, 2, 2, 2, 0, 0], Gradient.Of(2 * Dequantised(pooled, 1f / 8, 100), x));
    }

    [TestMethod]
    public void Products_of_integers_behind_a_step_chosen_at_run_time()
    {
        var (graph, x) = Start();
        var weights = Tensor.From(Array.ConvertAll([3, -5, 7, 2, -1, 4], w => (sbyte)w), 3, 2);
        var dynamic =
            graph.Add("DynamicQuantizeLinear", "", "", [x], Attributes.None, [(null, ElementType.UInt8, x.Shape),
                (null, ElementType.Float, Shape.Scalar), (null, ElementType.UInt8, Shape.Scalar)]).Outputs;
        var product = Node(graph, "MatMulInteger", ElementType.Int32, Shape.Of(2, 2), Attributes.None, dynamic[0], graph.Constant(weights),
            dynamic[2], graph.Constant(Tensor.Scalar((sbyte)1)));
        var y = product.Cast(ElementType.Float) * dynamic[1];
        // Row sums of the weights less their zero point.
        AreEqual([-4, 7, 1, -4, 7, 1], Gradient.Of(y, x), 1e-5);
    }

    [TestMethod]
    public void Convolutions_of_integers()
    {
        var (graph, x) = Start();
        var whole = Quantised(x.Unsqueeze(1), 1f / 16, ElementType.UInt8, 128);
        var kernel = graph.Constant(Tensor.From([(byte)12, (byte)7], 1, 1, 2));
        var product = Node(graph, "ConvInteger", ElementType.Int32, Shape.Of(2, 1, 2), Attributes.None, whole, kernel,
            graph.Constant(Tensor.Scalar((byte)128)), graph.Constant(Tensor.Scalar((byte)10)));
        AreEqual([2, -1, -3, 2, 0, -3], Gradient.Of(product.Cast(ElementType.Float) / 16, x), 1e-5);
    }

    [TestMethod]
    public void Operators_that_round_inside_are_refused_with_the_way_out()
    {
        var (graph, x) = Start();
        var whole = Quantised(x, 1f / 8);
        var step = graph.Constant(Tensor.Scalar(1f / 8));
        var zero = graph.Constant(Tensor.Scalar((sbyte)0));
        var weights = graph.Constant(Tensor.Filled(ElementType.Int8, 2, 3, 2));
        var product = Node(graph, "QLinearMatMul", ElementType.Int8, Shape.Of(2, 2), Attributes.None, whole, step, zero, weights, step,
            zero, step, zero);
        var error = Assert.ThrowsExactly<UnsupportedOperatorException>(() => Gradient.Of(Dequantised(product, 1f / 8), x));
        StringAssert.Contains(error.Message, "QLinearMatMul");
        StringAssert.Contains(error.Message, "DequantizeLinear pairs");
    }

    private static (Graph Graph, Value X) Start()
    {
        var graph = new Graph();
        return (graph, graph.Input("x", ElementType.Float, Numbers.Shape));
    }

    private static Value Quantised(Value x, float step, ElementType type = ElementType.Int8, int zero = 0) => Node(
        x.Graph, "QuantizeLinear", type, x.Shape, Attributes.None, x, x.Graph.Constant(Tensor.Scalar(step)),
        x.Graph.Constant(Tensor.Filled(type, zero)));

    private static Value Dequantised(Value whole, float step, int zero = 0) => Node(
        whole.Graph, "DequantizeLinear", ElementType.Float, whole.Shape, Attributes.None, whole, whole.Graph.Constant(Tensor.Scalar(step)),
        whole.Graph.Constant(Tensor.Filled(whole.Type, zero)));

    private static Value Node(Graph graph, string name, ElementType type, Shape shape, Attributes attributes, params Value?[] inputs) =>
        graph.Add(name, "", "", inputs, attributes, [(null, type, shape)]).Outputs[0];

    private static void AreEqual(float[] expected, Value gradient, double tolerance = 0) =>
        TensorAssert.AreClose(Tensor.From(expected, 2, 3), GraphRunner.Run(gradient, ("x", Numbers)), tolerance);
}
