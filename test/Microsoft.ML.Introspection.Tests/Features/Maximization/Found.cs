using Microsoft.ML.Introspection.Features;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.LearnedFeatures;

/// <summary>Runs optimisations from given starts.</summary>
internal static class Found
{
    private static readonly RuntimeOptions OneThread = new() { Threads = 1 };

    public static MaximizedImages Run(
        Network network, Objective objective, MaximizationOptions options, Tensor start, int steps, params long[] targets) =>
        Maximization.Run(network, objective, options with { StartIsGiven = true }, new MaximizationRun
        {
            Steps = steps, Start = Typed(start, network), Seeds = [.. Enumerable.Repeat(1L, (int)start.Dimensions[0])],
            Targets = targets.Length > 0 ? targets : null,
        }, OneThread);

    /// <summary>The value of an objective at some images, and its gradient: one long step along it tells.</summary>
    public static (double[] Value, Tensor Gradient) At(
        Network network, Objective objective, Tensor images, MaximizationOptions? options = null, params long[] targets)
    {
        const double far = 1e6;
        var found = Run(network, objective,
            (options ?? new()) with { Parametrisation = new Pixels(), Optimizer = new GradientAscent(far) }, images, 1, targets);
        var (before, after) = (Typed(images, network).ToDouble(), found.Parameters.ToDouble());
        return (found.Objectives.ToDouble(), Tensor.From(after.Zip(before, (a, b) => (a - b) / far).ToArray(), images.Dimensions));
    }

    public static Tensor Typed(Tensor tensor, Network network) =>
        Tensor.FromDoubles(network.Inputs[0].Type, tensor.ToDouble(), tensor.Dimensions);

    /// <summary>The largest difference over the largest value.</summary>
    public static double Gap(ReadOnlySpan<double> expected, ReadOnlySpan<double> found)
    {
        Assert.AreEqual(expected.Length, found.Length);
        var largest = expected.ToArray().Largest(Math.Abs);
        return expected.ToArray().Zip(found.ToArray(), (e, f) => Math.Abs(e - f)).Largest() / Math.Max(largest, 1e-300);
    }
}
