using Microsoft.ML.Introspection.Features;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.LearnedFeatures;

[TestClass]
public sealed class RisingObjectives
{
    private const string Layer = "/features/features.6/Relu";

    private static readonly RuntimeOptions OneThread = new() { Threads = 1 };

    private static readonly IReadOnlyList<Transformation> Gentle =
        [new Padding(4), new Jitter(3), new Scaling(0.9, 1, 1.1), new Rotation(-5, 0, 5), new Roll(1), new Crop(0.8), new Noise(0.01)];

    [TestMethod]
    public void TheyRiseAndValuesKeepTheirBounds()
    {
        var network = References.Network("vgg_tiny");
        foreach (var parametrisation in new Parametrisation[]
        {
            new Fourier { Values = new ImageValues(ColorCorrelation.Lucid) },
            new Fourier { Values = new ImageValues(ColorCorrelation.Xplique, ValueRange.Stretched) },
            new LaplacianPyramid(),
            new FixedMagnitude(FixedMagnitude.MeanMagnitude(References.Arrays("vgg_tiny")["input"])),
            new Pixels { Mean = 0.5, Values = new ImageValues(Range: ValueRange.Clipped) },
        })
        {
            var found = Maximization.Run(network, Objective.Channel(Layer), new MaximizationOptions
            {
                Parametrisation = parametrisation, Transformations = Gentle, SilentUnits = SilentUnits.Redirected,
            }, new MaximizationRun { Steps = 30, Targets = [3, 23] }, OneThread);
            Assert.AreEqual("[2, 3, 32, 32]", found.Images.Shape.ToString());
            Assert.AreEqual("[30, 2]", found.Objectives.Shape.ToString());
            var curve = found.Objectives.ToDouble();
            Finite.All(curve);
            for (var image = 0; image < 2; image++)
                Finite.Above(curve.Where((_, i) => i % 2 == image).Take(5).Average(), curve.Where((_, i) => i % 2 == image).Skip(25).Average(),
                    parametrisation.ToString());
            foreach (var value in found.Images.ToDouble())
                Assert.IsTrue(value is >= 0 and <= 1, $"{value}");
        }
    }

    [TestMethod]
    public void TheSameSeedGivesTheSameBytesAloneAndInABatch()
    {
        var network = References.Network("vgg_tiny");
        var options = new MaximizationOptions { Transformations = Gentle };
        using var session = new ModelSession(Maximization.Compile(network, Objective.Channel(Layer), options), OneThread);
        MaximizedImages Run(long[] targets, params long[] seeds) => Maximization.Run(
            session, options, new MaximizationRun { Steps = 5, Targets = targets, Seeds = seeds });
        var (first, again, batch, other) = (Run([3], 7), Run([3], 7), Run([3, 3, 5], 7, 8, 7), Run([3], 8));
        Assert.IsTrue(first.Images.Bytes.Span.SequenceEqual(again.Images.Bytes.Span));
        Finite.AtMost(1e-5, Found.Gap(first.Images.ToDouble(), batch.Images.Row(0).ToDouble()));
        Finite.AtMost(1e-5, Found.Gap(other.Images.ToDouble(), batch.Images.Row(1).ToDouble()));
        Finite.Above(1e-3, Found.Gap(first.Images.ToDouble(), other.Images.ToDouble()));
    }

    [TestMethod]
    public void OneRunIsManyInARow()
    {
        var network = References.Network("cnn_digits_op17");
        var options = new MaximizationOptions { Optimizer = new GradientAscent(0.1), StartIsGiven = true, Parametrisation = new Pixels() };
        var start = Tensor.FromDoubles(ElementType.Float, [.. Enumerable.Range(0, 64).Select(i => i % 7 / 7.0)], 1, 1, 8, 8);
        using var session = new ModelSession(Maximization.Compile(network, Objective.Logit(3), options), OneThread);
        var whole = Maximization.Run(session, options, new MaximizationRun { Steps = 6, Start = start });
        var half = Maximization.Run(session, options, new MaximizationRun { Steps = 3, Start = start });
        var rest = Maximization.Run(session, options, new MaximizationRun { Steps = 3, Start = half.Parameters });
        Near.Equal(whole.Images.ToDouble(), rest.Images.ToDouble(), 1e-6);
        Near.Equal(whole.Objectives.ToDouble()[3..], rest.Objectives.ToDouble(), 1e-5);
    }

    [TestMethod]
    public void FramesAreTheImagesOnTheWay()
    {
        var network = References.Network("cnn_digits_op17");
        var run = new MaximizationRun { Steps = 8, Targets = [1, 2] };
        var found = Maximization.Run(network, Objective.Logit(), new MaximizationOptions { FrameEvery = 4 }, run, OneThread);
        Assert.AreEqual("[2, 2, 1, 8, 8]", found.Frames!.Shape.ToString());
        Assert.AreEqual("[8, 2]", found.Objectives.Shape.ToString());
        Near.Equal(found.Images.ToDouble(), found.Frames.ToDouble()[128..], 1e-7);
        var half = Maximization.Run(network, Objective.Logit(), null, run with { Steps = 4 }, OneThread);
        Near.Equal(half.Images.ToDouble(), found.Frames.ToDouble()[..128], 1e-6);
        Assert.Contains("no multiple", Assert.ThrowsExactly<ArgumentException>(() => Maximization.Run(
            network, Objective.Logit(), new MaximizationOptions { FrameEvery = 3 }, run, OneThread)).Message);
    }

    [TestMethod]
    public void VolumesCurvesAndTablesToo()
    {
        var volume = Maximization.Run(References.Network("conv3d_tiny"), Objective.Channel("/conv1/Conv", 2),
            new MaximizationOptions { Transformations = [new Jitter(2)], ImageShape = [1, 34, 34, 66] },
            new MaximizationRun { Steps = 3 }, OneThread);
        Assert.AreEqual("[1, 1, 34, 34, 66]", volume.Images.Shape.ToString());
        Finite.Above(volume.Objectives.ToDouble()[0], volume.Objectives.ToDouble()[^1]);

        var network = References.Network("mlp_breast_cancer");
        var table = Maximization.Run(network, Objective.Logit(1) + 0.1 * Penalty.Gaussian(),
            new MaximizationOptions { Parametrisation = new Pixels { Values = new ImageValues(Range: ValueRange.Clipped, Low: -2, High: 2) } },
            new MaximizationRun { Steps = 60 }, OneThread);
        Finite.Above(table.Objectives.ToDouble()[0], table.Objectives.ToDouble()[^1]);
        Finite.AtMost(2, table.Images.ToDouble().Largest(Math.Abs));
        Assert.Contains("table", Assert.ThrowsExactly<ArgumentException>(() => Maximization.Compile(
            network, Objective.Logit(1), new MaximizationOptions { Parametrisation = new Pixels(), Transformations = [new Jitter(1)] })).Message);
        Assert.Contains("Pixels", Assert.ThrowsExactly<ArgumentException>(() => Maximization.Compile(network, Objective.Logit(1))).Message);

        var curve = Network.From(new ModelBuilder(17).Input("x", -1, 2, 20).Initializer("w", Tensor.From([1f, -2, 1, 0, 1, 0], 1, 2, 3))
            .Node("Conv", ["x", "w"], ["h"]).Node("Relu", ["h"], ["y"]).Output("y").Build());
        var line = Maximization.Run(curve, Objective.Channel("y", 0),
            new MaximizationOptions { Transformations = [new Padding(2), new Jitter(2), new Scaling(0.9, 1.1)] },
            new MaximizationRun { Steps = 20 }, OneThread);
        Finite.Above(line.Objectives.ToDouble()[0], line.Objectives.ToDouble()[^1]);
    }

    [TestMethod]
    public void FirstStepsWakeSilentUnits()
    {
        // One channel is silent for all images that are near to nothing.
        var network = Network.From(new ModelBuilder(17).Input("x", -1, 1, 6, 6).Initializer("w", Tensor.From([1f, 1], 2, 1, 1, 1))
            .Initializer("b", Tensor.From([0.5f, -0.5f], 2)).Node("Conv", ["x", "w", "b"], ["h"]).Node("Relu", ["h"], ["y"]).Output("y").Build());
        var run = new MaximizationRun { Steps = 40, Targets = [0, 1] };
        var options = new MaximizationOptions { Parametrisation = new Pixels(), Optimizer = new Adam(0.1) };
        double[] Last(SilentUnits rule, int frames) => Maximization.Run(network, Objective.Channel("y"),
            options with { SilentUnits = rule, FrameEvery = frames }, run, OneThread).Objectives.ToDouble()[^2..];
        Finite.Above(1, Last(SilentUnits.Plain, 0)[0]);
        Near.Equal(0, Last(SilentUnits.Plain, 0)[1], 0);
        foreach (var rule in (SilentUnits[])[SilentUnits.Redirected, SilentUnits.Open])
        {
            Finite.Above(1, Last(rule, 0)[1], $"{rule}");
            Near.Equal(Last(rule, 0), Last(rule, 8), 1e-5);
        }
        var few = Maximization.Run(network, Objective.Channel("y"), options with { SilentUnits = SilentUnits.Open },
            run with { Steps = 5 }, OneThread);
        Assert.AreEqual("[5, 2]", few.Objectives.Shape.ToString());
    }

    [TestMethod]
    public void NamesOfTheNetworkDoNoHarm()
    {
        // Inner tensors that are called like inputs and outputs of the optimisation.
        var network = Network.From(new ModelBuilder(17).Input("image", -1, 3).Node("Tanh", ["image"], ["target"])
            .Node("Sigmoid", ["target"], ["seed"]).Node("Relu", ["seed"], ["objective"]).Output("objective").Build());
        var found = Maximization.Run(network, Objective.Channel("target"), new MaximizationOptions { Parametrisation = new Pixels() },
            new MaximizationRun { Steps = 2, Targets = [1] }, OneThread);
        Assert.AreEqual("[1, 3]", found.Images.Shape.ToString());
    }

    [TestMethod]
    public void ImagesAreMeantAsTheNetworkTakesThemButForMeanAndDeviation()
    {
        var network = References.Network("vgg_tiny");
        var images = References.Arrays("vgg_tiny")["input"].Head(1);
        var moved = Tensor.FromDoubles(ElementType.Float, [.. images.ToDouble().Select(v => v * 0.5 + 0.25)], images.Dimensions);
        var plain = Found.At(network, Objective.Logit(3), images);
        var prepared = Found.At(network, Objective.Logit(3), moved, new MaximizationOptions { Mean = [0.25], Deviation = [0.5, 0.5, 0.5] });
        Near.Equal(plain.Value[0], prepared.Value[0], 1e-4);
        Finite.AtMost(1e-4, Found.Gap([.. plain.Gradient.ToDouble().Select(g => g / 0.5)], prepared.Gradient.ToDouble()));
    }
}
