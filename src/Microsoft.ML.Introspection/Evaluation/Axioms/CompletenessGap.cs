using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Evaluation;

/// <summary>
/// The completeness gap: Σa − (f(x) − f(baseline)); 0 of methods that share out the score. Sundararajan, Taly, Yan 2017, arXiv:1703.01365.
/// </summary>
[Method("completeness-gap", "What attributions sum to, less what the score gains from the baseline",
    "Sundararajan, Taly, Yan 2017, arXiv:1703.01365")]
public sealed record CompletenessGap() : PerturbingMetric(JudgedScore.Score)
{
    /// <inheritdoc/>
    public override Direction Better => Direction.Neither;

    /// <inheritdoc/>
    public override string OfFlatMaps => "by the formula; of zeros f(baseline) − f(x)";

    /// <inheritdoc/>
    protected override double[] Judge(ExplainedRows rows)
    {
        var filling = rows.Filling(Baseline);
        var (known, bases) = (rows.Known(Follows), rows.Follow(Follows, rows.Count, v => v,
            (row, x) => filling.AsSpan(row * rows.Features, rows.Features).CopyTo(x)));
        return [.. known.Select((f, row) =>
            System.Numerics.Tensors.TensorPrimitives.Sum(rows.Attribution(row)) - (f - bases[row]))];
    }

    internal override IReadOnlyList<Value> Read(ExplainedQuestion rows)
    {
        var gained = rows.Known(Follows) - rows.Follow(rows.Filling(Baseline), Follows).Squeeze(0);
        return [rows.Said.Cast(gained.Type).ReduceSum([1]) - gained];
    }
}
