using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Evaluation;

/// <summary>
/// Relative representation stability: the largest ‖(a − a′)/a‖ / ‖(h − h′)/h‖ over rows with noise, h being what an inner layer makes, 10⁻⁶
/// in the place of zero divisors. Lower is better. Agarwal et al. 2022, arXiv:2203.06877.
/// </summary>
[Method("relative-representation-stability", "The largest relative change of the explanation over that of an inner layer",
    "Agarwal et al. 2022, arXiv:2203.06877")]
public sealed record RelativeRepresentationStability() : NoisyMetric(50, 0.02)
{
    /// <inheritdoc/>
    public override MetricNeeds Needs => base.Needs | MetricNeeds.Representation;

    private protected override RowFunction? Further(ExplainedRows rows) => rows.Representation
        ?? throw new InvalidOperationException("The metric looks at an inner layer, and none is named.");

    private protected override double Of(ExplainedRows rows, int row, ReadOnlySpan<double> input, ReadOnlySpan<double> said,
        (double[] Before, double[] After) further) => Over(Relative(rows.Attribution(row), said), Relative(further.Before, further.After));

    internal override string? ObstacleToGraph => "it looks at an inner layer, which only rows outside a graph name";
}
