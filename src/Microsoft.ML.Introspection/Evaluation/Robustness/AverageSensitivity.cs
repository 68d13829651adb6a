using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Evaluation;

/// <summary>
/// Average sensitivity: the mean ‖a − a′‖/‖a‖ over rows with noise; NaN or infinite where a is zero. Lower is better. Yeh et al. 2019,
/// arXiv:1901.09392.
/// </summary>
[Method("avg-sensitivity", "The mean relative change of the explanation under small noise", "Yeh et al. 2019, arXiv:1901.09392")]
public sealed record AverageSensitivity() : NoisyMetric(50, 0.02)
{
    private protected override bool TakesMean => true;

    private protected override double Of(ExplainedRows rows, int row, ReadOnlySpan<double> input, ReadOnlySpan<double> said,
        (double[] Before, double[] After) further) => Apart(rows.Attribution(row), said) / Judging.Norm(rows.Attribution(row));

    private protected override Value Of(Value rows, Value at, Value before, Value after, Func<bool, Value> scores) =>
        Apart(before, after) / Norm(before);
}
