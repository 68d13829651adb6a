using Google.Protobuf;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Onnx.Proto;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Onnx;

/// <summary>Well-formed files with impossible content are refused in words that say where and what.</summary>
[TestClass]
public sealed class CheckingModels
{
    [TestMethod]
    public void An_unknown_operator()
    {
        var error = Assert.ThrowsExactly<UnsupportedOperatorException>(() => Model().Node("FancyConv", ["x"], ["y"]).Output("y").Build());
        foreach (var part in (string[])["'FancyConv'", "'FancyConv of y'", "opset 17", "export"])
            Assert.Contains(part, error.Message);
    }

    [TestMethod]
    public void An_operator_of_a_domain_that_is_not_imported()
    {
        var model = Model().Node("Relu", ["x"], ["y"]).Output("y");
        model.Graph.Node[0].Domain = "com.example";
        Refused(model, "com.example:Relu", "import");
    }

    [TestMethod]
    public void An_undefined_input() => Refused(Model().Node("Add", ["x", "z"], ["y"]).Output("y"), "'z'", "Add of y");

    [TestMethod]
    public void A_cycle() => Refused(Model().Node("Add", ["x", "b"], ["a"]).Node("Relu", ["a"], ["b"]).Output("b"), "'b'");

    [TestMethod]
    public void A_node_that_uses_its_own_output() => Refused(Model().Node("Add", ["x", "y"], ["y"]).Output("y"), "'y'");

    [TestMethod]
    public void Two_nodes_of_one_output() =>
        Refused(Model().Node("Relu", ["x"], ["y"]).Node("Tanh", ["x"], ["y"]).Output("y"), "Two nodes make 'y'");

    [TestMethod]
    public void A_node_with_the_same_output_twice() => Refused(Model().Node("TopK", ["x"], ["y", "y"]).Output("y"), "'y'");

    [TestMethod]
    public void A_node_that_makes_an_input() => Refused(Model().Node("Relu", ["x"], ["x"]).Output("x"), "'x'");

    [TestMethod]
    public void Two_inputs_of_one_name() => Refused(Model().Input("x", 1).Node("Relu", ["x"], ["y"]).Output("y"), "'x'");

    [TestMethod]
    public void Two_initializers_of_one_name() =>
        Refused(Model().Initializer("w", Tensor.Scalar(1f)).Initializer("w", Tensor.Scalar(2f)).Node("Add", ["x", "w"], ["y"]).Output("y"),
            "'w'");

    [TestMethod]
    public void An_output_that_nothing_makes() => Refused(Model().Node("Relu", ["x"], ["y"]).Output("z"), "'z'");

    [TestMethod]
    public void No_outputs() => Refused(Model().Node("Relu", ["x"], ["y"]), "no graph with an output");

    [TestMethod]
    [DataRow(6), DataRow(29), DataRow(0), DataRow(-1)]
    public void An_operator_set_out_of_reach(int opset) =>
        Refused(new ModelBuilder(opset).Input("x", 1).Node("Relu", ["x"], ["y"]).Output("y"), $"operator set {opset}");

    [TestMethod]
    public void No_operator_set()
    {
        var model = Model().Node("Relu", ["x"], ["y"]).Output("y");
        model.Proto.OpsetImport.Clear();
        Refused(model, "operator set");
    }

    [TestMethod]
    [DataRow(-1L, 4L), DataRow(long.MinValue, 1L), DataRow(long.MaxValue, 2L), DataRow(1L << 62, 1L), DataRow(1L << 32, 1L << 32),
        DataRow(2L, 3L), DataRow(0L, 5L)]
    public void A_tensor_whose_extents_do_not_fit_its_data(long first, long second)
    {
        var tensor = new TensorProto { Name = "w", DataType = (int)ElementType.Float, Dims = { first, second },
            RawData = ByteString.CopyFrom(new byte[16]) };
        var model = Model().Node("Add", ["x", "w"], ["y"]).Output("y");
        model.Graph.Initializer.Add(tensor);
        Refused(model, "'w'");
    }

    [TestMethod]
    public void A_tensor_whose_list_is_too_short()
    {
        var model = Model().Node("Add", ["x", "w"], ["y"]).Output("y");
        model.Graph.Initializer.Add(new TensorProto { Name = "w", DataType = (int)ElementType.Float, Dims = { 3 }, FloatData = { 1, 2 } });
        Refused(model, "'w'", "[3]");
    }

    [TestMethod]
    public void Sparse_weights()
    {
        var model = Model().Node("Relu", ["x"], ["y"]).Output("y");
        model.Graph.SparseInitializer.Add(new SparseTensorProto());
        Refused(model, "sparse");
    }

    [TestMethod]
    public void A_body_with_the_faults_of_a_graph()
    {
        foreach (var (node, part) in ((NodeProto, string)[])[
            (ModelBuilder.NodeOf("Relu", ["nowhere"], ["t"]), "'nowhere'"),
            (ModelBuilder.NodeOf("Relu", ["x"], ["q"]), "'t'"),
            (ModelBuilder.NodeOf("TopK", ["x"], ["t", "x"]), "'x'")])
        {
            var body = new GraphProto { Name = "body" };
            body.Node.Add(node);
            body.Output.Add(ModelBuilder.Info("t", ElementType.Float, null));
            Refused(Model().Input("c", ElementType.Bool).Node("If", ["c"], ["y"], ("then_branch", body), ("else_branch", body)).Output("y"),
                part);
        }
    }

    [TestMethod]
    public void Packed_forms_of_small_types_are_read()
    {
        Check(new TensorProto { DataType = (int)ElementType.Float16, Dims = { 2 }, Int32Data = { 0x3C00, 0xC000 } }, 1, -2);
        Check(new TensorProto { DataType = (int)ElementType.BFloat16, Dims = { 2 }, Int32Data = { 0x3F80, 0xC000 } }, 1, -2);
        Check(new TensorProto { DataType = (int)ElementType.Int8, Dims = { 2 }, Int32Data = { -3, 4 } }, -3, 4);
        Check(new TensorProto { DataType = (int)ElementType.UInt8, Dims = { 2 }, Int32Data = { 250, 4 } }, 250, 4);
        Check(new TensorProto { DataType = (int)ElementType.Bool, Dims = { 2 }, Int32Data = { 1, 0 } }, 1, 0);
        Check(new TensorProto { DataType = (int)ElementType.Int32, Dims = { 2 }, Int32Data = { -7, 8 } }, -7, 8);
        Check(new TensorProto { DataType = (int)ElementType.Int64, Dims = { 2 }, Int64Data = { -7, 1L << 40 } }, -7, 1L << 40);
        Check(new TensorProto { DataType = (int)ElementType.Double, Dims = { 2 }, DoubleData = { 0.5, -1e300 } }, 0.5, -1e300);

        static void Check(TensorProto proto, params double[] expected) =>
            CollectionAssert.AreEqual(expected, Tensor.FromProto(proto).ToDouble(), ((ElementType)proto.DataType).ToString());
    }

    private static ModelBuilder Model() => new ModelBuilder(17).Input("x", 2, 3);

    private static void Refused(ModelBuilder builder, params string[] parts)
    {
        var message = Assert.ThrowsExactly<InvalidModelException>(() => builder.Build()).Message;
        foreach (var part in parts)
            Assert.Contains(part, message);
    }
}
