using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Runtime;

[TestClass]
public sealed class RunningBatches
{
    [TestMethod]
    public void Batches_of_any_size_up_to_the_capacity()
    {
        var model = RunningModels.Doubling();
        using var session = new ModelSession(model);
        using var runner = new BatchRunner(session, model, 4);
        Assert.AreEqual((4, 3, 3), (runner.Capacity, runner.InputSize(0), runner.OutputSize(0)));
        var next = 0f;
        foreach (var rows in (int[])[4, 4, 1, 3, 2, 4, 1])
        {
            var first = next;
            for (var row = 0; row < rows; row++)
                foreach (ref var element in runner.InputRow<float>(0, row))
                    element = next++;
            runner.Run(rows);
            float[] expected = [.. Enumerable.Range(0, 3 * rows).Select(i => 2 * (first + i))];
            CollectionAssert.AreEqual(expected, runner.OutputRows<float>(0, rows).ToArray());
            CollectionAssert.AreEqual(expected[^3..], runner.OutputRow<float>(0, rows - 1).ToArray());
        }
    }

    [TestMethod]
    public void Rows_come_out_as_they_do_alone()
    {
        var (model, digits) = (OnnxModel.Load(References.ModelFile("cnn_digits_op17")), References.Arrays("cnn_digits"));
        using var session = new ModelSession(model, new RuntimeOptions { Threads = 1 });
        using var runner = new BatchRunner(session, model, 3);
        for (var row = 0; row < 3; row++)
            digits["input"].As<float>().Slice(64 * (row + 2), 64).CopyTo(runner.InputRow<float>(0, row));
        runner.Run(3);
        for (var i = 0; i < 30; i++)
            Near.Equal(digits["logits"].As<float>()[20 + i], runner.OutputRows<float>(0, 3)[i], 1e-4f);
    }

    [TestMethod]
    public void What_nobody_has_written_of_a_fixed_batch_is_0()
    {
        // Rows that nobody wrote meet those that are asked about; and what they held before might be no token.
        var model = new ModelBuilder(17).Input("x", 64, 2).Input("t", ElementType.Int64, 64, 1).Initializer("batch", Tensor.Vector(0L))
            .Initializer("table", Tensor.Vector(1f, 2, 3)).Node("ReduceSum", ["x", "batch"], ["s"]).Node("Gather", ["table", "t"], ["g"])
            .Node("Mul", ["s", "g"], ["y"]).Output("y", ElementType.Float, Shape.Of(64, 2)).Build();
        using var session = new ModelSession(model);
        for (var i = 0; i < 20; i++)
        {
            using var runner = new BatchRunner(session, model, 1);
            Assert.AreEqual(64, runner.Capacity);
            ((float[])[1, 2]).CopyTo(runner.InputRow<float>(0, 0));
            runner.InputRow<long>(1, 0)[0] = 2;
            runner.Run(1);
            CollectionAssert.AreEqual((float[])[3, 6], runner.OutputRow<float>(0, 0).ToArray());
            runner.InputRow<float>(0, 63).Fill(1e30f);
            runner.InputRow<long>(1, 63)[0] = 1;
        }
    }

    [TestMethod]
    public void Too_few_and_too_many_rows_are_refused()
    {
        var model = RunningModels.Doubling();
        using var session = new ModelSession(model);
        using var runner = new BatchRunner(session, model, 4);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => runner.Run(0));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => runner.Run(5));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new BatchRunner(session, model, 0));
    }

    [TestMethod]
    public void Rows_of_another_type_are_refused()
    {
        var model = RunningModels.Doubling();
        using var session = new ModelSession(model);
        using var runner = new BatchRunner(session, model, 1);
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => runner.InputRow<double>(0, 0).Clear());
        StringAssert.Contains(error.Message, "'x' holds elements of type Float, not Double");
    }

    [TestMethod]
    public void Nan_is_found_by_row_and_element()
    {
        var model = RunningModels.Doubling();
        using var session = new ModelSession(model);
        using var runner = new BatchRunner(session, model, 3);
        Fill(runner, 1f);
        runner.InputRow<float>(0, 1)[2] = float.NaN;
        var error = Assert.ThrowsExactly<NotANumberException>(() => runner.Run(3));
        Assert.AreEqual(("x", 1, 2), (error.Input, error.Row, error.Element));
        StringAssert.Contains(error.Message, "Row 1 of the batch has NaN at element 2 of the input 'x'");
        // A row that is not asked for may hold anything, and the runner goes on.
        runner.Run(1);
        CollectionAssert.AreEqual((float[])[2, 2, 2], runner.OutputRow<float>(0, 0).ToArray());
    }

    [TestMethod]
    public void Nan_is_found_in_double_precision_too()
    {
        var graph = new Graph();
        var model = graph.ToModel([("y", graph.Input("x", ElementType.Double, new Shape(Dimension.Symbol("batch"), 2)) * 2)]);
        using var session = new ModelSession(model);
        using var runner = new BatchRunner(session, model, 2);
        runner.InputRow<double>(0, 0).Fill(1);
        runner.InputRow<double>(0, 1).Fill(double.NaN);
        var error = Assert.ThrowsExactly<NotANumberException>(() => runner.Run(2));
        Assert.AreEqual((1, 0), (error.Row, error.Element));
    }

    [TestMethod]
    public void Infinities_pass()
    {
        var model = RunningModels.Doubling();
        using var session = new ModelSession(model);
        using var runner = new BatchRunner(session, model, 1);
        ((float[])[float.PositiveInfinity, float.NegativeInfinity, 1]).CopyTo(runner.InputRow<float>(0, 0));
        runner.Run(1);
        CollectionAssert.AreEqual((float[])[float.PositiveInfinity, float.NegativeInfinity, 2], runner.OutputRow<float>(0, 0).ToArray());
    }

    [TestMethod]
    public void A_network_of_a_fixed_batch_takes_its_own()
    {
        var graph = new Graph();
        var model = graph.ToModel([("y", graph.Input("x", ElementType.Float, Shape.Of(2, 3)) * 2)]);
        using var session = new ModelSession(model);
        using var runner = new BatchRunner(session, model, 32);
        Assert.AreEqual(2, runner.Capacity);
        Fill(runner, 5f);
        runner.InputRow<float>(0, 0).Fill(7);
        runner.Run(1);
        CollectionAssert.AreEqual((float[])[14, 14, 14], runner.OutputRow<float>(0, 0).ToArray());
        runner.Run(2);
        CollectionAssert.AreEqual((float[])[10, 10, 10], runner.OutputRow<float>(0, 1).ToArray());
    }

    [TestMethod]
    public void Inputs_and_outputs_of_several_types_and_one_number()
    {
        var graph = new Graph();
        var batch = Dimension.Symbol("batch");
        var x = graph.Input("x", ElementType.Float, new Shape(batch, 2));
        var label = graph.Input("label", ElementType.Int64, new Shape(batch, 1));
        var factor = graph.Input("factor", ElementType.Float, Shape.Scalar);
        var model = graph.ToModel([
            ("picked", (x * factor).GatherElements(label, 1)), ("label again", label * graph.Constant(10L)),
            ("batch total", x.ReduceSum([0, 1], keepDimensions: false))]);
        using var session = new ModelSession(model);
        using var runner = new BatchRunner(session, model, 2);
        ((float[])[1, 2]).CopyTo(runner.InputRow<float>(0, 0));
        ((float[])[3, 4]).CopyTo(runner.InputRow<float>(0, 1));
        runner.InputRow<long>(1, 0)[0] = 1;
        runner.InputRow<long>(1, 1)[0] = 0;
        runner.InputRow<float>(2, 0)[0] = 100;
        runner.Run(2);
        CollectionAssert.AreEqual((float[])[200, 300], runner.OutputRows<float>(0, 2).ToArray());
        CollectionAssert.AreEqual((long[])[10, 0], runner.OutputRows<long>(1, 2).ToArray());
        Assert.AreEqual(10, runner.OutputRow<float>(2, 1)[0]);
    }

    [TestMethod]
    public void A_row_that_leaves_an_extent_open_is_refused()
    {
        var model = new ModelBuilder(17).Input("x", -1, -1).Node("Relu", ["x"], ["y"]).Output("y").Build();
        using var session = new ModelSession(model);
        var error = Assert.ThrowsExactly<InvalidModelException>(() => new BatchRunner(session, model, 4).Dispose());
        StringAssert.Contains(error.Message, "'x'");
        StringAssert.Contains(error.Message, "NetworkOptions.Dimensions");
    }

    [TestMethod]
    public void A_batch_can_be_stopped_half_way_and_the_runner_used_again()
    {
        var model = RunningModels.Endless();
        using var session = new ModelSession(model, new RuntimeOptions { Threads = 1 });
        using var runner = new BatchRunner(session, model, 1);
        runner.InputRow<long>(0, 0)[0] = 1_000_000_000;
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        Assert.ThrowsExactly<OperationCanceledException>(() => runner.Run(1, stop.Token));
        runner.InputRow<long>(0, 0)[0] = 3;
        runner.Run(1);
        Assert.AreEqual(3, runner.OutputRow<long>(0, 0)[0]);
    }

    private static void Fill(BatchRunner runner, float number)
    {
        for (var row = 0; row < runner.Capacity; row++)
            runner.InputRow<float>(0, row).Fill(number);
    }
}
