namespace Microsoft.ML.Introspection.Evaluation;

/// <summary>
/// Focus: of mosaics of 2×2 pictures, the share of the positive part of the map that lies in the quadrants of the explained class; without
/// quadrants, in the mask. NaN where nothing is positive. Arias-Duart et al. 2022, arXiv:2109.15035.
/// </summary>
[Method("focus", "The share of positive relevance in the quadrants of a mosaic that show the class",
    "Arias-Duart et al. 2022, arXiv:2109.15035")]
public sealed record Focus : MaskMetric
{
    /// <summary>
    /// Which quadrants show the class: upper left, upper right, lower left, lower right of each row, shape [N, 4]; null for the masks.
    /// </summary>
    public IReadOnlyList<bool>? Quadrants { get; init; }

    /// <inheritdoc/>
    public override string OfFlatMaps => "the share of the quadrants; of zeros and negative maps NaN";

    /// <inheritdoc/>
    protected override double[] Judge(ExplainedRows rows)
    {
        if (Quadrants is null)
            return base.Judge(rows);
        var (height, width) = rows.Extents.Count == 3 ? (rows.Extents[1], rows.Extents[2])
            : throw new InvalidOperationException("Quadrants are those of pictures, rows of [channels, height, width].");
        if (Quadrants.Count != rows.Count * 4)
            throw new ArgumentException($"Four quadrants for each of {rows.Count} rows were expected; {Quadrants.Count} were given.");
        return [.. Enumerable.Range(0, rows.Count).Select(row => Of(rows.Map(row), Enumerable.Range(0, height * width)
            .Select(p => Quadrants[row * 4 + (p / width < height / 2 ? 0 : 2) + (p % width < width / 2 ? 0 : 1)]).ToArray()))];
    }

    private protected override double Of(double[] map, ReadOnlySpan<bool> mask)
    {
        var (inside, all) = Sums(map, mask, MapParts.Of(MapPart.Positive));
        return all == 0 ? double.NaN : inside / all;
    }
}
