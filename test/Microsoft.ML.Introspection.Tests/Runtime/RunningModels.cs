using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Runtime;

[TestClass]
public sealed class RunningModels
{
    [TestMethod]
    public void A_model_of_many_weights_computes_what_a_small_one_would()
    {
        var weights = new float[(256 << 20) / sizeof(float)];
        weights[^1] = 7;
        var graph = new Graph();
        var place = graph.Input("place", ElementType.Int64, Shape.Of(1));
        var model = graph.ToModel([("y", graph.Constant(Tensor.From(weights, weights.Length)).Gather(place))]);
        using var session = new ModelSession(model, new RuntimeOptions { Threads = 1 });
        Assert.AreEqual(7,
            session.Run(new Dictionary<string, Tensor> { ["place"] = Tensor.Vector<long>(weights.Length - 1) })["y"].ToDouble()[0]);
    }

    [TestMethod]
    public void Any_number_of_rows_any_number_of_times()
    {
        using var session = new ModelSession(Doubling());
        foreach (var rows in (long[])[1, 7, 3, 32, 1])
        {
            var x = Samples.Floats(rows, 3);
            TensorAssert.AreEqual(Tensor.From(Array.ConvertAll(x.As<float>().ToArray(), v => 2 * v), rows, 3), Run(session, x));
        }
    }

    [TestMethod]
    public void From_several_threads_at_once()
    {
        using var session = new ModelSession(Doubling(), new RuntimeOptions { Threads = 1 });
        Parallel.For(0, 64, i =>
        {
            var x = Samples.Seeded(i, 5, 3);
            TensorAssert.AreEqual(Tensor.From(Array.ConvertAll(x.As<float>().ToArray(), v => 2 * v), 5, 3), Run(session, x));
        });
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(2)]
    [DataRow(null)]
    public void The_number_of_threads_does_not_change_the_result(int? threads)
    {
        var arrays = References.Arrays("cnn_digits");
        using var session = new ModelSession(OnnxModel.Load(References.ModelFile("cnn_digits")), new RuntimeOptions { Threads = threads });
        TensorAssert.AreClose(arrays["logits"], session.Run(new Dictionary<string, Tensor> { ["input"] = arrays["input"] })["logits"],
            1e-4);
    }

    [TestMethod]
    public void Wrong_inputs_are_refused_in_words()
    {
        using var session = new ModelSession(Doubling());
        var missing =
            Assert.ThrowsExactly<ArgumentException>(() => session.Run(new Dictionary<string, Tensor> { ["y"] = Samples.Floats(1, 3) }));
        StringAssert.Contains(missing.Message, "wants an input 'x'; given were: y");
        var type = Assert.Throws<InvalidOperationException>(() => Run(session, Tensor.From([1.0, 2, 3], 1, 3)));
        StringAssert.Contains(type.Message, "ONNX Runtime could not run the model");
        StringAssert.Contains(type.Message, "double");
        var shape = Assert.Throws<InvalidOperationException>(() => Run(session, Samples.Floats(1, 4)));
        StringAssert.Contains(shape.Message, "Got: 4 Expected: 3");
    }

    [TestMethod]
    public void A_model_that_ONNX_Runtime_refuses()
    {
        var model =
            new ModelBuilder(17).Input("x", -1, 3).Initializer("w", Samples.Floats(4, 2)).Node("MatMul", ["x", "w"], ["y"]).Output("y")
                .Build();
        StringAssert.Contains(Assert.ThrowsExactly<InvalidModelException>(() => new ModelSession(model)).Message,
            "ONNX Runtime refuses the model");
    }

    [TestMethod]
    public void A_run_can_be_stopped_half_way_and_the_session_used_again()
    {
        using var session = new ModelSession(Endless(), new RuntimeOptions { Threads = 1 });
        using var stop = new CancellationTokenSource();
        var run = Task.Run(() => Run(session, 1_000_000_000, stop.Token));
        Assert.IsFalse(run.Wait(TimeSpan.FromMilliseconds(300)), "the loop was to take minutes");
        stop.Cancel();
        var error = Assert.ThrowsExactly<AggregateException>(() => run.Wait(TimeSpan.FromSeconds(30)));
        Assert.IsInstanceOfType<OperationCanceledException>(error.InnerException);
        Assert.AreEqual(5, Run(session, 5, CancellationToken.None));
    }

    [TestMethod]
    public void A_run_stopped_before_it_begins_does_not_begin()
    {
        using var session = new ModelSession(Endless());
        Assert.ThrowsExactly<OperationCanceledException>(() => Run(session, 1_000_000_000, new CancellationToken(canceled: true)));
    }

    [TestMethod]
    public void Options_check_themselves()
    {
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new RuntimeOptions { Threads = 0 });
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new RuntimeOptions { BatchSize = 0 });
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new RuntimeOptions { BatchSize = (1 << 20) + 1 });
        Assert.ThrowsExactly<ArgumentNullException>(() => new RuntimeOptions { Device = null! });
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Device.Cuda(-1));
        Assert.AreEqual(32, new RuntimeOptions().BatchSize);
        Assert.AreEqual(Device.Cpu, new RuntimeOptions().Device);
    }

    internal static OnnxModel Doubling()
    {
        var graph = new Graph();
        var x = graph.Input("x", ElementType.Float, new Shape(Dimension.Symbol("batch"), 3));
        return graph.ToModel([("y", x * 2)]);
    }

    // Counts up to a number that comes as an input.
    internal static OnnxModel Endless()
    {
        var graph = new Graph();
        var turns = graph.Input("turns", ElementType.Int64, Shape.Of(1));
        var count = graph.Loop(turns, [graph.Constant(0L)], (_, state) => new LoopStep([state[0] + state[0].Graph.Constant(1L)], []));
        return graph.ToModel([("count", count[0])]);
    }

    private static long Run(ModelSession session, long turns, CancellationToken cancellation) =>
        session.Run(new Dictionary<string, Tensor> { ["turns"] = Tensor.Vector(turns) }, cancellation)["count"].ToInt64()[0];

    private static Tensor Run(ModelSession session, Tensor x) => session.Run(new Dictionary<string, Tensor> { ["x"] = x })["y"];
}
