using Microsoft.ML.Introspection.Features;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.LearnedFeatures;

[TestClass]
public sealed class MatchingReferenceTrajectories
{
    private static readonly IReadOnlyDictionary<string, Tensor> Expected = References.Arrays("features_trajectories");

    // The references go along the mean over their two images.
    private static readonly Objective Half = 0.5 * Objective.Channel("/conv2/Conv", 4);

    private static readonly Fourier Spectrum = new() { Values = new ImageValues(Range: ValueRange.Sigmoid) };

    [TestMethod]
    [DataRow("adam", 50)]
    [DataRow("rmsprop", 10)]
    [DataRow("sgd_momentum", 10)]
    [DataRow("nadam", 10)]
    public void OfPixels(string name, int steps)
    {
        Optimizer optimizer = name switch
        {
            "adam" => new Adam(),
            "rmsprop" => new RmsProp(0.01, 0.999, 1e-7),
            "sgd_momentum" => new GradientAscent(1, 0.9),
            _ => new NesterovAdam(0.05),
        };
        Follows(new MaximizationOptions { Parametrisation = new Pixels(), Optimizer = optimizer }, "traj_pixel_start", $"traj_pixel_{name}",
            "step", steps);
    }

    [TestMethod]
    public void OfSpectra() => Follows(new MaximizationOptions { Parametrisation = Spectrum }, "traj_fft_start", "traj_fft_adam", "image", 50);

    [TestMethod]
    public void UnderRolls() => Follows(
        new MaximizationOptions { Parametrisation = Spectrum, Transformations = [new Roll(8) { Given = Expected["traj_roll"] }] },
        "traj_fft_start", "traj_fft_adam_roll", "image", 50);

    [TestMethod]
    public void UnderGivenTransformations() => Follows(
        new MaximizationOptions
        {
            Parametrisation = Spectrum,
            Transformations =
            [
                new Padding(4), new Jitter(4) { Given = Pairs("jy", "jx") }, new Scaling(1) { Given = Expected["traj_transform_scale"] },
                new Rotation(0) { Given = Expected["traj_transform_angle"] }, new Jitter(2) { Given = Pairs("ky", "kx") },
            ],
        },
        "traj_fft_start", "traj_fft_adam_transformed", "image", 50);

    [TestMethod]
    public void OfPhasesOfFixedMagnitude()
    {
        var maco = References.Arrays("features_maco");
        var phase = maco["traj_maco_phase_start"];
        var options = new MaximizationOptions
        {
            Parametrisation = new FixedMagnitude(maco["traj_maco_magnitude"]) { Values = new ImageValues(ColorCorrelation.Xplique) },
            Optimizer = new NesterovAdam(),
        };
        foreach (var steps in (int[])[1, 10])
        {
            var found = Found.Run(References.Network("vgg_tiny"), Objective.Channel("/features/features.10/Conv", 7), options,
                Tensor.From(phase.ToDouble(), [1, .. phase.Dimensions]), steps);
            Finite.AtMost(1e-4, Found.Gap(maco[$"traj_maco_nadam_image{steps}_f64"].ToDouble(), found.Images.ToDouble()));
            Finite.AtMost(1e-5, Found.Gap(maco["traj_maco_nadam_objective_f64"].ToDouble()[..steps], found.Objectives.ToDouble()));
        }
    }

    private static void Follows(MaximizationOptions options, string start, string name, string what, int steps)
    {
        // One run keeps an image for each step on the way.
        var found = Found.Run(References.Network("cnn_digits_op17"), Half, options with { FrameEvery = 1 }, Expected[start], steps);
        double[] objectives = [.. found.Objectives.ToDouble().Select(o => 2 * o)];
        Finite.AtMost(1e-4, Found.Gap(Expected[$"{name}_objective_f64"].ToDouble(), objectives), "objectives");
        foreach (var step in (int[])[1, 10, 50])
        {
            if (step > steps || !Expected.TryGetValue($"{name}_{what}{step}_f64", out var expected))
                continue;
            var frame = found.Frames!.ToDouble().AsSpan((step - 1) * (int)expected.Count, (int)expected.Count);
            Finite.AtMost(1e-4, Found.Gap(expected.ToDouble(), frame), $"step {step}");
        }
    }

    private static Tensor Pairs(string first, string second)
    {
        var (a, b) = (Expected[$"traj_transform_{first}"].ToDouble(), Expected[$"traj_transform_{second}"].ToDouble());
        return Tensor.From(a.Zip(b).SelectMany(p => new[] { p.First, p.Second }).ToArray(), a.Length, 2);
    }
}
