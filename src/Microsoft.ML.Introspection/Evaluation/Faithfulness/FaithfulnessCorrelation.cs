using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Evaluation;

/// <summary>
/// Faithfulness correlation: Pearson's, over random subsets S of one size, of Σ_{i∈S} a_i and f(x) − f(x with S replaced). Higher is
/// better. Bhatt, Weller, Moura 2020, arXiv:2005.00631.
/// </summary>
/// <param name="Runs">How many subsets.</param>
/// <param name="Size">How many features each has; 0 for a fifth of all.</param>
/// <param name="Seed">Other subsets for every seed.</param>
[Method("faithfulness-correlation", "Whether the score falls, by random subsets of features, as far as is said of them",
    "Bhatt, Weller, Moura 2020, arXiv:2005.00631")]
public sealed record FaithfulnessCorrelation(
    [Option("How many subsets.")]
    int Runs = 100,
    [Option("How many features each has; 0 for a fifth of all.")]
    int Size = 0,
    [Option("Other subsets for every seed.")]
    int Seed = 1) : SubsetMetric(JudgedScore.Score)
{
    /// <summary>How many subsets.</summary>
    public int Runs { get; } = Perturbing.Positive(Runs, nameof(Runs));

    /// <summary>How many features each has.</summary>
    public int Size { get; } = Perturbing.NotNegative(Size, nameof(Size));

    /// <inheritdoc/>
    protected override double[] Judge(ExplainedRows rows) => Correlated(rows, Runs, Seed, _ => null,
        Size > 0 ? Math.Min(Size, rows.Features) : Math.Max(1, rows.Features / 5), byRanks: false);

    internal override IReadOnlyList<Value> Read(ExplainedQuestion rows) => [Correlated(rows, Runs, Seed, null,
        Size > 0 ? (int)Math.Min(Size, rows.Features) : (int)Math.Max(1, rows.Features / 5), byRanks: false)];
}
