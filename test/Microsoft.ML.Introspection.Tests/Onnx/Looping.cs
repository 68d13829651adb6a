using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Onnx;

[TestClass]
public sealed class Looping
{
    private static readonly Tensor Sample = Tensor.Vector(1f, 2, 3);

    [TestMethod]
    public void Values_are_carried_and_collected()
    {
        var (graph, x) = Start();
        var results =
            graph.Loop(graph.Constant(4L), [x, x.Like(0) * x], (turn, state) => new([state[0] * 2, state[1] + state[0]], [state[0], turn]));

        Assert.AreEqual(Shape.Of(4, 3), results[2].Shape);
        Assert.AreEqual(Shape.Of(4), results[3].Shape);
        var run = GraphRunner.Run(results, ("x", Sample));
        CollectionAssert.AreEqual(new double[] { 16, 32, 48 }, run[0].ToDouble());
        CollectionAssert.AreEqual(new double[] { 15, 30, 45 }, run[1].ToDouble());
        CollectionAssert.AreEqual(new double[] { 1, 2, 3, 2, 4, 6, 4, 8, 12, 8, 16, 24 }, run[2].ToDouble());
        CollectionAssert.AreEqual(new double[] { 0, 1, 2, 3 }, run[3].ToDouble());
    }

    [TestMethod]
    [DataRow(0), DataRow(1), DataRow(7)]
    public void The_number_of_turns_may_come_at_run_time(long count)
    {
        var (graph, x) = Start();
        var turns = graph.Input("turns", ElementType.Int64, Shape.Scalar);
        var results = graph.Loop(turns, [x], (_, state) => new([state[0] + x], [state[0]]));
        Assert.IsTrue(results[1].Shape[0].IsUnknown);
        var run = GraphRunner.Run(results, ("x", Sample), ("turns", Tensor.Scalar(count)));
        CollectionAssert.AreEqual(Array.ConvertAll([1d, 2, 3], v => v * (count + 1)), run[0].ToDouble());
        Assert.AreEqual(Shape.Of(count, 3), run[1].Shape);
    }

    [TestMethod]
    public void What_does_not_change_is_computed_once_outside()
    {
        var (graph, x) = Start();
        var results = graph.Loop(graph.Constant(3L), [x], (turn, state) => new([state[0] + x.Exp().Tanh()], []));
        CollectionAssert.AreEqual(new[] { "Exp", "Tanh", "Loop" }, graph.Nodes.Select(n => n.OperatorType).ToArray());
        var body = graph.ToModel([("y", results[0])]).Proto.Graph.Node.Single(n => n.OpType == "Loop").Attribute.Single().G;
        CollectionAssert.AreEqual(new[] { "Add" }, body.Node.Select(n => n.OpType).Where(o => o != "Identity").ToArray());

        var expected = Array.ConvertAll(Sample.As<float>().ToArray(), v => v + 3 * MathF.Tanh(MathF.Exp(v)));
        TensorAssert.AreClose(Tensor.Vector<float>(expected), GraphRunner.Run(results[0], ("x", Sample)), 1e-6);
    }

    [TestMethod]
    public void Results_may_come_from_outside_from_inputs_or_be_constants()
    {
        var (graph, x) = Start();
        var results = graph.Loop(
            graph.Constant(2L), [x, x + 1, x + 2], (_, state) => new([state[1], state[0], x], [x, graph.Constant(5f), state[2], state[2]]));
        var run = GraphRunner.Run(results, ("x", Sample));
        CollectionAssert.AreEqual(new double[] { 1, 2, 3 }, run[0].ToDouble());
        CollectionAssert.AreEqual(new double[] { 2, 3, 4 }, run[1].ToDouble());
        CollectionAssert.AreEqual(new double[] { 1, 2, 3 }, run[2].ToDouble());
        CollectionAssert.AreEqual(new double[] { 1, 2, 3, 1, 2, 3 }, run[3].ToDouble());
        CollectionAssert.AreEqual(new double[] { 5, 5 }, run[4].ToDouble());
        CollectionAssert.AreEqual(new double[] { 3, 4, 5, 1, 2, 3 }, run[5].ToDouble());
        TensorAssert.AreEqual(run[5], run[6]);
    }

    [TestMethod]
    public void A_loop_in_a_loop_sees_both_bodies_and_the_outside()
    {
        var (graph, x) = Start();
        var outer = graph.Loop(graph.Constant(3L), [x], (i, state) =>
        {
            var scaled = state[0] * i.Cast(ElementType.Float);
            var inner =
                i.Graph.Loop(graph.Constant(2L), [state[0]], (j, sum) => new([sum[0] + scaled + x * j.Cast(ElementType.Float)], [sum[0]]));
            return new([inner[0]], [inner[1].ReduceSum([0], keepDimensions: false)]);
        });
        var run = GraphRunner.Run(outer, ("x", Sample));

        var expected = new List<double>();
        double[] state = [1, 2, 3];
        for (var i = 0; i < 3; i++)
        {
            double[] sum = [.. state], collected = new double[3];
            for (var j = 0; j < 2; j++)
            {
                for (var k = 0; k < 3; k++)
                {
                    collected[k] += sum[k];
                    sum[k] += state[k] * i + (k + 1) * j;
                }
            }
            expected.AddRange(collected);
            state = sum;
        }
        CollectionAssert.AreEqual(state, run[0].ToDouble());
        CollectionAssert.AreEqual(expected, run[1].ToDouble());
        Assert.AreEqual(Shape.Of(3, 3), run[1].Shape);
    }

    [TestMethod]
    public void A_loop_over_values_of_the_outer_body_alone_lies_in_it()
    {
        // The inner loop takes nothing but constants in; that it stands in the body is known from where it was begun.
        var (graph, x) = Start();
        var outer = graph.Loop(graph.Constant(2L), [x], (i, state) =>
        {
            var inner =
                i.Graph.Loop(graph.Constant(3L), [graph.Constant(Tensor.Vector(0f, 0, 0))], (_, sum) => new([sum[0] + state[0]], []));
            return new([inner[0]], []);
        });
        CollectionAssert.AreEqual(new double[] { 9, 18, 27 }, GraphRunner.Run(outer[0], ("x", Sample)).ToDouble());
    }

    [TestMethod]
    public void A_loop_begun_in_the_wrong_graph_is_refused()
    {
        var (graph, x) = Start();
        Assert.ThrowsExactly<InvalidOperationException>(() => graph.Loop(graph.Constant(2L), [x], (i, state) =>
            new([graph.Loop(graph.Constant(3L), [x], (_, sum) => new([sum[0] + state[0]], []))[0]], [])));
    }

    [TestMethod]
    public void Batches_of_any_size_pass_through()
    {
        var graph = new Graph();
        var x = graph.Input("x", ElementType.Float, new Shape(Dimension.Symbol("N"), 3));
        var results = graph.Loop(graph.Constant(2L), [x], (_, state) => new([state[0] * x], [state[0].ReduceSum([1])]));
        Assert.AreEqual(new Shape(Dimension.Symbol("N"), 3), results[0].Shape);
        var model = graph.ToModel([("y", results[0]), ("z", results[1])]);
        foreach (var rows in (long[])[1, 4])
            Assert.AreEqual(Shape.Of(2, rows, 1), GraphRunner.Run(model, ("x", Samples.Floats(rows, 3)))["z"].Shape);
    }

    [TestMethod]
    public void Unused_results_cost_no_nodes_outside()
    {
        var (graph, x) = Start();
        var results = graph.Loop(graph.Constant(2L), [x], (_, state) => new([state[0].Tanh()], [state[0].Exp()]));
        var model = graph.ToModel([("y", results[0])]);
        CollectionAssert.AreEqual(new[] { "Loop" }, model.Proto.Graph.Node.Select(n => n.OpType).ToArray());
        Assert.HasCount(1, GraphRunner.Run(model, ("x", Sample)));
    }

    [TestMethod]
    public void A_body_holds_the_constants_it_alone_uses_and_copies_of_kernels()
    {
        // ONNX Runtime optimises a convolution only where its kernel is a constant of the same graph.
        var graph = new Graph();
        var x = graph.Input("x", ElementType.Float, Shape.Of(1, 1, 4, 4));
        var (kernel, own, shared) = (graph.Constant(Samples.Floats(1, 1, 3, 3)), graph.Constant(Samples.Seeded(2, 1, 1, 4, 4)),
            graph.Constant(Samples.Seeded(3, 1, 1, 4, 4)));
        Value Step(Value v) => v.Conv(kernel, [1, 1], [1, 1], [1, 1, 1, 1]) * 0.1 + shared;
        var looped = graph.Loop(graph.Constant(2L), [Step(x)], (_, state) => new([Step(state[0]) + own], [own]))[0];
        var model = graph.ToModel([("y", looped)]);
        var body = model.Proto.Graph.Node.Single(n => n.OpType == "Loop").Attribute.Single(a => a.Name == "body").G;
        Assert.Contains(body.Node.Single(n => n.OpType == "Conv").Input[1], body.Initializer.Select(i => i.Name));
        Assert.Contains(model.Proto.Graph.Node.Single(n => n.OpType == "Conv").Input[1], model.Proto.Graph.Initializer.Select(i => i.Name));
        var names = model.Proto.Graph.Initializer.Concat(body.Initializer).Select(i => i.Name).ToList();
        Assert.HasCount(names.Count, names.Distinct());
        // The shared summand stands outside alone.
        Assert.HasCount(1,
            model.Proto.Graph.Initializer.Concat(body.Initializer).Where(i => i.RawData.SequenceEqual(shared.Constant!.Bytes.ToArray())));

        var sample = Samples.Seeded(4, 1, 1, 4, 4);
        var twice = Step(Step(Step(x)) + own) + own;
        TensorAssert.AreClose(GraphRunner.Run(twice, ("x", sample)), GraphRunner.Run(model, ("x", sample))["y"], 1e-6);
    }

    [TestMethod]
    public void What_comes_out_of_a_turn_must_fit_the_next()
    {
        var (graph, x) = Start();
        var three = graph.Constant(3L);
        Refused(() => graph.Loop(three, [x], (_, state) => new([], [])));
        Refused(() => graph.Loop(three, [x], (_, state) => new([state[0].Cast(ElementType.Double)], [])));
        Refused(() => graph.Loop(three, [x], (_, state) => new([state[0].Unsqueeze(0)], [])));
        Refused(() => graph.Loop(three, [x], (_, state) => new([Operators.Concat(0, state[0], x)], [])));

        static void Refused(Action build) => Assert.Contains("loop", Assert.ThrowsExactly<ArgumentException>(build).Message);
    }

    private static (Graph Graph, Value X) Start()
    {
        var graph = new Graph();
        return (graph, graph.Input("x", ElementType.Float, Shape.Of(3)));
    }
}
