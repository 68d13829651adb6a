using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Evaluation;

/// <summary>
/// Average increase: 1 where f(x·m) &gt; f(x), otherwise 0, the map m being scaled to 0 to 1. Higher is better.
/// Chattopadhyay et al. 2018, arXiv:1710.11063.
/// </summary>
[Method("average-increase", "Whether the score rises when only what the map shows is kept",
    "Chattopadhyay et al. 2018, arXiv:1710.11063")]
public sealed record AverageIncrease : MaskedConfidence
{
    /// <inheritdoc/>
    public override Direction Better => Direction.Higher;

    /// <inheritdoc/>
    public override (double Low, double High) Range => (0, 1);

    private protected override double Of(double before, double after) => after > before ? 1 : 0;

    private protected override Value Of(Value before, Value after) => after.Greater(before).AsNumber(before.Type);
}
