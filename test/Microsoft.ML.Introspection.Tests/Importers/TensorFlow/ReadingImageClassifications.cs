using System.IO.Compression;
using Microsoft.ML.Introspection.Importers;
using Microsoft.ML.Introspection.Importers.TensorFlow.Proto;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tests.Support;
using static Microsoft.ML.Introspection.Tests.Importers.TensorFlow.ClassifierZips;

namespace Microsoft.ML.Introspection.Tests.Importers.TensorFlow;

/// <summary>Zips of ML.NET's ImageClassification open as the network from the prepared picture to the shares of classes.</summary>
[TestClass]
public sealed class ReadingImageClassifications
{
    [TestMethod]
    [DataRow("resnet")]
    [DataRow("mobilenet")]
    [DataRow("inception")]
    [DataRow("mean")]
    public void The_network_is_that_of_the_graph_within(string architecture)
    {
        var path = Saved(archive => Write(archive, Graph(architecture)));
        Assert.AreEqual(ModelKind.TensorFlow, ModelFile.KindOf(path));
        var found = ModelFile.Open(path).Onnx!;
        CollectionAssert.AreEqual((string[])["input"], found.Inputs.Select(i => i.Name).ToArray());
        CollectionAssert.AreEqual((long[])[Side, Side, 3], found.Inputs[0].Shape!.Skip(1).Select(d => d.Value).ToArray());
        Assert.IsFalse(found.Inputs[0].Shape![0].IsKnown);
        var expected = TensorFlowGraph.Read(Graph(architecture, -1, Side, Side, 3).Bytes(), ["input"], ["Score"]);
        var x = Picture();
        var shares = GraphRunner.Run(found, [("input", x)])["Score"];
        Near.Equal(GraphRunner.Run(expected, [("input", x)])["Score"].ToDouble(), shares.ToDouble(), 1e-6);
        Near.Equal(1, shares.ToDouble().Take(Classes).Sum(), 1e-5);
    }

    [TestMethod]
    public void Means_of_channels_give_what_a_hand_computes()
    {
        var graph = Graph("mean");
        var (weights, biases) = (Numbers(graph, "final_retrain_ops/weights"), Numbers(graph, "final_retrain_ops/biases"));
        var (picture, expected) = (Picture(), new double[Classes]);
        for (var k = 0; k < Classes; k++)
            expected[k] = biases[k] + Enumerable.Range(0, Side * Side * 3)
                .Sum(i => picture.ToDouble()[i] * weights[i % 3 * Classes + k] / (Side * Side));
        using var scorer = new NetworkScorer(ModelFile.LoadNetwork(Saved(archive => Write(archive, graph))));
        var scores = new double[Classes];
        scorer.Score(Array.ConvertAll(picture.ToDouble()[..(Side * Side * 3)], v => (float)v), scores);
        Near.Equal(expected, scores, 1e-5);
    }

    [TestMethod]
    public void Without_names_the_picture_and_the_softmax_that_none_uses_are_taken()
    {
        var graph = Graph("resnet");
        foreach (var node in graph.Node.Where(n => n.Input.Contains("input")))
            node.Input[node.Input.IndexOf("input")] = "ResizeTensor";
        var path = Saved(archive => Write(archive, graph, withNames: false));
        var model = ModelFile.ReadNetwork(path);
        Assert.AreEqual("ResizeTensor", model.Inputs.Single().Name);
        CollectionAssert.AreEqual((long[])[Side, Side, 3], model.Inputs[0].Shape!.Skip(1).Select(d => d.Value).ToArray());
        Assert.AreEqual("Score", model.Outputs.Single().Name);
        // Named but not needed by the shares: the picture it is.
        Assert.AreEqual("ResizeTensor", ModelFile.ReadNetwork(Saved(archive => Write(archive, graph))).Inputs.Single().Name.Split(':')[0]);
    }

    [TestMethod]
    public void Other_tensors_may_be_asked_for()
    {
        var path = Saved(archive => Write(archive, Graph("resnet")));
        var model = ModelFile.ReadNetwork(path, new TranslationOptions { Outputs = ["final_retrain_ops/add"] });
        Assert.AreEqual("final_retrain_ops/add", model.Outputs.Single().Name);
        var error = Assert.ThrowsExactly<ArgumentException>(
            () => ModelFile.ReadNetwork(path, new TranslationOptions { Outputs = ["nothing"] }));
        StringAssert.Contains(error.Message, "nothing");
    }

    [TestMethod]
    public void Damaged_ones_are_told_what_is_wrong()
    {
        Refused("says that", "do", archive => Write(archive, Graph("mean"), cutOff: 5));
        Refused("says that", "7", archive => Write(archive, Graph("mean"), length: 7));
        Refused("says that", "-1", archive => Write(archive, Graph("mean"), length: -1));
        Refused("'Absent:0'", "no such node", archive => Write(archive, Graph("mean"), output: "Absent:0"));
        Refused("'Nowhere:0'", "no such node", archive => Write(archive, Graph("mean"), input: "Nowhere:0"));
        Refused("2 networks", "one by one", archive =>
        {
            Write(archive, Graph("mean"));
            Write(archive, Graph("mean"), "TransformerChain/Transform_002/Model/");
        });
    }

    [TestMethod]
    public void Other_archives_are_left_to_others()
    {
        var path = Saved(archive =>
        {
            using var stream = archive.CreateEntry(Folder + "TFModel").Open();
            stream.Write([1, 2, 3]);
        });
        Assert.AreEqual(ModelKind.Pipeline, ModelFile.KindOf(path));
    }

    private static Tensor Picture()
    {
        var random = new Random(5);
        return Tensor.From([.. Enumerable.Range(0, 2 * Side * Side * 3).Select(_ => (float)random.NextDouble())], 2, Side, Side, 3);
    }

    private static float[] Numbers(GraphDef graph, string name) =>
        [.. graph.Node.Single(n => n.Name == name).Attr["value"].Tensor.FloatVal];

    private static void Refused(string first, string second, Action<ZipArchive> write)
    {
        var path = Saved(write);
        var error = Assert.ThrowsExactly<InvalidModelException>(() => ModelFile.Open(path));
        foreach (var part in (string[])[path, first, second])
            StringAssert.Contains(error.Message, part);
    }

    private static string Saved(Action<ZipArchive> write)
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory().FullName, "model.zip");
        using var archive = ZipFile.Open(path, ZipArchiveMode.Create);
        write(archive);
        return path;
    }
}
