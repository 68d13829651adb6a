using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>
/// Sobol attribution: the total Sobol index of every cell, the share of the score's variance under random masks that goes when all other
/// cells are held: what it does alone and with others. One forward pass for each of Designs·(cells + 1) masks.
/// Fel, Cadène, et al. 2021, arXiv:2111.04138.
/// </summary>
/// <param name="Designs">How many masks each index is estimated from; 32 in the paper.</param>
/// <param name="Estimator">How indices are estimated.</param>
[Method("sobol", "The share of the score's variance under random masks that a region causes, alone and with others",
    "Fel, Cadène, et al. 2021, arXiv:2111.04138")]
public sealed record SobolAttribution(
    [Option("How many masks each region's index is estimated from.")]
    int Designs = 32,
    [Option("How indices are estimated.")]
    SobolEstimator Estimator = SobolEstimator.Jansen) : MaskSensitivity
{
    /// <summary>How many masks each index is estimated from.</summary>
    public int Designs { get; } = Designs >= 2 ? Designs
        : throw new ArgumentOutOfRangeException(nameof(Designs), Designs, "A variance needs two designs at least.");

    // Given masks are those of A, then those of B; the scores of B are asked by no estimator.
    private protected override (double[] Masks, int Count) Masks(int cells)
    {
        var points = Sequence.Points(Designs, 2 * cells, Sequence == PointSequence.Sobol ? 1 : 0, Seed);
        if (GivenOf(2 * Designs, cells) is { } given)
            for (var i = 0; i < 2 * Designs; i++)
                given.AsSpan(i * cells, cells).CopyTo(points.AsSpan((i < Designs ? 2 * i : 2 * (i - Designs) + 1) * cells));
        var all = SobolIndices.Designs(points, cells);
        return ([.. all[..(Designs * cells)], .. all[(2 * Designs * cells)..]], Designs * (cells + 1));
    }

    private protected override Value Measure(Value scores, double[] masks, int cells) => Estimator.Total(
        scores.Slice([0], [Designs], [1]), scores.Slice([Designs], [Designs * (cells + 1L)], [1]).Reshape(-1, cells, Designs));
}
