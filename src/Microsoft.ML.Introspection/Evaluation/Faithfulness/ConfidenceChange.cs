using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Evaluation;

/// <summary>
/// Confidence change: f(x·m) − f(x), the map m being scaled to 0 to 1. Higher is better.
/// Chattopadhyay et al. 2018, arXiv:1710.11063; as in pytorch-grad-cam.
/// </summary>
[Method("confidence-change", "How the score changes when only what the map shows is kept",
    "Chattopadhyay et al. 2018, arXiv:1710.11063; as in pytorch-grad-cam")]
public sealed record ConfidenceChange : MaskedConfidence
{
    /// <inheritdoc/>
    public override Direction Better => Direction.Higher;

    /// <inheritdoc/>
    public override (double Low, double High) Range => Follows == JudgedScore.Probability ? (-1, 1) : base.Range;

    private protected override double Of(double before, double after) => after - before;

    private protected override Value Of(Value before, Value after) => after - before;
}
