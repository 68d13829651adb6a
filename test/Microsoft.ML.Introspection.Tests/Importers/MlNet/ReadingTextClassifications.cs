using System.IO.Compression;
using Microsoft.ML.Introspection.Importers;
using Microsoft.ML.Introspection.Importers.MlNet;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Importers.MlNet;

/// <summary>Zips of ML.NET's TextClassification and SentenceSimilarity: scores are those of Microsoft.ML.TorchSharp 0.23.1.</summary>
[TestClass]
public sealed class ReadingTextClassifications
{
    // What ML.NET's own network of the same weights gave: convolution, attention, nothing, dense layers.
    private static readonly (long[] Tokens, double[] Scores)[] Classes =
    [
        ([0, 5, 6, 7], [-1.5051231, 0.6790181, 2.295314]), ([0, 9, 2, 11, 30, 7, 39], [-0.28264654, 0.6823, 1.5355556]),
        ([0], [0.015335768, 0.094599426, 1.1879013]),
        ([0, 4, 4, 8, 20, 21, 22, 23, 24, 25, 26, 27], [0.19689405, 0.63587326, 1.8750961]),
        ([0, 5, 6, 7, 1, 1], [-1.5051227, 0.6790185, 2.2953143]),
    ];

    // Convolutions of all sizes, attention twice, dense layers; embeddings as wide as the rest.
    private static readonly (long[] Tokens, double[] Scores)[] Similarity =
    [
        ([0, 5, 6, 7], [2.0348587]), ([0, 9, 2, 11, 30, 7, 39], [2.6926496]), ([0], [1.7338767]),
        ([0, 4, 4, 8, 20, 21, 22, 23, 24, 25, 26, 27], [2.734483]), ([0, 5, 6, 7, 1, 1], [2.0348587]),
    ];

    [TestMethod]
    [DataRow("nasbert_classes")]
    [DataRow("nasbert_similarity")]
    public void Scores_are_those_of_ML_NET(string name)
    {
        var path = References.TreeFile($"{name}.zip");
        Assert.AreEqual(ModelKind.TorchSharp, ModelFile.KindOf(path));
        var model = ModelFile.Open(path).Onnx!;
        foreach (var (tokens, scores) in name == "nasbert_classes" ? Classes : Similarity)
            Near.Equal(scores, Scores(model, tokens), 1e-5);
    }

    [TestMethod]
    public void Padding_of_a_batch_changes_nothing()
    {
        var model = ModelFile.ReadNetwork(References.TreeFile("nasbert_classes.zip"));
        var length = Classes.Max(c => c.Tokens.Length);
        var batch = Tensor.From((long[])[.. Classes.SelectMany(c => c.Tokens.Concat(Enumerable.Repeat(1L, length - c.Tokens.Length)))],
            Classes.Length, length);
        Near.Equal((double[])[.. Classes.SelectMany(c => c.Scores)], GraphRunner.Run(model, ("input_ids", batch))["Score"].ToDouble(), 1e-5);
    }

    [TestMethod]
    public void What_is_cut_off_is_told_where()
    {
        var bytes = Weights();
        var random = new Random(3);
        for (var i = 0; i < 200; i++)
        {
            var damaged = bytes[..random.Next(bytes.Length)];
            Assert.Contains("cut off", Assert.ThrowsExactly<InvalidModelException>(() => TorchRecords.Read(damaged)).Message);
        }
        // Numbers in the headers of tensors that say anything.
        for (var i = 0; i < 200; i++)
        {
            var damaged = (byte[])bytes.Clone();
            damaged[random.Next(80)] = (byte)random.Next(256);
            try
            {
                _ = TorchRecords.Read(damaged);
            }
            catch (InvalidModelException)
            {
            }
        }
        Assert.Contains("follow", Assert.ThrowsExactly<InvalidModelException>(() => TorchRecords.Read((byte[])[.. bytes, 0])).Message);
    }

    [TestMethod]
    public void Weights_of_another_network_are_refused_by_name()
    {
        var weights = TorchRecords.Read(Weights()).ToDictionary();
        Assert.Contains("'Other.weight'", Refused(w => w["Other.weight"] = Tensor.Vector(1f)));
        Assert.Contains("'Encoder.TokenEmbedding.weight'", Refused(w => w.Remove("Encoder.TokenEmbedding.weight")));
        Assert.Contains("2 axes", Refused(w => w["PredictionHead.Classifier.dense.weight"] = Tensor.Vector(1f)));
        Assert.Contains("0 cells", Refused(w => w.Keys.Where(k => k.Contains("Layers")).ToList().ForEach(k => w.Remove(k))));

        string Refused(Action<Dictionary<string, Tensor>> change)
        {
            var changed = weights.ToDictionary();
            change(changed);
            var graph = new Graph();
            var tokens = graph.Input("input_ids", ElementType.Int64, new Shape(1, 4));
            return Assert.ThrowsExactly<InvalidModelException>(() => new NasBert(graph, changed).Scores(tokens)).Message;
        }
    }

    private static byte[] Weights()
    {
        using var archive = ZipFile.OpenRead(References.TreeFile("nasbert_classes.zip"));
        var whole = new MemoryStream();
        using var stream = archive.Entries.Single(e => e.Name == "TSModel").Open();
        stream.CopyTo(whole);
        return whole.ToArray();
    }

    private static double[] Scores(OnnxModel model, long[] tokens) =>
        GraphRunner.Run(model, ("input_ids", Tensor.From(tokens, 1, tokens.Length)))["Score"].ToDouble();
}
