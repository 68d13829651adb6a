using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Attribution;

/// <summary>
/// Layers and neurons against captum 0.9.0 (<c>test/data/reference/layers_*</c>): of what, and to what, the question says.
/// </summary>
[TestClass]
public sealed class MatchingReferenceLayers
{
    private static readonly Dictionary<string, string[]> Layers = new()
    {
        ["cnn_digits"] = ["/conv1/Conv_output_0", "/pool/MaxPool_output_0", "/relu2/Relu_output_0"],
        ["mlp_breast_cancer"] = ["/0/Gemm_output_0", "/1/Relu_output_0", "/3/Relu_output_0"],
        ["lstm_text_emb"] = ["state"],
    };

    public static IEnumerable<object[]> Cases =>
        from model in Layers.Keys
        from array in References.Arrays("layers_" + model).Keys
        // captum loses the rule of a max pooling behind a ReLU; what is right stands beside it.
        where array.Contains('@', StringComparison.Ordinal)
            && !(model == "cnn_digits" && array is "layer_deeplift_zeros@0" or "layer_deeplift_half@0")
        select new object[] { model, array };

    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void Every_row(string model, string array)
    {
        var arrays = References.Arrays("layers_" + model);
        var (name, layer) = array.Split('@') is [var first, var number] ? (first, LayerOf(model, int.Parse(number))) : default;
        var parts = name.Split('_');
        var baseline = parts[^1] is "half" ? Baseline.Constant(0.5) : arrays.TryGetValue($"baseline_{parts[^1]}", out var given)
            ? Baseline.Given(given) : Baseline.Zero;
        var (of, target, method) = (layer, Target.Label("label"), (Reading)new Saliency());
        var factor = 1.0;
        if (name.StartsWith("neuron", StringComparison.Ordinal))
        {
            int[] unit = [.. parts.Reverse().TakeWhile(p => int.TryParse(p, out _)).Reverse().Select(int.Parse)];
            of = References.Network(model).DefaultInput.Name;
            if (!name.StartsWith("neuron_conductance", StringComparison.Ordinal))
                target = Target.Unit(layer, unit);
            var isGauss = parts.Contains("gl");
            method = parts[1] switch
            {
                "gradient" => new Saliency(),
                "ig" => new IntegratedGradients(30),
                _ => new Conductance(isGauss ? 20 : 30, isGauss ? Quadrature.GaussLegendre : Quadrature.Trapezoid)
                    { Unit = $"{layer}:{string.Join(',', unit)}" },
            };
            // captum's trapezoids sum to (n − 1)/n.
            factor = parts[1] == "conductance" && !isGauss ? 29.0 / 30 : 1;
        }
        else if (name == "activation")
            method = new Activation(layer);
        else if (name == "grad_x_activation")
            method = new InputXGradient();
        else if (name.StartsWith("layer_deeplift", StringComparison.Ordinal))
            method = new DeepLift { Baseline = Baseline.AtInput(baseline) };
        else
        {
            var rule = parts[^2];
            var (quadrature, letters) = rule switch
            {
                _ when rule.StartsWith("gausslegendre", StringComparison.Ordinal) => (Quadrature.GaussLegendre, "gausslegendre"),
                _ when rule.StartsWith("trapezoid", StringComparison.Ordinal) => (Quadrature.Trapezoid, "trapezoid"),
                _ when rule.StartsWith("middle", StringComparison.Ordinal) => (Quadrature.RiemannMiddle, "middle"),
                _ when rule.StartsWith("left", StringComparison.Ordinal) => (Quadrature.RiemannLeft, "left"),
                _ => (Quadrature.RiemannRight, "right"),
            };
            var steps = int.Parse(rule[letters.Length..]);
            method = parts[0] switch
            {
                "conductance" => new Conductance(steps, quadrature) { Baseline = baseline },
                "influence" => new InternalInfluence(steps, quadrature) { Baseline = baseline },
                _ => new IntegratedGradients(steps, quadrature) { Baseline = Baseline.AtInput(baseline) },
            };
            factor = quadrature == Quadrature.Trapezoid && parts[0] != "conductance" ? (steps - 1.0) / steps : 1;
        }
        var expected = arrays[array];
        var found = Run(model, new Ask(method, target) { Of = method is Activation ? null : [of] });
        var (a, b) = (expected.ToDouble(), found.ToDouble().Select(v => v * factor).ToArray());
        Assert.AreEqual(expected.Shape, found.Shape, array);
        var error = a.Zip(b, (x, y) => Math.Abs(x - y)).Largest() / Math.Max(a.Largest(Math.Abs), 1e-30);
        TestContext.WriteLine($"{model} {array}: {error:E1}");
        Finite.AtMost(2e-5, error, $"{model} {array}");
    }

    [TestMethod]
    public void A_layer_from_what_it_makes_of_another_token()
    {
        var (network, arrays) = (References.Network("lstm_text"), References.Arrays("layers_lstm_text_emb"));
        var graph = Explanation.Compile(network,
            new Ask(new IntegratedGradients { Baseline = Baseline.Token(0) }, Target.Label("label")) { Of = [network.Inputs[0].Name] });
        using var session = new ModelSession(graph.Model, new RuntimeOptions { Threads = 1 });
        var found = session.Run(new Dictionary<string, Tensor>
        {
            [network.Inputs[0].Name] = arrays["token_ids"],
            ["label"] = Tensor.From(arrays["target"].ToInt64(), arrays["target"].Count, 1),
        })["attribution"];
        Near.Relative(arrays["layer_ig_embedding"].ToDouble(), found.ToDouble(), 1e-5, "embedding", "lstm_text");
    }

    [TestMethod]
    public void Conductance_sums_to_the_change_of_the_score_where_all_goes_through_the_layer()
    {
        var network = References.Network("mlp_breast_cancer_tanh");
        var layer = network.Layers.First(l => l.Operator == "Tanh").Output;
        var graph = Explanation.Compile(network, new Ask(new Conductance(400), Target.Class(1)) { Of = [layer] },
            new Ask(new IntegratedGradients(50), Target.Class(1), "ig") { GapName = "gap" });
        using var session = new ModelSession(graph.Model, new RuntimeOptions { Threads = 1 });
        var rows = References.Arrays("mlp_breast_cancer_tanh")["input"].Head(4);
        var found = session.Run(new Dictionary<string, Tensor> { ["input"] = rows });
        var (units, inputs) = (found["attribution"].ToDouble(), found["ig"].ToDouble());
        for (var row = 0; row < 4; row++)
            Near.Equal(inputs.Chunk(30).ElementAt(row).Sum(), units.Chunk(units.Length / 4).ElementAt(row).Sum(), 0.02, "sum");
    }

    [TestMethod]
    public void A_unit_or_a_baseline_that_cannot_be_is_refused()
    {
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new Conductance(0));
        Assert.ThrowsExactly<ArgumentException>(() => new Conductance { Unit = "layer" });
        Assert.AreEqual(Baseline.AtInput(Baseline.Constant(0.5)), Baseline.Parse("input:0.5"));
    }

    private static string LayerOf(string model, int number) => model == "lstm_text_emb"
        ? State(References.Network(model)) : Layers[model][number];

    // The last hidden state: what the dense layer at the end reads.
    private static string State(Network network) =>
        network.Layers.Last(l => l.Type == ElementType.Float && l.Shape is { Rank: 2 } shape && shape[1] == 32).Output;

    private static Tensor Run(string model, Ask ask)
    {
        var graph = Explanation.Compile(References.Network(model), ask);
        using var session = new ModelSession(graph.Model, new RuntimeOptions { Threads = 1 });
        var arrays = References.Arrays(model == "lstm_text_emb" ? "layers_lstm_text_emb" : model);
        var feeds = new Dictionary<string, Tensor> { [References.Network(model).DefaultInput.Name] = arrays["input"].Head(2) };
        if (ask.Target.InputName is not null)
            feeds["label"] = Tensor.From(arrays["target"].ToInt64()[..2], 2, 1);
        return session.Run(feeds)["attribution"];
    }
}
