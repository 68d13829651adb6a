using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Onnx.Proto;
using Microsoft.ML.Introspection.Tests.Data;
using Microsoft.ML.Introspection.Tests.Support;
using Microsoft.ML.OnnxRuntime;

namespace Microsoft.ML.Introspection.Tests.Onnx;

/// <summary>Weights that are too many for one file go into a second one; the limit is lowered here.</summary>
[TestClass]
public sealed class WritingLargeModels
{
    [TestMethod]
    public void Both_files_together_are_the_model()
    {
        using var folder = new TemporaryFolder();
        var model = Model();
        var path = folder["large.onnx"];
        File.WriteAllText(path + ".data", "what lay here before");
        model.Save(path, 4000);
        CollectionAssert.AreEquivalent((string[])["large.onnx", "large.onnx.data"], folder.FileNames.ToArray());

        // As it lies there: small weights and those of attributes in the model, the others at whole pages of the second file.
        var written = ModelProto.Parser.ParseFrom(File.ReadAllBytes(path)).Graph;
        CollectionAssert.AreEqual((string[])["w", "v"], written.Initializer.Where(i => i.DataLocation
            == TensorProto.Types.DataLocation.External).Select(i => i.Name).ToArray());
        foreach (var offset in written.Initializer.SelectMany(i => i.ExternalData).Where(e => e.Key == "offset"))
            Assert.AreEqual(0, int.Parse(offset.Value, System.Globalization.CultureInfo.InvariantCulture) % 4096);
        Assert.IsFalse(written.Node.Single(n => n.OpType == "Constant").Attribute[0].T.RawData.IsEmpty);

        var x = Samples.Floats(2, 20);
        var expected = GraphRunner.Run(model, ("x", x))["y"];
        TensorAssert.AreEqual(expected, GraphRunner.Run(OnnxModel.Load(path), ("x", x))["y"], "read by us");
        using var session = new InferenceSession(path);
        using var input = OrtValue.CreateTensorValueFromMemory(x.As<float>().ToArray(), [2, 20]);
        using var found = session.Run(new RunOptions(), new Dictionary<string, OrtValue> { ["x"] = input }, ["y"]);
        TensorAssert.AreClose(expected, Tensor.From(found[0].GetTensorDataAsSpan<float>(), 2, 20), 1e-6, "read by ONNX Runtime");
        // The model in memory is as it was.
        TensorAssert.AreEqual(expected, GraphRunner.Run(model, ("x", x))["y"]);
    }

    [TestMethod]
    public void What_fits_is_one_file()
    {
        using var folder = new TemporaryFolder();
        var path = folder["small.onnx"];
        Model().Save(path, 1 << 20);
        Assert.AreEqual("small.onnx", folder.FileNames.Single());
        CollectionAssert.AreEqual(Model().ToArray(), File.ReadAllBytes(path));
    }

    private static OnnxModel Model() => new ModelBuilder(17).Input("x", -1, 20).Initializer("w", Samples.Floats(20, 30))
        .Initializer("v", Samples.Floats(30, 20)).Initializer("b", Samples.Floats(20))
        .Node("Constant", [], ["c"], ("value", Samples.Floats(20, 20)))
        .Node("MatMul", ["x", "w"], ["h"]).Node("MatMul", ["h", "v"], ["s"]).Node("Add", ["s", "b"], ["t"])
        .Node("MatMul", ["t", "c"], ["y"])
        .Output("y").Build();
}
