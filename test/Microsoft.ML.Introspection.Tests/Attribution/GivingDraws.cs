using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Shapley;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Attribution;

/// <summary>What methods draw can be given: as numbers, or as an input of the graph.</summary>
[TestClass]
public sealed class GivingDraws
{
    private static readonly Network Digits = References.Network("cnn_digits");
    private static readonly Tensor Input = References.Arrays("cnn_digits")["input"].Head(2);

    // The bilinear f(x) = (x₀ + 2x₁)·x₂, written as a network.
    private static readonly Network Bilinear = Network.From(new ModelBuilder(17).Input("x", -1, 3)
        .Initializer("w", Tensor.From([1f, 2, 0], 3, 1)).Initializer("v", Tensor.From([0f, 0, 1], 3, 1))
        .Node("MatMul", ["x", "w"], ["a"]).Node("MatMul", ["x", "v"], ["b"]).Node("Mul", ["a", "b"], ["y"]).Output("y").Build());

    [TestMethod]
    public void Noise_from_an_input_is_noise_that_is_given()
    {
        var noise = Samples.Seeded(3, 4, 1, 8, 8);
        AreTheSame(new Smooth(new Saliency(), 4) { Given = noise }, new Smooth(new Saliency(), 4) { Given = Drawn.Input("noise") },
            ("noise", noise));
    }

    [TestMethod]
    public void Masks_that_are_given_weigh_the_scores_that_they_leave()
    {
        var masks = Tensor.From([.. Samples.Positives(5, 1, 8, 8).As<float>().ToArray().Select(m => m / (1 + m))], 5, 1, 8, 8);
        var given = new Rise(5, Visible: 0.4) { Given = masks };
        AreTheSame(given, new Rise(5, Visible: 0.4) { Given = Drawn.Input("masks") }, ("masks", masks));
        var found = Attribution(given, Target.Class(1)).ToDouble();
        var (pixels, mask) = (Input.As<float>().ToArray(), masks.As<float>().ToArray());
        var expected = new double[128];
        for (var m = 0; m < 5; m++)
        {
            var seen = Tensor.From([.. pixels.Select((x, i) => x * mask[m * 64 + i % 64])], Input.Dimensions);
            var scores = GraphRunner.Run(Explanation.Compile(Digits, new Saliency(), Target.Class(1)), ("input", seen))["score"].ToDouble();
            for (var i = 0; i < 128; i++)
                expected[i] += scores[i / 64] * mask[m * 64 + i % 64] / 5 / 0.4;
        }
        for (var i = 0; i < 128; i++)
            Near.Equal(expected[i], found[i], 1e-3);
    }

    [TestMethod]
    public void Rows_places_and_noise_of_expected_gradients()
    {
        var (rows, points, noise) = (Tensor.Vector(1L, 0, 1), Tensor.Vector(0.25f, 0.5f, 0.9f), Samples.Seeded(8, 3, 3));
        var background = Samples.Seeded(2, 2, 3);
        var method = new GradientShap(3) { Baseline = Baseline.Given(background) };
        var given = method with { GivenRows = rows, GivenPoints = points, GivenNoise = noise };
        var inputs =
            method with { GivenRows = Drawn.Input("rows"), GivenPoints = Drawn.Input("points"), GivenNoise = Drawn.Input("noise") };
        var x = Samples.Seeded(4, 1, 3);
        var found = GraphRunner.Run(Explanation.Compile(Bilinear, given, Target.Class(0)), ("x", x))["attribution"];
        TensorAssert.AreEqual(found, GraphRunner.Run(
            Explanation.Compile(Bilinear, inputs, Target.Class(0)), ("x", x), ("rows", rows), ("points", points),
            ("noise", noise))["attribution"]);
        var expected = new double[3];
        for (var s = 0; s < 3; s++)
        {
            double[] from = [.. background.Row((int)rows.As<long>()[s]).ToDouble()],
                to = [.. x.ToDouble().Zip(noise.Row(s).ToDouble(), (a, b) => a + b)];
            double[] at = [.. from.Zip(to, (b, t) => b + points.As<float>()[s] * (t - b))];
            double[] gradient = [at[2], 2 * at[2], at[0] + 2 * at[1]];
            for (var i = 0; i < 3; i++)
                expected[i] += (to[i] - from[i]) * gradient[i] / 3;
        }
        for (var i = 0; i < 3; i++)
            Near.Equal(expected[i], found.ToDouble()[i], 1e-5);
    }

    [TestMethod]
    public void Coalitions_and_coefficients_make_Shapley_values()
    {
        // Each player's marginal contributions in two orders, 0 1 2 and 2 1 0; nobody and everybody need no coefficient but are given one.
        int[][] orders = [[0, 1, 2], [2, 1, 0]];
        var (present, coefficients) = (new List<float>(), new List<float>());
        foreach (var order in orders)
        {
            for (var joined = 0; joined < 3; joined++)
            {
                present.AddRange(Enumerable.Range(0, 3).Select(p => Array.IndexOf(order, p) < joined ? 1f : 0));
                coefficients.AddRange(
                    Enumerable.Range(0, 3)
                        .Select(p => (Array.IndexOf(order, p) == joined ? -0.5f : 0) + (Array.IndexOf(order, p) == joined - 1 ? 0.5f : 0)));
            }
        }
        var (who, counts) = (Tensor.From(present.ToArray(), 6, 3), Tensor.From(coefficients.ToArray(), 6, 3));
        var (x, baseline) = (Samples.Seeded(4, 2, 3), Baseline.Given(Samples.Seeded(5, 2, 3)));
        var found =
            GraphRunner.Run(Explanation.Compile(Bilinear, new GivenCoalitions(6, who, counts) { Baseline = baseline }, Target.Class(0)),
                ("x", x))["attribution"];
        // Of a function of products of two, an order and its reverse give exact Shapley values.
        var exact =
            GraphRunner.Run(Explanation.Compile(Bilinear, new ExactShap { Baseline = baseline }, Target.Class(0)), ("x", x))["attribution"];
        TensorAssert.AreClose(exact, found, 1e-5);
        var inputs = new GivenCoalitions(6, Drawn.Input("present"), Drawn.Input("coefficients")) { Baseline = baseline };
        TensorAssert.AreEqual(found, GraphRunner.Run(
            Explanation.Compile(Bilinear, inputs, Target.Class(0)), ("x", x), ("present", who), ("coefficients", counts))["attribution"]);
    }

    [TestMethod]
    public void Samples_of_LIME()
    {
        var x = Samples.Seeded(4, 2, 3);
        long[] all = [.. Enumerable.Range(0, 7).SelectMany(bits => Enumerable.Range(0, 3).Select(p => (long)(bits >> p & 1)))];
        var given = new Lime(8) { Given = Tensor.From(all, 7, 3), KernelWidth = 1e6 };
        var found = GraphRunner.Run(Explanation.Compile(Bilinear, given, Target.Class(0)), ("x", x))["attribution"];
        // All coalitions once, near or far alike: as the full enumeration has it.
        TensorAssert.AreClose(
            GraphRunner.Run(Explanation.Compile(Bilinear, new Lime(8) { KernelWidth = 1e6 }, Target.Class(0)), ("x", x))["attribution"],
            found, 0.15);
        // Where all segments are taken away together, nothing tells them apart.
        var together = GraphRunner.Run(Explanation.Compile(
            Bilinear, given with { Given = Tensor.Filled(ElementType.Int64, 0, 7, 3) }, Target.Class(0)), ("x", x))["attribution"]
                .ToDouble();
        foreach (var row in together.Chunk(3))
            Assert.IsTrue(row.Largest() - row.Min() < 1e-5 && row.Largest(Math.Abs) > 1e-3);
    }

    [TestMethod]
    public void Other_shapes_are_refused()
    {
        Refused("expected was [4, 1, 8, 8]", new Smooth(new Saliency(), 4) { Given = Samples.Floats(3, 1, 8, 8) });
        Refused("expected was [4, 1, 8, 8]", new Rise(4) { Given = Samples.Floats(4, 8, 8) });
        Refused("nothing is drawn", new GradientShap(4, GradientShapDraws.Quadrature) { GivenPoints = Samples.Floats(4) });
        Refused("expected was [7, 64]", new Lime(8) { Given = Samples.Integers(0, 2, 7, 3) });
        Refused("in the place of draws", new Smooth(new Saliency(), 4) { Given = Drawn.Input("input") });

        static void Refused(string message, AttributionMethod method) =>
            StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => Explanation.Compile(Digits, method)).Message, message);
    }

    private static Tensor Attribution(AttributionMethod method, Target target, params (string, Tensor)[] more) =>
        GraphRunner.Run(Explanation.Compile(Digits, method, target), [("input", Input), .. more])["attribution"];

    private static void AreTheSame(AttributionMethod given, AttributionMethod asInput, params (string, Tensor)[] inputs) =>
        TensorAssert.AreEqual(Attribution(given, Target.Class(1)), Attribution(asInput, Target.Class(1), inputs));
}
