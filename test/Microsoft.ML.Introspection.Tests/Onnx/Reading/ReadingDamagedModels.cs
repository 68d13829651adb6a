using Google.Protobuf;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Onnx.Proto;
using Microsoft.ML.Introspection.Onnx.Reading;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Onnx;

/// <summary>Whatever bytes come in, what comes out is a model or an error that says what is wrong with it.</summary>
[TestClass]
public sealed class ReadingDamagedModels
{
    private static readonly byte[] Sound = Sample();

    [TestMethod]
    public void The_sound_file_is_read()
    {
        var model = OnnxModel.Parse(Sound);
        Assert.AreEqual(12, model.Opset);
        Assert.AreEqual(Graph.MinimumOpset, OpsetConversion.ToCurrent(model).Opset);
    }

    [TestMethod]
    public void Cut_off_anywhere()
    {
        for (var length = 0; length < Sound.Length; length++)
            Try(Sound[..length]);
    }

    [TestMethod]
    public void Every_bit_flipped()
    {
        for (var bit = 0; bit < Sound.Length * 8; bit++)
        {
            var bytes = (byte[])Sound.Clone();
            bytes[bit / 8] ^= (byte)(1 << bit % 8);
            Try(bytes);
        }
    }

    [TestMethod]
    public void Several_bytes_replaced()
    {
        var random = new Random(1);
        for (var round = 0; round < 4000; round++)
        {
            var bytes = (byte[])Sound.Clone();
            for (var i = random.Next(1, 8); i > 0; i--)
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            Try(bytes);
        }
    }

    [TestMethod]
    public void Pieces_left_out_or_doubled()
    {
        var random = new Random(2);
        for (var round = 0; round < 2000; round++)
        {
            var (from, count) = (random.Next(Sound.Length), random.Next(1, 40));
            var to = Math.Min(Sound.Length, from + count);
            Try([.. Sound[..from], .. Sound[to..]]);
            Try([.. Sound[..to], .. Sound[from..]]);
        }
    }

    [TestMethod]
    public void Random_bytes()
    {
        var random = new Random(3);
        for (var round = 0; round < 2000; round++)
        {
            var bytes = new byte[random.Next(200)];
            random.NextBytes(bytes);
            Try(bytes);
        }
    }

    [TestMethod]
    public void Bodies_nested_without_end()
    {
        var body = new GraphProto { Name = "innermost" };
        for (var depth = 0; depth < 2000; depth++)
        {
            var outer = new GraphProto { Name = "b" };
            outer.Node.Add(new NodeProto { OpType = "If", Attribute = { new AttributeProto { Name = "then_branch", G = body } } });
            body = outer;
        }
        var model = new ModelProto { Graph = body };
        model.OpsetImport.Add(new OperatorSetIdProto { Version = 20 });
        var written = model.ToByteArray();
        Assert.ThrowsExactly<InvalidModelException>(() => OnnxModel.Parse(written));
    }

    [TestMethod]
    public void An_empty_file_and_one_of_another_kind_are_refused_with_the_path()
    {
        using var folder = new Data.TemporaryFolder();
        foreach (var content in (byte[][])[[], "PK this is a zip file"u8.ToArray(), "import torch"u8.ToArray()])
        {
            var path = folder.Write("model.onnx", content);
            Assert.Contains(path, Assert.ThrowsExactly<InvalidModelException>(() => OnnxModel.Load(path)).Message);
        }
        Assert.ThrowsExactly<FileNotFoundException>(() => OnnxModel.Load(folder["missing.onnx"]));
    }

    private static void Try(byte[] bytes)
    {
        try
        {
            var model = OnnxModel.Parse(bytes);
            _ = (model.Inputs, model.Outputs, model.Metadata, model.Producer, model.Opset);
            OpsetConversion.ToCurrent(model).ToArray();
        }
        catch (Exception e) when (e is InvalidModelException or UnsupportedOperatorException)
        {
            Finite.Above(20, e.Message.Length, "the error says what is wrong");
        }
    }

    /// <summary>A small model with something of everything: functions, bodies, tensors in every form, old operators.</summary>
    private static byte[] Sample()
    {
        var then = new GraphProto { Name = "then" };
        then.Node.Add(ModelBuilder.NodeOf("Softmax", ["h"], ["t"], ("axis", 1)));
        then.Output.Add(ModelBuilder.Info("t", ElementType.Float, null));
        var otherwise = new GraphProto { Name = "else" };
        otherwise.Initializer.Add(new TensorProto { Name = "two", DataType = (int)ElementType.Float, FloatData = { 2 } });
        otherwise.Node.Add(ModelBuilder.NodeOf("Mul", ["h", "two"], ["e"]));
        otherwise.Output.Add(ModelBuilder.Info("e", ElementType.Float, null));
        var function = new FunctionProto { Name = "Leaky", Domain = "own", Input = { "x" }, Output = { "y" }, Attribute = { "slope" } };
        function.OpsetImport.Add(new OperatorSetIdProto { Version = 12 });
        function.Node.Add(ModelBuilder.NodeOf("LeakyRelu", ["x"], ["y"]));
        function.Node[0].Attribute.Add(
            new AttributeProto { Name = "alpha", RefAttrName = "slope", Type = AttributeProto.Types.AttributeType.Float });

        var builder = new ModelBuilder(12).Input("x", -1, 4).Input("c", ElementType.Bool)
            .Initializer("w", Samples.Floats(4, 3))
            .Node("MatMul", ["x", "w"], ["m"])
            .Node("Constant", [], ["k"], ("value", Tensor.From([1L, -1, 3], 3)))
            .Node("Reshape", ["m", "k"], ["r"])
            .Node("Squeeze", ["r"], ["s"], ("axes", new long[] { 0 }))
            .Node("Leaky", ["s"], ["h"], ("slope", 0.1f))
            .Node("If", ["c"], ["y"], ("then_branch", then), ("else_branch", otherwise))
            .Output("y");
        builder.Graph.Node[4].Domain = "own";
        var halves = new TensorProto { Name = "halves", DataType = (int)ElementType.Float16, Dims = { 2 }, Int32Data = { 0x3C00, 0x4000 } };
        builder.Graph.Initializer.Add(halves);
        builder.Graph.ValueInfo.Add(ModelBuilder.Info("r", ElementType.Float, Shape.Of(1, -1, 3)));
        builder.Proto.Functions.Add(function);
        builder.Proto.OpsetImport.Add(new OperatorSetIdProto { Domain = "own", Version = 1 });
        builder.Proto.MetadataProps.Add(new StringStringEntryProto { Key = "author", Value = "test" });
        return builder.Proto.ToByteArray();
    }
}
