using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Attribution;

/// <summary>DeepLIFT's attributions sum to the change of the score, whatever the network, the baseline and the rule.</summary>
[TestClass]
public sealed class LiftingDifferences
{
    public static IEnumerable<object[]> Trained =>
        from model in (string[])["mlp_breast_cancer", "mlp_breast_cancer_tanh", "cnn_digits", "vgg_tiny", "resnet_tiny", "mobilenet_tiny",
            "mobilenet_tiny_op17"]
        from rule in (DeepLiftRule[])[DeepLiftRule.Rescale, DeepLiftRule.RevealCancel]
        from constant in (double[])[0, 0.3]
        select new object[] { model, rule, constant };

    [TestMethod]
    [DynamicData(nameof(Trained))]
    public void Completeness(string model, DeepLiftRule rule, double constant)
    {
        var network = References.Network(model);
        var input = References.Arrays(model.Replace("_op17", ""))["input"].Head(2).ToFloats();
        Check(network, input, new DeepLift { Baseline = Baseline.Constant(constant), Rule = rule },
            Tensor.Filled(ElementType.Float, constant, input.Dimensions));
    }

    // Far from any sentence the layer normalisations make multipliers so large that single precision no longer adds them up.
    [TestMethod]
    public void Completeness_of_a_transformer()
    {
        var input = References.Arrays("transformer_text")["input"].Head(2).ToFloats();
        var near = Tensor.From(Array.ConvertAll(input.As<float>()[..(12 * 32)].ToArray(), v => 0.6f * v), 1, 12, 32);
        var network = References.Network("transformer_text_emb");
        Check(network, input.Head(1), new DeepLift { Baseline = Baseline.Given(near) }, near);
    }

    [TestMethod]
    public void The_gap_is_reported()
    {
        var (network, input) = (References.Network("cnn_digits"), References.Arrays("cnn_digits")["input"]);
        var options = new ExplanationOptions { GapName = "gap" };
        var lifted =
            GraphRunner.Run(
                Explanation.Compile(network, new DeepLift { Baseline = Baseline.Given(Samples.Positives(3, 1, 8, 8)) }, null, options),
                [("input", input)]);
        Finite.Below(1e-4, lifted["gap"].ToDouble().Largest(Math.Abs));
        var relevance = GraphRunner.Run(Explanation.Compile(network, new LayerwiseRelevance(), null, options), [("input", input)]);
        for (var row = 0; row < 8; row++)
        {
            var sum = relevance["attribution"].ToDouble().Skip(64 * row).Take(64).Sum();
            Near.Equal(sum - relevance["score"].ToDouble()[row], relevance["gap"].ToDouble()[row], 1e-4);
        }
        Finite.Above(0.1, relevance["gap"].ToDouble().Largest(Math.Abs), "this network's biases keep something");
    }

    [TestMethod]
    public void Several_baselines_are_averaged()
    {
        var (network, input) = (References.Network("cnn_digits"), References.Arrays("cnn_digits")["input"].Head(2));
        var baselines = Samples.Positives(3, 1, 8, 8);
        var found = Run(network, input, new DeepLift { Baseline = Baseline.Given(baselines) })["attribution"].ToDouble();
        var each =
            Enumerable.Range(0, 3).Select(
                i =>
                    Run(network, input,
                        new DeepLift {
                            Baseline = Baseline.Given(Tensor.From(baselines.As<float>().Slice(i * 64, 64), 1, 1, 8, 8)) })["attribution"]
                                .ToDouble()).ToList();
        float[] expected = [.. found.Select((_, i) => (float)each.Average(e => e[i]))];
        TensorAssert.AreClose(Tensor.From(expected, input.Dimensions),
            Tensor.From(Array.ConvertAll(found, f => (float)f), input.Dimensions), 1e-5);
    }

    [TestMethod]
    public void Softmax_quotients_and_maxima_within_a_network_lose_nothing()
    {
        var graph = new Graph();
        var x = graph.Input("x", ElementType.Float, new Shape(Dimension.Symbol("n"), 4));
        var h = x.MatMul(graph.Constant(Samples.Seeded(1, 4, 6)));
        var y = (h.Softmax(1) * h + h.LogSoftmax(1)) / (1 + h * h) + h.Maximum(x.MatMul(graph.Constant(Samples.Seeded(2, 4, 6))))
            + h.ReduceMax([1]);
        var network = Network.From(OnnxModel.Parse(graph.ToModel([("y", y.MatMul(graph.Constant(Samples.Seeded(3, 6, 2))))]).ToArray()));
        Check(network, Samples.Floats(2, 4), new DeepLift { Baseline = Baseline.Constant(0.1) },
            Tensor.Filled(ElementType.Float, 0.1, 2, 4));
    }

    [TestMethod]
    [DataRow(3, 2, 1, DisplayName = "windows that overlap")]
    [DataRow(2, 2, 0, DisplayName = "windows that tile")]
    public void Rows_share_the_winners_of_a_pooled_baseline(int kernel, int stride, int pad)
    {
        var graph = new Graph();
        var x = graph.Input("x", ElementType.Float, new Shape(Dimension.Symbol("n"), 2, 6, 6));
        var h = x.Conv(graph.Constant(Samples.Seeded(1, 4, 2, 3, 3)), [1, 1], [1, 1], [1, 1, 1, 1]).Relu();
        long[] pads = [pad, pad, pad, pad];
        h = Operators.Emit(
            "MaxPool", Attributes.Of(("kernel_shape", (long[])[kernel, kernel]), ("strides", (long[])[stride, stride]), ("pads", pads)), h);
        var y = h.Reshape(-1, 36).MatMul(graph.Constant(Samples.Seeded(2, 36, 2)));
        var network = Network.From(OnnxModel.Parse(graph.ToModel([("y", y)]).ToArray()));
        var (method, rows) = (new DeepLift { Baseline = Baseline.Constant(0.3) }, Samples.Floats(3, 2, 6, 6));
        Check(network, rows, method, Tensor.Filled(ElementType.Float, 0.3, 3, 2, 6, 6));

        // Of several baselines, though equal, every row has its own copies.
        var several = method with { Baseline = Baseline.Given(Tensor.Filled(ElementType.Float, 0.3, 2, 2, 6, 6)) };
        var apart = Run(network, rows, several, Target.Class(1));
        TensorAssert.AreClose(apart["attribution"], Run(network, rows, method, Target.Class(1))["attribution"], 1e-5);
        for (var row = 0; row < 3; row++)
        {
            var one = Run(network, Tensor.From(rows.As<float>().Slice(row * 72, 72), 1, 2, 6, 6), method, Target.Class(1))["attribution"];
            TensorAssert.AreClose(one, Tensor.From(apart["attribution"].As<float>().Slice(row * 72, 72), 1, 2, 6, 6), 1e-5, $"row {row}");
        }
    }

    // min(a, b) = a − relu(a − b): by quotients all goes to one of the two, apart each gets half of the minimum, as in the paper.
    [TestMethod]
    [DataRow(DeepLiftRule.Rescale, 0f, 2f)]
    [DataRow(DeepLiftRule.RevealCancel, 1f, 1f)]
    public void A_minimum_is_what_reveal_cancel_is_for(DeepLiftRule rule, float first, float second)
    {
        var graph = new Graph();
        var x = graph.Input("x", ElementType.Float, new Shape(Dimension.Symbol("n"), 2));
        var difference = x.MatMul(graph.Constant(Tensor.From([1f, -1], 2, 1))).Relu();
        var y = x.MatMul(graph.Constant(Tensor.From([1f, 0], 2, 1))) - difference;
        var network = Network.From(OnnxModel.Parse(graph.ToModel([("y", y)]).ToArray()));
        var found = Run(network, Tensor.From([5f, 2], 1, 2), new DeepLift { Rule = rule });
        TensorAssert.AreClose(Tensor.From([first, second], 1, 2), found["attribution"], 1e-5);
    }

    [TestMethod]
    public void Baselines_of_another_shape_are_refused()
    {
        var network = References.Network("cnn_digits");
        var error = Assert.ThrowsExactly<ArgumentException>(
            () => Explanation.Compile(network, new DeepLift { Baseline = Baseline.Given(Samples.Floats(8, 8)) }));
        StringAssert.Contains(error.Message, "a row of 'input' has [1, 8, 8]. Expected that shape");
    }

    [TestMethod]
    public void An_operator_without_a_rule_is_named()
    {
        var graph = new Graph();
        var x = graph.Input("x", ElementType.Float, new Shape(Dimension.Symbol("n"), 4));
        var network = Network.From(OnnxModel.Parse(graph.ToModel([("y", x.ReduceProduct([1]))]).ToArray()));
        var error = Assert.ThrowsExactly<UnsupportedOperatorException>(() => Explanation.Compile(network, new DeepLift()));
        StringAssert.Contains(error.Message, "'ReduceProd'");
    }

    private static void Check(Network network, Tensor input, DeepLift method, Tensor baseline)
    {
        var target = Target.Class(1);
        var here = Run(network, input, method, target);
        var there = Run(network, baseline, method, target);
        var (sums, rows) = (here["attribution"].ToDouble(), (int)input.Dimensions[0]);
        for (var row = 0; row < rows; row++)
        {
            var change = here["score"].ToDouble()[row] - there["score"].ToDouble()[row];
            var size = sums.Length / rows;
            Near.Equal(change, sums.Skip(row * size).Take(size).Sum(), 1e-3 * Math.Max(1, Math.Abs(change)), $"row {row}");
            Finite.Above(1e-3, Math.Abs(change));
        }
    }

    private static IReadOnlyDictionary<string, Tensor> Run(Network network, Tensor input, AttributionMethod method,
        Target? target = null) =>
        GraphRunner.Run(Explanation.Compile(network, method, target), [(network.DefaultInput.Name, input)]);
}
