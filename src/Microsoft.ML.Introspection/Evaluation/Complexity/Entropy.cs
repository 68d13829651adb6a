using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Evaluation;

/// <summary>
/// Complexity: the entropy of |a|/Σ|a| in nats, 0 where one feature holds all, ln n where all are alike. Lower is simpler. Bhatt, Weller,
/// Moura 2020, arXiv:2005.00631.
/// </summary>
[Method("complexity", "The entropy of the shares of relevance", "Bhatt, Weller, Moura 2020, arXiv:2005.00631")]
public sealed record Entropy : ExplanationMetric
{
    /// <inheritdoc/>
    public override Direction Better => Direction.Lower;

    /// <inheritdoc/>
    public override (double Low, double High) Range => (0, double.PositiveInfinity);

    /// <inheritdoc/>
    public override string OfFlatMaps => "ln n; of zeros NaN: they have no shares";

    /// <inheritdoc/>
    protected override double[] Judge(ExplainedRows rows) => [.. Enumerable.Range(0, rows.Count).Select(row =>
    {
        var sizes = rows.Attribution(row).Absolute();
        var (sum, entropy) = (System.Numerics.Tensors.TensorPrimitives.Sum<double>(sizes), 0.0);
        foreach (var size in sizes)
            entropy -= size > 0 ? size / sum * Math.Log(size / sum) : 0;
        return sum > 0 ? Math.Max(0, entropy) : double.NaN;
    })];

    internal override string? ObstacleToGraph => null;

    internal override IReadOnlyList<Value> Read(ExplainedQuestion rows)
    {
        var sizes = rows.Said.Abs().Cast(ElementType.Double);
        var sum = sizes.ReduceSum([1]);
        var shares = sizes / sum.Greater(0).Where(sum, sum.Like(double.NaN));
        return [-(shares * Operators.Emit("Max", shares, shares.Like(1e-300)).Log()).ReduceSum([1])];
    }
}
