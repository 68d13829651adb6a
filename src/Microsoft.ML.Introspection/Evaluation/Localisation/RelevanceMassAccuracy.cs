namespace Microsoft.ML.Introspection.Evaluation;

/// <summary>
/// Relevance mass accuracy: Σ of the mask over Σ of all; of signed maps it may leave 0 to 1. NaN of an empty mask and where all sums to 0.
/// Arras, Osman, Samek 2022, arXiv:2003.07258.
/// </summary>
/// <param name="Part">Which part counts.</param>
[Method("relevance-mass-accuracy", "The share of the relevance that lies in the mask", "Arras, Osman, Samek 2022, arXiv:2003.07258")]
public sealed record RelevanceMassAccuracy(
    [Option("Which part counts.")]
    MapPart Part = MapPart.Positive) : MaskMetric
{
    /// <inheritdoc/>
    public override (double Low, double High) Range =>
        Part == MapPart.Signed ? (double.NegativeInfinity, double.PositiveInfinity) : (0, 1);

    /// <inheritdoc/>
    public override string OfFlatMaps => "the mask's share (of the positive part of a negative map NaN); of zeros NaN";

    private protected override double Of(double[] map, ReadOnlySpan<bool> mask)
    {
        var (inside, all) = Sums(map, mask, MapParts.Of(Part));
        return CountOf(mask) == 0 || all == 0 ? double.NaN : inside / all;
    }
}
