namespace Microsoft.ML.Introspection.Evaluation;

/// <summary>
/// Pointing game: 1 where the largest number lies in the mask (of several largest, any), otherwise 0; weighted, times 1 less the mask's
/// share. NaN of an empty mask. Zhang et al. 2018, arXiv:1608.00507.
/// </summary>
/// <param name="Weighted">Whether small masks count more.</param>
[Method("pointing-game", "Whether the largest number lies in the mask", "Zhang et al. 2018, arXiv:1608.00507")]
public sealed record PointingGame(
    [Option("Whether small masks count more: times 1 less the mask's share.")]
    bool Weighted = false) : MaskMetric
{
    /// <inheritdoc/>
    public override string OfFlatMaps => "1: every position is the largest";

    private protected override double Of(double[] map, ReadOnlySpan<bool> mask)
    {
        if (CountOf(mask) == 0)
            return double.NaN;
        var (largest, hit) = (double.NegativeInfinity, false);
        foreach (var number in map)
            largest = Math.Max(largest, number);
        for (var i = 0; i < map.Length; i++)
            hit |= mask[i] && map[i] == largest;
        return !hit ? 0 : Weighted ? 1 - ShareOf(mask) : 1;
    }
}
