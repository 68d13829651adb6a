using System.Globalization;
using System.Runtime.InteropServices;
using Google.Protobuf;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Onnx.Proto;
using Microsoft.ML.Introspection.Tests.Data;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Onnx;

/// <summary>External data: read from inside the model's folder, refused from anywhere else.</summary>
[TestClass]
public sealed class ReadingWeightsBesideTheModel
{
    private static readonly Tensor Weights = Samples.Floats(3, 2);

    [TestMethod]
    [DataRow("weights.bin"), DataRow("parts/weights.bin"), DataRow("parts/../weights.bin"), DataRow("./weights.bin"),
        DataRow("parts\\weights.bin")]
    public void Inside_the_folder(string location)
    {
        using var folder = Folder();
        var model = OnnxModel.Load(Model(folder, ("location", location), ("offset", "8"), ("length", "24")));
        TensorAssert.AreEqual(Weights, Tensor.FromProto(model.Proto.Graph.Initializer.Single()));
        Assert.HasCount(1, GraphRunner.Run(model, ("x", Samples.Floats(2, 3))));
    }

    [TestMethod]
    public void Without_a_length_the_rest_of_the_file()
    {
        using var folder = Folder();
        File.WriteAllBytes(folder["short.bin"], Bytes());
        TensorAssert.AreEqual(Weights,
            Tensor.FromProto(OnnxModel.Load(Model(folder, ("location", "short.bin"))).Proto.Graph.Initializer.Single()));
    }

    [TestMethod]
    [DataRow("../weights.bin"), DataRow("parts/../../weights.bin"), DataRow("/etc/hostname"), DataRow("..\\weights.bin")]
    [DataRow("C:\\weights.bin"), DataRow("file:weights.bin"), DataRow(""), DataRow("weights.bin\0")]
    public void Outside_the_folder(string location)
    {
        using var folder = Folder();
        Refused(folder, "folder", ("location", location));
    }

    [TestMethod]
    public void Without_a_location()
    {
        using var folder = Folder();
        Refused(folder, "folder", ("offset", "0"));
    }

    [TestMethod]
    public void Through_a_link_that_leads_out()
    {
        if (OperatingSystem.IsWindows())
            Assert.Inconclusive("Links need a right of their own on Windows.");
        using var outside = Folder();
        using var folder = Folder();
        File.CreateSymbolicLink(folder["link.bin"], outside["weights.bin"]);
        Directory.CreateSymbolicLink(folder["link"], Path.GetDirectoryName(outside["weights.bin"])!);
        File.CreateSymbolicLink(folder["chain.bin"], folder["link.bin"]);
        foreach (var location in (string[])["link.bin", "link/weights.bin", "chain.bin"])
            Refused(folder, "outside", ("location", location), ("offset", "8"), ("length", "24"));
    }

    [TestMethod]
    public void Through_a_link_that_stays_inside()
    {
        if (OperatingSystem.IsWindows())
            Assert.Inconclusive("Links need a right of their own on Windows.");
        using var folder = Folder();
        File.CreateSymbolicLink(folder["link.bin"], "parts/weights.bin");
        OnnxModel.Load(Model(folder, ("location", "link.bin"), ("offset", "8"), ("length", "24")));
    }

    [TestMethod]
    public void Missing() => Using(folder => Refused(folder, "'missing.bin'", ("location", "missing.bin")));

    [TestMethod]
    [DataRow("9", "24"), DataRow("33", "0"), DataRow("8", "25"), DataRow("0", "33")]
    [DataRow("9223372036854775807", "24"), DataRow("8", "9223372036854775807"), DataRow("9223372036854775800", "9223372036854775800")]
    public void Beyond_the_end(string offset, string length) =>
        Using(folder => Refused(folder, "weights.bin", ("location", "weights.bin"), ("offset", offset), ("length", length)));

    [TestMethod]
    [DataRow("-8", "24"), DataRow("8", "-24"), DataRow("eight", "24"), DataRow("99999999999999999999", "24")]
    [DataRow("8", "0x18"), DataRow(" 8", "24"), DataRow("", "24")]
    public void Not_a_number(string offset, string length) =>
        Using(folder => Refused(folder, "number", ("location", "weights.bin"), ("offset", offset), ("length", length)));

    [TestMethod]
    [DataRow("0", "20"), DataRow("0", "28"), DataRow("0", "0")]
    public void Not_the_tensors_size(string offset, string length) =>
        Using(folder => Refused(folder, "24 bytes", ("location", "weights.bin"), ("offset", offset), ("length", length)));

    [TestMethod]
    public void Extents_that_overflow()
    {
        using var folder = Folder();
        var model = Build(("location", "weights.bin"));
        foreach (var extents in (long[][])[[long.MaxValue, 4], [1L << 32, 1L << 32], [-3, 2], [-3, -2]])
        {
            model.Graph.Initializer[0].Dims.Clear();
            model.Graph.Initializer[0].Dims.AddRange(extents);
            var path = folder.Write("model.onnx", model.ToByteArray());
            Assert.ThrowsExactly<InvalidModelException>(() => OnnxModel.Load(path));
        }
    }

    [TestMethod]
    public void More_than_can_be_held()
    {
        using var folder = Folder();
        using (var file = File.Create(folder["huge.bin"]))
            file.SetLength(1L << 32);
        var model = Build(("location", "huge.bin"));
        model.Graph.Initializer[0].Dims.Clear();
        model.Graph.Initializer[0].Dims.AddRange([1 << 15, 1 << 15]);
        var path = folder.Write("model.onnx", model.ToByteArray());
        Assert.Contains("more than", Assert.ThrowsExactly<InvalidModelException>(() => OnnxModel.Load(path)).Message);
    }

    [TestMethod]
    public void Inside_attributes_and_bodies_too()
    {
        using var folder = Folder();
        var constant = External(("location", "weights.bin"), ("offset", "8"), ("length", "24"));
        var body = new GraphProto { Name = "body" };
        body.Node.Add(ModelBuilder.NodeOf("Constant", [], ["t"]));
        body.Node[0].Attribute.Add(new AttributeProto { Name = "value", Type = AttributeProto.Types.AttributeType.Tensor, T = constant });
        body.Output.Add(ModelBuilder.Info("t", ElementType.Float, null));
        var builder =
            new ModelBuilder(20).Input("c", ElementType.Bool).Node("If", ["c"], ["y"], ("then_branch", body), ("else_branch", body.Clone()))
                .Output("y");
        var path = folder.Write("model.onnx", builder.Proto.ToByteArray());
        var model = OnnxModel.Load(path);
        TensorAssert.AreEqual(Weights, Tensor.FromProto(model.Proto.Graph.Node[0].Attribute[1].G.Node[0].Attribute[0].T));
    }

    [TestMethod]
    public void From_memory_there_is_no_folder() => Assert.Contains(
        "Load the model from its file",
        Assert.ThrowsExactly<InvalidModelException>(() => OnnxModel.Parse(Build(("location", "weights.bin")).ToByteArray())).Message);

    private static void Using(Action<TemporaryFolder> test)
    {
        using var folder = Folder();
        test(folder);
    }

    private static void Refused(TemporaryFolder folder, string part, params (string, string)[] entries)
    {
        var error = Assert.ThrowsExactly<InvalidModelException>(() => OnnxModel.Load(Model(folder, entries)));
        Assert.Contains(part, error.Message);
        Assert.Contains("'w'", error.Message);
        Assert.Contains(folder["model.onnx"], error.Message);
    }

    /// <summary>A folder with the weights behind eight other bytes, once beside the model and once in a folder below.</summary>
    private static TemporaryFolder Folder()
    {
        var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["parts"]);
        byte[] content = [.. new byte[8], .. Bytes()];
        folder.Write("weights.bin", content);
        File.WriteAllBytes(Path.Combine(folder["parts"], "weights.bin"), content);
        return folder;
    }

    private static byte[] Bytes() => MemoryMarshal.AsBytes(Weights.As<float>()).ToArray();

    private static string Model(TemporaryFolder folder, params (string, string)[] entries) =>
        folder.Write("model.onnx", Build(entries).ToByteArray());

    private static ModelProto Build(params (string, string)[] entries)
    {
        var builder = new ModelBuilder(17).Input("x", -1, 3).Node("MatMul", ["x", "w"], ["y"]).Output("y");
        builder.Graph.Initializer.Add(External(entries));
        return builder.Proto;
    }

    private static TensorProto External(params (string Key, string Value)[] entries)
    {
        var tensor = new TensorProto { Name = "w", DataType = (int)ElementType.Float, Dims = { 3, 2 },
            DataLocation = TensorProto.Types.DataLocation.External };
        tensor.ExternalData.AddRange(
            entries.Select(
                e => new StringStringEntryProto { Key = e.Key, Value = string.Create(CultureInfo.InvariantCulture, $"{e.Value}") }));
        return tensor;
    }
}
