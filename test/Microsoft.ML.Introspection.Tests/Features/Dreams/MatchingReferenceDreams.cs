using Microsoft.ML.Introspection.Features;
using Microsoft.ML.Introspection.Jobs;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.LearnedFeatures;

[TestClass]
public sealed class MatchingReferenceDreams
{
    private const string Inverted = "/features/features.6/Relu";
    private static readonly IReadOnlyDictionary<string, Tensor> Expected = References.Arrays("features_dreams");
    private static readonly RuntimeOptions OneThread = new() { Threads = 1 };

    private static readonly DreamOptions Three = new() { Octaves = 3, StepsPerOctave = 6, Jitter = 0 };

    private static OnnxModel Open => OnnxModel.Load(Path.Combine(AppContext.BaseDirectory, "data", "features", "vgg_tiny_open.onnx"));

    private static string Layer => Network.From(Open, new NetworkOptions
    {
        RowShapes = new Dictionary<string, IReadOnlyList<long>> { [Open.Inputs[0].Name] = [3, 64, 64] },
    }).DefaultOutput;

    [TestMethod]
    public void ByOctaves()
    {
        using var dream = new DeepDream(Open, Objective.Layer(Layer, LayerForm.HalfSumOfSquares), [3, 64, 64], Three, null, OneThread);
        Assert.AreEqual("33 46 64", string.Join(" ", dream.Sizes.Select(s => s[0])));
        var found = dream.Of(Expected["dream_input"]);
        for (var octave = 0; octave < 3; octave++)
            Finite.AtMost(1e-5, Found.Gap(Expected[$"dream_half_pixel_octave{2 - octave}"].ToDouble(), found.Octaves[octave].ToDouble()));
        Assert.AreSame(found.Octaves[2], found.Images);
    }

    [TestMethod]
    public void WithAlignedCornersAndOfMeanSquares()
    {
        using var aligned = new DeepDream(Open, Objective.Layer(Layer, LayerForm.HalfSumOfSquares), [3, 64, 64],
            Three with { AlignsCorners = true }, null, OneThread);
        Finite.AtMost(1e-5,
            Found.Gap(Expected["dream_align_octave1"].ToDouble(), aligned.Of(Expected["dream_input"]).Octaves[1].ToDouble()));
        using var mean = new DeepDream(Open, Objective.Layer(Layer), [3, 64, 64], Three, null, OneThread);
        Finite.AtMost(1e-5,
            Found.Gap(Expected["dream_mean_square_octave0"].ToDouble(), mean.Of(Expected["dream_input"]).Images.ToDouble()));
    }

    [TestMethod]
    public void GuidedByAnother()
    {
        Network At(long height, long width) => Network.From(Open, new NetworkOptions
        {
            RowShapes = new Dictionary<string, IReadOnlyList<long>> { [Open.Inputs[0].Name] = [3, height, width] },
        });
        var small = At(64, 32);
        using var session = new ModelSession(NetworkOutputs.Compile(small, [], [Layer]), OneThread);
        var guide = session.Run(new Dictionary<string, Tensor> { [small.Inputs[0].Name] = Expected["dream_guide"] })[Layer];
        var found = Found.At(At(64, 64), new GuidedObjective(Layer, Tensor.From(guide.ToDouble(), guide.Dimensions[1..])),
            Expected["dream_input"]);
        Finite.AtMost(1e-5, Found.Gap(Expected["dream_guided_gradient"].ToDouble(), found.Gradient.ToDouble()));
    }

    [TestMethod]
    public void ANetworkOfOneSizeLooksAtTilesAndFilmsGoOn()
    {
        // The same extents all over: one tile is the picture, more cover a larger one.
        var vgg = OnnxModel.Load(References.ModelFile("vgg_tiny"));
        var large = Expected["dream_input"];
        using var dream = new DeepDream(vgg, Objective.Layer(Inverted), [3, 64, 64],
            new DreamOptions { Octaves = 2, StepsPerOctave = 4, Jitter = 8 }, null, OneThread);
        var found = dream.Of(large);
        Assert.AreEqual("[1, 3, 46, 46]", found.Octaves[0].Shape.ToString());
        Finite.Above(found.Objectives[1].ToDouble()[0], found.Objectives[1].ToDouble()[^1]);
        var moved = found.Images.ToDouble().Zip(large.ToDouble(), (a, b) => Math.Abs(a - b)).ToArray();
        // Every quarter has been dreamed in.
        for (var quarter = 0; quarter < 4; quarter++)
            Finite.Above(1e-3, moved.Where((_, i) => i % 64 / 32 + 2 * (i / 64 % 64 / 32) == quarter).Average());
        Assert.IsTrue(found.Images.Bytes.Span.SequenceEqual(dream.Of(large).Images.Bytes.Span));
        Assert.HasCount(2, dream.Fall(large).Take(2));
        Assert.Contains("smaller", Assert.ThrowsExactly<ArgumentException>(() => new DeepDream(vgg, Objective.Layer(Inverted), [3, 40, 40]))
            .Message);
    }

    [TestMethod]
    [DataRow("beta2", 2.0)]
    [DataRow("beta1_5", 1.5)]
    public void InversionsInTermsAndGradient(string name, double power)
    {
        var (network, start) = (References.Network("vgg_tiny"), Start());
        double Term(Objective objective) => -Look(network, objective, start).Objectives.ToDouble()[0];
        var expected = Expected[$"inv_{name}_terms_f64"].ToDouble();
        Near.Equal(expected[0], Term(new LikenessObjective(Inverted, null) { Form = LikenessForm.RelativeSquares }), 1e-5);
        Near.Equal(expected[1], Term(1e-3 / 0.25 * Penalty.Power(6, 0.5)), 1e-5);
        Near.Equal(expected[2], Term(1e-4 / 0.25 * Penalty.Roughness(power)), 1e-5);
        var found = Look(network, Inversion.ObjectiveOf(Inverted, new InversionOptions { RoughnessPower = power }), start);
        double[] gradient = [.. found.Parameters.ToDouble().Zip(start.ToDouble(), (after, before) => (before - after) / Far)];
        Finite.AtMost(1e-5, Found.Gap(Expected[$"inv_{name}_gradient"].ToDouble(), gradient));
    }

    [TestMethod]
    public void InversionsStepByStep()
    {
        var network = References.Network("vgg_tiny");
        foreach (var phases in (RatePhase[][])[[], [new(20, 1), new(5, 0.1)]])
        {
            var how = Inversion.How(new InversionOptions { Optimizer = new GradientAscent(0.02, 0.9) { Phases = phases } })
                with { StartIsGiven = true };
            foreach (var steps in (int[])[1, 20])
            {
                var found = Maximization.Run(network, Inversion.ObjectiveOf(Inverted), how, new MaximizationRun
                {
                    Steps = steps, Start = Start(), Reference = Expected["inv_image"],
                }, OneThread);
                Finite.AtMost(1e-5, Found.Gap(Expected[$"inv_step{steps}"].ToDouble(), [.. found.Images.ToDouble().Select(v => v - 0.5)]));
                if (steps == 20)
                    Near.Equal(Expected["inv_energy_f64"].ToDouble(), [.. found.Objectives.ToDouble().Select(v => -v)], 1e-5);
            }
        }
    }

    [TestMethod]
    public void InversionsComeNearAndPartsOfThemToo()
    {
        var network = References.Network("vgg_tiny");
        foreach (var options in (InversionOptions[])
            [
                new(), new() { Likeness = LikenessForm.RelativeMagnitudes }, new() { Likeness = LikenessForm.RelativeProduct },
                new() { Channels = [1, 5], Position = [4, 4], Window = [4, 4] },
            ])
        {
            var found = Inversion.Run(network, Inverted, Expected["inv_image"], options, 60, runtime: OneThread);
            Finite.Above(found.Objectives.ToDouble()[0], found.Objectives.ToDouble()[^1], options.ToString());
        }
        Assert.Contains("channels 0 to", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() =>
            Inversion.Run(network, Inverted, Expected["inv_image"], new InversionOptions { Channels = [99] })).Message);
    }

    [TestMethod]
    public void PhasesBeginAnew()
    {
        // A line of slope 1: velocity tells the momentum, the step the rate.
        var network = Network.From(new ModelBuilder(17).Input("x", -1, 1).Node("Identity", ["x"], ["y"]).Output("y").Build());
        var options = new MaximizationOptions
        {
            Parametrisation = new Pixels { Noise = 0 }, FrameEvery = 1,
            Optimizer = new GradientAscent(1, 0.5) { Phases = [new(2, 1), new(2, 0.1)] },
        };
        var found = Maximization.Run(network, Objective.Channel("y", 0), options, new MaximizationRun { Steps = 5 }, OneThread);
        Near.Equal([1, 2.5, 2.6, 2.75, 2.925], found.Frames!.ToDouble(), 1e-6);
    }

    [TestMethod]
    public void AccentuationBeginsAtTheImageAndStaysNearIt()
    {
        var (network, atlas) = (References.Network("vgg_tiny"), References.Arrays("features_atlas"));
        var image = Tensor.FromDoubles(ElementType.Float,
            [.. atlas["relu_input"].Head(1).ToDouble().Select(v => Math.Clamp(v, 0.01, 0.99))], 1, 3, 32, 32);
        var fourier = new Fourier { Values = new ImageValues(ColorCorrelation.Lucid) };
        Finite.AtMost(1e-5, Found.Gap(atlas["spectrum_of_image"].ToDouble(), fourier.ParametersOf(image).ToDouble()));
        double Away(MaximizedImages found) => found.Images.ToDouble().Zip(image.ToDouble(), (a, b) => (a - b) * (a - b)).Average();
        MaximizedImages Run(double weight, int steps, Parametrisation parametrisation, string? layer = null) => Accentuation.Run(network,
            Objective.Logit(3), image, new AccentuationOptions
            {
                Weight = weight, Layer = layer, Search = new MaximizationOptions { Parametrisation = parametrisation, Optimizer = new Adam(0.01) },
            }, new MaximizationRun { Steps = steps }, OneThread);
        foreach (var parametrisation in (Parametrisation[])
            [fourier, new LaplacianPyramid(), new Pixels { Values = new ImageValues(Range: ValueRange.Clipped) }])
        {
            var start = Maximization.Run(network, Objective.Logit(3), new MaximizationOptions
            {
                Parametrisation = parametrisation, StartIsGiven = true, Optimizer = new GradientAscent(1e-12),
            }, new MaximizationRun { Steps = 1, Start = Found.Typed(parametrisation.ParametersOf(image), network) }, OneThread);
            Finite.AtMost(1e-5, Math.Sqrt(Away(start)), parametrisation.ToString());
            var (free, held) = (Run(0, 30, parametrisation), Run(0.9, 30, parametrisation));
            Finite.Above(free.Objectives.ToDouble()[0], free.Objectives.ToDouble()[^1]);
            Finite.Above(held.Objectives.ToDouble()[0], held.Objectives.ToDouble()[^1]);
            Finite.Above(Away(held), Away(free), parametrisation.ToString());
        }
        Finite.Above(Away(Run(0.9, 30, fourier, Inverted)), Away(Run(0, 30, fourier)));
        Assert.ThrowsExactly<NotSupportedException>(() => new Decoder(References.Network("mlp_breast_cancer")).ParametersOf(image));
    }

    private const double Far = 1e6;

    private static Tensor Start() => Tensor.FromDoubles(
        ElementType.Float, [.. Expected["inv_start"].ToDouble().Select(v => v + 0.5)], Expected["inv_start"].Dimensions);

    private static MaximizedImages Look(Network network, Objective objective, Tensor start) => Maximization.Run(network, objective,
        Inversion.How(new InversionOptions { Optimizer = new GradientAscent(Far) }) with { StartIsGiven = true },
        new MaximizationRun { Steps = 1, Start = start, Reference = Takes(objective) ? Expected["inv_image"] : null }, OneThread);

    private static bool Takes(Objective objective) => objective.ToString().Contains(nameof(LikenessObjective), StringComparison.Ordinal);
}
