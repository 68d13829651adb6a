using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Evaluation;

/// <summary>
/// Selectivity: the score f(x₁), f(x₂), … while squares are replaced, the most relevant first, without the start. Told by the area below
/// by trapezoids, a step being 1; lower is better. Montavon, Samek, Müller 2018, doi:10.1016/j.dsp.2017.10.011.
/// </summary>
/// <param name="Patch">The side of a square; 0 for an eighth of the shorter side.</param>
[Method("selectivity", "The area below the score while squares are replaced, the most relevant first",
    "Montavon, Samek, Müller 2018, doi:10.1016/j.dsp.2017.10.011")]
public sealed record Selectivity(
    [Option("The side of a square; 0 for an eighth of the shorter side.")]
    int Patch = 0) : PerturbingCurve(JudgedScore.Probability)
{
    /// <summary>The side of a square.</summary>
    public int Patch { get; } = Perturbing.NotNegative(Patch, nameof(Patch));

    /// <inheritdoc/>
    public override Direction Better => Direction.Lower;

    /// <inheritdoc/>
    public override string OfFlatMaps => "the curve of squares in the order in which they stand";

    /// <inheritdoc/>
    protected override double[][] Trace(ExplainedRows rows)
    {
        var patches = Perturbing.Patches(rows.Extents, Perturbing.PatchOf(Patch, rows.Extents));
        return Along(rows, row =>
        {
            double[] sums = [.. patches.Select(p => p.Sum(rows.Attribution(row)))];
            return [.. Judging.Order(sums).Select(p => patches[p])];
        });
    }

    private protected override Value TraceOf(ExplainedQuestion rows)
    {
        var patches = rows.Patches(Patch);
        return Along(rows, patches.OfFeatures(ExplainedQuestion.Places(patches.Sums(rows.Said))),
            [.. Enumerable.Range(1, patches.Count).Select(k => (long)k)]);
    }

    /// <inheritdoc/>
    protected override double Told(ReadOnlySpan<double> curve) => Judging.Area(curve);
}
