using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Evaluation;

/// <summary>
/// Pixel flipping: the score f(x₁), f(x₂), … while features are replaced from the most relevant on, without the start f(x). Told by the
/// area below by trapezoids, a step being 1; lower is better. Bach et al. 2015, doi:10.1371/journal.pone.0130140.
/// </summary>
/// <param name="Step">How many features a step replaces; 0 for as many that there are at most 64 steps.</param>
[Method("pixel-flipping", "The area below the score while features are replaced, the most relevant first",
    "Bach et al. 2015, doi:10.1371/journal.pone.0130140")]
public sealed record PixelFlipping(
    [Option("How many features a step replaces; 0 for at most 64 steps.")]
    int Step = 0) : PerturbingCurve(JudgedScore.Probability)
{
    /// <summary>How many features a step replaces.</summary>
    public int Step { get; } = Perturbing.NotNegative(Step, nameof(Step));

    /// <inheritdoc/>
    public override Direction Better => Direction.Lower;

    /// <inheritdoc/>
    public override string OfFlatMaps => "the curve of features in the order in which they stand";

    /// <inheritdoc/>
    protected override double[][] Trace(ExplainedRows rows) =>
        Along(rows, row => Judging.Steps(rows.Attribution(row), Perturbing.StepOf(Step, rows.Features)));

    private protected override Value TraceOf(ExplainedQuestion rows) =>
        Along(rows, ExplainedQuestion.Places(rows.Said), rows.Ends(Step));

    /// <inheritdoc/>
    protected override double Told(ReadOnlySpan<double> curve) => Judging.Area(curve);
}
