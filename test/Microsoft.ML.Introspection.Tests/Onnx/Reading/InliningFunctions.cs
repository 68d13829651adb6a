using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Onnx.Proto;
using Microsoft.ML.Introspection.Onnx.Reading;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Onnx;

/// <summary>A model with functions and the same without give the same in ONNX Runtime, which inlines on its own.</summary>
[TestClass]
public sealed class InliningFunctions
{
    [TestMethod]
    public void Calls_become_the_functions_nodes()
    {
        var model = Calling(Function("Double", ["a"], ["b"], ModelBuilder.NodeOf("Add", ["a", "a"], ["b"])));
        model.Node("Relu", ["x"], ["r"]);
        Call(model, "Double", ["r"], ["d"]);
        Call(model, "Double", ["d"], ["y"]);
        var inlined = Agrees(model.Output("y"));
        CollectionAssert.AreEqual(new[] { "Relu", "Add", "Add" }, Operators(inlined));
        Assert.HasCount(1, inlined.Proto.OpsetImport, "the functions' own domain is needed no more");
    }

    [TestMethod]
    public void Functions_call_functions_with_names_that_meet()
    {
        // Both use the name "t" within, as does the graph.
        var model = Calling(
            Function("Inner", ["x"], ["y"], ModelBuilder.NodeOf("Neg", ["x"], ["t"]), ModelBuilder.NodeOf("Exp", ["t"], ["y"])),
            Function("Outer", ["y"], ["x"], CallOf("Inner", ["y"], ["t"]), CallOf("Inner", ["t"], ["u"]),
                ModelBuilder.NodeOf("Add", ["t", "u"], ["x"])));
        model.Node("Tanh", ["x"], ["t"]);
        Call(model, "Outer", ["t"], ["z"]);
        Call(model, "Outer", ["x"], ["y"]);
        Agrees(model.Output("y").Output("z").Output("t"));
    }

    [TestMethod]
    public void Attributes_are_handed_on_or_take_their_defaults()
    {
        var inner = Function("Leaky", ["x"], ["y"], ModelBuilder.NodeOf("LeakyRelu", ["x"], ["y"]));
        inner.Node[0].Attribute.Add(Reference("alpha", "slope", AttributeProto.Types.AttributeType.Float));
        inner.AttributeProto.Add(Attributes.ToProto("slope", 0.25f));
        var outer = Function("Layer", ["x"], ["y"], CallOf("Leaky", ["x"], ["t"]), ModelBuilder.NodeOf("Softmax", ["t"], ["y"]));
        outer.Attribute.Add(["slope", "axis"]);
        outer.Node[0].Attribute.Add(Reference("slope", "slope", AttributeProto.Types.AttributeType.Float));
        outer.Node[1].Attribute.Add(Reference("axis", "axis", AttributeProto.Types.AttributeType.Int));

        var model = Calling(inner, outer);
        Call(model, "Layer", ["x"], ["a"], ("slope", 0.5f), ("axis", 0));
        Call(model, "Layer", ["a"], ["b"], ("axis", 1));
        Call(model, "Layer", ["b"], ["c"]);
        Call(model, "Leaky", ["c"], ["y"]);
        var inlined = Agrees(model.Output("y").Output("a").Output("b"));
        var nodes = inlined.Proto.Graph.Node.ToLookup(n => n.OpType);
        CollectionAssert.AreEqual(new[] { 0.5f, 0.25f, 0.25f, 0.25f }, nodes["LeakyRelu"].Select(n => n.Attribute.Single().F).ToArray());
        CollectionAssert.AreEqual(new[] { 1, 1, 0 }, nodes["Softmax"].Select(n => n.Attribute.Count).ToArray());
    }

    [TestMethod]
    public void Inputs_and_outputs_may_be_left_out()
    {
        var model = Calling(Function(
            "Bounded", ["x", "low", "high"], ["y", "z"],
            ModelBuilder.NodeOf("Clip", ["x", "low", "high"], ["y"]), ModelBuilder.NodeOf("Neg", ["y"], ["z"])));
        model.Initializer("one", Tensor.Scalar(1f));
        Call(model, "Bounded", ["x", "", "one"], ["a", ""]);
        Call(model, "Bounded", ["x", "one"], ["", "b"]);
        Agrees(model.Output("a").Output("b"));
    }

    [TestMethod]
    public void An_output_may_be_an_input_or_another_output()
    {
        var model = Calling(Function("Odd", ["x"], ["x", "y", "y"], ModelBuilder.NodeOf("Relu", ["x"], ["y"])));
        Call(model, "Odd", ["x"], ["a", "b", "c"]);
        var results =
            GraphRunner.Run(FunctionInlining.Inline(model.Output("a").Output("b").Output("c").Build()), ("x", Samples.Floats(2, 3)));
        TensorAssert.AreEqual(Samples.Floats(2, 3), results["a"]);
        TensorAssert.AreEqual(results["b"], results["c"]);
        Assert.IsTrue(results["b"].ToDouble().All(v => v >= 0));
    }

    [TestMethod]
    public void Bodies_inside_functions_and_functions_inside_bodies()
    {
        var then = new GraphProto { Name = "then" };
        then.Node.Add(CallOf("Double", ["x"], ["t"]));
        then.Output.Add(ModelBuilder.Info("t", ElementType.Float, null));
        var otherwise = new GraphProto { Name = "else" };
        otherwise.Initializer.Add(Tensor.Scalar(3f).ToProto("three"));
        otherwise.Node.Add(ModelBuilder.NodeOf("Mul", ["three", "x"], ["t"]));
        otherwise.Output.Add(ModelBuilder.Info("t", ElementType.Float, null));
        var model = Calling(
            Function("Double", ["a"], ["b"], ModelBuilder.NodeOf("Add", ["a", "a"], ["b"])),
            Function("Choice", ["x", "c"], ["y"],
                ModelBuilder.NodeOf("If", ["c"], ["y"], ("then_branch", then), ("else_branch", otherwise))));
        model.Input("c", ElementType.Bool);
        Call(model, "Choice", ["x", "c"], ["t"]);
        Call(model, "Choice", ["t", "c"], ["y"]);
        model.Output("y");
        Agrees(model, ("c", Tensor.Scalar(true)));
        Agrees(model, ("c", Tensor.Scalar(false)));
    }

    [TestMethod]
    public void A_function_of_an_older_operator_set_is_converted()
    {
        var function = Function("Flat", ["x"], ["y"], ModelBuilder.NodeOf("Softmax", ["x"], ["s"], ("axis", 1)),
            ModelBuilder.NodeOf("ReduceSum", ["s"], ["y"]));
        function.Node[1].Attribute.Add(Reference("axes", "axes", AttributeProto.Types.AttributeType.Ints));
        function.Attribute.Add("axes");
        function.OpsetImport.Single(o => o.Domain.Length == 0).Version = 12;
        var model = Calling(function);
        model.Graph.Input.Clear();
        model.Input("x", 2, 3, 4);
        Call(model, "Flat", ["x"], ["y"], ("axes", new long[] { 1, 2 }));
        var inlined = FunctionInlining.Inline(model.Output("y").Build());
        CollectionAssert.AreEqual(new[] { "Flatten", "Softmax", "Reshape", "ReduceSum" }, Operators(inlined));
        var y = GraphRunner.Run(inlined, ("x", Samples.Floats(2, 3, 4)))["y"];
        TensorAssert.AreClose(Tensor.From([1f, 1], 2, 1, 1), y, 1e-6, "softmax over all but the first axis");
    }

    [TestMethod]
    public void Overloads_are_told_apart()
    {
        var (one, two) = (Function("F", ["x"], ["y"], ModelBuilder.NodeOf("Relu", ["x"], ["y"])),
            Function("F", ["x"], ["y"], ModelBuilder.NodeOf("Tanh", ["x"], ["y"])));
        two.Overload = "second";
        var model = Calling(one, two);
        Call(model, "F", ["x"], ["t"]);
        Call(model, "F", ["t"], ["y"]);
        model.Graph.Node[1].Overload = "second";
        CollectionAssert.AreEqual(new[] { "Relu", "Tanh" }, Operators(FunctionInlining.Inline(model.Output("y").Build())));
    }

    [TestMethod]
    public void A_function_that_calls_itself_is_refused()
    {
        var model = Calling(Function("A", ["x"], ["y"], CallOf("B", ["x"], ["y"])), Function("B", ["x"], ["y"], CallOf("A", ["x"], ["y"])));
        Call(model, "A", ["x"], ["y"]);
        Refused(model.Output("y"), "calls itself");
    }

    [TestMethod]
    public void Doubling_functions_are_refused_before_memory_is_gone()
    {
        // 40 functions, each calling the one before twice: 2⁴⁰ nodes from a file of a few kilobytes.
        var functions = Enumerable.Range(1, 40).Select(i => Function(
            $"F{i}", ["x"], ["y"], CallOf($"F{i - 1}", ["x"], ["t"]), CallOf($"F{i - 1}", ["t"], ["y"])));
        var model = Calling([Function("F0", ["x"], ["y"], ModelBuilder.NodeOf("Relu", ["x"], ["y"])), .. functions]);
        Call(model, "F40", ["x"], ["y"]);
        Refused(model.Output("y"), "nodes");
    }

    [TestMethod]
    public void A_long_chain_of_functions_is_refused()
    {
        var functions = Enumerable.Range(1, 5000).Select(i => Function($"F{i}", ["x"], ["y"], CallOf($"F{i - 1}", ["x"], ["y"])));
        var model = Calling([Function("F0", ["x"], ["y"], ModelBuilder.NodeOf("Relu", ["x"], ["y"])), .. functions]);
        Call(model, "F5000", ["x"], ["y"]);
        Refused(model.Output("y"), "deep");
    }

    [TestMethod]
    public void What_a_function_lacks_is_named()
    {
        Refused(One(Function("F", ["x"], ["y"], ModelBuilder.NodeOf("Add", ["x", "q"], ["y"]))), "'q'");
        Refused(One(Function("F", ["x"], ["y"], ModelBuilder.NodeOf("Relu", ["x"], ["z"]))), "'y'");
        Refused(One(Function("F", ["x"], ["y"], ModelBuilder.NodeOf("Relu", ["x"], ["y"]), ModelBuilder.NodeOf("Relu", ["x"], ["y"]))),
            "twice");
        Refused(One(Function("F", [], ["y"], ModelBuilder.NodeOf("Relu", ["x"], ["y"]))), "1 inputs");
        Refused(Calling(Function("F", ["x"], ["y"]), Function("F", ["x"], ["y"])).Node("Relu", ["x"], ["y"]).Output("y"), "Two functions");
    }

    [TestMethod]
    public void An_unknown_operator_inside_a_function_is_named()
    {
        var model = One(Function("F", ["x"], ["y"], ModelBuilder.NodeOf("Nonsense", ["x"], ["y"]))).Build();
        Assert.Contains("Nonsense", Assert.ThrowsExactly<UnsupportedOperatorException>(() => FunctionInlining.Inline(model)).Message);
    }

    private static ModelBuilder One(FunctionProto function)
    {
        var model = Calling(function);
        Call(model, function.Name, ["x"], ["y"]);
        return model.Output("y");
    }

    private static ModelBuilder Calling(params FunctionProto[] functions)
    {
        var model = new ModelBuilder(18, fileFormat: 10).Input("x", 2, 3);
        model.Proto.Functions.AddRange(functions);
        model.Proto.OpsetImport.Add(new OperatorSetIdProto { Domain = "own", Version = 1 });
        return model;
    }

    private static FunctionProto Function(string name, string[] inputs, string[] outputs, params NodeProto[] nodes)
    {
        var function = new FunctionProto { Name = name, Domain = "own" };
        function.Input.AddRange(inputs);
        function.Output.AddRange(outputs);
        function.Node.AddRange(nodes);
        function.OpsetImport.Add(new OperatorSetIdProto { Version = 18 });
        function.OpsetImport.Add(new OperatorSetIdProto { Domain = "own", Version = 1 });
        return function;
    }

    private static void Call(ModelBuilder model, string function, string[] inputs, string[] outputs,
        params (string, object)[] attributes) =>
        model.Graph.Node.Add(CallOf(function, inputs, outputs, attributes));

    private static NodeProto CallOf(string function, string[] inputs, string[] outputs, params (string, object)[] attributes)
    {
        var node = ModelBuilder.NodeOf(function, inputs, outputs, attributes);
        node.Domain = "own";
        return node;
    }

    private static AttributeProto Reference(string name, string to, AttributeProto.Types.AttributeType type) =>
        new() { Name = name, RefAttrName = to, Type = type };

    private static OnnxModel Agrees(ModelBuilder builder, params (string, Tensor)[] feeds)
    {
        var model = builder.Build();
        var inlined = FunctionInlining.Inline(model);
        Assert.IsEmpty(inlined.Proto.Functions);
        var (before, after) = (GraphRunner.Run(model, [("x", Samples.Floats(2, 3)), .. feeds]),
            GraphRunner.Run(inlined, [("x", Samples.Floats(2, 3)), .. feeds]));
        foreach (var (name, tensor) in before)
            TensorAssert.AreEqual(tensor, after[name], name);
        return inlined;
    }

    private static void Refused(ModelBuilder builder, string part) =>
        Assert.Contains(part, Assert.ThrowsExactly<InvalidModelException>(() => FunctionInlining.Inline(builder.Build())).Message);

    private static string[] Operators(OnnxModel model) => [.. model.Proto.Graph.Node.Select(n => n.OpType)];
}
