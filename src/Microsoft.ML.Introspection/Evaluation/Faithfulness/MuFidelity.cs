using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Evaluation;

/// <summary>
/// μFidelity: Spearman's correlation, over random subsets of the cells of a grid, of the sum of what is said of them and
/// f(x) − f(x with them replaced). Higher is better. Bhatt, Weller, Moura 2020, arXiv:2005.00631; by ranks as in Fel et al. 2021,
/// arXiv:2111.04138.
/// </summary>
/// <param name="Runs">How many subsets.</param>
/// <param name="Cells">Cells along the longer side; 0 for single features.</param>
/// <param name="Share">The share of cells in a subset.</param>
/// <param name="Seed">Other subsets for every seed.</param>
[Method("mu-fidelity", "Whether the score falls, by random cells of a grid, in the order that is said of them",
    "Bhatt, Weller, Moura 2020, arXiv:2005.00631; Fel et al. 2021, arXiv:2111.04138")]
public sealed record MuFidelity(
    [Option("How many subsets.")]
    int Runs = 200,
    [Option("Cells along the longer side; 0 for single features.")]
    int Cells = 9,
    [Option("The share of cells in a subset.")]
    double Share = 0.2,
    [Option("Other subsets for every seed.")]
    int Seed = 1) : SubsetMetric(JudgedScore.Score)
{
    /// <summary>How many subsets.</summary>
    public int Runs { get; } = Perturbing.Positive(Runs, nameof(Runs));

    /// <summary>Cells along the longer side.</summary>
    public int Cells { get; } = Perturbing.NotNegative(Cells, nameof(Cells));

    /// <summary>The share of cells in a subset.</summary>
    public double Share { get; } = Share is > 0 and < 1 ? Share
        : throw new ArgumentOutOfRangeException(nameof(Share), Share, "A share between 0 and 1 was expected.");

    /// <inheritdoc/>
    protected override double[] Judge(ExplainedRows rows)
    {
        var units = Cells == 0 ? null : Perturbing.Patches(rows.Extents, CellOf(rows.Extents));
        return Correlated(rows, Runs, Seed, _ => units, SizeOf(units?.Length ?? rows.Features), byRanks: true);
    }

    internal override IReadOnlyList<Value> Read(ExplainedQuestion rows)
    {
        var extents = rows.Extents;
        var units = Cells == 0 ? null : rows.Patches(CellOf(extents));
        var count = units?.Count ?? checked((int)rows.Features);
        return [Correlated(rows, Runs, Seed, units, SizeOf(count), byRanks: true)];
    }

    private int CellOf(IReadOnlyList<int> extents) =>
        ((extents.Count > 2 ? Math.Max(extents[^1], extents[^2]) : extents[^1]) + Cells - 1) / Cells;

    private int SizeOf(int count) => Math.Clamp((int)(Share * count), 1, count);
}
