using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>
/// Integrated gradients: (x − x′)·∫₀¹ ∂f/∂x(x′ + α(x − x′)) dα, the gradient averaged over the straight way from a baseline x′ to
/// the input; shape of the input, unit of the score, positive where the element speaks for it. The attributions of a row sum to
/// f(x) − f(x′) (completeness), as closely as the steps follow the way. Sundararajan, Taly, Yan 2017, arXiv:1703.01365.
/// </summary>
/// <param name="Steps">Points of the way at which the gradient is taken.</param>
/// <param name="Quadrature">How they are chosen and weighted.</param>
[Method("integrated-gradients", "The gradient averaged over the path from a baseline to the input, times that path",
    "Sundararajan, Taly, Yan 2017, arXiv:1703.01365")]
public sealed record IntegratedGradients(
    [Option("Points of the path at which the gradient is taken.")]
    int Steps = 50,
    [Option("How these points are chosen and weighted.")]
    Quadrature Quadrature = Quadrature.GaussLegendre) : AttributionMethod
{
    /// <summary>Points of the way at which the gradient is taken.</summary>
    // Asking for them is the check that steps and quadrature fit each other.
    public int Steps { get; } = Quadrature.Rule(Steps).Points.Length;

    /// <summary>Where the way begins; of several baselines the attributions are averaged.</summary>
    [Option("What the input is compared with: zero, a number, blur:SIGMA, token:ID for a token's embedding, or a .npy file; several with "
        + "commas between them are averaged over.")]
    public Baseline Baseline { get; init; } = Baseline.Zero;

    /// <inheritdoc/>
    public override Value Attribute(Question question)
    {
        ArgumentNullException.ThrowIfNull(question);
        return question.Average(Quadrature.Over(Steps).Times(question.Baselines(Baseline)), (alpha, baseline) =>
        {
            var way = question.Input - baseline;
            return way * question.Gradient(baseline + alpha * way);
        });
    }

    /// <summary>f(x) − f(x′), averaged over the baselines.</summary>
    public override Value Total(Question question)
    {
        ArgumentNullException.ThrowIfNull(question);
        return Baseline.Change(question);
    }
}
