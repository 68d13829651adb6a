using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Evaluation;

/// <summary>
/// Average gain: max(f(x·m) − f(x), 0)/(1 − f(x)); NaN where f(x) is 1, the map m being scaled to 0 to 1. Higher is better.
/// Zhang et al. 2024, Opti-CAM, arXiv:2301.07002.
/// </summary>
[Method("average-gain", "The share of what is missing to certainty that is gained when only what the map shows is kept",
    "Zhang et al. 2024, Opti-CAM, arXiv:2301.07002")]
public sealed record AverageGain : MaskedConfidence
{
    /// <inheritdoc/>
    public override Direction Better => Direction.Higher;

    /// <inheritdoc/>
    public override (double Low, double High) Range => Follows == JudgedScore.Probability ? (0, 1) : base.Range;

    private protected override double Of(double before, double after) =>
        before == 1 ? double.NaN : Math.Max(after - before, 0) / (1 - before);

    private protected override Value Of(Value before, Value after) =>
        before.EqualTo(before.Like(1)).Where(before.Like(double.NaN), (after - before).Relu() / (1 - before));
}
