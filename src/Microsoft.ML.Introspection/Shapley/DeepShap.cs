using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Shapley;

/// <summary>
/// Deep SHAP: <see cref="DeepLift"/> averaged over background rows; an approximation of the Shapley values of the expectation over the
/// background that takes one pass for each background row. Shape of the input, unit of the score, positive where the element speaks
/// for it. The attributions of a row sum to f(x) less the background's mean score. Exact for functions of single
/// features and their sums. Lundberg, Lee 2017, arXiv:1705.07874; Shrikumar, Greenside, Kundaje 2017, arXiv:1704.02685.
/// </summary>
[Method("deep-shap", "DeepLIFT averaged over background rows",
    "Lundberg, Lee 2017, arXiv:1705.07874")]
public sealed record DeepShap : AttributionMethod
{
    /// <summary>
    /// What the input is compared with: the background rows, <c>Baseline.Given</c> of shape [B, row…], or any other baseline.
    /// </summary>
    [Option("What the input is compared with: zero, a number, blur:SIGMA, or a .npy file of a row or of several, the background; several "
        + "with commas between them are averaged over.")]
    public Baseline Baseline { get; init; } = Baseline.Zero;

    /// <summary>How functions of single elements are taken; SHAP and captum take them by the quotient of their differences.</summary>
    [Option("How activations are taken; reveal-cancel is for those behind dense layers.")]
    public DeepLiftRule Rule { get; init; }

    /// <inheritdoc/>
    public override Value Attribute(Question question) => OverBackground.Attribute(question);

    /// <summary>f(x) less the mean score of the background.</summary>
    public override Value Total(Question question) => OverBackground.Total(question);

    private DeepLift OverBackground => new() { Baseline = Baseline, Rule = Rule };
}
