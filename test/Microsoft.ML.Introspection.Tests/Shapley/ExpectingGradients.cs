using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Shapley;
using Microsoft.ML.Introspection.Tests.Attribution;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Shapley;

/// <summary>
/// Expected gradients: what they are of simple functions, that they are integrated gradients averaged, and how near samples come.
/// </summary>
[TestClass]
public sealed class ExpectingGradients
{
    [TestMethod]
    [DataRow(GradientShapDraws.Stratified, 12)]
    [DataRow(GradientShapDraws.Quadrature, 1)]
    public void A_linear_function_gets_its_weights_times_the_distance_from_the_mean(GradientShapDraws draws, int samples)
    {
        var (weights, background, input) = (Samples.Seeded(1, 5, 1), Samples.Seeded(2, 4, 5), Samples.Seeded(3, 3, 5));
        var network = KeepingPathAxioms.Function(5, x => x.MatMul(x.Graph.Constant(weights)) + 3);
        var found = Explained.Run(network, new GradientShap(samples, draws) { Baseline = Baseline.Given(background) }, input);
        float[] expected = [.. Enumerable.Range(0, 15).Select(i =>
            weights.As<float>()[i % 5]
                * (input.As<float>()[i] - Enumerable.Range(0, 4).Average(b => background.As<float>()[b * 5 + i % 5])))];
        TensorAssert.AreClose(Tensor.From(expected, 3, 5), found, 2e-6);
    }

    [TestMethod]
    public void A_product_gets_the_values_of_Aumann_and_Shapley()
    {
        var network = KeepingPathAxioms.Function(2, x => KeepingPathAxioms.Column(x, 0) * KeepingPathAxioms.Column(x, 1));
        var (background, input) = (Samples.Seeded(5, 3, 2), Samples.Seeded(6, 1, 2));
        var (b, x) = (background.ToDouble(), input.ToDouble());
        // From b to x, the gradient by the first is the second's value, on average the middle of its way.
        double Share(int own, int other) =>
            Enumerable.Range(0, 3).Average(r => (x[own] - b[r * 2 + own]) * (x[other] + b[r * 2 + other]) / 2);
        var found =
            Explained.Run(network, new GradientShap(1, GradientShapDraws.Quadrature) { Baseline = Baseline.Given(background) }, input)
                .ToDouble();
        Near.Equal(Share(0, 1), found[0], 1e-6);
        Near.Equal(Share(1, 0), found[1], 1e-6);
    }

    [TestMethod]
    [DataRow("mlp_breast_cancer_tanh")]
    [DataRow("cnn_digits")]
    public void The_quadrature_is_the_mean_of_integrated_gradients(string model)
    {
        var (network, arrays) = (References.Network(model), References.Arrays(model));
        var (input, background) = (arrays["input"].Head(2), Samples.Seeded(8, [5, .. arrays["input"].Dimensions[1..]]));
        var alone =
            Enumerable.Range(0, 5).Select(
                b => Explained.Run(network, new IntegratedGradients(20) { Baseline = Baseline.Given(background.Row(b)) }, input).ToDouble())
                .ToList();
        float[] mean = [.. alone[0].Select((_, i) => (float)alone.Average(a => a[i]))];
        var found =
            Explained.Run(network, new GradientShap(20, GradientShapDraws.Quadrature) { Baseline = Baseline.Given(background) }, input);
        TensorAssert.AreClose(Tensor.From(mean, input.Dimensions), found, 1e-5);
    }

    [TestMethod]
    public void The_quadrature_sums_to_the_score_less_the_background_s_mean_score()
    {
        var (network, input) = (References.Network("mlp_breast_cancer_tanh"), References.Arrays("mlp_breast_cancer_tanh")["input"].Head(4));
        var method = new GradientShap(80, GradientShapDraws.Quadrature) { Baseline = Baseline.Given(Samples.Seeded(9, 10, 30)) };
        var found = Explained.Outputs(network, method, input, Tensor.Filled(ElementType.Int64, 0, 4, 1), "gap");
        var sums = found["attribution"].ToDouble().Chunk(30).Select(r => r.Sum()).ToArray();
        for (var row = 0; row < 4; row++)
        {
            Finite.Above(0.1, Math.Abs(sums[row]), "something to share out");
            Finite.Below(2e-5 * Math.Max(1, Math.Abs(sums[row])), Math.Abs(found["gap"].ToDouble()[row]));
        }
    }

    [TestMethod]
    public void More_samples_come_nearer_at_the_rate_of_chance_and_spread_ones_nearer_still()
    {
        const int Runs = 24;
        var (network, input) = (References.Network("mlp_breast_cancer_tanh"), References.Arrays("mlp_breast_cancer_tanh")["input"].Head(1));
        var background = Baseline.Given(Samples.Seeded(10, 16, 30));
        double[] Of(GradientShap method) => Explained.Run(network, method with { Baseline = background }, input).ToDouble();
        var exact = Of(new GradientShap(24, GradientShapDraws.Quadrature));
        double Error(int samples, GradientShapDraws draws) => Math.Sqrt(Enumerable.Range(1, Runs)
            .Average(seed => Of(new GradientShap(samples, draws, seed)).Zip(exact, (a, b) => (a - b) * (a - b)).Sum()));

        var (few, many) = (Error(32, GradientShapDraws.Independent), Error(512, GradientShapDraws.Independent));
        // Sixteen times as many: a quarter of the error. The spread of that ratio over 24 runs of some ten effective directions is about a
        // tenth.
        Assert.IsTrue(few / many is > 3 and < 5.3, $"{few} of 32, {many} of 512 samples");
        var spread = Error(512, GradientShapDraws.Stratified);
        Finite.Below(0.6 * many, spread, "spread evenly");
    }

    [TestMethod]
    [DataRow(GradientShapDraws.Stratified)]
    [DataRow(GradientShapDraws.Independent)]
    public void Draws_have_no_bias(GradientShapDraws draws)
    {
        // x² from 0: half of the ways' points lie below the middle.
        var network = KeepingPathAxioms.Function(1, x => x * x);
        var found =
            Enumerable.Range(1, 200)
                .Select(seed => Explained.Run(network, new GradientShap(4, draws, seed), Tensor.From([1f], 1, 1)).ToDouble()[0]).ToArray();
        var deviation = Math.Sqrt(found.Sum(f => (f - found.Average()) * (f - found.Average())) / 199);
        Near.Equal(1, found.Average(), 4 * deviation / Math.Sqrt(200));
        // One point in each quarter of the way is nearer than four anywhere: 2/√(4·12)/4 and 2/√(4·12).
        Near.Equal(draws == GradientShapDraws.Stratified ? 0.0722 : 0.2887, deviation, 0.2 * deviation);
    }

    [TestMethod]
    public void Draws_are_the_same_at_every_run_and_for_every_batch_and_others_for_every_seed()
    {
        var (network, input) = (References.Network("mlp_breast_cancer"), References.Arrays("mlp_breast_cancer")["input"].Head(3));
        foreach (var draws in (GradientShapDraws[])[GradientShapDraws.Stratified, GradientShapDraws.Independent])
        {
            var method = new GradientShap(10, draws) { Baseline = Baseline.Given(Samples.Seeded(11, 7, 30)), Noise = 0.1 };
            var all = Explained.Run(network, method, input);
            TensorAssert.AreEqual(all, Explained.Run(network, method, input));
            TensorAssert.AreClose(all.Row(2), Explained.Run(network, method, input.Row(2)), 1e-5);
            var other = Explained.Run(network, new GradientShap(10, draws, 2) { Baseline = method.Baseline, Noise = 0.1 }, input);
            Finite.Above(1e-3, all.ToDouble().Zip(other.ToDouble(), (a, b) => Math.Abs(a - b)).Largest());
        }
    }

    [TestMethod]
    public void Noise_adds_its_variance_to_the_share_of_a_square()
    {
        // E[(x + n − b)(x + n + b)] = x² + σ² − b².
        var network = KeepingPathAxioms.Function(2, x => (x * x).ReduceSum([1]));
        var method = new GradientShap(1 << 14) { Baseline = Baseline.Constant(0.5), Noise = 0.4 };
        var found = Explained.Run(network, method, Tensor.From((float[])[1, -2], 1, 2)).ToDouble();
        // Standard errors are 2σ|x|/√S and below: 0.013 for the second.
        Near.Equal(1 + 0.16 - 0.25, found[0], 0.03);
        Near.Equal(4 + 0.16 - 0.25, found[1], 0.05);
    }

    [TestMethod]
    public void Large_inputs_and_many_samples_go_through_a_loop()
    {
        var (network, arrays) = (References.Network("vgg_tiny"), References.Arrays("vgg_tiny"));
        var (background, input) = (Samples.Seeded(12, 3, 3, 32, 32), arrays["input"].Head(2));
        var method = new GradientShap(8, GradientShapDraws.Quadrature) { Baseline = Baseline.Given(background) };
        Assert.Contains(n => n.OpType == "Loop", Explanation.Compile(network, method, Target.Class(3)).Proto.Graph.Node);
        var alone =
            Enumerable.Range(0, 3).Select(
                b => Explained.Run(network, new IntegratedGradients(8) { Baseline = Baseline.Given(background.Row(b)) }, input, 3)
                    .ToDouble()).ToList();
        float[] mean = [.. alone[0].Select((_, i) => (float)alone.Average(a => a[i]))];
        var errors = References.RowErrors(Tensor.From(mean, input.Dimensions), Explained.Run(network, method, input, 3));
        Finite.Below(1e-5, errors.Largest());
    }

    [TestMethod]
    public void Loops_may_lie_in_loops()
    {
        var (network, input) = (References.Network("vgg_tiny"), References.Arrays("vgg_tiny")["input"].Head(1));
        foreach (var method in (AttributionMethod[])[new GradientShap(12) { Baseline = Baseline.Given(Samples.Seeded(13, 2, 3, 32, 32)) },
            new DeepShap { Baseline = Baseline.Given(Samples.Seeded(13, 12, 3, 32, 32)) }])
        {
            var plain = Explained.Run(network, method, input, 3);
            var silent = Explained.Run(network, new Smooth(method, 11, 0), input, 3);
            Finite.Below(1e-5, References.RowErrors(plain, silent).Largest(), method.ToString());
        }
    }

    [TestMethod]
    public void Layers_can_be_attributed_to()
    {
        var (network, input) = (References.Network("cnn_digits"), References.Arrays("cnn_digits")["input"].Head(2));
        var layer = network.Layer("/conv1/Conv").Shape!.Skip(1).Select(d => d.Value).ToArray();
        foreach (var method in (AttributionMethod[])
        [
            new GradientShap(60, GradientShapDraws.Quadrature) { Baseline = Baseline.Given(Samples.Seeded(14, [2, .. layer])) },
            new DeepShap { Baseline = Baseline.Given(Samples.Seeded(14, [2, .. layer])) },
        ])
        {
            var model =
                Explanation.Compile(network, method, Target.Class(3), new ExplanationOptions { Layer = "/conv1/Conv", GapName = "gap" });
            using var session = new ModelSession(model, new RuntimeOptions { Threads = 1 });
            var found = session.Run(new Dictionary<string, Tensor> { ["input"] = input });
            Assert.AreEqual(Shape.Of([2, .. layer]), found["attribution"].Shape);
            var sums = found["attribution"].ToDouble().Chunk((int)found["attribution"].Count / 2).Select(r => r.Sum()).ToArray();
            for (var row = 0; row < 2; row++)
                Finite.Below(0.01 * Math.Max(1, Math.Abs(sums[row])), Math.Abs(found["gap"].ToDouble()[row]), $"{method}: {sums[row]}");
        }
    }

    [TestMethod]
    public void What_makes_no_sense_is_refused()
    {
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new GradientShap(0));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new GradientShap(1, (GradientShapDraws)7));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new GradientShap { Noise = -1 });
        var error = Assert.ThrowsExactly<ArgumentException>(() => Explanation.Compile(
            References.Network("mlp_breast_cancer"), new GradientShap { Baseline = Baseline.Given(Samples.Floats(4, 29)) }));
        StringAssert.Contains(error.Message, "[4, 29]");
    }
}
