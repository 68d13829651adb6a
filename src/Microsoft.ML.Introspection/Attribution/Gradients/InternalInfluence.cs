using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>
/// Internal influence: the gradient of the score by the units of a layer, averaged along the straight way from a baseline of the input to
/// the input, ∫₀¹ ∂f/∂h(x′ + α(x − x′)) dα. Ask of a layer; shape of the layer, unit of the score over that of the layer.
/// Leino, Sen, Datta, Fredrikson, Li 2018, arXiv:1802.03788.
/// </summary>
/// <param name="Steps">Points of the way at which the gradient is taken.</param>
/// <param name="Quadrature">How they are chosen and weighted.</param>
[Method("internal-influence", "The gradient by a layer's units, averaged along the way from a baseline of the input",
    "Leino et al. 2018, arXiv:1802.03788")]
public sealed record InternalInfluence(
    [Option("Points of the path at which the gradient is taken.")]
    int Steps = 50,
    [Option("How these points are chosen and weighted.")]
    Quadrature Quadrature = Quadrature.GaussLegendre) : AttributionMethod
{
    /// <summary>Points of the way at which the gradient is taken.</summary>
    // Asking for them is the check that steps and quadrature fit each other.
    public int Steps { get; } = Quadrature.Rule(Steps).Points.Length;

    /// <summary>Where the way begins, at the network's input; of several baselines the attributions are averaged.</summary>
    [Option("What the network's input is compared with: zero, a number, blur:SIGMA, token:ID for a token's embedding, or a .npy file; "
        + "several with commas between them are averaged over.")]
    public Baseline Baseline { get; init; } = Baseline.Zero;

    /// <inheritdoc/>
    public override Value Attribute(Question question)
    {
        ArgumentNullException.ThrowIfNull(question);
        var (entrance, place) = (question.Entrance, question.Place);
        return entrance.Average(Quadrature.Over(Steps).Times(entrance.Baselines(Baseline)), (alpha, baseline) =>
            entrance.At(baseline + alpha * (entrance.Input - baseline), at => at.WithRespectTo(place).Gradient()));
    }
}
