using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Features;

/// <summary>
/// Blurs gradients by the image along its axes of space, so that coarse parts come first: a Gaussian whose width falls from step to step
/// (Øygard 2015). Weights sum to 1 at the rim, too.
/// </summary>
/// <param name="First">The standard deviation at the first step, in elements.</param>
/// <param name="Last">That at the last.</param>
public sealed record GradientBlur(double First = 2, double Last = 0.5)
{
    private const double Narrowest = 1e-2;

    /// <summary>The standard deviation at the first step.</summary>
    public double First { get; } = Checked(First, nameof(First));

    /// <summary>That at the last.</summary>
    public double Last { get; } = Checked(Last, nameof(Last));

    /// <summary>Writes it.</summary>
    /// <param name="gradient">Shape [N, channels, D₁, …].</param>
    /// <param name="progress">From 0 at the first step to 1, a scalar of double precision.</param>
    internal Value Of(Value gradient, Value progress)
    {
        var deviation = (progress * (Last - First) + First).Maximum(progress.Like(Narrowest));
        var scale = -0.5 / (deviation * deviation);
        for (var axis = 2; axis < gradient.Rank; axis++)
        {
            var extent = (int)gradient.Shape[axis].Value;
            double[] squares = [.. Enumerable.Range(0, extent * extent).Select(i => Math.Pow(i / extent - i % extent, 2))];
            var weights = (progress.Graph.Constant(Tensor.From(squares, extent, extent)) * scale).Exp();
            // Column j tells what element j of the result is made of.
            var matrix = (weights / weights.ReduceSum([0])).Cast(gradient.Type);
            int[] exchange = [.. Enumerable.Range(0, gradient.Rank)];
            (exchange[axis], exchange[^1]) = (exchange[^1], exchange[axis]);
            gradient = gradient.Transpose(exchange).MatMul(matrix).Transpose(exchange);
        }
        return gradient;
    }

    private static double Checked(double deviation, string name) => double.IsFinite(deviation) && deviation >= 0 ? deviation
        : throw new ArgumentOutOfRangeException(name, deviation, "A standard deviation of at least 0 was expected.");
}
