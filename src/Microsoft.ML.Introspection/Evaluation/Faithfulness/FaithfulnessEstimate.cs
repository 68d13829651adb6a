using Microsoft.ML.Introspection.Numerics;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Evaluation;

/// <summary>
/// Faithfulness estimate: Pearson's correlation, over steps of features in descending order, of Σa and f(x) − f(x with the step replaced),
/// each step alone. Higher is better. Alvarez-Melis, Jaakkola 2018, arXiv:1806.07538.
/// </summary>
/// <param name="Step">How many features a step replaces; 0 for at most 64 steps.</param>
[Method("faithfulness-estimate", "Whether the score falls, feature by feature, as far as is said of it",
    "Alvarez-Melis, Jaakkola 2018, arXiv:1806.07538")]
public sealed record FaithfulnessEstimate(
    [Option("How many features a step replaces; 0 for at most 64 steps.")]
    int Step = 0) : PerturbingMetric(JudgedScore.Score)
{
    /// <summary>How many features a step replaces.</summary>
    public int Step { get; } = Perturbing.NotNegative(Step, nameof(Step));

    /// <inheritdoc/>
    public override Direction Better => Direction.Higher;

    /// <inheritdoc/>
    public override (double Low, double High) Range => (-1, 1);

    /// <inheritdoc/>
    public override string OfFlatMaps => "NaN: nothing goes together with what does not vary";

    /// <inheritdoc/>
    protected override double[] Judge(ExplainedRows rows)
    {
        var sets = Enumerable.Range(0, rows.Count)
            .Select(row => Judging.Steps(rows.Attribution(row), Perturbing.StepOf(Step, rows.Features))).ToArray();
        var (known, followed) = (rows.Known(Follows), Alone(rows, row => sets[row]));
        return [.. sets.Select((s, row) => Correlation.Pearson(
            s.Select(set => set.Sum(rows.Attribution(row))).ToArray(), followed[row].Select(f => known[row] - f).ToArray()))];
    }

    internal override IReadOnlyList<Value> Read(ExplainedQuestion rows)
    {
        var ends = rows.Ends(Step);
        var lost = rows.Alone(ExplainedQuestion.Places(rows.Said), [0, .. ends[..^1]], ends, Baseline, Follows);
        return [GraphCorrelation.Pearson(rows.SumsOfSteps(rows.Said.Cast(lost.Type), true, Step), lost)];
    }
}
