using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Evaluation;

/// <summary>
/// Average drop: max(f(x) − f(x·m), 0)/f(x); NaN where f(x) is 0, the map m being scaled to 0 to 1. Lower is better.
/// Chattopadhyay et al. 2018, arXiv:1710.11063.
/// </summary>
[Method("average-drop", "The share of the score that is lost when only what the map shows is kept",
    "Chattopadhyay et al. 2018, arXiv:1710.11063")]
public sealed record AverageDrop : MaskedConfidence
{
    /// <inheritdoc/>
    public override Direction Better => Direction.Lower;

    /// <inheritdoc/>
    public override (double Low, double High) Range => Follows == JudgedScore.Probability ? (0, 1) : base.Range;

    private protected override double Of(double before, double after) => before == 0 ? double.NaN : Math.Max(before - after, 0) / before;

    private protected override Value Of(Value before, Value after) =>
        before.EqualTo(before.Like(0)).Where(before.Like(double.NaN), (before - after).Relu() / before);
}
