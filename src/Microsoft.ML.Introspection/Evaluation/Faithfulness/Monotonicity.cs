using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Evaluation;

/// <summary>
/// Monotonicity: the score while features are put back into the baseline in ascending order of |a|, from the baseline to the row itself.
/// Told by the share of steps at which it does not fall; higher is better. Arya et al. 2019, arXiv:1909.03012.
/// </summary>
/// <param name="Step">How many features a step puts back; 0 for at most 64 steps.</param>
[Method("monotonicity", "The share of steps at which the score does not fall as features come back, the least relevant first",
    "Arya et al. 2019, arXiv:1909.03012")]
public sealed record Monotonicity(
    [Option("How many features a step puts back; 0 for at most 64 steps.")]
    int Step = 0) : PerturbingCurve(JudgedScore.Probability)
{
    /// <summary>How many features a step puts back.</summary>
    public int Step { get; } = Perturbing.NotNegative(Step, nameof(Step));

    /// <inheritdoc/>
    public override Direction Better => Direction.Higher;

    /// <inheritdoc/>
    public override (double Low, double High) Range => (0, 1);

    /// <inheritdoc/>
    public override string OfFlatMaps => "the share along features in the order in which they stand";

    /// <inheritdoc/>
    protected override double[][] Trace(ExplainedRows rows) => FromStart(rows, row =>
        Judging.Steps(rows.Attribution(row).Absolute(), Perturbing.StepOf(Step, rows.Features), descending: false), comeBack: true);

    private protected override Value TraceOf(ExplainedQuestion rows) =>
        Along(rows, ExplainedQuestion.Places(rows.Said.Abs(), descending: false), [0, .. rows.Ends(Step)], comeBack: true);

    private protected override Value ToldOf(Value curve)
    {
        var points = curve.Shape[1].Value;
        var (from, to) = (curve.Slice([0], [points - 1], [1]), curve.Slice([1], [points], [1]));
        return to.GreaterOrEqual(from).AsNumber(curve.Type).ReduceMean([1]);
    }

    /// <inheritdoc/>
    protected override double Told(ReadOnlySpan<double> curve)
    {
        var rising = 0;
        for (var k = 1; k < curve.Length; k++)
            rising += curve[k] >= curve[k - 1] ? 1 : 0;
        return (double)rising / (curve.Length - 1);
    }
}
