using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Evaluation;

/// <summary>
/// Sensitivity-n: Pearson's correlation, over random subsets of n features, of Σa and f(x) − f(x with them replaced), for several n from 1
/// to a share of all, evenly apart as logarithms. Told by the mean over n; higher is better. For one n it is the faithfulness correlation.
/// Ancona et al. 2018, arXiv:1711.06104.
/// </summary>
/// <param name="Runs">How many subsets for each n.</param>
/// <param name="Sizes">How many n.</param>
/// <param name="Most">The share of all features that the largest n is.</param>
/// <param name="Seed">Other subsets for every seed.</param>
[Method("sensitivity-n", "Whether the score falls, by subsets of n features, as far as is said of them, over several n",
    "Ancona et al. 2018, arXiv:1711.06104")]
public sealed record SensitivityN(
    [Option("How many subsets for each n.")]
    int Runs = 100,
    [Option("How many n.")]
    int Sizes = 5,
    [Option("The share of all features that the largest n is.")]
    double Most = 0.8,
    [Option("Other subsets for every seed.")]
    int Seed = 1) : PerturbingCurve(JudgedScore.Score)
{
    /// <summary>How many subsets for each n.</summary>
    public int Runs { get; } = Perturbing.Positive(Runs, nameof(Runs));

    /// <summary>How many n.</summary>
    public int Sizes { get; } = Perturbing.Positive(Sizes, nameof(Sizes));

    /// <summary>The share of all features that the largest n is.</summary>
    public double Most { get; } = Most is > 0 and <= 1 ? Most
        : throw new ArgumentOutOfRangeException(nameof(Most), Most, "A share above 0 and at most 1 was expected.");

    /// <inheritdoc/>
    public override Direction Better => Direction.Higher;

    /// <inheritdoc/>
    public override (double Low, double High) Range => (-1, 1);

    /// <inheritdoc/>
    public override string OfFlatMaps => "NaN: nothing goes together with what does not vary";

    /// <summary>The n of each point of the curve.</summary>
    /// <param name="features">How many features a row has.</param>
    public IReadOnlyList<int> SizesOf(int features) =>
    [
        .. Enumerable.Range(0, Sizes)
            .Select(i => (int)Math.Round(Math.Pow(Math.Max(1, Most * features), Sizes == 1 ? 1 : i / (Sizes - 1.0)))).Distinct(),
    ];

    /// <inheritdoc/>
    protected override double[][] Trace(ExplainedRows rows)
    {
        var points = SizesOf(rows.Features).Select((n, i) => Correlating(n, i).Of(rows)).ToArray();
        return [.. Enumerable.Range(0, rows.Count).Select(row => points.Select(p => p[row]).ToArray())];
    }

    /// <inheritdoc/>
    protected override double Told(ReadOnlySpan<double> curve) => Judging.Mean(curve);

    private protected override Value TraceOf(ExplainedQuestion rows) => Operators.Concat(1,
        [.. SizesOf(checked((int)rows.Features)).SelectMany((n, i) => Correlating(n, i).Read(rows))]);

    private FaithfulnessCorrelation Correlating(int n, int i) =>
        new(Runs, n, unchecked(Seed * 31 + i)) { Baseline = Baseline, Follows = Follows };
}
