using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Differentiation;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Onnx.Proto;
using Microsoft.ML.Introspection.Onnx.Reading;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Networks;

/// <summary>
/// Branches, loops and scans become plain nodes that compute exactly what ONNX Runtime computes with the originals, and whose
/// gradients are those of finite differences.
/// </summary>
[TestClass]
public sealed class WritingControlFlowOut
{
    private static readonly Tensor Two = Tensor.Scalar(2.0);

    [TestMethod]
    [DataRow(true), DataRow(false)]
    public void A_known_branch(bool condition)
    {
        var model = Model().Initializer("c", Tensor.Scalar(condition)).Node("If", ["c"], ["y"], Branches(Square("x"), Sine("x")))
            .Output("y", ElementType.Double);
        CollectionAssert.AreEqual(new[] { condition ? "Mul" : "Sin" }, Operators(Agrees(model)));
        Differentiates(model);
    }

    [TestMethod]
    public void Known_branches_without_number()
    {
        // More of them than nodes may be written out of loops: each only takes the place of its own node.
        const int Count = UnrollingBudget.MaximumNodes / 2 + 100;
        var model = Model().Initializer("c", Tensor.Scalar(true));
        for (var i = 0; i < Count; i++)
        {
            var x = i == 0 ? "x" : $"t{i - 1}";
            model = model.Node("If", ["c"], [i == Count - 1 ? "y" : $"t{i}"], Branches(Sine(x), Square(x)));
        }
        var written = Written(model.Output("y", ElementType.Double));
        Assert.IsTrue(Array.TrueForAll(Operators(written), o => o == "Sin"));
        Assert.HasCount(Count, Operators(written));
    }

    [TestMethod]
    public void A_branch_on_a_shape()
    {
        // What exporters write of squeeze(): the sides differ in rank, and only one of them is right.
        var squeezed = Body([], [N("Squeeze", ["m", "axis"], ["s"])], ["s"]);
        squeezed.Initializer.Add(Tensor.Vector(1L).ToProto("axis"));
        var model = Model()
            .Initializer("one", Tensor.Vector(1L)).Initializer("at", Tensor.Vector(1L))
            .Node("ReduceMax", ["x", "one"], ["m"]).Node("Shape", ["m"], ["shape"]).Node("Gather", ["shape", "at"], ["extent"])
            .Node("Equal", ["extent", "one"], ["is"]).Node("Not", ["is"], ["isnt"])
            .Node("If", ["isnt"], ["y"], Branches(Body([], [N("Identity", ["m"], ["i"])], ["i"]), squeezed)).Output("y",
                ElementType.Double);
        CollectionAssert.Contains(Operators(Agrees(model)), "Squeeze");
        Differentiates(model);
    }

    [TestMethod]
    public void A_branch_on_the_data()
    {
        var model = OnSum(Square("x"), Sine("x"));
        CollectionAssert.IsSubsetOf(new[] { "Where", "Mul", "Sin" }, Operators(Agrees(model)));
        Differentiates(model);
    }

    [TestMethod]
    public void The_side_not_taken_has_gradient_0_whatever_it_computes()
    {
        // log of what is negative; a quotient by 0; the root's slope at 0.
        var hostile =
            Body([], [N("Log", ["x"], ["l"]), N("Sub", ["x", "x"], ["o"]), N("Div", ["l", "o"], ["q"]), N("Sqrt", ["o"], ["r"]),
                N("Add", ["q", "r"], ["h"])], ["h"]);
        var model =
            new ModelBuilder(21, 10).Input("x", ElementType.Double, -1, 3).Initializer("c", Tensor.Scalar(0.0)).Node("ReduceMax", ["x"],
                ["m"], ("keepdims", 0)).Node("Greater", ["m", "c"], ["is"])
            .Node("If", ["is"], ["y"], Branches(hostile, Square("x"))).Output("y", ElementType.Double);
        var x = Tensor.From([-1.0, -2, -3], 1, 3);
        var gradient = Gradients(Network.From(model.Build()), x, [1, 1, 1]);
        TensorAssert.AreEqual(Tensor.From([-2.0, -4, -6], 1, 3), gradient);
    }

    [TestMethod]
    public void Sides_of_different_shapes_stay_and_are_refused()
    {
        var model = OnSum(Square("x"), Body([], [N("ReduceSum", ["x"], ["r"])], ["r"]));
        CollectionAssert.Contains(Operators(Agrees(model, alone: true)), "If");
        Assert.Contains("branch", Refusal(model));
    }

    [TestMethod]
    public void A_side_that_could_fail_stays()
    {
        // The index is beyond the axis just where the branch is not taken.
        var picking =
            Body([], [N("ReduceSum", ["x"], ["t"], ("keepdims", 0)), N("Cast", ["t"], ["i"], ("to", (long)ElementType.Int64)),
                N("Gather", ["x", "i"], ["g"], ("axis", 1)), N("Unsqueeze", ["g", "axis"], ["u"]), N("Add", ["u", "x"], ["p"])], ["p"]);
        picking.Initializer.Add(Tensor.Vector(1L).ToProto("axis"));
        CollectionAssert.Contains(Operators(Agrees(OnSum(Square("x"), picking), alone: true, feeds: [Samples.Positives(2, 3).ToDoubles()])),
            "If");
    }

    [TestMethod]
    public void A_loop_of_known_length()
    {
        var body = LoopBody(
            [N("Cast", ["turn"], ["t"], ("to", (long)ElementType.Double)), N("Sin", ["s"], ["sine"]), N("Mul", ["sine", "x"], ["p"]),
                N("Add", ["p", "t"], ["next"]), N("Identity", ["going"], ["on"]), N("Exp", ["p"], ["row"])],
            ["on", "next", "row"], "s");
        var model = Model().Initializer("n", Tensor.Scalar(4L)).Initializer("go", Tensor.Scalar(true))
            .Node("Loop", ["n", "go", "x"], ["y", "rows"], ("body", body)).Output("y", ElementType.Double).Output("rows",
                ElementType.Double);
        var operators = Operators(Agrees(model));
        Assert.AreEqual(4, operators.Count(o => o == "Sin"));
        CollectionAssert.DoesNotContain(operators, "Loop");
        Differentiates(model);
        Differentiates(model, "rows");
        Assert.Contains("Loop of y,rows/turn_3/Sin of sine", Network.From(model.Build()).Layers.Select(l => l.Name));
    }

    [TestMethod]
    public void A_loop_whose_condition_counts()
    {
        // No limit; it ends after the third turn by its own condition. Number and condition are vectors of one element.
        var body = LoopBody([N("Mul", ["s", "x"], ["next"]), N("Less", ["turn", "two"], ["on"])], ["on", "next"], "s");
        body.Initializer.Add(Tensor.Vector(2L).ToProto("two"));
        (body.Input[0].Type, body.Input[1].Type) =
            (TensorInfo.ToProto(ElementType.Int64, Shape.Of(1)), TensorInfo.ToProto(ElementType.Bool, Shape.Of(1)));
        var model = Model().Initializer("go", Tensor.Vector(true)).Node("Loop", ["", "go", "x"], ["y"], ("body", body)).Output("y",
            ElementType.Double);
        Assert.AreEqual(3, Operators(Agrees(model)).Count(o => o == "Mul"));
        Differentiates(model);
    }

    [TestMethod]
    [DataRow(0L, true), DataRow(5L, false)]
    public void A_loop_of_no_turn(long count, bool condition)
    {
        var body = LoopBody([N("Mul", ["s", "x"], ["next"]), N("Identity", ["going"], ["on"])], ["on", "next"], "s");
        var model =
            Model().Initializer("n", Tensor.Scalar(count)).Initializer("go", Tensor.Scalar(condition)).Node("Loop", ["n", "go", "x"], ["y"],
                ("body", body)).Output("y", ElementType.Double);
        CollectionAssert.AreEqual(new[] { "Identity" }, Operators(Agrees(model)));
        Differentiates(model);
    }

    [TestMethod]
    public void A_loop_that_grows_its_state()
    {
        var body = LoopBody([N("Concat", ["s", "x"], ["next"], ("axis", 1)), N("Identity", ["going"], ["on"])], ["on", "next"], "s");
        var model =
            Model().Initializer("n", Tensor.Scalar(3L)).Node("Loop", ["n", "", "x"], ["y"], ("body", body)).Output("y", ElementType.Double);
        CollectionAssert.AreEqual(new[] { "Concat", "Concat", "Concat", "Identity" }, Operators(Agrees(model)));
        Differentiates(model);
    }

    [TestMethod]
    public void A_loop_that_waits_for_the_data_stays()
    {
        var body =
            LoopBody([N("Mul", ["s", "half"], ["next"]), N("ReduceMax", ["next"], ["m"], ("keepdims", 0)),
                N("Greater", ["m", "half"], ["on"])], ["on", "next"], "s");
        body.Initializer.Add(Tensor.Scalar(0.5).ToProto("half"));
        var model = Model().Initializer("n", Tensor.Scalar(50L)).Node("Loop", ["n", "", "x"], ["y"], ("body", body)).Output("y",
            ElementType.Double);
        CollectionAssert.AreEqual(new[] { "Loop" }, Operators(Agrees(model)));
        Assert.Contains("loop", Refusal(model));
    }

    [TestMethod]
    public void Control_flow_within_control_flow()
    {
        // Three turns of a loop, in each a branch on the turn's number, in one side a loop of its own with weights, in the other a branch
        // on the data.
        var innermost = LoopBody([N("Mul", ["q", "w"], ["qq"]), N("Identity", ["going2"], ["on2"])], ["on2", "qq"], "q", "2");
        innermost.Initializer.Add(Tensor.From([0.5, 1.5, 2.5], 3).ToProto("w"));
        var odd = Body([], [N("Loop", ["two", "", "s"], ["o"], ("body", innermost))], ["o"]);
        odd.Initializer.Add(Tensor.Scalar(2L).ToProto("two"));
        var even =
            Body([], [N("ReduceSum", ["s"], ["sum"], ("keepdims", 0)), N("Greater", ["sum", "zero"], ["positive"]),
                N("If", ["positive"], ["e"], Branches(Square("s"), Sine("s")))], ["e"]);
        even.Initializer.Add(Tensor.Scalar(0.0).ToProto("zero"));
        var body =
            LoopBody([N("Equal", ["turn", "one"], ["is"]), N("If", ["is"], ["chosen"], Branches(odd, even)),
                N("Add", ["chosen", "x"], ["next"]), N("Identity", ["going"], ["on"])], ["on", "next"], "s");
        body.Initializer.Add(Tensor.Scalar(1L).ToProto("one"));
        var model =
            Model().Initializer("n", Tensor.Scalar(3L)).Node("Loop", ["n", "", "x"], ["y"], ("body", body)).Output("y", ElementType.Double);
        CollectionAssert.DoesNotContain(Operators(Agrees(model)).Intersect(["If", "Loop"]).ToArray(), "If");
        CollectionAssert.DoesNotContain(Operators(Agrees(model)), "Loop");
        Differentiates(model);
    }

    [TestMethod]
    public void A_loop_in_a_side_that_might_not_end_stays()
    {
        var endless =
            LoopBody([N("Mul", ["q", "q"], ["qq"]), N("ReduceSum", ["qq"], ["r"], ("keepdims", 0)), N("Less", ["r", "r2"], ["on2"])],
                ["on2", "qq"], "q", "2");
        endless.Initializer.Add(Two.ToProto("r2"));
        var side = Body([], [N("Loop", ["", "", "x"], ["o"], ("body", endless))], ["o"]);
        CollectionAssert.Contains(Operators(Agrees(OnSum(Square("x"), side), feeds: [Samples.Positives(2, 3).ToDoubles()])), "If");
    }

    [TestMethod]
    [DataRow(0, 0, 0, 0), DataRow(1, 0, 1, 0), DataRow(-1, 1, -1, 1), DataRow(0, 1, 1, 0), DataRow(1, 1, 2, 1)]
    public void A_scan(int axis, int direction, int outputAxis, int outputDirection)
    {
        // A recurrent cell over [batch, 4, 5]: two states, two sequences, two stacked results.
        var cell = Body(["h", "k", "a", "b"],
            [N("MatMul", ["h", "w"], ["hw"]), N("Add", ["hw", "a"], ["z"]), N("Tanh", ["z"], ["h2"]), N("Mul", ["k", "b"], ["kb"]),
                N("Add", ["kb", "h2"], ["k2"]), N("Identity", ["h2"], ["out"]), N("Sin", ["k2"], ["out2"])],
            ["h2", "k2", "out", "out2"]);
        cell.Initializer.Add(Samples.Floats(5, 5).ToDoubles().ToProto("w"));
        var at = axis < 0 ? -2 : axis;
        var model = new ModelBuilder(18).Input("x", ElementType.Double, at == 0 ? 4 : 2, at == 0 ? 2 : 4, 5)
            .Initializer("h0", Samples.Seeded(3, 2, 5).ToDoubles()).Node("Sin", ["x"], ["sine"])
            .Node("Scan", ["h0", "h0", "x", "sine"], ["h", "k", "y", "y2"], ("body", cell), ("num_scan_inputs", 2L),
                ("scan_input_axes", new long[] { at, at }), ("scan_input_directions", new long[] { direction, 1 - direction }),
                ("scan_output_axes", new long[] { outputAxis, 0 }), ("scan_output_directions", new long[] { outputDirection, 0 }))
            .Output("y", ElementType.Double).Output("y2", ElementType.Double).Output("k", ElementType.Double);
        var x = Samples.Floats(at == 0 ? [4, 2, 5] : [2, 4, 5]).ToDoubles();
        var operators = Operators(Agrees(model, feeds: [x]));
        Assert.AreEqual(4, operators.Count(o => o == "Tanh"));
        CollectionAssert.DoesNotContain(operators, "Scan");
        foreach (var output in (string[])["y", "y2", "k"])
            Differentiates(model, output, x);
    }

    [TestMethod]
    public void A_scan_over_the_batch_stays()
    {
        var body = Body(["s", "a"], [N("Add", ["s", "a"], ["t"]), N("Identity", ["t"], ["o"])], ["t", "o"]);
        var model =
            Model().Initializer("zero", Tensor.From([0.0, 0, 0], 3)).Node("Scan", ["zero", "x"], ["last", "y"], ("body", body),
                ("num_scan_inputs", 1L)).Output("y", ElementType.Double);
        CollectionAssert.AreEqual(new[] { "Scan" }, Operators(Agrees(model)));
    }

    [TestMethod]
    [DataRow(1L << 40), DataRow(513L)]
    public void A_loop_of_too_many_turns_stays(long count)
    {
        var body = LoopBody([N("Mul", ["s", "x"], ["next"]), N("Identity", ["going"], ["on"])], ["on", "next"], "s");
        var model = Model().Initializer("n", Tensor.Scalar(count)).Node("Loop", ["n", "", "x"], ["y"], ("body", body)).Output("y",
            ElementType.Double);
        CollectionAssert.AreEqual(new[] { "Loop" }, Operators(Written(model)));
    }

    [TestMethod]
    public void Loops_within_loops_end_at_the_bound()
    {
        // 500³ turns from a few hundred bytes.
        var body = LoopBody([N("Mul", ["s2", "x"], ["next2"]), N("Identity", ["going2"], ["on2"])], ["on2", "next2"], "s2", "2");
        foreach (var level in (string[])["1", "0"])
        {
            body =
                LoopBody([N("Loop", ["n", "", $"s{level}"], [$"next{level}"], ("body", body)),
                    N("Identity", [$"going{level}"], [$"on{level}"])], [$"on{level}", $"next{level}"], $"s{level}", level);
        }
        var model = Model().Initializer("n", Tensor.Scalar(500L)).Node("Loop", ["n", "", "x"], ["y"], ("body", body)).Output("y",
            ElementType.Double);
        var written = Written(model);
        Finite.Below(UnrollingBudget.MaximumNodes * 2, written.Proto.CalculateSize() / 100);
        CollectionAssert.Contains(Operators(written), "Loop");
    }

    [TestMethod]
    [DataRow("lrp"), DataRow("deep-lift"), DataRow("input-x-gradient")]
    public void Methods_see_the_layers_within(string name)
    {
        AttributionMethod method =
            name switch { "lrp" => new LayerwiseRelevance(), "deep-lift" => new DeepLift(), _ => new InputXGradient() };
        var body = LoopBody([N("MatMul", ["s", "w"], ["m"]), N("LeakyRelu", ["m"], ["next"]), N("Identity", ["going"], ["on"])],
            ["on", "next"], "s");
        foreach (var info in body.Input.Concat(body.Output).Where(i => i.Type.TensorType.ElemType == (int)ElementType.Double))
            info.Type = TensorInfo.ToProto(ElementType.Float, null);
        var w = Samples.Seeded(3, 4, 4);
        var looping =
            new ModelBuilder(21, 10).Input("x", -1, 4).Initializer("w", w).Initializer("n", Tensor.Scalar(2L)).Node("Loop", ["n", "", "x"],
                ["y"], ("body", body)).Output("y");
        var plain = new ModelBuilder(21, 10).Input("x", -1, 4).Initializer("w", w)
            .Node("MatMul", ["x", "w"], ["a"]).Node("LeakyRelu", ["a"], ["b"]).Node("MatMul", ["b", "w"], ["c"]).Node("LeakyRelu", ["c"],
                ["y"]).Output("y");
        var x = Samples.Floats(3, 4);
        var expected = Explained.Run(Network.From(plain.Build()), method, x, 1);
        Assert.IsTrue(expected.ToDouble().Any(v => Math.Abs(v) > 0));
        TensorAssert.AreClose(expected, Explained.Run(Network.From(looping.Build()), method, x, 1), 1e-6);
    }

    private static ModelBuilder Model() => new ModelBuilder(21, 10).Input("x", ElementType.Double, -1, 3);

    /// <summary>A branch on the sign of the sum of all inputs.</summary>
    private static ModelBuilder OnSum(GraphProto then, GraphProto otherwise) => Model().Initializer("zero", Tensor.Scalar(0.0))
        .Node("ReduceSum", ["x"], ["sum"], ("keepdims", 0)).Node("Greater", ["sum", "zero"], ["positive"])
        .Node("If", ["positive"], ["y"], Branches(then, otherwise)).Output("y", ElementType.Double);

    private static NodeProto N(string operatorType, string[] inputs, string[] outputs, params (string, object)[] attributes) =>
        ModelBuilder.NodeOf(operatorType, inputs, outputs, attributes);

    private static GraphProto Square(string x) => Body([], [N("Mul", [x, x], ["squared"])], ["squared"]);

    private static GraphProto Sine(string x) => Body([], [N("Sin", [x], ["sined"])], ["sined"]);

    private static (string, object)[] Branches(GraphProto then, GraphProto otherwise) =>
        [("then_branch", then), ("else_branch", otherwise)];

    private static GraphProto Body(string[] inputs, NodeProto[] nodes, string[] outputs)
    {
        var body = new GraphProto { Name = "body" };
        body.Input.Add(inputs.Select(i => ModelBuilder.Info(i, ElementType.Double, null)));
        body.Node.Add(nodes);
        body.Output.Add(outputs.Select(o => ModelBuilder.Info(o, ElementType.Double, null)));
        return body;
    }

    private static GraphProto LoopBody(NodeProto[] nodes, string[] outputs, string state, string suffix = "")
    {
        var body = Body([], nodes, outputs);
        body.Input.Add([ModelBuilder.Info("turn" + suffix, ElementType.Int64, Shape.Scalar),
            ModelBuilder.Info("going" + suffix, ElementType.Bool, Shape.Scalar), ModelBuilder.Info(state, ElementType.Double, null)]);
        body.Output[0].Type = TensorInfo.ToProto(ElementType.Bool, null);
        return body;
    }

    private static string[] Operators(OnnxModel model) => [.. model.Proto.Graph.Node.Select(n => n.OpType)];

    private static OnnxModel Written(ModelBuilder builder) =>
        ControlFlow.WriteOut(InputShapes.Settle(OpsetConversion.ToCurrent(builder.Build()), new NetworkOptions()));

    /// <summary>The model written out, after it gave the same as the original for several inputs.</summary>
    private static OnnxModel Agrees(ModelBuilder builder, bool alone = false, Tensor[]? feeds = null)
    {
        var (original, written) = (builder.Build(), Written(builder));
        feeds ??= [Samples.Floats(alone ? 1 : 2, 3).ToDoubles(), Samples.Seeded(5, 3, 3).ToDoubles(), Tensor.From([-1.0, -2, -0.5], 1, 3),
            Tensor.From([1.0, 2, 0.5], 1, 3)];
        foreach (var x in feeds)
        {
            var (before, after) = (GraphRunner.Run(original, ("x", x)), GraphRunner.Run(written, ("x", x)));
            foreach (var (name, tensor) in before)
                TensorAssert.AreEqual(tensor, after[name], name);
        }
        return written;
    }

    /// <summary>Gradients of a weighted sum of an output agree with finite differences of the original model.</summary>
    private static void Differentiates(ModelBuilder builder, string output = "y", params Tensor[] inputs)
    {
        var original = builder.Build();
        var network = Network.From(original);
        using var session = GraphRunner.Load(original);
        foreach (var x in inputs.Length > 0 ? inputs : [Tensor.From([0.4, -1.3, 0.7, 1.1, 0.2, -0.6], 2, 3),
            Tensor.From([0.4, 1.3, 0.7], 1, 3), Tensor.From([-0.4, -1.3, 0.7], 1, 3)])
        {
            double[] Run(double[] values) =>
                session.Run(new Dictionary<string, Tensor> { ["x"] = Tensor.From(values, x.Dimensions) })[output].ToDouble();
            var values = x.ToDouble();
            double[] weights = [.. Enumerable.Range(0, Run(values).Length).Select(i => 1 + 0.3 * (i % 5))];
            var gradient = Gradients(network, x, weights, output).ToDouble();
            const double Step = 1e-5;
            for (var i = 0; i < values.Length; i++)
            {
                double Moved(double by) => Run([.. values.Select((v, j) => j == i ? v + by : v)]).Zip(weights, (v, w) => v * w).Sum();
                var difference = (Moved(Step) - Moved(-Step)) / (2 * Step);
                Near.Equal(difference, gradient[i], 1e-6 * Math.Max(1, Math.Abs(difference)), $"{output} by element {i}");
            }
        }
    }

    private static string Refusal(ModelBuilder builder)
    {
        var network = Network.From(builder.Build());
        var graph = new Graph(network.Opset);
        var x = graph.Input("x", ElementType.Double, network.DefaultInput.Shape!);
        var y = network.Trace(graph, new Dictionary<string, Value> { ["x"] = x }).Output("y");
        return Assert.ThrowsExactly<UnsupportedOperatorException>(() => Gradient.Of(y, [x], x)).Message;
    }

    private static Tensor Gradients(Network network, Tensor x, double[] weights, string output = "y")
    {
        var graph = new Graph(network.Opset);
        var input = graph.Input("x", ElementType.Double, network.DefaultInput.Shape!);
        var y = network.Trace(graph, new Dictionary<string, Value> { ["x"] = input }).Output(output);
        var seed = graph.Input("seed", ElementType.Double, y.Shape);
        var extents = GraphRunner.Run(y, ("x", x)).Dimensions.ToArray();
        Assert.AreEqual(y.Rank, extents.Length);
        double[] filled = [.. Enumerable.Range(0, (int)extents.Aggregate(1L, (p, d) => p * d)).Select(i => weights[i % weights.Length])];
        return GraphRunner.Run(Gradient.Of(y, [input], seed)[0], ("x", x), ("seed", Tensor.From(filled, extents)));
    }
}

file static class Doubles
{
    public static Tensor ToDoubles(this Tensor tensor) => Tensor.From(tensor.ToDouble(), tensor.Dimensions);
}
