using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Evaluation;

/// <summary>
/// Sparseness: the Gini index of |a| + 10⁻⁷, Σ (2i − n − 1)·a₍ᵢ₎ / (n·Σa), in ascending order; 0 where all are alike, near 1 where one
/// holds all. Higher is sparser. Chalasani et al. 2020, arXiv:1810.06583.
/// </summary>
[Method("sparseness", "How unequally relevance is shared out: the Gini index", "Chalasani et al. 2020, arXiv:1810.06583")]
public sealed record Sparseness : ExplanationMetric
{
    /// <inheritdoc/>
    public override Direction Better => Direction.Higher;

    /// <inheritdoc/>
    public override (double Low, double High) Range => (0, 1);

    /// <inheritdoc/>
    public override string OfFlatMaps => "0";

    /// <inheritdoc/>
    protected override double[] Judge(ExplainedRows rows) => [.. Enumerable.Range(0, rows.Count).Select(row =>
    {
        var sorted = rows.Attribution(row).Absolute();
        Array.Sort(sorted);
        var (weighted, sum) = (0.0, 0.0);
        for (var i = 0; i < sorted.Length; i++)
            (weighted, sum) = (weighted + (2 * (i + 1) - sorted.Length - 1) * (sorted[i] + 1e-7), sum + sorted[i] + 1e-7);
        return weighted == 0 ? 0 : Math.Max(0, weighted / (sorted.Length * sum));
    })];

    internal override string? ObstacleToGraph => null;

    internal override IReadOnlyList<Value> Read(ExplainedQuestion rows)
    {
        var sorted = ExplainedQuestion.Sorted(rows.Said.Abs().Cast(ElementType.Double), descending: false)[0] + 1e-7;
        var weights = Enumerable.Range(1, checked((int)rows.Features)).Select(i => 2.0 * i - rows.Features - 1);
        var weighted = (sorted * sorted.Graph.Constant(Tensor.From([.. weights], 1, rows.Features))).ReduceSum([1]);
        return [(weighted / (sorted.ReduceSum([1]) * rows.Features)).Relu()];
    }
}
