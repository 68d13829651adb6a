using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Onnx;

[TestClass]
public sealed class BuildingGraphs
{
    [TestMethod]
    public void Arithmetic_reads_like_arithmetic()
    {
        var x = new Graph().Input("x", ElementType.Float, Shape.Of(2, 3));
        var y = (2 * x - 1) / (x * x + 0.5) + -x + 3 / x;
        var expected =
            Tensor.From(Array.ConvertAll(Samples.Floats(2, 3).As<float>().ToArray(), v => (2 * v - 1) / (v * v + 0.5f) - v + 3 / v), 2, 3);
        TensorAssert.AreClose(expected, GraphRunner.Run(y, ("x", Samples.Floats(2, 3))), 1e-6);
    }

    [TestMethod]
    public void Outputs_take_the_names_asked_for_and_nothing_else_is_written()
    {
        var graph = new Graph();
        var (x, unused) = (graph.Input("x", ElementType.Float, Shape.Of(2)), graph.Input("unused", ElementType.Float, Shape.Of(2)));
        var shared = x.Tanh();
        _ = unused + graph.Constant(Samples.Floats(2));
        var model = graph.ToModel([("first", shared.Exp()), ("second", shared)]);

        CollectionAssert.AreEqual(new[] { "x" }, model.Inputs.Select(i => i.Name).ToArray());
        CollectionAssert.AreEqual(new[] { "first", "second" }, model.Outputs.Select(o => o.Name).ToArray());
        CollectionAssert.AreEquivalent(new[] { "Tanh", "Exp" }, model.Proto.Graph.Node.Select(n => n.OpType).ToArray());
        Assert.IsEmpty(model.Proto.Graph.Initializer);
        Assert.HasCount(2, graph.ToModel([("y", shared)], keepAllInputs: true).Inputs);
        Assert.AreEqual(Graph.MinimumOpset, model.Opset);
    }

    [TestMethod]
    public void Whoever_had_an_outputs_name_takes_another()
    {
        var graph = new Graph();
        var x = graph.Input("x", ElementType.Float, Shape.Of(2));
        var (tanh, constant) = (x.Tanh(), graph.Constant(Samples.Floats(2), "Exp"));
        var model = graph.ToModel([("Tanh", tanh.Exp()), ("Exp", tanh + constant)]);
        var results = GraphRunner.Run(model, ("x", Samples.Floats(2)));
        var tanhs = Array.ConvertAll(Samples.Floats(2).As<float>().ToArray(), MathF.Tanh);
        TensorAssert.AreClose(Tensor.Vector<float>(Array.ConvertAll(tanhs, MathF.Exp)), results["Tanh"], 1e-6);
        TensorAssert.AreClose(Tensor.Vector<float>([.. tanhs.Zip(Samples.Floats(2).As<float>().ToArray(), (a, b) => a + b)]),
            results["Exp"], 1e-6);
    }

    [TestMethod]
    public void Inputs_constants_and_the_same_value_twice_can_be_outputs()
    {
        var graph = new Graph();
        var x = graph.Input("x", ElementType.Float, Shape.Of(2));
        var relu = x.Relu();
        var results = GraphRunner.Run(
            graph.ToModel([("a", x), ("b", graph.Constant(Samples.Floats(3))), ("c", relu), ("d", relu)]), ("x", Samples.Floats(2)));
        TensorAssert.AreEqual(Samples.Floats(2), results["a"]);
        TensorAssert.AreEqual(Samples.Floats(3), results["b"]);
        TensorAssert.AreEqual(results["c"], results["d"]);
    }

    [TestMethod]
    public void Impossible_outputs_are_refused()
    {
        var graph = new Graph();
        var x = graph.Input("x", ElementType.Float, Shape.Of(2));
        Assert.Contains("'x'", Assert.ThrowsExactly<ArgumentException>(() => graph.ToModel([("x", x.Relu())])).Message);
        Assert.Contains("'y'", Assert.ThrowsExactly<ArgumentException>(() => graph.ToModel([("y", x.Relu()), ("y", x.Tanh())])).Message);
        Assert.ThrowsExactly<ArgumentException>(() => graph.ToModel([]));
        Assert.Contains("'x'", Assert.ThrowsExactly<ArgumentException>(() => graph.Input("x", ElementType.Float, Shape.Scalar)).Message);
    }

    [TestMethod]
    public void Any_operator_can_be_written_that_has_an_input()
    {
        var x = new Graph().Input("x", ElementType.Float, Shape.Of(2));
        CollectionAssert.AreEqual(
            new double[] { -1, -2 }, GraphRunner.Run(Operators.Emit("Neg", x), ("x", Tensor.From([1f, 2], 2))).ToDouble());
        Assert.Contains("none was given", Assert.ThrowsExactly<ArgumentException>(() => Operators.Emit("Neg", [null])).Message);
    }

    [TestMethod]
    public void Values_of_two_graphs_do_not_mix()
    {
        var (one, two) = (new Graph().Input("x", ElementType.Float, Shape.Of(2)), new Graph().Input("x", ElementType.Float, Shape.Of(2)));
        Assert.ThrowsExactly<InvalidOperationException>(() => one + two);
    }

    [TestMethod]
    public void Equal_nodes_are_shared_but_random_ones_are_not()
    {
        var graph = new Graph();
        var x = graph.Input("x", ElementType.Float, Shape.Of(2));
        Assert.AreSame(x.Tanh(), x.Tanh());
        Assert.AreSame(x + 1, x + 1);
        Assert.AreNotSame(x.Softmax(0), x.Softmax(-1));
        Assert.AreNotSame(x.RandomNormalLike(), x.RandomNormalLike());
    }

    [TestMethod]
    public void Names_with_commas_do_not_make_nodes_equal()
    {
        var graph = new Graph();
        Value Input(string name) => graph.Input(name, ElementType.Float, Shape.Of(2));
        Assert.AreNotSame(Input("a,b") + Input("c"), Input("a") + Input("b,c"));
    }

    [TestMethod]
    public void Small_equal_constants_are_shared()
    {
        var graph = new Graph();
        Assert.AreSame(graph.Constant(1f), graph.Constant(1f));
        Assert.AreNotSame(graph.Constant(1f), graph.Constant(1.0));
        Assert.AreNotSame(graph.Constant(Tensor.Scalar(1f)), graph.Constant(Tensor.Vector(1f)));
    }

    [TestMethod]
    public void Neutral_operands_cost_nothing_unless_they_widen()
    {
        var graph = new Graph();
        var x = graph.Input("x", ElementType.Float, Shape.Of(3));
        Assert.AreSame(x, x + 0);
        Assert.AreSame(x, 1 * x);
        Assert.AreEqual(Shape.Of(2, 3), (x + graph.Constant(Tensor.From(new float[6], 2, 3))).Shape);
    }

    [TestMethod]
    public void Sums_undo_broadcasting()
    {
        var graph = new Graph();
        var n = Dimension.Symbol("N");
        var x = graph.Input("x", ElementType.Float, new Shape(n, 3, 4));
        Assert.AreSame(x, x.SumTo(x.Shape));
        foreach (var target in (Shape[])[Shape.Of(3, 4), Shape.Of(3, 1), Shape.Of(4), Shape.Scalar, new Shape(n, 1, 4), Shape.Of(1, 1, 1)])
            Assert.AreEqual(target, x.SumTo(target).Shape);
        var sum = GraphRunner.Run(x.SumTo(Shape.Of(3, 1)), ("x", Samples.Counting(2, 3, 4)));
        CollectionAssert.AreEqual(new double[] { 60, 92, 124 }, sum.ToDouble());
    }

    [TestMethod]
    public void Enlarging_repeats_every_element()
    {
        var x = new Graph().Input("x", ElementType.Float, Shape.Of(1, 1, 2));
        CollectionAssert.AreEqual(new double[] { 0, 0, 0, 1, 1, 1 },
            GraphRunner.Run(x.Enlarge(3), ("x", Samples.Counting(1, 1, 2))).ToDouble());
    }

    [TestMethod]
    public void Indices_become_ones_and_back()
    {
        var graph = new Graph();
        var scores = graph.Input("x", ElementType.Float, Shape.Of(2, 3));
        var hot = scores.ArgMax(1, keepDimensions: false).OneHot(3, ElementType.Float);
        CollectionAssert.AreEqual(
            new double[] { 0, 1, 0, 1, 0, 0 }, GraphRunner.Run(hot, ("x", Tensor.From([1f, 5, 2, 9, 0, 3], 2, 3))).ToDouble());
    }
}
