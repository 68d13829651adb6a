using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Onnx.Proto;
using Microsoft.ML.Introspection.Onnx.Reading;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Onnx;

/// <summary>What happens around the converted nodes: bodies, names, inputs, and errors.</summary>
[TestClass]
public sealed class ConvertingModels
{
    [TestMethod]
    public void Softmax_over_the_only_extended_axis_stays_a_softmax()
    {
        // As in SqueezeNet: [N, 1000, 1, 1] after the global pooling.
        var old = new ModelBuilder(9).Input("x", -1, 5, 3, 3)
            .Node("Relu", ["x"], ["r"]).Node("GlobalAveragePool", ["r"], ["p"]).Node("Softmax", ["p"], ["y"]).Output("y").Build();
        var current = OpsetConversion.ToCurrent(old);
        CollectionAssert.AreEqual(new[] { "Relu", "GlobalAveragePool", "Softmax" },
            current.Proto.Graph.Node.Select(n => n.OpType).ToArray());
        Compare(old, current, ("x", Samples.Floats(2, 5, 3, 3)));
    }

    [TestMethod]
    public void Softmax_behind_nodes_of_known_rank_needs_no_reshaping()
    {
        var old = new ModelBuilder(10).Input("x", -1, 3, 4).Initializer("w", Samples.Floats(12, 5)).Initializer("b", Samples.Floats(5))
            .Node("Flatten", ["x"], ["f"]).Node("Gemm", ["f", "w", "b"], ["g"]).Node("Softmax", ["g"], ["y"]).Output("y").Build();
        var current = OpsetConversion.ToCurrent(old);
        CollectionAssert.AreEqual(new[] { "Flatten", "Gemm", "Softmax" }, current.Proto.Graph.Node.Select(n => n.OpType).ToArray());
        Compare(old, current, ("x", Samples.Floats(2, 3, 4)));
    }

    [TestMethod]
    public void BatchNormalization_with_the_outputs_of_training()
    {
        var unused = new ModelBuilder(9).Input("x", 2, 3);
        foreach (var name in (string[])["scale", "bias", "mean", "variance"])
            unused.Initializer(name, Samples.Positives(3));
        unused.Node("BatchNormalization", ["x", "scale", "bias", "mean", "variance"], ["y", "m", "v", "", "s"]).Output("y");
        var current = OpsetConversion.ToCurrent(unused.Build());
        CollectionAssert.AreEqual(new[] { "y" }, current.Proto.Graph.Node.Single().Output);

        var error = Assert.ThrowsExactly<UnsupportedOperatorException>(() => OpsetConversion.ToCurrent(unused.Output("m").Build()));
        Assert.Contains("BatchNormalization", error.Message);
        Assert.Contains("'m'", error.Message);
    }

    [TestMethod]
    public void Bodies_are_converted_and_see_what_is_outside()
    {
        var then = new GraphProto { Name = "then" };
        then.Node.Add(ModelBuilder.NodeOf("Softmax", ["x"], ["t"], ("axis", 1)));
        then.Output.Add(ModelBuilder.Info("t", ElementType.Float, null));
        var otherwise = new GraphProto { Name = "otherwise" };
        otherwise.Node.Add(ModelBuilder.NodeOf("Unsqueeze", ["x"], ["u"], ("axes", new long[] { 0 })));
        otherwise.Node.Add(ModelBuilder.NodeOf("Squeeze", ["u"], ["e"], ("axes", new long[] { 0 })));
        otherwise.Output.Add(ModelBuilder.Info("e", ElementType.Float, null));
        var old = new ModelBuilder(11).Input("x", 2, 3, 4).Input("c", ElementType.Bool)
            .Node("If", ["c"], ["y"], ("then_branch", then), ("else_branch", otherwise)).Output("y").Build();
        var current = OpsetConversion.ToCurrent(old);
        foreach (var condition in (bool[])[true, false])
            Compare(old, current, ("x", Samples.Floats(2, 3, 4)), ("c", Tensor.Scalar(condition)));
    }

    [TestMethod]
    public void A_name_may_mean_one_thing_in_each_body()
    {
        // Both bodies call their tensor 'f', of another rank each, and take a softmax of it.
        static GraphProto Body(long[] extents, bool first)
        {
            var body = new GraphProto { Name = first ? "then" : "else" };
            body.Initializer.Add(Tensor.Vector<long>(extents).ToProto("s"));
            body.Node.Add(ModelBuilder.NodeOf("Reshape", ["x", "s"], ["f"]));
            body.Node.Add(ModelBuilder.NodeOf("Softmax", ["f"], ["p"], ("axis", 1)));
            body.Node.Add(ModelBuilder.NodeOf("Flatten", ["p"], ["t"], ("axis", 1)));
            body.Output.Add(ModelBuilder.Info("t", ElementType.Float, null));
            return body;
        }

        var old = new ModelBuilder(12).Input("x", 2, 3, 4).Input("c", ElementType.Bool)
            .Node("If", ["c"], ["y"], ("then_branch", Body([2, 12], true)), ("else_branch", Body([2, 3, 4], false))).Output("y").Build();
        var current = OpsetConversion.ToCurrent(old);
        foreach (var condition in (bool[])[true, false])
            Compare(old, current, ("x", Samples.Floats(2, 3, 4)), ("c", Tensor.Scalar(condition)));
        var bodies = current.Proto.Graph.Node.Single().Attribute.ToDictionary(a => a.Name, a => a.G.Node.Select(n => n.OpType).ToArray());
        CollectionAssert.AreEqual(new[] { "Reshape", "Softmax", "Flatten" }, bodies["then_branch"]);
        CollectionAssert.AreEqual(new[] { "Reshape", "Flatten", "Softmax", "Reshape", "Flatten" }, bodies["else_branch"]);
    }

    [TestMethod]
    public void Initializers_listed_as_inputs_become_constants()
    {
        var old = new ModelBuilder(8, fileFormat: 3).Input("x", 2, 3).Input("w", 3).Initializer("w", Samples.Floats(3))
            .Node("Mul", ["x", "w"], ["y"]).Output("y").Build();
        var current = OpsetConversion.ToCurrent(old);
        CollectionAssert.AreEqual(new[] { "x" }, current.Inputs.Select(i => i.Name).ToArray());
        CollectionAssert.AreEqual(new[] { "x" }, current.Proto.Graph.Input.Select(i => i.Name).ToArray());
        Compare(old, current, ("x", Samples.Floats(2, 3)));
    }

    [TestMethod]
    public void The_model_given_stays_as_it_was()
    {
        var old = new ModelBuilder(11).Input("x", 1, 3).Node("Squeeze", ["x"], ["y"], ("axes", new long[] { 0 })).Output("y").Build();
        var before = old.ToArray();
        OpsetConversion.ToCurrent(old);
        CollectionAssert.AreEqual(before, old.ToArray());
    }

    [TestMethod]
    [DataRow(21), DataRow(22), DataRow(23), DataRow(24)]
    public void A_current_model_is_not_touched(int opset)
    {
        var model = new ModelBuilder(opset, fileFormat: 10).Input("x", 2, 3).Node("Relu", ["x"], ["y"]).Output("y").Build();
        Assert.AreEqual(opset, OpsetConversion.ToCurrent(model).Opset);
    }

    [TestMethod]
    public void New_names_do_not_meet_old_ones()
    {
        var old = new ModelBuilder(11).Input("axes", 1, 3).Node("Squeeze", ["axes"], ["axes_1"], ("axes", new long[] { 0 }))
            .Node("Unsqueeze", ["axes_1"], ["y"], ("axes", new long[] { 1 })).Output("y").Build();
        Compare(old, OpsetConversion.ToCurrent(old), ("axes", Samples.Floats(1, 3)));
    }

    [TestMethod]
    public void What_has_no_equal_is_refused_by_name()
    {
        var old = new ModelBuilder(8).Input("x", 1, 2, 3).Node("Scan", ["", "x"], ["y"], ("num_scan_inputs", 1)).Output("y").Build();
        var error = Assert.ThrowsExactly<UnsupportedOperatorException>(() => OpsetConversion.ToCurrent(old));
        foreach (var part in (string[])["'Scan'", "Scan of y", "opset 8", "Export"])
            Assert.Contains(part, error.Message);
    }

    [TestMethod]
    [DataRow("Unsqueeze"), DataRow("Slice"), DataRow("Pad"), DataRow("TopK"), DataRow("Upsample")]
    public void A_missing_attribute_is_named(string name)
    {
        var old = new ModelBuilder(7).Input("x", 2, 3).Node(name, ["x"], ["y"]).Output("y").Build();
        var error = Assert.ThrowsExactly<InvalidModelException>(() => OpsetConversion.ToCurrent(old));
        Assert.Contains(name, error.Message);
        Assert.Contains("attribute", error.Message);
    }

    private static void Compare(OnnxModel old, OnnxModel current, params (string, Tensor)[] feeds)
    {
        var (before, after) = (GraphRunner.Run(old, feeds), GraphRunner.Run(current, feeds));
        foreach (var (name, tensor) in before)
            TensorAssert.AreEqual(tensor, after[name], name);
    }
}
