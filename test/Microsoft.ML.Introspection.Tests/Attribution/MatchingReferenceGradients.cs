using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Differentiation;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Attribution;

/// <summary>
/// Explanations of trained networks against PyTorch's gradients and captum's attributions (see <c>test/data/README.md</c>).
/// </summary>
[TestClass]
public sealed class MatchingReferenceGradients
{
    private const double Perceptrons = 1e-5, Convolutions = 1e-4;

    // A unit of resnet_tiny stands on the kink of its ReLU there: PyTorch's own two precisions differ by 4e-3.
    private const double OnKink = 1e-2;

    private static readonly (string Model, string Reference, double Tolerance)[] Models =
    [
        ("mlp_breast_cancer", "mlp_breast_cancer", Perceptrons), ("mlp_breast_cancer_op17", "mlp_breast_cancer", Perceptrons),
        ("mlp_breast_cancer_tanh", "mlp_breast_cancer_tanh", Perceptrons),
        ("mlp_breast_cancer_tanh_op17", "mlp_breast_cancer_tanh", Perceptrons),
        ("cnn_digits", "cnn_digits", Convolutions), ("cnn_digits_op17", "cnn_digits", Convolutions),
        ("cnn_digits_softmax", "cnn_digits_softmax", Convolutions), ("vgg_tiny", "vgg_tiny", Convolutions),
        ("resnet_tiny", "resnet_tiny", Convolutions), ("resnet_tiny_op17", "resnet_tiny", Convolutions),
        ("mobilenet_tiny", "mobilenet_tiny", Convolutions), ("mobilenet_tiny_op17", "mobilenet_tiny", Convolutions),
        ("conv3d_tiny", "conv3d_tiny", Convolutions),
    ];

    private static readonly (string Array, AttributionMethod Method)[] Methods =
    [
        ("gradient", new Saliency()), ("saliency_abs", new Saliency(SaliencyForm.Absolute)), ("input_x_gradient", new InputXGradient()),
    ];

    public static IEnumerable<object[]> Cases =>
        from model in Models from method in Methods select new object[] { model.Model, method.Array };

    public static IEnumerable<object[]> Classifiers => Models.Where(m => m.Model != "conv3d_tiny").Select(m => new object[] { m.Model });

    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void Every_row(string model, string array)
    {
        var (_, reference, tolerance) = Array.Find(Models, m => m.Model == model);
        var (arrays, method) = (References.Arrays(reference), Array.Find(Methods, m => m.Array == array).Method);
        var expected = arrays[array];
        var rows = expected.Dimensions[0];
        var explanation = Explanation.Compile(Explained(model), method, Target.Label("label"));
        using var session = new ModelSession(explanation, new RuntimeOptions { Threads = 1 });
        var found = session.Run(new Dictionary<string, Tensor>
        {
            ["input"] = arrays["input"].Head(rows),
            ["label"] = Tensor.From(arrays["target"].As<long>()[..(int)rows], rows, 1),
        });
        Check($"{model} {array}", expected, found["attribution"], row => reference == "resnet_tiny" && row == 6 ? OnKink : tolerance);
    }

    [TestMethod]
    [DynamicData(nameof(Classifiers))]
    public void The_class_with_the_highest_score_is_the_one_explained(string model)
    {
        var arrays = References.Arrays(Array.Find(Models, m => m.Model == model).Reference);
        using var session = new ModelSession(Explanation.Compile(Explained(model), new Saliency()), new RuntimeOptions { Threads = 1 });
        var found = session.Run(new Dictionary<string, Tensor> { ["input"] = arrays["input"] });
        CollectionAssert.AreEqual(arrays["target"].ToInt64(), found["target"].ToInt64());
        var (logits, classes) = (arrays["logits"].ToDouble(), (int)arrays["logits"].Dimensions[1]);
        double[] scores = [.. arrays["target"].ToInt64().Select((label, row) => logits[row * classes + label])];
        TensorAssert.AreClose(Tensor.From(Array.ConvertAll(scores, s => (float)s), scores.Length, 1), found["score"], 1e-4, model);
    }

    [TestMethod]
    public void One_class_and_the_difference_of_two_agree_with_labels()
    {
        var (network, input) = (References.Network("cnn_digits"), References.Arrays("cnn_digits")["input"]);
        var three = Attribution(network, Target.Class(3), input);
        var eight = Attribution(network, Target.Class(8), input);
        var labelled = Attribution(network, Target.Label("label"), input, Tensor.Filled(ElementType.Int64, 3, 8, 1));
        TensorAssert.AreClose(three, labelled, 1e-6);
        var difference = three.ToDouble().Zip(eight.ToDouble(), (a, b) => (float)(a - b)).ToArray();
        TensorAssert.AreClose(Tensor.From(difference, input.Dimensions), Attribution(network, Target.Difference(3, 8), input), 1e-5);
    }

    [TestMethod]
    public void The_probability_of_a_class_is_explained_where_the_final_activation_is_kept()
    {
        // The gradient of a probability is that of the logit less the mean of all, times p.
        var (file, input) = (References.ModelFile("cnn_digits_softmax"), References.Arrays("cnn_digits_softmax")["input"].Head(1));
        var kept = Attribution(Network.Load(file, new NetworkOptions { KeepFinalActivation = true }), Target.Class(4), input).ToDouble();
        var network = References.Network("cnn_digits_softmax");
        using var session = new ModelSession(OnnxModel.Load(file));
        var probabilities = session.Run(new Dictionary<string, Tensor> { ["input"] = input })["probabilities"].ToDouble();
        var logits = Enumerable.Range(0, 10).Select(c => Attribution(network, Target.Class(c), input).ToDouble()).ToList();
        double Mean(int i) => Enumerable.Range(0, 10).Sum(c => probabilities[c] * logits[c][i]);
        float[] expected = [.. kept.Select((_, i) => (float)(probabilities[4] * (logits[4][i] - Mean(i))))];
        TensorAssert.AreClose(Tensor.From(expected, input.Dimensions), Tensor.From(Array.ConvertAll(kept, k => (float)k), input.Dimensions),
            1e-5);
        Finite.Above(0, kept.Largest(Math.Abs));
    }

    [TestMethod]
    [DataRow("gradient")]
    [DataRow("input_x_gradient")]
    public void A_transformer_by_its_embeddings(string array)
    {
        var (network, arrays) = (References.Network("transformer_text_emb"), References.Arrays("transformer_text"));
        AttributionMethod method = array == "gradient" ? new Saliency() : new InputXGradient();
        var found =
            Attribution(network, Target.Label("label"), arrays["input"].ToFloats(), Tensor.From(arrays["target"].As<long>(), 4, 1), method);
        Check($"transformer_text_emb {array}", arrays[array].ToFloats(), found, _ => Convolutions);
    }

    [TestMethod]
    public void A_transformer_from_the_layer_behind_its_embedding()
    {
        var (network, arrays) = (References.Network("transformer_text"), References.Arrays("transformer_text"));
        var graph = new Graph(network.Opset);
        var tokens = graph.Input("token_ids", ElementType.Int64, network.Inputs[0].Shape!);
        var trace = network.Trace(graph, new Dictionary<string, Value> { ["token_ids"] = tokens });
        var embedding = network.Layers.First(l => l.Operator == "Gather" && l.Type == ElementType.Float);
        var score = trace.Output("logits").GatherElements(graph.Input("label", ElementType.Int64, new Shape(tokens.Shape[0], 1)), 1);
        var gradient = Gradient.Of(score, trace.Layer(embedding.Name));
        var found =
            GraphRunner.Run(gradient, ("token_ids", arrays["token_ids"]), ("label", Tensor.From(arrays["target"].As<long>(), 4, 1)));
        Check("transformer_text, embedding", arrays["gradient"].ToFloats(), found, _ => Convolutions);
    }

    // The references of this network are those of its probabilities.
    private static Network Explained(string model) => model == "cnn_digits_softmax"
        ? Network.Load(References.ModelFile(model), new NetworkOptions { KeepFinalActivation = true })
        : References.Network(model);

    private void Check(string what, Tensor expected, Tensor found, Func<int, double> tolerance)
    {
        var errors = References.RowErrors(expected, found);
        TestContext.WriteLine($"{what}: {string.Join(" ", errors.Select(e => e.ToString("E1")))}");
        for (var row = 0; row < errors.Length; row++)
            Finite.AtMost(tolerance(row), errors[row], $"{what}, row {row}");
    }

    private static Tensor Attribution(Network network, Target target, Tensor input, Tensor? labels = null, AttributionMethod? method = null)
    {
        using var session =
            new ModelSession(Explanation.Compile(network, method ?? new Saliency(), target), new RuntimeOptions { Threads = 1 });
        var feeds = new Dictionary<string, Tensor> { [network.DefaultInput.Name] = input };
        if (labels is not null)
            feeds[target.LabelInput!] = labels;
        return session.Run(feeds)["attribution"];
    }
}
