namespace Microsoft.ML.Introspection.Evaluation;

/// <summary>
/// Relevance rank accuracy: the share of the mask among as many largest numbers as it has positions. NaN of an empty mask. Arras, Osman,
/// Samek 2022, arXiv:2003.07258.
/// </summary>
[Method("relevance-rank-accuracy", "The share of the mask among as many largest numbers as it has positions",
    "Arras, Osman, Samek 2022, arXiv:2003.07258")]
public sealed record RelevanceRankAccuracy : MaskMetric
{
    /// <inheritdoc/>
    public override string OfFlatMaps => "that of the first positions";

    private protected override double Of(double[] map, ReadOnlySpan<bool> mask) =>
        CountOf(mask) is > 0 and var count ? Found(map, mask, count) : double.NaN;
}
