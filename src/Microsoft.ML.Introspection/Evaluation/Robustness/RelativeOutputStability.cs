using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Evaluation;

/// <summary>
/// Relative output stability: the largest ‖(a − a′)/a‖ / ‖f(x) − f(x′)‖ over rows with noise, f being all scores, 10⁻⁶ in the place of zero
/// divisors. Lower is better. Agarwal et al. 2022, arXiv:2203.06877.
/// </summary>
[Method("relative-output-stability", "The largest relative change of the explanation over the change of the scores",
    "Agarwal et al. 2022, arXiv:2203.06877")]
public sealed record RelativeOutputStability() : NoisyMetric(50, 0.02)
{
    /// <inheritdoc/>
    public override MetricNeeds Needs => base.Needs | MetricNeeds.Scores;

    private protected override RowFunction? Further(ExplainedRows rows) => rows.Model();

    private protected override double Of(ExplainedRows rows, int row, ReadOnlySpan<double> input, ReadOnlySpan<double> said,
        (double[] Before, double[] After) further) => Over(Relative(rows.Attribution(row), said), Apart(further.Before, further.After));

    private protected override Value Of(Value rows, Value at, Value before, Value after, Func<bool, Value> scores) =>
        Over(Relative(before, after), Apart(scores(false), scores(true)));
}
