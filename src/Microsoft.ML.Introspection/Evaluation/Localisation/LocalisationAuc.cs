namespace Microsoft.ML.Introspection.Evaluation;

/// <summary>
/// The area under the receiver's curve of the map against the mask: how probably a position inside is said more of than one outside, ties
/// counting half. NaN of masks that are empty or full. Fawcett 2006, doi:10.1016/j.patrec.2005.10.010.
/// </summary>
[Method("localisation-auc", "How probably a position in the mask is said more of than one outside",
    "Fawcett 2006, doi:10.1016/j.patrec.2005.10.010")]
public sealed record LocalisationAuc : MaskMetric
{
    /// <inheritdoc/>
    public override string OfFlatMaps => "0.5";

    private protected override double Of(double[] map, ReadOnlySpan<bool> mask)
    {
        double inside = CountOf(mask);
        if (inside == 0 || inside == map.Length)
            return double.NaN;
        var (ranks, sum) = (Numerics.Correlation.Ranks(map), 0.0);
        for (var i = 0; i < map.Length; i++)
            sum += mask[i] ? ranks[i] : 0;
        return (sum - inside * (inside + 1) / 2) / (inside * (map.Length - inside));
    }
}
