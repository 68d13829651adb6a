using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Evaluation;

/// <summary>
/// Drop in confidence: max(f(x) − f(x·m), 0), the map m being scaled to 0 to 1. Lower is better.
/// As in pytorch-grad-cam; not divided by the score as the average drop is.
/// </summary>
[Method("drop-in-confidence", "How far the score falls when only what the map shows is kept",
    "As in pytorch-grad-cam; not divided by the score as the average drop is")]
public sealed record DropInConfidence : MaskedConfidence
{
    /// <inheritdoc/>
    public override Direction Better => Direction.Lower;

    /// <inheritdoc/>
    public override (double Low, double High) Range => Follows == JudgedScore.Probability ? (0, 1) : base.Range;

    private protected override double Of(double before, double after) => Math.Max(before - after, 0);

    private protected override Value Of(Value before, Value after) => (before - after).Relu();
}
