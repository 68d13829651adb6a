using Microsoft.ML.Introspection.Differentiation;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Differentiation;

/// <summary>Where a function has a kink, the derivative is the one that the common frameworks take.</summary>
[TestClass]
public sealed class BreakingTies
{
    [TestMethod]
    [DataRow(2, 2, 0, DisplayName = "windows that tile")]
    [DataRow(3, 1, 0, DisplayName = "windows that overlap")]
    [DataRow(2, 3, 0, DisplayName = "windows with gaps")]
    [DataRow(2, 2, 1, DisplayName = "windows over the edge")]
    public void Max_pooling_gives_all_to_the_first_of_equals(int kernel, int stride, int pad)
    {
        var graph = new Graph();
        var x = graph.Input("x", ElementType.Float, Shape.Of(2, 2, 6, 6));
        var y = Operators.Emit(
            "MaxPool",
            Attributes.Of(("kernel_shape", (long[])[kernel, kernel]), ("strides", (long[])[stride, stride]),
                ("pads", (long[])[pad, pad, pad, pad])), x);
        // Few different numbers: nearly every window has a tie.
        var random = new Random(3);
        var numbers = Enumerable.Range(0, 2 * 2 * 6 * 6).Select(_ => (float)random.Next(-1, 2)).ToArray();
        var seeds = Samples.Floats(y.Shape.ToArray());
        var gradient = Gradient.Of(y, [x], graph.Constant(seeds))[0];

        var expected = new float[numbers.Length];
        var (rows, dy) = ((int)y.Shape[2].Value, seeds.As<float>().ToArray());
        for (var map = 0; map < 4; map++)
            for (var row = 0; row < rows; row++)
                for (var column = 0; column < rows; column++)
                {
                    var winner = -1;
                    for (var i = 0; i < kernel * kernel; i++)
                    {
                        var (top, left) = (row * stride - pad + i / kernel, column * stride - pad + i % kernel);
                        if (top is < 0 or > 5 || left is < 0 or > 5)
                            continue;
                        var at = map * 36 + top * 6 + left;
                        if (winner < 0 || numbers[at] > numbers[winner])
                            winner = at;
                    }
                    expected[winner] += dy[(map * rows + row) * rows + column];
                }
        TensorAssert.AreClose(Tensor.From(expected, 2, 2, 6, 6), GraphRunner.Run(gradient, ("x", Tensor.From(numbers, 2, 2, 6, 6))), 1e-6);
    }

    [TestMethod]
    [DataRow(2, 2, 0, false, DisplayName = "windows that tile")]
    [DataRow(3, 2, 1, false, DisplayName = "windows that overlap")]
    [DataRow(3, 2, 1, true, DisplayName = "windows that overlap, and another way out of the ReLU")]
    public void A_relu_before_a_pooling_passes_to_positive_winners_alone(int kernel, int stride, int pad, bool shared)
    {
        var graph = new Graph();
        var x = graph.Input("x", ElementType.Float, Shape.Of(2, 2, 6, 6));
        // Few different numbers: nearly every window has a tie.
        var random = new Random(3);
        var numbers = Tensor.From([.. Enumerable.Range(0, 2 * 2 * 6 * 6).Select(_ => (float)random.Next(-2, 3))], 2, 2, 6, 6);
        long[] pads = [pad, pad, pad, pad];
        var pooling = Attributes.Of(("kernel_shape", (long[])[kernel, kernel]), ("strides", (long[])[stride, stride]), ("pads", pads));
        var rectified = x.Relu();
        var pooled = Operators.Emit("MaxPool", pooling, rectified);
        var seeds = graph.Constant(Samples.Floats(pooled.Shape.ToArray()));
        var more = graph.Constant(Samples.Seeded(5, 2, 2, 6, 6));
        var gradient = shared
            ? Gradient.Of([(pooled, seeds), (rectified, more)], [x])[0]
            : Gradient.Of(pooled, [x], seeds)[0];
        // Taken in two steps, which know nothing of each other.
        var middle = Gradient.Of(pooled, [rectified], seeds)[0];
        var expected = (shared ? middle + more : middle) * x.Greater(0).AsNumber(x.Type);
        var found = GraphRunner.Run([gradient, expected], ("x", numbers));
        TensorAssert.AreClose(found[1], found[0], 1e-6);
        Finite.Above(0.1, found[0].ToDouble().Largest(Math.Abs));
    }

    [TestMethod]
    public void Global_max_pooling_gives_all_to_the_first_of_equals() => Check(
        x => Operators.Emit("GlobalMaxPool", x), Tensor.From([1f, 2, 2, 0, 3, 3], 1, 2, 3), Tensor.From([0f, 1, 0, 0, 1, 0], 1, 2, 3));

    [TestMethod]
    public void Relu_is_flat_at_zero() => Check(x => x.Relu(), Tensor.Vector(-1f, 0, -0f, 1), Tensor.Vector(0f, 0, 0, 1));

    [TestMethod]
    public void Relu_is_flat_at_zero_in_double_precision() => Check(x => x.Relu(), Tensor.Vector(-1.0, 0, 1), Tensor.Vector(0.0, 0, 1));

    [TestMethod]
    public void Relu_passes_large_and_small_numbers_alike() => Check(
        x => x.Relu(), Tensor.Vector(1e-30f, 1e30f, float.MaxValue, -1e30f, 1.17549435e-38f), Tensor.Vector(1f, 1, 1, 0, 1));

    [TestMethod]
    public void Leaky_relu_takes_the_flatter_side_at_zero() => Check(
        x => Operators.Emit("LeakyRelu", Attributes.Of(("alpha", 0.25f)), x), Tensor.Vector(-1f, 0, 1), Tensor.Vector(0.25f, 0.25f, 1));

    [TestMethod]
    public void Clip_passes_at_its_bounds() => Check(x => x.Clip(-1, 1), Tensor.Vector(-2f, -1, 0, 1, 2), Tensor.Vector(0f, 1, 1, 1, 0));

    [TestMethod]
    public void Abs_is_flat_at_zero() => Check(x => x.Abs(), Tensor.Vector(-1f, 0, 1), Tensor.Vector(-1f, 0, 1));

    [TestMethod]
    public void Hard_sigmoid_is_flat_at_its_corners() => Check(
        x => x.HardSigmoid(0.5f, 0.5f), Tensor.Vector(-2f, -1, 0, 1, 2), Tensor.Vector(0f, 0, 0.5f, 0, 0));

    [TestMethod]
    public void Equal_maxima_share() => Check(
        x => x.ReduceMax([1]), Tensor.From([3f, 3, 1, 2, 2, 2], 2, 3), Tensor.From([0.5f, 0.5f, 0, 1f / 3, 1f / 3, 1f / 3], 2, 3));

    [TestMethod]
    public void Equal_operands_of_a_maximum_share()
    {
        var graph = new Graph();
        Value[] operands = [.. Enumerable.Range(0, 3).Select(i => graph.Input($"x{i}", ElementType.Float, Shape.Of(2)))];
        var gradients = Gradient.Of(Operators.Emit("Max", operands), operands);
        var found = GraphRunner.Run(gradients, ("x0", Tensor.Vector(1f, 2)), ("x1", Tensor.Vector(1f, 2)), ("x2", Tensor.Vector(0f, 2)));
        TensorAssert.AreClose(Tensor.Vector(0.5f, 1f / 3), found[0], 1e-6);
        TensorAssert.AreClose(Tensor.Vector(0.5f, 1f / 3), found[1], 1e-6);
        TensorAssert.AreClose(Tensor.Vector(0f, 1f / 3), found[2], 1e-6);
    }

    [TestMethod]
    public void The_length_of_nothing_has_no_slope() => Check(
        x => Operators.Emit("ReduceL2", x, x.Graph.Constant(Tensor.Vector(1L))), Tensor.From([0f, 0, 3, 4], 2, 2),
        Tensor.From([0f, 0, 0.6f, 0.8f], 2, 2));

    private static void Check(Func<Value, Value> function, Tensor numbers, Tensor expected)
    {
        var graph = new Graph();
        var x = graph.Input("x", numbers.Type, numbers.Shape);
        TensorAssert.AreClose(expected, GraphRunner.Run(Gradient.Of(function(x), x), ("x", numbers)), 1e-6);
    }
}
