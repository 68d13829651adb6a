namespace Microsoft.ML.Introspection.Evaluation;

/// <summary>
/// Average precision of the map against the mask: Σ (R_k − R_{k−1})·P_k over thresholds from the largest number down, equal ones together.
/// NaN of an empty mask. Zhu 2004; as in scikit-learn.
/// </summary>
[Method("average-precision", "The mean precision of the map as a detector of the mask, over all thresholds",
    "Zhu 2004, Recall, precision and average precision")]
public sealed record AveragePrecision : MaskMetric
{
    /// <inheritdoc/>
    public override string OfFlatMaps => "the mask's share";

    private protected override double Of(double[] map, ReadOnlySpan<bool> mask)
    {
        var (count, order, found, before, sum) = (CountOf(mask), Judging.Order(map), 0, 0, 0.0);
        for (var i = 0; i < order.Length; i++)
        {
            found += mask[order[i]] ? 1 : 0;
            if (i + 1 < order.Length && map[order[i + 1]] == map[order[i]])
                continue;
            sum += (found - before) / (double)count * found / (i + 1);
            before = found;
        }
        return count == 0 ? double.NaN : sum;
    }
}
