namespace Microsoft.ML.Introspection.Evaluation;

/// <summary>Which part of a map counts.</summary>
public enum MapPart
{
    /// <summary>Sizes, |a|.</summary>
    Absolute,

    /// <summary>What speaks for the class.</summary>
    Positive,

    /// <summary>All, with its sign.</summary>
    Signed,
}

/// <summary>
/// Attribution localisation: Σ of the mask over Σ of all, of |a| or of its positive part; 0 where all is zero. Weighted, over the mask's
/// share. NaN of an empty mask. Kohlbrenner et al. 2020, arXiv:1910.09840.
/// </summary>
/// <param name="Part">Which part counts.</param>
/// <param name="Weighted">Whether it is divided by the mask's share.</param>
[Method("attribution-localisation", "The share of what is said that lies in the mask", "Kohlbrenner et al. 2020, arXiv:1910.09840")]
public sealed record AttributionLocalisation(
    [Option("Which part counts.")]
    MapPart Part = MapPart.Absolute,
    [Option("Whether it is divided by the mask's share.")]
    bool Weighted = false) : MaskMetric
{
    /// <inheritdoc/>
    public override (double Low, double High) Range => (0, Weighted ? double.PositiveInfinity : 1);

    /// <inheritdoc/>
    public override string OfFlatMaps => "the mask's share (weighted 1); of zeros 0";

    private protected override double Of(double[] map, ReadOnlySpan<bool> mask)
    {
        if (CountOf(mask) == 0)
            return double.NaN;
        var (inside, all) = Sums(map, mask, MapParts.Of(Part));
        return inside / (all + 1e-9) / (Weighted ? ShareOf(mask) : 1);
    }
}

/// <summary>Parts of maps.</summary>
internal static class MapParts
{
    public static Func<double, double> Of(MapPart part) => part switch
    {
        MapPart.Absolute => Math.Abs,
        MapPart.Positive => a => Math.Max(a, 0),
        MapPart.Signed => a => a,
        _ => throw new ArgumentOutOfRangeException(nameof(part), part, "There is no such part."),
    };
}
