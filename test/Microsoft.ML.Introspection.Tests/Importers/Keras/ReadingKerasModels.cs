using System.IO.Compression;
using Microsoft.ML.Introspection.Conformance;
using Microsoft.ML.Introspection.Importers;
using Microsoft.ML.Introspection.Importers.Keras;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Tests.Importers.Keras;

/// <summary>Models of Keras 1, 2 and 3 give what Keras gives, by the names of their layers; what cannot be translated is named.</summary>
[TestClass]
public sealed class ReadingKerasModels
{
    private static string _folder = "";

    [ClassInitialize]
    public static void Unpack(TestContext _)
    {
        _folder = Directory.CreateTempSubdirectory("keras-").FullName;
        ZipFile.ExtractToDirectory(Path.Combine(AppContext.BaseDirectory, "data", "keras-models.zip"), _folder);
    }

    [ClassCleanup]
    public static void Remove() => Directory.Delete(_folder, recursive: true);

    [TestMethod]
    [DataRow("keras3", 46)]
    [DataRow("keras2", 25)]
    [DataRow("tf_keras", 2)]
    [DataRow("strangers", 10)]
    public void Outputs_and_gradients_are_those_of_Keras(string folder, int files)
    {
        var results = ImportedModels.Of(Path.Combine(_folder, folder), "");
        Assert.AreEqual("", string.Join('\n', results.Where(r => !r.IsRight)));
        Finite.AtLeast(files, results.Count(r => r.Verdict == "right"));
    }

    [TestMethod]
    [DataRow("custom_layer.h5", "'own_layer'", "'Swirl'")]
    [DataRow("custom_layer.keras", "'own_layer'", "own>Swirl")]
    [DataRow("external_link.h5", "'b'", "elsewhere.h5")]
    [DataRow("lambda_keras2.h5", "'twice_plus_one'", "Lambda")]
    [DataRow("lambda_keras3.keras", "'twice_plus_one'", "Lambda")]
    [DataRow("missing_weight.h5", "'b'", "bias")]
    [DataRow("no_config.keras", "config.json", "no_config.keras")]
    [DataRow("no_weights.keras", "model.weights.h5", "no_weights.keras")]
    [DataRow("not_a_model.h5", "HDF5", "not_a_model.h5")]
    [DataRow("stateful_lstm.h5", "'remembers'", "stateful")]
    [DataRow("truncated.h5", "HDF5", "truncated.h5")]
    [DataRow("weights_only.h5", "model_config", "to_json")]
    [DataRow("wrong_shape.h5", "'b'", "[3, 2]")]
    public void What_cannot_be_read_is_named(string file, string culprit, string further)
    {
        var path = Path.Combine(_folder, "refuse", file);
        Assert.AreEqual(ModelKind.Keras, ModelFile.KindOf(path));
        var error = Assert.ThrowsExactly<InvalidModelException>(() => ModelFile.Open(path));
        Assert.Contains(culprit, error.Message);
        Assert.Contains(further, error.Message);
        Assert.Contains(path, error.Message);
    }

    [TestMethod]
    public void A_functional_model_without_a_configuration_is_refused()
    {
        var weights = Path.Combine(_folder, "keras2/sequential_plain/weights.h5");
        var architecture = Path.Combine(_folder, "list.json");
        File.WriteAllText(architecture, """{"class_name": "Functional", "config": [{"class_name": "Dense", "config": {"name": "d"}}]}""");
        Assert.Contains("list", Assert.ThrowsExactly<InvalidModelException>(() => KerasModel.Load(weights, architecture)).Message);
    }

    [TestMethod]
    [DataRow("keras2/sequential_plain/model.h5")]
    [DataRow("keras3/sequential_plain/model.keras")]
    public void Whoever_loads_it_as_ONNX_is_told_the_door(string file) => Assert.Contains("ModelFile.LoadNetwork",
        Assert.ThrowsExactly<InvalidModelException>(() => Network.Load(Path.Combine(_folder, file))).Message);

    [TestMethod]
    public void Layers_have_the_names_that_Keras_gives_them()
    {
        var network = Load("keras3/nested/model.keras");
        Assert.AreEqual("block/ic1", network.Layer("ic1").Name);
        Assert.AreEqual(network.Layer("ic1"), network.Layer("block/ic1"));
        // Within, channels stand second.
        Assert.AreEqual("[batch, 4, 8, 8]", network.Layer("block/ic1").Shape!.ToString());
        Assert.AreEqual("[batch, 8, 8, 3]", network.Inputs.Single().Shape!.ToString());
        CollectionAssert.AreEqual(new[] { "head" }, network.OutputNames.ToArray());
    }

    [TestMethod]
    public void A_final_softmax_is_found()
    {
        var path = Path.Combine(_folder, "keras3/normalization_adapted/model.keras");
        using var session = new ModelSession(ModelFile.ReadNetwork(path));
        var x = Tensor.From([0.3f, -1, 2, 0.5f], 1, 4);
        var probabilities = session.Run(new Dictionary<string, Tensor> { ["x"] = x })["d"].ToDouble();
        using var scorer = new NetworkScorer(ModelFile.LoadNetwork(path));
        var logits = new double[2];
        scorer.Score(x.As<float>(), logits);
        Near.Equal(Math.Log(probabilities[0] / probabilities[1]), logits[0] - logits[1], 1e-5);
    }

    [TestMethod]
    public void Transpositions_cancel()
    {
        var model = ModelFile.ReadNetwork(Path.Combine(_folder, "keras3/unet_like/model.keras"));
        Finite.AtMost(2, model.Proto.Graph.Node.Count(n => n.OpType == "Transpose"));
    }

    // No other test opens this file while the class is known: those of a class run one after another.
    [TestMethod]
    public void A_class_of_ones_own_is_translated_once_it_is_told()
    {
        KerasLayers.Add("Swirl", layer => layer.Input * layer.Weight("k").Sin());
        try
        {
            using var session = new ModelSession(ModelFile.ReadNetwork(Path.Combine(_folder, "refuse/custom_layer.h5")));
            var y = session.Run(new Dictionary<string, Tensor> { ["input_1"] = Tensor.From([1f, 2, 3, 4], 1, 4) }).Single().Value;
            Assert.AreEqual(Shape.Of(1, 2), y.Shape);
        }
        finally
        {
            KerasLayers.Remove("Swirl");
        }
    }

    [TestMethod]
    public void Damage_ends_in_an_error_that_is_documented()
    {
        var random = new Random(5);
        foreach (var name in (string[])["keras2/nested/model.h5", "keras3/nested/model.keras", "keras2/masking/model.h5"])
        {
            var original = File.ReadAllBytes(Path.Combine(_folder, name));
            var path = Path.Combine(_folder, "damaged.bin");
            for (var i = 0; i < 150; i++)
            {
                var bytes = (byte[])original.Clone();
                for (var k = random.Next(1, 8); k > 0; k--)
                    bytes[random.Next(8, bytes.Length)] = (byte)random.Next(256);
                File.WriteAllBytes(path, i % 10 == 0 ? bytes[..random.Next(8, bytes.Length)] : bytes);
                try
                {
                    KerasModel.Load(path);
                }
                catch (InvalidModelException)
                {
                    // As it should be; most numbers can be changed without harm.
                }
            }
        }
    }

    private static Network Load(string name) => ModelFile.LoadNetwork(Path.Combine(_folder, name));
}
