using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Evaluation;

/// <summary>
/// Deletion: the score while features are removed, the most relevant first, at ⌊k·F/steps⌋ features, start and end included. Told by the
/// mean of the trapezoids; lower is better. Petsiuk, Das, Saenko 2018, arXiv:1806.07421.
/// </summary>
/// <param name="Steps">How many steps.</param>
[Method("deletion", "The mean score while features are removed, the most relevant first",
    "Petsiuk, Das, Saenko 2018, arXiv:1806.07421")]
public sealed record Deletion(
    [Option("How many steps.")]
    int Steps = 10) : PerturbingCurve(JudgedScore.Probability)
{
    /// <summary>How many steps.</summary>
    public int Steps { get; } = Perturbing.Positive(Steps, nameof(Steps));

    /// <inheritdoc/>
    public override Direction Better => Direction.Lower;

    /// <inheritdoc/>
    public override string OfFlatMaps => "the curve of features in the order in which they stand";

    /// <inheritdoc/>
    protected override double[][] Trace(ExplainedRows rows) => FromStart(rows, row =>
    {
        var order = Judging.Order(rows.Attribution(row));
        int To(int step) => (int)((long)step * order.Length / Steps);
        return [.. Enumerable.Range(0, Steps).Select(k => order[To(k)..To(k + 1)])];
    }, comeBack: false);

    private protected override Value TraceOf(ExplainedQuestion rows) => Along(rows, ExplainedQuestion.Places(rows.Said),
        [.. Enumerable.Range(0, Steps + 1).Select(k => k * rows.Features / Steps)]);

    /// <inheritdoc/>
    protected override double Told(ReadOnlySpan<double> curve) => Judging.MeanArea(curve);
}
