using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Attribution;

/// <summary>What integrated gradients promise, and the quadratures and baselines they are made with.</summary>
[TestClass]
public sealed class KeepingPathAxioms
{
    [TestMethod]
    [DataRow("mlp_breast_cancer", "zero", 300, 0.02)]
    [DataRow("mlp_breast_cancer_tanh", "zero", 50, 1e-4)]
    [DataRow("mlp_breast_cancer_tanh", "0.5,-1", 50, 1e-4)]
    [DataRow("cnn_digits", "zero", 300, 0.02)]
    [DataRow("cnn_digits", "blur:2", 300, 0.02)]
    [DataRow("cnn_digits", "zero,1,blur:1", 300, 0.02)]
    [DataRow("mobilenet_tiny", "blur:4", 50, 0.05)]
    public void Attributions_sum_to_the_change_of_score(string model, string baseline, int steps, double tolerance)
    {
        var (arrays, method) = (References.Arrays(model), new IntegratedGradients(steps) { Baseline = Baseline.Parse(baseline) });
        var (input, labels) = (arrays["input"].Head(2), Tensor.From(arrays["target"].ToInt64()[..2], 2, 1));
        var found = Explained.Outputs(References.Network(model), method, input, labels, "gap");
        var (gap, attribution) = (found["gap"], found["attribution"].ToDouble());
        Assert.AreEqual(new Shape(2, 1), gap.Shape);
        for (var row = 0; row < 2; row++)
        {
            var sum = attribution[(row * attribution.Length / 2)..((row + 1) * attribution.Length / 2)].Sum();
            var total = sum - gap.ToDouble()[row];
            Finite.Above(0.01, Math.Abs(total), "a change of score to speak of");
            Finite.Below(
                tolerance * Math.Abs(total), Math.Abs(gap.ToDouble()[row]), $"row {row}: {sum} where {total} was to be shared out");
        }
    }

    [TestMethod]
    public void The_gap_is_the_sum_less_the_change_of_score()
    {
        // x₀² from 1 to 3 with one point at the left end: (3 − 1)·2·1 = 4 where 8 is to be shared out.
        var network = Function(2, x => Column(x, 0) * Column(x, 0));
        var method = new IntegratedGradients(1, Quadrature.RiemannLeft) { Baseline = Baseline.Constant(1) };
        var found =
            Explained.Outputs(network, method, Tensor.From((float[])[3, 7], 1, 2), Tensor.Filled(ElementType.Int64, 0, 1, 1), "gap");
        TensorAssert.AreClose(Tensor.From((float[])[4, 0], 1, 2), found["attribution"], 1e-6);
        TensorAssert.AreClose(Tensor.From((float[])[-4], 1, 1), found["gap"], 1e-6);
    }

    [TestMethod]
    public void A_method_that_promises_no_sum_has_no_gap()
    {
        var error = Assert.ThrowsExactly<ArgumentException>(() =>
            Explanation.Compile(References.Network("cnn_digits"), new Saliency(), options: new ExplanationOptions { GapName = "gap" }));
        StringAssert.Contains(error.Message, "no promise");
    }

    [TestMethod]
    public void The_attribution_of_a_difference_is_the_difference_of_attributions()
    {
        var (network, input) = (References.Network("cnn_digits"), References.Arrays("cnn_digits")["input"].Head(2));
        foreach (var method in (AttributionMethod[])[new IntegratedGradients(20), new Occlusion([2]), new FeatureAblation(),
            new Smooth(new Saliency(), 10), new Rise(20, 3)])
        {
            Tensor Of(Target target)
            {
                using var session = new ModelSession(Explanation.Compile(network, method, target), new RuntimeOptions { Threads = 1 });
                return session.Run(new Dictionary<string, Tensor> { ["input"] = input })["attribution"];
            }
            var (three, eight, difference) = (Of(Target.Class(3)), Of(Target.Class(8)), Of(Target.Difference(3, 8)));
            float[] expected = [.. three.ToDouble().Zip(eight.ToDouble(), (a, b) => (float)(a - b))];
            TensorAssert.AreClose(Tensor.From(expected, difference.Dimensions), difference, 2e-5, method.ToString());
        }
    }

    [TestMethod]
    public void The_same_function_as_two_graphs_has_the_same_attributions()
    {
        var weights = Samples.Seeded(3, 4, 5);
        var plain = Function(4, x => x.MatMul(x.Graph.Constant(weights)).Relu().ReduceSum([1]).Tanh());
        var roundabout = Function(4, x =>
        {
            // relu(z) = (z + |z|)/2 and tanh(y) = 2·sigmoid(2y) − 1.
            var z = x.Gemm(x.Graph.Constant(weights));
            return ((z + z.Abs()) / 2).ReduceSum([1]) is var y ? 2 * (2 * y).Sigmoid() - 1 : x;
        });
        var input = Samples.Seeded(4, 6, 4);
        foreach (var method in (AttributionMethod[])[new IntegratedGradients(), new Smooth(new InputXGradient(), 20),
            new Occlusion([2], [1]), new TaylorCoefficients()])
            TensorAssert.AreClose(Explained.Run(plain, method, input), Explained.Run(roundabout, method, input), 1e-5, method.ToString());
    }

    [TestMethod]
    public void What_the_function_ignores_gets_nothing()
    {
        var network = Function(3, x => Column(x, 0).Sin() * Column(x, 2));
        foreach (var method in (AttributionMethod[])[new IntegratedGradients { Baseline = Baseline.Constant(0.3) }, new Occlusion([1]),
            new FeatureAblation(), new Smooth(new Saliency(), 10)])
            Assert.AreEqual(0, Explained.Run(network, method, Samples.Floats(1, 3)).ToDouble()[1], method.ToString());
    }

    [TestMethod]
    [DataRow(Quadrature.GaussLegendre, 3, 5)]
    [DataRow(Quadrature.RiemannLeft, 4, 0)]
    [DataRow(Quadrature.RiemannRight, 4, 0)]
    [DataRow(Quadrature.RiemannMiddle, 4, 1)]
    [DataRow(Quadrature.Trapezoid, 4, 1)]
    public void A_quadrature_is_exact_up_to_its_degree(Quadrature quadrature, int count, int degree)
    {
        var (points, weights) = quadrature.Rule(count);
        double Integral(int power) => points.Zip(weights, (p, w) => w * Math.Pow(p, power)).Sum();
        for (var power = 0; power <= degree; power++)
            Near.Equal(1.0 / (power + 1), Integral(power), 1e-12);
        Near.Apart(1.0 / (degree + 2), Integral(degree + 1), 1e-4);
    }

    [TestMethod]
    public void Several_baselines_are_averaged_over()
    {
        var (network, input) = (References.Network("mlp_breast_cancer"), References.Arrays("mlp_breast_cancer")["input"].Head(2));
        Baseline[] baselines = [Baseline.Zero, Baseline.Constant(-0.7), Baseline.Given(Samples.Seeded(5, 30))];
        foreach (var make in (Func<Baseline, AttributionMethod>[])[b => new IntegratedGradients(10) { Baseline = b },
            b => new Occlusion([3]) { Baseline = b }, b => new FeatureAblation { Baseline = b }])
        {
            var alone = baselines.Select(b => Explained.Run(network, make(b), input).ToDouble()).ToList();
            float[] mean = [.. alone[0].Select((_, i) => (float)alone.Average(a => a[i]))];
            TensorAssert.AreClose(Tensor.From(mean, 2, 30), Explained.Run(network, make(Baseline.Several(baselines)), input), 1e-5);
        }
    }

    [TestMethod]
    public void Given_baselines_of_one_axis_more_are_several()
    {
        var (network, input) = (References.Network("mlp_breast_cancer"), References.Arrays("mlp_breast_cancer")["input"].Head(2));
        var two = Samples.Seeded(6, 2, 30);
        Tensor Run(Baseline b) => Explained.Run(network, new IntegratedGradients(10) { Baseline = b }, input);
        TensorAssert.AreClose(Run(Baseline.Several(Baseline.Given(two.Row(0)), Baseline.Given(two.Row(1)))), Run(Baseline.Given(two)),
            1e-6);
    }

    [TestMethod]
    public void A_blur_spreads_what_is_there_and_leaves_a_constant_alone()
    {
        var graph = new Graph();
        var input = graph.Input("input", ElementType.Float, new Shape(Dimension.Symbol("N"), 1, 5, 9));
        var pulse = new float[90];
        pulse[2 * 9 + 4] = 1;
        Array.Fill(pulse, 3, 45, 45);
        var blurred = GraphRunner.Run(Baseline.Blurred(1.5).Of(input), ("input", Tensor.From(pulse, 2, 1, 5, 9)));
        Assert.AreEqual(new Shape(1, 2, 1, 5, 9), blurred.Shape);
        double Weight(int distance, int place, int extent) =>
            Math.Exp(-distance * distance / 4.5) / Enumerable.Range(0, extent).Sum(i => Math.Exp(-(i - place) * (i - place) / 4.5));
        for (var y = 0; y < 5; y++)
            for (var x = 0; x < 9; x++)
                Near.Equal(Weight(y - 2, y, 5) * Weight(x - 4, x, 9), blurred.ToDouble()[y * 9 + x], 1e-6);
        Assert.IsTrue(blurred.ToDouble()[45..].All(v => Math.Abs(v - 3) < 1e-5));
    }

    [TestMethod]
    public void Baselines_that_do_not_fit_are_refused()
    {
        var table = References.Network("mlp_breast_cancer");
        var shape = Assert.ThrowsExactly<ArgumentException>(
            () => Explanation.Compile(table, new IntegratedGradients { Baseline = Baseline.Given(Samples.Floats(29)) }));
        StringAssert.Contains(shape.Message, "[29]; a row of 'input' has [30]");
        var blur = Assert.ThrowsExactly<ArgumentException>(
            () => Explanation.Compile(table, new IntegratedGradients { Baseline = Baseline.Blurred(1) }));
        StringAssert.Contains(blur.Message, "needs an input of shape [N, channels, …]");
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Baseline.Constant(double.NaN));
        Assert.ThrowsExactly<ArgumentException>(() => Baseline.Given(Tensor.From((float[])[1, float.NaN], 2)));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Baseline.Blurred(0));
        Assert.ThrowsExactly<ArgumentException>(() => Baseline.Several());
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new IntegratedGradients(0));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new IntegratedGradients(1, Quadrature.Trapezoid));
    }

    [TestMethod]
    public void The_embedding_of_a_token_is_a_baseline_for_tokens_alone()
    {
        var network = References.Network("transformer_text");
        var tokens = References.Arrays("transformer_text")["token_ids"];
        var own = tokens.ToInt64()[0];
        // Where a token is that of the baseline, the way has no length.
        var model = Explanation.Compile(network, new PerToken(new IntegratedGradients { Baseline = Baseline.Parse($"token:{own}") }),
            Target.Class(0), new ExplanationOptions { Inputs = ["token_ids"], BaseValueName = "base" });
        var found = GraphRunner.Run(model, ("token_ids", tokens));
        var shares = found["attribution"].ToDouble();
        foreach (var (token, share) in tokens.ToInt64().Zip(shares))
            Assert.AreEqual(token == own, share == 0, $"token {token}: {share}");
        // What it starts from is the score of a text of nothing else.
        var alone = GraphRunner.Run(model, ("token_ids", Tensor.From(Array.ConvertAll(tokens.ToInt64(), _ => own), tokens.Dimensions)));
        Near.Equal(alone["score"].ToDouble(), found["base"].ToDouble(), 1e-4);

        var table = Assert.ThrowsExactly<ArgumentException>(() => Explanation.Compile(References.Network("mlp_breast_cancer"),
            new IntegratedGradients { Baseline = Baseline.Token(1) }));
        StringAssert.Contains(table.Message, "no embedding of tokens");
        var beyond = Assert.ThrowsExactly<ArgumentException>(() => Explanation.Compile(network,
            new IntegratedGradients { Baseline = Baseline.Token(1 << 20) }, options: new ExplanationOptions { Inputs = ["token_ids"] }));
        StringAssert.Contains(beyond.Message, "no row for the token");
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Baseline.Token(-1));
    }

    internal static Network Function(int features, Func<Value, Value> score)
    {
        var graph = new Graph();
        var x = graph.Input("input", ElementType.Float, new Shape(Dimension.Symbol("N"), features));
        return Network.From(graph.ToModel([("score", score(x))]), new NetworkOptions { KeepFinalActivation = true });
    }

    internal static Value Column(Value x, int i) => x.Slice([i], [i + 1], [1]);
}
