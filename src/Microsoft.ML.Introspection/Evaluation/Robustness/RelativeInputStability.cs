using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Evaluation;

/// <summary>
/// Relative input stability: the largest ‖(a − a′)/a‖ / ‖(x − x′)/x‖ over rows with noise, 10⁻⁶ in the place of zero divisors. Lower is
/// better. Agarwal et al. 2022, arXiv:2203.06877.
/// </summary>
[Method("relative-input-stability", "The largest relative change of the explanation over that of the row",
    "Agarwal et al. 2022, arXiv:2203.06877")]
public sealed record RelativeInputStability() : NoisyMetric(50, 0.02)
{
    private protected override double Of(ExplainedRows rows, int row, ReadOnlySpan<double> input, ReadOnlySpan<double> said,
        (double[] Before, double[] After) further) => Over(Relative(rows.Attribution(row), said), Relative(rows.Input(row), input));

    private protected override Value Of(Value rows, Value at, Value before, Value after, Func<bool, Value> scores) =>
        Over(Relative(before, after), Relative(rows, at));
}
