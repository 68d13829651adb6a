using Microsoft.ML.Introspection.Importers;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Importers;

[TestClass]
public sealed class TellingTreeFilesApart
{
    [TestMethod]
    [DataRow("xgb17_categories.json", 8)]
    [DataRow("xgb17_categories.ubj", 8)]
    [DataRow("lgbm_binary.txt", 5)]
    public void The_content_tells_what_a_file_is(string file, int trees)
    {
        using var folder = new Data.TemporaryFolder();
        Assert.HasCount(trees, TreeFile.Load(folder.Write("model", File.ReadAllBytes(References.TreeFile(file)))).Trees);
    }

    [TestMethod]
    public void An_ONNX_file_is_one_of_them()
    {
        using var folder = new Data.TemporaryFolder();
        var path = folder["model"];
        new OnnxForestSample(2, 1, [0]).Regressor().Build().Save(path);
        Assert.HasCount(7, TreeFile.Load(path).Trees);

        OnnxModel.Load(References.ModelFile("mlp_breast_cancer")).Save(path);
        Assert.Contains("no operator with trees", Refused(path));
    }

    [TestMethod]
    public void Other_files_are_refused_by_name()
    {
        using var folder = new Data.TemporaryFolder();
        Assert.Contains("neither XGBoost's JSON or UBJSON, nor LightGBM's text, nor ONNX",
            Refused(folder.Write("model.bin", "PK a zip file"u8.ToArray())));
        Assert.Contains("model.bin", Refused(folder.Write("model.bin", [])));
        Assert.Contains("old binary format", Refused(folder.Write("model.bin", "binf and so on"u8.ToArray())));
        Assert.ThrowsExactly<FileNotFoundException>(() => TreeFile.Load(folder["missing"]));
    }

    [TestMethod]
    [DataRow("model.onnx")]
    [DataRow("model.zip")]
    [DataRow("model")]
    public void The_content_tells_whatever_the_ending(string name)
    {
        using var folder = new Data.TemporaryFolder();
        var lightGbm = ModelFile.Open(folder.Write(name, File.ReadAllBytes(References.TreeFile("lgbm_binary.txt"))));
        Assert.AreEqual((ModelKind.LightGbm, 5, null), (lightGbm.Kind, lightGbm.Trees!.Trees.Count, lightGbm.Onnx));

        OnnxModel.Load(References.ModelFile("mlp_breast_cancer")).Save(folder[name]);
        var network = ModelFile.Open(folder[name]);
        Assert.AreEqual(ModelKind.Onnx, network.Kind);
        Assert.IsNull(network.Trees);
        Assert.Contains("no operator with trees", network.WhyNoTrees);
        Assert.IsNotEmpty(network.Onnx!.Inputs);
    }

    [TestMethod]
    public void Pipelines_are_told_and_left_to_the_package_that_opens_them()
    {
        using var folder = new Data.TemporaryFolder();
        var path = folder.Write("pipeline.onnx", "PK\x03\x04 and so on"u8.ToArray());
        Assert.AreEqual(ModelKind.Pipeline, ModelFile.KindOf(path));
        Assert.Contains("Introspection.ML.Estimators",
            Assert.ThrowsExactly<InvalidModelException>(() => ModelFile.Open(path)).Message);
    }

    [TestMethod]
    public void A_file_that_begins_right_and_goes_on_wrong_is_refused()
    {
        using var folder = new Data.TemporaryFolder();
        foreach (var start in (byte[][])[[8, 1, 0xFF, 0xFF], [0x3A, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F], "tree\nversion=v9\n"u8.ToArray(),
            "{\"learner\": "u8.ToArray()])
            Assert.Contains("model.bin",
                Assert.ThrowsExactly<InvalidModelException>(() => ModelFile.Open(folder.Write("model.bin", start))).Message);
    }

    private static string Refused(string path) => Assert.ThrowsExactly<InvalidModelException>(() => TreeFile.Load(path)).Message;
}
