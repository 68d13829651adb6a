using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Evaluation;

/// <summary>
/// Iterative removal of features: f(x_k)/f(x), k = 0 … S, while segments are replaced in the order of the mean of what is said of them.
/// Told by the area over the curve, 1 less the mean of its trapezoids; higher is better. Segments are given
/// (<see cref="ExplainedRows.Segments"/>), or squares. NaN where f(x) is 0. Rieger, Hansen 2020, arXiv:2003.08747.
/// </summary>
[Method("irof", "How far the score falls while segments are replaced by the channels' means, as a share of it",
    "Rieger, Hansen 2020, arXiv:2003.08747")]
public sealed record Irof : PerturbingCurve
{
    /// <summary>With the channels' means in the place of segments.</summary>
    public Irof() : base(JudgedScore.Probability) => Baseline = Baseline.ChannelMean;

    /// <summary>The side of the squares where no segments are given.</summary>
    [Option("The side of the squares where no segments are given; 0 for an eighth of the shorter side.")]
    public int Patch { get; init => field = Perturbing.NotNegative(value, nameof(Patch)); }

    /// <inheritdoc/>
    public override Direction Better => Direction.Higher;

    /// <inheritdoc/>
    public override (double Low, double High) Range => (double.NegativeInfinity, 1);

    /// <inheritdoc/>
    public override string OfFlatMaps => "the curve of segments in the order of their numbers";

    /// <inheritdoc/>
    protected override double[][] Trace(ExplainedRows rows)
    {
        var squares = rows.Segments is null ? Perturbing.Patches(rows.Extents, Perturbing.PatchOf(Patch, rows.Extents)) : null;
        var curves = FromStart(rows, row =>
        {
            var parts = squares ?? Segments(rows, row);
            double[] means = [.. parts.Select(p => p.Sum(rows.Attribution(row)) / p.Length)];
            return [.. Judging.Order(means).Select(p => parts[p])];
        });
        foreach (var curve in curves)
        {
            var start = curve[0];
            for (var k = 0; k < curve.Length; k++)
                curve[k] = start == 0 ? double.NaN : curve[k] / start;
        }
        return curves;
    }

    private protected override Value TraceOf(ExplainedQuestion rows)
    {
        var squares = rows.Patches(Patch);
        var curve = Along(rows, squares.OfFeatures(ExplainedQuestion.Places(squares.Means(rows.Said))),
            [.. Enumerable.Range(0, squares.Count + 1).Select(k => (long)k)]);
        var start = curve.Slice([0], [1], [1]);
        return curve / start.EqualTo(start.Like(0)).Where(start.Like(double.NaN), start);
    }

    /// <inheritdoc/>
    protected override double Told(ReadOnlySpan<double> curve) => 1 - Judging.MeanArea(curve);

    private static int[][] Segments(ExplainedRows rows, int row)
    {
        var segments = rows.Segments!.AsSpan(row * rows.Positions, rows.Positions).ToArray();
        int[] numbers = [.. segments.Distinct().Order()];
        return Perturbing.Parts(rows.Extents, numbers.Length, p => Array.BinarySearch(numbers, segments[p]));
    }
}
