using Google.Protobuf;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Onnx.Proto;
using Microsoft.ML.Introspection.Onnx.Reading;
using Microsoft.ML.Introspection.Tests.Data;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Onnx;

[TestClass]
public sealed class ReadingAndWritingModels
{
    [TestMethod]
    public void What_is_declared_can_be_read()
    {
        var builder = Small();
        builder.Graph.Input.Add(ModelBuilder.Info("w", ElementType.Float, Shape.Of(3, 2)));
        var model = builder.Build().WithMetadata(("author", "me"));
        Assert.AreEqual(new TensorInfo("x", ElementType.Float, Shape.Of(4, 3)), model.Inputs.Single(), "an initializer is not an input");
        Assert.AreEqual("y", model.Outputs.Single().Name);
        Assert.AreEqual(17, model.Opset);
        Assert.AreEqual("test", model.Producer);
        Assert.AreEqual("me", model.Metadata["author"]);
    }

    [TestMethod]
    public void Open_extents_are_symbols_or_unknown()
    {
        var shape = new Shape(Dimension.Symbol("N"), 3, Dimension.Unknown);
        var builder = new ModelBuilder(17).Node("Relu", ["x"], ["y"]).Output("y");
        builder.Graph.Input.Add(ModelBuilder.Info("x", ElementType.Float, shape));
        var read = builder.Build().Inputs.Single().Shape!;
        Assert.AreEqual("N", read[0].Name);
        Assert.AreEqual<Dimension>(3, read[1]);
        Assert.IsTrue(read[2].IsUnknown);
    }

    [TestMethod]
    public void Fields_we_do_not_know_are_kept()
    {
        // training_info of the model, quantization_annotation of the graph, metadata_props of a node, doc_string of a tensor.
        var builder = Small();
        var graph = With(builder.Graph, 14, "annotation");
        graph.Node[0] = With(graph.Node[0], 9, "of the node");
        graph.Initializer[0] = With(graph.Initializer[0], 12, "of the tensor");
        builder.Proto.Graph = graph;
        var bytes = With(builder.Proto, 20, "training").ToByteArray();

        var model = OnnxModel.Parse(bytes);
        foreach (var rewritten in (byte[][])[model.ToArray(), model.WithMetadata(("a", "b")).ToArray(),
            OpsetConversion.ToCurrent(model).ToArray()])
        {
            foreach (var text in (string[])["annotation", "of the node", "of the tensor", "training"])
                Finite.AtLeast(0, rewritten.AsSpan().IndexOf(ByteString.CopyFromUtf8(text).Span), text);
        }
        CollectionAssert.AreEqual(bytes, OnnxModel.Parse(bytes).ToArray());
    }

    [TestMethod]
    public void Weights_that_are_written_as_numbers_become_bytes_that_copies_share()
    {
        var builder = Small();
        var weights = builder.Graph.Initializer[0];
        float[] numbers = [.. Enumerable.Range(0, 6).Select(i => i * 0.1f)];
        weights.RawData = ByteString.Empty;
        weights.FloatData.AddRange(numbers);

        var read = OnnxModel.Parse(builder.Proto.ToByteArray()).Proto.Graph.Initializer[0];

        Assert.AreEqual((0, 24), (read.FloatData.Count, read.RawData.Length));
        Near.Equal(numbers, Array.ConvertAll(Tensor.FromProto(read).ToDouble(), v => (float)v), 0);
        Assert.AreSame(read.RawData, read.Clone().RawData);
    }

    [TestMethod]
    public void Metadata_is_replaced_in_a_copy()
    {
        var model = Small().Build().WithMetadata(("a", "1"), ("b", "2"));
        var changed = model.WithMetadata(("a", "3"));
        Assert.AreEqual("3", changed.Metadata["a"]);
        Assert.AreEqual("2", changed.Metadata["b"]);
        Assert.AreEqual("1", model.Metadata["a"]);
    }

    [TestMethod]
    public void Names_of_items_are_for_outputs_that_are_there()
    {
        var model = Small().Build();
        var nodes = model.Proto.Graph.Node.Count;
        var named = model.WithSlotNames(new Dictionary<string, IReadOnlyList<string>> { ["y"] = ["a", "b"] });
        Assert.HasCount(nodes + 1, named.Proto.Graph.Node);
        Assert.HasCount(nodes, model.Proto.Graph.Node);
        foreach (var (output, names) in ((string, string[])[])[("z", ["a"]), ("y", [])])
            Assert.Contains($"given were {names.Length} for '{output}'", Assert.ThrowsExactly<ArgumentException>(
                () => model.WithSlotNames(new Dictionary<string, IReadOnlyList<string>> { [output] = names })).Message);
    }

    [TestMethod]
    public void A_saved_file_is_whole_or_not_there()
    {
        using var folder = new TemporaryFolder();
        var model = Small().Build();
        var path = folder.Write("model.onnx", [1, 2, 3]);
        model.Save(path);
        CollectionAssert.AreEqual(model.ToArray(), File.ReadAllBytes(path));
        CollectionAssert.AreEqual(new[] { "model.onnx" }, folder.FileNames.ToArray());
        CollectionAssert.AreEqual(model.ToArray(), OnnxModel.Load(path).ToArray());
        using var stream = new MemoryStream();
        model.Save(stream);
        CollectionAssert.AreEqual(model.ToArray(), stream.ToArray());
    }

    [TestMethod]
    public void A_failed_save_leaves_nothing_behind()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(Path.Combine(folder["taken"], "full"));
        AssertFails(() => Small().Build().Save(folder["taken"]));
        AssertFails(() => Small().Build().Save(Path.Combine(folder["nowhere"], "model.onnx")));
        Assert.IsEmpty(folder.FileNames);

        static void AssertFails(Action save)
        {
            try
            {
                save();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return;
            }
            Assert.Fail("saving should have failed");
        }
    }

    [TestMethod]
    public void A_model_beyond_the_formats_limit_is_refused()
    {
        // The same 512 MiB four times over: shared in memory, not so in a file.
        var proto = Small().Proto;
        var weights = UnsafeByteOperations.UnsafeWrap(new byte[1 << 29]);
        for (var i = 0; i < 5; i++)
            proto.Graph.Initializer.Add(
                new TensorProto { Name = $"big{i}", DataType = (int)ElementType.UInt8, Dims = { 1 << 29 }, RawData = weights });
        Assert.Contains("at most", Assert.ThrowsExactly<InvalidModelException>(() => new OnnxModel(proto).ToArray()).Message);
    }

    private static ModelBuilder Small() =>
        new ModelBuilder(17).Input("x", 4, 3).Initializer("w", Samples.Floats(3, 2)).Node("MatMul", ["x", "w"], ["y"]).Output("y");

    /// <summary>The message with a length-delimited field added that our description of the format does not have.</summary>
    private static T With<T>(T message, int field, string text) where T : IMessage<T>, new()
    {
        using var stream = new MemoryStream();
        using (var output = new CodedOutputStream(stream, leaveOpen: true))
        {
            message.WriteTo(output);
            output.WriteTag(field, WireFormat.WireType.LengthDelimited);
            output.WriteString(text);
        }
        return new MessageParser<T>(() => new T()).ParseFrom(stream.ToArray());
    }
}
