using System.Diagnostics;
using Google.Protobuf;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Onnx.Proto;
using Microsoft.ML.Introspection.Onnx.Reading;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Onnx;

/// <summary>
/// Models that once ended the process, ran without end, took all memory, or failed in words meant for us: each gives a result or is
/// refused, and soon. An open shape (of a NonZero) beside the rest has the engine run the model while it reads it.
/// </summary>
[TestClass]
public sealed class RefusingHostileNodes
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [TestMethod]
    public void The_pass_of_a_baseline_is_worked_out_when_a_session_is_opened()
    {
        var explanation = Explanation.Compile(References.Network("vgg_tiny"), new DeepLift(), Target.Class(0));
        Assert.IsTrue(FoldingBounds.Hold(explanation.Proto.Graph, explanation.IsWritten), "as the graph was written");
        Assert.IsFalse(FoldingBounds.Hold(OnnxModel.Parse(explanation.ToArray()).Proto.Graph), "as a file of anybody's");
    }

    [TestMethod]
    public void Attributes_that_make_no_sense()
    {
        foreach (var (operatorType, name, value) in ((string, string, object)[])
        [
            ("GatherND", "batch_dims", (long)int.MinValue), ("GatherND", "batch_dims", 64L), ("Attention", "kv_num_heads", 0L),
            ("Attention", "q_num_heads", -1L), ("Conv", "group", 0L), ("Conv", "strides", (long[])[1, 0]), ("MaxPool", "kernel_shape",
            (long[])[0, 2]), ("ConvTranspose", "dilations", (long[])[long.MaxValue, 1]), ("DepthToSpace", "blocksize", 0L),
            ("GroupNormalization", "num_groups", 0L), ("LRN", "size", 0L), ("Split", "num_outputs", -1L), ("Softmax", "axis", 1L << 40),
            ("Transpose", "perm", (long[])[0, -1]), ("LSTM", "hidden_size", 0L), ("Multinomial", "sample_size", 1L << 40),
            ("RandomUniform", "shape", (long[])[2, -1]), ("Conv", "pads", (long[])[long.MinValue, 0, 0, 0]),
        ])
        {
            var error = Assert.ThrowsExactly<InvalidModelException>(
                () => Model(4).Node(operatorType, ["x", "x", "x"], ["y"], (name, value)).Output("y").Build());
            foreach (var part in (string[])[$"{operatorType} of y", operatorType, $"'{name}'"])
                Assert.Contains(part, error.Message);
        }
    }

    [TestMethod]
    public void Numbers_that_end_the_process()
    {
        foreach (var (operatorType, least) in (from o in (string[])["Div", "Mod"] from l in (Tensor[])[
            Tensor.Vector(long.MinValue), Tensor.Vector(5L, long.MinValue), Tensor.Scalar(int.MinValue)] select (o, l)))
        {
            Refused(Open(4).Initializer("m", least)
                .Initializer("k", least.Type == ElementType.Int64 ? Tensor.Vector(-1L) : Tensor.Scalar(-1))
                .Node(operatorType, ["m", "k"], ["o"]).Node("Relu", ["x"], ["y"]).Output("y"), operatorType, "-1");
        }
        // What is computed from data may be the smallest, too.
        Refused(Open(4).Initializer("k", Tensor.Vector(-1L)).Node("Cast", ["x"], ["m"], ("to", 7L)).Node("Div", ["m", "k"], ["o"])
            .Output("o", ElementType.Int64), "-1");
        Compiles(Open(4).Initializer("m", Tensor.Vector(6L)).Initializer("k", Tensor.Vector(-1L)).Node("Div", ["m", "k"], ["o"])
            .Node("Relu", ["x"], ["y"]).Output("y"));
    }

    [TestMethod]
    public void Lists_where_a_number_was_expected()
    {
        var empty = Tensor.From((long[])[], 0);
        var pair = Tensor.Vector<long>(0, 1);
        foreach (var wrong in (Tensor[])[empty, pair])
        {
            Refused(Open(6).Initializer("sp", Tensor.Vector<long>(3, 3)).Initializer("i", wrong)
                .Node("SplitToSequence", ["x", "sp"], ["s"], ("axis", 1L)).Node("SequenceAt", ["s", "i"], ["y"]).Output("y"),
                "SequenceAt", "input 1");
            Refused(Open(6).Initializer("i", wrong).Node("SequenceConstruct", ["x", "x"], ["s"]).Node("SequenceErase", ["s", "i"], ["t"])
                .Node("ConcatFromSequence", ["t"], ["y"], ("axis", 1L)).Output("y"), "SequenceErase", "input 1");
            Refused(Open(6).Initializer("i", wrong).Node("CumSum", ["x", "i"], ["y"]).Output("y"), "CumSum", "input 1");
            Refused(Open(6).Initializer("i", wrong).Initializer("o", Tensor.Scalar(1L)).Node("Range", ["o", "i", "o"], ["r"])
                .Node("Relu", ["x"], ["y"]).Output("y"), "Range", "input 1");
        }
    }

    [TestMethod]
    public void Parts_that_are_not_the_outputs()
    {
        foreach (var parts in (long[])[1, 3, 5])
        {
            var model = Model(6).Node("Split", ["x"], ["a", "b", "c", "d"], ("axis", 1L), ("num_outputs", parts)).Output("a");
            Refused(model, "Split of a", $"{parts} parts for 4 outputs");
        }
        Refused(Model(6).Initializer("s", Tensor.Vector<long>(2, 4)).Node("Split", ["x", "s"], ["a", "b", "c"], ("axis", 1L)).Output("a"),
            "2 parts for 3 outputs");
    }

    [TestMethod]
    public void Attention_of_ONNX_Runtime_without_its_bias()
    {
        var model = Open(4, 8).Initializer("w", Tensor.From(new float[8 * 24], 8, 24))
            .Node("Attention", ["x", "w"], ["y"], ("num_heads", 2L)).Output("y");
        model.Graph.Node[^1].Domain = "com.microsoft";
        model.Proto.OpsetImport.Add(new OperatorSetIdProto { Domain = "com.microsoft", Version = 1 });
        Refused(model, "Attention", "bias");
    }

    [TestMethod]
    [DataRow("InstanceNormalization")]
    [DataRow("BatchNormalization")]
    [DataRow("LayerNormalization")]
    [DataRow("LRN")]
    public void Nothing_to_normalise(string operatorType)
    {
        foreach (var open in (bool[])[false, true])
        {
            var model = new ModelBuilder(17).Input("x", -1, 3, 0, 3).Initializer("a", Tensor.Vector(1f, 2, 3));
            if (open)
                model.Node("NonZero", ["x"], ["open"]);
            Refused((operatorType == "LRN" ? model.Node(operatorType, ["x"], ["y"], ("size", 3L))
                : model.Node(operatorType, operatorType == "BatchNormalization" ? ["x", "a", "a", "a", "a"] : ["x", "a", "a"], ["y"]))
                .Output("y"), operatorType, "no elements");
        }
    }

    // ONNX Runtime alone takes ten seconds for 20,000 readers of one tensor.
    [TestMethod]
    [DataRow(100, true)]
    [DataRow(20_000, false)]
    public void Nodes_that_lead_nowhere_are_not_handed_over_where_they_are_very_many(int many, bool kept)
    {
        var model = Model(4).Node("Relu", ["x"], ["y"]).Output("y");
        for (var i = 0; i < many; i++)
            model.Graph.Node.Add(ModelBuilder.NodeOf(i % 2 == 0 ? "NonZero" : "Neg", ["x"], [$"nowhere {i}"]));
        var network = Soonest(() => Network.From(model.Build()));
        Assert.HasCount(kept ? many + 1 : 1, network.Layers);
    }

    [TestMethod]
    public void Loops_that_do_not_end()
    {
        foreach (var collects in (bool[])[false, true])
        {
            var body = new GraphProto { Name = "body", Input = { Info("i", ElementType.Int64), Info("ci", ElementType.Bool), Info("s") },
                Output = { Info("co", ElementType.Bool), Info("so") } };
            body.Node.Add([ModelBuilder.NodeOf("Identity", ["ci"], ["co"]), ModelBuilder.NodeOf("Identity", ["s"], ["so"])]);
            if (collects)
            {
                body.Node.Add(ModelBuilder.NodeOf("Identity", ["s"], ["sc"]));
                body.Output.Add(Info("sc"));
            }
            Compiles(Open(4).Initializer("n", Tensor.Scalar(1L << 62))
                .Node("Loop", ["n", "", "x"], collects ? ["l", "all"] : ["l"], ("body", body)).Node("Relu", ["x"], ["y"]).Output("y"));
        }
    }

    [TestMethod]
    public void Results_without_measure()
    {
        var wide = Tensor.Vector<long>(0, 1 << 30, 0, 1 << 30);
        var axis = Tensor.Vector(1L);
        Compiles(Open(4).Node("Multinomial", ["x"], ["o"], ("sample_size", (long)int.MaxValue)).Node("Relu", ["x"], ["y"]).Output("y"));
        Compiles(Open(4).Initializer("s", wide).Initializer("a", axis).Node("Pad", ["x", "s"], ["e"])
            .Node("ReduceSum", ["e", "a"], ["y"], ("keepdims", 1L)).Output("y"));
        Compiles(Open(4).Initializer("d", Tensor.Scalar(1L << 31)).Initializer("v", Tensor.Vector(0f, 1f))
            .Node("ArgMax", ["x"], ["i"], ("axis", 1L)).Node("OneHot", ["i", "d", "v"], ["o"]).Node("Relu", ["x"], ["y"]).Output("y"));
        Compiles(Open(4).Initializer("r", Tensor.Vector<long>(1, 1 << 30)).Node("Tile", ["x", "r"], ["o"]).Node("Relu", ["x"], ["y"])
            .Output("y"));
        Compiles(Open(4).Initializer("r", Tensor.Vector<long>(1 << 20, 1 << 12, 4)).Node("Expand", ["x", "r"], ["o"])
            .Node("Relu", ["x"], ["y"]).Output("y"));
        Compiles(Open(4).Initializer("r", Tensor.Vector<long>(1 << 20, 1 << 12)).Node("ConstantOfShape", ["r"], ["o"])
            .Node("ReduceSum", ["o"], ["sum"], ("keepdims", 0L)).Node("Add", ["x", "sum"], ["y"]).Output("y"));
    }

    [TestMethod]
    public void Inputs_that_no_array_holds()
    {
        Refused(Open(1 << 16, 1 << 16).Node("Relu", ["x"], ["y"]).Output("y"), "more than one array holds");
        Refused(new ModelBuilder(17).Input("x", long.MaxValue - 1, 4).Node("Relu", ["x"], ["y"]).Output("y"), "than can be counted");
        Refused(Open(4).Input("sizes", ElementType.Int64, 1 << 29).Node("Resize", ["x", "", "", "sizes"], ["y"]).Output("y"),
            "Resize", "input 3");
    }

    [TestMethod]
    public void What_the_format_itself_cannot_read() =>
        Assert.ThrowsExactly<InvalidModelException>(() => OnnxModel.Parse(Convert.FromHexString("08083affffffff0755aa0a")));

    [TestMethod]
    public void Two_outputs_of_one_name() =>
        Refused(Open(4).Node("Relu", ["x"], ["y"]).Output("y").Output("y"), "Two outputs are named 'y'");

    [TestMethod]
    public void Another_file_wherever_it_is_named()
    {
        var outside = new TensorProto { Name = "dv", DataType = 1, Dims = { 1 }, DataLocation = TensorProto.Types.DataLocation.External };
        outside.ExternalData.Add(new StringStringEntryProto { Key = "location", Value = "secret.bin" });
        var attribute = new AttributeProto { Name = "v", Type = AttributeProto.Types.AttributeType.Tensor, T = outside };
        var model = Open(4).Node("F", ["x"], ["y"]).Output("y");
        model.Graph.Node[^1].Domain = "my";
        model.Proto.OpsetImport.Add(new OperatorSetIdProto { Domain = "my", Version = 1 });
        var function = new FunctionProto { Domain = "my", Name = "F", Input = { "a" }, Output = { "r" }, AttributeProto = { attribute },
            OpsetImport = { new OperatorSetIdProto { Version = 17 } } };
        function.Node.Add(ModelBuilder.NodeOf("Relu", ["a"], ["r"]));
        model.Proto.Functions.Add(function);
        Refused(model, "'dv'", "another file");

        model = Open(4).Node("Constant", [], ["c"]).Node("Add", ["x", "c"], ["y"]).Output("y");
        model.Graph.Node[^2].Attribute.Add(new AttributeProto(attribute) { Name = "value" });
        Refused(model, "'dv'", "another file");
    }

    [TestMethod]
    public void Many_branches_and_functions_that_double()
    {
        var model = Open(4).Initializer("c", Tensor.Scalar(true));
        const int Branches = 3000;
        for (var i = 0; i < Branches; i++)
        {
            GraphProto Side(string side)
            {
                var body = new GraphProto { Name = $"{side}{i}", Output = { Info($"b{i}{side}") } };
                body.Node.Add(ModelBuilder.NodeOf("Relu", [i == 0 ? "x" : $"t{i - 1}"], [$"b{i}{side}"]));
                return body;
            }
            model.Node("If", ["c"], [$"t{i}"], ("then_branch", Side("t")), ("else_branch", Side("e")));
        }
        Compiles(model.Output($"t{Branches - 1}"));

        model = Open(4).Node("F13", ["x"], ["y"]).Output("y");
        model.Graph.Node[^1].Domain = "my";
        model.Proto.OpsetImport.Add(new OperatorSetIdProto { Domain = "my", Version = 1 });
        for (var k = 0; k < 14; k++)
        {
            var function = new FunctionProto { Domain = "my", Name = $"F{k}", Input = { "a" }, Output = { "r" },
                OpsetImport = { new OperatorSetIdProto { Version = 17 }, new OperatorSetIdProto { Domain = "my", Version = 1 } } };
            foreach (var (from, to) in ((string, string)[])[("a", "q"), ("q", "r")])
            {
                var node = ModelBuilder.NodeOf(k == 0 ? "Tanh" : $"F{k - 1}", [from], [to]);
                node.Domain = k == 0 ? "" : "my";
                function.Node.Add(node);
            }
            model.Proto.Functions.Add(function);
        }
        var network = Soonest(() => Network.From(model.Build()));
        Assert.AreEqual(1 << 14, network.Layers.Count(l => l.Operator == "Tanh"));
        Assert.AreEqual("[batch, 4]", network.Outputs[0].Shape!.ToString());
    }

    [TestMethod]
    public void Nodes_that_do_not_fit_what_they_are_given()
    {
        float[] some = [.. Enumerable.Range(0, 1000).Select(i => i % 7 / 7f)];
        Tensor Weights(params long[] extents) => Tensor.From(some[..(int)extents.Aggregate(1L, (p, d) => p * d)], extents);
        ModelBuilder Recurrent(string operatorType, int gates, long[] row, params string[] inputs) => new ModelBuilder(17)
            .Input("x", [-1, .. row]).Initializer("w", Weights(1, gates * 5, 3)).Initializer("r", Weights(1, gates * 5, 5))
            .Initializer("b", Weights(1, gates * 10)).Initializer("ax", Tensor.Vector(0L))
            .Node("Transpose", ["x"], ["t"], ("perm", (long[])[1, 0, 2])).Node(operatorType, inputs, ["Y", "Yh"], ("hidden_size", 5L))
            .Node("Squeeze", ["Yh", "ax"], ["y"]).Output("y");
        Compiles(Recurrent("GRU", 3, [4, 3], "t", "r", "b"));
        // Rows of two axes where one was meant, so that the axes turned are too few for them.
        foreach (var (operatorType, gates) in (ReadOnlySpan<(string, int)>)[("GRU", 3), ("LSTM", 4), ("RNN", 1)])
            Compiles(Recurrent(operatorType, gates, [4, 3, 7], "t", "w", "r", "b"));
        Compiles(Recurrent("LSTM", 4, [0, 3], "t", "w", "r", "b"));
        Compiles(new ModelBuilder(17).Input("x", -1, 1, 8, 8).Initializer("w", Weights(16)).Node("Conv", ["x", "w"], ["c"])
            .Node("Flatten", ["c"], ["y"]).Output("y"));
        Compiles(new ModelBuilder(17).Input("x", -1, 4, 6).Initializer("g", Weights(6))
            .Node("LayerNormalization", ["x", "g", "g"], ["a"], ("axis", 4L)).Node("Flatten", ["a"], ["y"]).Output("y"));
        Compiles(new ModelBuilder(17).Input("x", -1, 4, 3).Initializer("ax", Tensor.Vector(1L, 1L))
            .Node("ReduceSum", ["x", "ax"], ["z"], ("keepdims", 0L)).Node("Flatten", ["z"], ["y"]).Output("y"));
        Compiles(new ModelBuilder(17).Input("x", -1, 1, 1, 100000).Initializer("sc", Tensor.Vector(1f, 1f, 1f, 2f))
            .Node("Resize", ["x", "", "sc"], ["a"], ("mode", "linear")).Node("Flatten", ["a"], ["y"]).Output("y"));
        Compiles(new ModelBuilder(17).Input("x", -1, 0, 5).Node("ReduceSum", ["x"], ["y"], ("keepdims", 0L)).Output("y"));
        Compiles(new ModelBuilder(17).Input("x", 4).Node("Relu", ["x"], ["y"]).Output("y"));
        Compiles(new ModelBuilder(17).Input("x", -1, 4, 0).Initializer("a", Tensor.Vector(2L)).Node("Relu", ["x"], ["r"])
            .Node("ReduceSum", ["r", "a"], ["y"], ("keepdims", 0L)).Output("y"));
    }

    private static ValueInfoProto Info(string name, ElementType type = ElementType.Float) =>
        ModelBuilder.Info(name, type, type == ElementType.Float ? null : Shape.Scalar);

    private static ModelBuilder Model(params long[] row) => new ModelBuilder(23, 10).Input("x", [-1, .. row]);

    private static ModelBuilder Open(params long[] row) => new ModelBuilder(17).Input("x", [-1, .. row]).Node("NonZero", ["x"], ["open"]);

    private static void Refused(ModelBuilder model, params string[] says)
    {
        var error = Soonest(() => Assert.Throws<IntrospectionException>(() => Network.From(model.Build())));
        foreach (var part in says)
            Assert.Contains(part, error.Message);
    }

    // A result, or an exception that the engine documents.
    private static void Compiles(ModelBuilder model) => Soonest(() =>
    {
        Network network;
        try
        {
            network = Network.From(model.Build());
        }
        catch (IntrospectionException)
        {
            return 0;
        }
        foreach (var method in (AttributionMethod[])[new Saliency(), new Occlusion([2]), new FeatureAblation(), new AblationCam()])
        {
            try
            {
                var explanation = Explanation.Compile(network, method);
                using var session = new ModelSession(explanation);
                Assert.HasCount(explanation.Outputs.Count, session.OutputNames);
            }
            catch (Exception e) when (e is IntrospectionException or ArgumentException && IsOurs(e))
            {
                Assert.IsTrue(e.Message.Length > 20, e.Message);
            }
        }
        return 1;
    });

    private static bool IsOurs(Exception e) => e.TargetSite!.DeclaringType!.Assembly == typeof(Network).Assembly;

    private static T Soonest<T>(Func<T> action)
    {
        var clock = Stopwatch.StartNew();
        var result = action();
        Assert.IsTrue(clock.Elapsed < Soon, $"took {clock.Elapsed}");
        return result;
    }
}
