namespace Microsoft.ML.Introspection.Evaluation;

/// <summary>
/// Top-k intersection: the share of the k largest numbers that lies in the mask; as concept influence, over the mask's share. NaN of an
/// empty mask. Theiner, Müller-Budack, Ewerth 2021, arXiv:2104.14995.
/// </summary>
/// <param name="Top">k; 0 for a tenth of all positions.</param>
/// <param name="ConceptInfluence">Whether it is divided by the mask's share.</param>
[Method("top-k-intersection", "The share of the k largest numbers that lies in the mask",
    "Theiner, Müller-Budack, Ewerth 2021, arXiv:2104.14995")]
public sealed record TopKIntersection(
    [Option("How many; 0 for a tenth of all positions.")]
    int Top = 0,
    [Option("Whether it is divided by the mask's share.")]
    bool ConceptInfluence = false) : MaskMetric
{
    /// <summary>k.</summary>
    public int Top { get; } = Perturbing.NotNegative(Top, nameof(Top));

    /// <inheritdoc/>
    public override (double Low, double High) Range => (0, ConceptInfluence ? double.PositiveInfinity : 1);

    /// <inheritdoc/>
    public override string OfFlatMaps => "that of the first k positions";

    private protected override double Of(double[] map, ReadOnlySpan<bool> mask) => CountOf(mask) == 0 ? double.NaN
        : Found(map, mask, Top > 0 ? Math.Min(Top, map.Length) : Math.Max(1, map.Length / 10)) / (ConceptInfluence ? ShareOf(mask) : 1);
}
