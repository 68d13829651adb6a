using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Attribution;

/// <summary>Attribution to tensors inside a network: embeddings, attention, feature maps.</summary>
[TestClass]
public sealed class AskingAboutLayers
{
    private const string Embedding = "/embed/Gather";

    // Gradients averaged along the straight way from zeros, at the nodes of Gauss and Legendre.
    private sealed record Path(int Steps) : AttributionMethod
    {
        public override Value Attribute(Question question)
        {
            var (nodes, weights) = Quadrature(Steps);
            return question.Input * question.Average(Variants.Of(nodes, weights), node => question.Gradient(node * question.Input));
        }

        // The roots of the Legendre polynomial by Newton's method, brought to [0, 1].
        private static (double[] Nodes, double[] Weights) Quadrature(int n)
        {
            var (nodes, weights) = (new double[n], new double[n]);
            for (var i = 0; i < n; i++)
            {
                var (x, slope) = (Math.Cos(Math.PI * (i + 0.75) / (n + 0.5)), 0.0);
                for (var turn = 0; turn < 50; turn++)
                {
                    var (before, here) = (1.0, x);
                    for (var k = 2; k <= n; k++)
                        (before, here) = (here, ((2 * k - 1) * x * here - (k - 1) * before) / k);
                    slope = n * (x * here - before) / (x * x - 1);
                    x -= here / slope;
                }
                (nodes[i], weights[i]) = ((1 + x) / 2, 1 / ((1 - x * x) * slope * slope));
            }
            return (nodes, weights);
        }
    }

    public static IEnumerable<object[]> TokenMethods =>
    [
        ["gradient_l2_tokens", new PerToken(new Saliency(), TokenReduction.L2Norm), 1e-4],
        ["input_x_gradient_tokens", new PerToken(new InputXGradient()), 1e-4],
        ["integrated_gradients_tokens", new PerToken(new Path(50)), 1e-4],
    ];

    [TestMethod]
    [DynamicData(nameof(TokenMethods))]
    public void Tokens_by_the_layer_of_their_embedding(string array, AttributionMethod method, double tolerance)
    {
        var arrays = References.Arrays("transformer_text");
        var expected = References.Arrays("cams_transformer_text")[array];
        foreach (var options in new[] { new ExplanationOptions { Layer = Embedding }, new ExplanationOptions { Inputs = ["token_ids"] } })
        {
            var found = Run(References.Network("transformer_text"), method, Target.Label("label"), options,
                ("token_ids", arrays["token_ids"]), ("label", Tensor.From(arrays["target"].As<long>(), 4, 1)));
            Finite.Below(tolerance, References.RowErrors(expected, found).Largest());
        }
    }

    [TestMethod]
    public void Attention_as_a_layer()
    {
        var arrays = References.Arrays("transformer_text");
        var found = Run(References.Network("transformer_text"), new Saliency(), Target.Label("label"),
            new ExplanationOptions { Layer = "attention_probs_0" },
            ("token_ids", arrays["token_ids"]), ("label", Tensor.From(arrays["target"].As<long>(), 4, 1)));
        Finite.Below(1e-4, References.RowErrors(References.Arrays("cams_transformer_text")["attn_grad_0"], found).Largest());
    }

    [TestMethod]
    [DataRow("/layer2/relu1/Relu", DisplayName = "inside a residual block: what goes around it stays as it is")]
    [DataRow("/layer2/relu2/Relu_output_0")]
    [DataRow("/gap/GlobalAveragePool")]
    public void Along_a_path_at_a_layer_the_shares_add_up_to_the_change_of_score(string layer)
    {
        var (network, input) = (References.Network("resnet_tiny"), References.Arrays("resnet_tiny")["input"].Head(3));
        var shares = Run(network, new Path(300), Target.Class(3), new ExplanationOptions { Layer = layer }, ("input", input));
        var changes = ScoresAtZero(network, layer, 3, input);
        var row = shares.ToDouble().Length / 3;
        for (var i = 0; i < 3; i++)
            Near.Equal(changes[i], shares.ToDouble().Skip(i * row).Take(row).Sum(), 5e-3 * Math.Max(1, Math.Abs(changes[i])));
    }

    [TestMethod]
    public void What_lies_before_the_layer_is_not_computed_anew_for_every_variant()
    {
        var network = References.Network("vgg_tiny");
        var model = Explanation.Compile(network, new AblationCam(), Target.Class(1));
        var convolutions = network.Layers.Count(l => l.Operator == "Conv");
        // One more adds the maps up.
        Assert.AreEqual(convolutions + 1, Operators(model).Count(o => o == "Conv"));
        Assert.AreEqual(1, Operators(model).Count(o => o == "Loop"));
    }

    [TestMethod]
    public void Layers_that_cannot_be_explained_are_refused()
    {
        var network = References.Network("cnn_digits");
        Refused(network, Target.Class(0), new ExplanationOptions { Layer = "/conv3/Conv" }, "no layer '/conv3/Conv'", "'/conv2/Conv'");
        Refused(network, Target.Channel("/conv1/Conv", 0), new ExplanationOptions { Layer = "/conv2/Conv" },
            "does not depend on '/conv2/Conv_output_0'", "'/conv1/Conv'");
        Refused(network, Target.Class(0), new ExplanationOptions { Layer = "/conv2/Conv", Inputs = ["input"] }, "not both");
        Refused(References.Network("transformer_text"), Target.Class(0), new ExplanationOptions { Layer = "/b1/att/Shape" }, "Int64");
        var flat = Assert.ThrowsExactly<ArgumentException>(() => Explanation.Compile(
            References.Network("mlp_breast_cancer"), new PerToken(new Saliency()), Target.Class(0)));
        StringAssert.Contains(flat.Message, "[N, tokens, …]");
    }

    [TestMethod]
    public void Tokens_without_an_embedding_of_their_own_are_refused()
    {
        var none = new ModelBuilder(17).Input("t", ElementType.Int64, -1, 3)
            .Node("Cast", ["t"], ["y"], ("to", (long)ElementType.Float)).Output("y");
        Refused(Network.From(none.Build()), Target.Class(0), new ExplanationOptions { Inputs = ["t"] }, "'t' holds Int64", "no embedding");
        var worked = new ModelBuilder(17).Input("t", ElementType.Int64, -1, 3).Initializer("w", Samples.Floats(3, 2))
            .Node("Cast", ["t"], ["numbers"], ("to", (long)ElementType.Float)).Node("MatMul", ["numbers", "w"], ["y"]).Output("y");
        Refused(Network.From(worked.Build()), Target.Class(0), new ExplanationOptions { Inputs = ["t"] }, "--layer", "'Cast of numbers'");
    }

    private static void Refused(Network network, Target target, ExplanationOptions options, params string[] parts)
    {
        var message = Assert.ThrowsExactly<ArgumentException>(() => Explanation.Compile(network, new Saliency(), target, options)).Message;
        foreach (var part in parts)
            StringAssert.Contains(message, part);
    }

    // The change of a class's score when a layer gives zeros.
    private static double[] ScoresAtZero(Network network, string layer, int index, Tensor input)
    {
        var graph = new Graph(network.Opset);
        var inputs = new Dictionary<string, Value> { ["input"] = graph.Input("input", ElementType.Float, network.DefaultInput.Shape!) };
        var plain = network.Trace(graph, inputs);
        var without = network.Trace(graph, inputs, new Dictionary<string, Value> { [layer] = plain.Layer(layer) * 0 });
        var change = GraphRunner.Run(plain.Output("logits") - without.Output("logits"), ("input", input)).ToDouble();
        return [.. Enumerable.Range(0, (int)input.Dimensions[0]).Select(row => change[row * 10 + index])];
    }

    private static IEnumerable<string> Operators(OnnxModel model) => model.Proto.Graph.Node.SelectMany(n =>
        n.Attribute.Where(a => a.G is not null).SelectMany(a => a.G.Node).Select(inner => inner.OpType).Prepend(n.OpType));

    private static Tensor Run(Network network, AttributionMethod method, Target target, ExplanationOptions options,
        params (string, Tensor)[] feeds) =>
        GraphRunner.Run(Explanation.Compile(network, method, target, options), feeds)["attribution"];
}
