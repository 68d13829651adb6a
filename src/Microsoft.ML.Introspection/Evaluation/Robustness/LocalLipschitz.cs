using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Evaluation;

/// <summary>
/// Local Lipschitz estimate: the largest ‖a − a′‖₂/(‖x − x′‖₂ + 10⁻¹⁰) over rows x′ with noise. Lower is better. Alvarez-Melis, Jaakkola
/// 2018, arXiv:1806.08049.
/// </summary>
[Method("local-lipschitz", "How fast the explanation changes with the row", "Alvarez-Melis, Jaakkola 2018, arXiv:1806.08049")]
public sealed record LocalLipschitz() : NoisyMetric(50, 0.1)
{
    private protected override double Of(ExplainedRows rows, int row, ReadOnlySpan<double> input, ReadOnlySpan<double> said,
        (double[] Before, double[] After) further) => Apart(rows.Attribution(row), said) / (Apart(rows.Input(row), input) + 1e-10);

    private protected override Value Of(Value rows, Value at, Value before, Value after, Func<bool, Value> scores) =>
        Apart(before, after) / (Apart(rows, at) + 1e-10);
}
