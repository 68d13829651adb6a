using System.IO.Compression;
using Google.Protobuf;
using Microsoft.ML.Introspection.Importers;
using Microsoft.ML.Introspection.Importers.TensorFlow.Proto;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Tests.Importers.TensorFlow;

/// <summary>Folders and archives of SavedModels: signatures, variables with checksums, and what is not followed.</summary>
[TestClass]
public sealed class ReadingSavedModels
{
    private const string Model = "keras2_multi_io", Index = "variables/variables.index", Shard = "variables/variables.data-00000-of-00001";

    private string _folder = "";

    [TestInitialize]
    public void Unpack() => _folder = TensorFlowFiles.Unpacked(Model);

    [TestCleanup]
    public void Remove() => Directory.Delete(_folder, recursive: true);

    [TestMethod]
    public void A_folder_its_graph_and_an_archive_are_the_same_model()
    {
        var archive = SavedModel.Load(TensorFlowFiles.Of(Model, "saved_model.zip")).ToArray();
        CollectionAssert.AreEqual(archive, SavedModel.Load(_folder).ToArray());
        CollectionAssert.AreEqual(archive, SavedModel.Load(Path.Combine(_folder, "saved_model.pb")).ToArray());
        Assert.IsTrue(SavedModel.IsAt(_folder));
        Assert.IsFalse(SavedModel.IsAt(Path.Combine(_folder, "variables")));
    }

    [TestMethod]
    public void Weights_have_the_bits_of_the_file()
    {
        var weights = SavedModel.Load(_folder).Proto.Graph.Initializer.Select(Tensor.FromProto).Where(t => t.Type == ElementType.Float);
        var shard = File.ReadAllBytes(Path.Combine(_folder, Shard));
        Assert.IsTrue(weights.Any(w => w.Shape.Rank == 2 && shard.AsSpan().IndexOf(w.Bytes.Span) >= 0));
    }

    [TestMethod]
    public void Shards_of_savings_before_do_not_matter()
    {
        var before = SavedModel.Load(_folder).ToArray();
        File.WriteAllBytes(Path.Combine(_folder, "variables/variables.data-00000-of-00002"), [1, 2, 3]);
        CollectionAssert.AreEqual(before, SavedModel.Load(_folder).ToArray());
    }

    [TestMethod]
    public void Signatures_are_chosen_by_name()
    {
        var error = Assert.ThrowsExactly<ArgumentException>(() => SavedModel.Load(_folder, new() { Signature = "train" }));
        StringAssert.Contains(error.Message, "train");
        StringAssert.Contains(error.Message, "serving_default");
        Change(model =>
        {
            model.SignatureDef["other"] = model.SignatureDef["serving_default"].Clone();
            model.SignatureDef["other"].Outputs.Remove(model.SignatureDef["other"].Outputs.Keys.Order().First());
        });
        var (all, some) = (SavedModel.Load(_folder), SavedModel.Load(_folder, new() { Signature = "other" }));
        Assert.HasCount(all.Outputs.Count - 1, some.Outputs);
        Assert.HasCount(1, SavedModel.Load(_folder, new() { Outputs = [all.Outputs[0].Name] }).Outputs);
    }

    [TestMethod]
    public void Outputs_stand_in_the_order_of_their_numbers()
    {
        var outputs = SavedModel.Load(TensorFlowFiles.Of("keras3_conv2d", "saved_model.zip")).Outputs.Select(o => o.Name).ToList();
        CollectionAssert.AreEqual(Enumerable.Range(0, outputs.Count).Select(i => $"output_{i}").ToList(), outputs);
    }

    [TestMethod]
    public void Assets_are_passed_over_and_told()
    {
        Change(model => model.AssetFileDef.Add(new AssetFileDef { Filename = "../../vocabulary.txt" }));
        Assert.AreEqual("../../vocabulary.txt", SavedModel.Load(_folder).Metadata[SavedModel.IgnoredAssets]);
    }

    [TestMethod]
    public void A_wrong_byte_anywhere_in_the_variables_is_told()
    {
        foreach (var (file, place) in ((string, double)[])[(Shard, 0.01), (Index, 0.1), (Index, 0.999)])
        {
            var path = Path.Combine(_folder, file);
            var bytes = File.ReadAllBytes(path);
            bytes[(int)(bytes.Length * place)] ^= 0x10;
            File.WriteAllBytes(path, bytes);
            var error = Assert.ThrowsExactly<InvalidModelException>(() => SavedModel.Load(_folder));
            StringAssert.Contains(error.Message, file);
            bytes[(int)(bytes.Length * place)] ^= 0x10;
            File.WriteAllBytes(path, bytes);
        }
        SavedModel.Load(_folder);
    }

    [TestMethod]
    public void Variables_that_are_cut_off_or_gone_are_told()
    {
        var path = Path.Combine(_folder, Shard);
        var bytes = File.ReadAllBytes(path);
        File.WriteAllBytes(path, bytes[..(bytes.Length / 100)]);
        StringAssert.Contains(Assert.ThrowsExactly<InvalidModelException>(() => SavedModel.Load(_folder)).Message, Shard);
        File.Delete(path);
        StringAssert.Contains(Assert.ThrowsExactly<InvalidModelException>(() => SavedModel.Load(_folder)).Message, Shard);
        File.WriteAllBytes(path, bytes);
        File.Delete(Path.Combine(_folder, Index));
        StringAssert.Contains(Assert.ThrowsExactly<InvalidModelException>(() => SavedModel.Load(_folder)).Message, "variable");
    }

    [TestMethod]
    public void Folders_that_are_links_out_of_it_are_not_followed()
    {
        var (inside, outside) = (Path.Combine(_folder, "variables"), Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString("N")));
        Directory.Move(inside, outside);
        try
        {
            Directory.CreateSymbolicLink(inside, outside);
            StringAssert.Contains(Assert.ThrowsExactly<InvalidModelException>(() => SavedModel.Load(_folder)).Message, "link");
        }
        finally
        {
            Directory.Delete(inside);
            Directory.Delete(outside, recursive: true);
        }
    }

    [TestMethod]
    public void Links_out_of_the_folder_are_not_followed()
    {
        var (inside, outside) = (Path.Combine(_folder, Shard), Path.GetTempFileName());
        File.Move(inside, outside, overwrite: true);
        try
        {
            File.CreateSymbolicLink(inside, outside);
            StringAssert.Contains(Assert.ThrowsExactly<InvalidModelException>(() => SavedModel.Load(_folder)).Message, "link");
        }
        finally
        {
            File.Delete(outside);
        }
    }

    [TestMethod]
    public void Archives_that_would_fill_the_memory_are_refused()
    {
        var path = Path.Combine(_folder, "bomb.zip");
        using (var archive = ZipFile.Open(path, ZipArchiveMode.Create))
        {
            using var entry = archive.CreateEntry("saved_model.pb", CompressionLevel.Optimal).Open();
            for (var i = 0; i < 100; i++)
                entry.Write(new byte[1 << 20]);
        }
        StringAssert.Contains(Assert.ThrowsExactly<InvalidModelException>(() => SavedModel.Load(path)).Message, "grow");
    }

    [TestMethod]
    public void Archives_of_something_else_and_of_paths_outside_are_refused()
    {
        foreach (var name in (string[])["model.json", "../saved_model.pb"])
        {
            var path = Path.Combine(_folder, "other.zip");
            File.Delete(path);
            using (var archive = ZipFile.Open(path, ZipArchiveMode.Create))
                archive.CreateEntry(name).Open().Dispose();
            StringAssert.Contains(Assert.ThrowsExactly<InvalidModelException>(() => SavedModel.Load(path)).Message, "saved_model.pb");
        }
        Assert.ThrowsExactly<FileNotFoundException>(() => SavedModel.Load(Path.Combine(_folder, "nowhere")));
    }

    [TestMethod]
    public void A_model_that_keeps_its_state_is_refused()
    {
        Change(model =>
        {
            var function = model.GraphDef.Library.Function.First(f => f.Signature.Name.Contains("wrapped_model", StringComparison.Ordinal));
            var read = function.NodeDef.First(n => n.Op == "ReadVariableOp");
            function.NodeDef.Add(Graphs.Node("net/memory/Assign", "AssignVariableOp", read.Input[0], read.Name + ":value:0"));
        });
        var error = Assert.ThrowsExactly<InvalidModelException>(() => SavedModel.Load(_folder));
        StringAssert.Contains(error.Message, "net/memory/Assign");
    }

    private void Change(Action<MetaGraphDef> change)
    {
        var path = Path.Combine(_folder, "saved_model.pb");
        var model = SavedModelProto.Parser.ParseFrom(File.ReadAllBytes(path));
        change(model.MetaGraphs[0]);
        File.WriteAllBytes(path, model.ToByteArray());
    }
}
