using Microsoft.ML.Introspection.Numerics;

namespace Microsoft.ML.Introspection.Evaluation;

/// <summary>How two maps of one picture are compared.</summary>
public enum MapSimilarity
{
    /// <summary>Spearman's correlation of signed numbers.</summary>
    Spearman,

    /// <summary>Spearman's correlation of sizes.</summary>
    SpearmanAbsolute,

    /// <summary>Pearson's correlation.</summary>
    Pearson,

    /// <summary>SSIM by a Gaussian window, each map scaled to 0 to 1 by its own extremes.</summary>
    Ssim,

    /// <summary>The same of sizes.</summary>
    SsimAbsolute,

    /// <summary>SSIM by an even window of 7×7, likewise scaled.</summary>
    SsimUniform,

    /// <summary>Pearson's correlation of histograms of oriented gradients, as the paper says.</summary>
    Hog,

    /// <summary>Spearman's of these, as the paper's code does.</summary>
    HogSpearman,
}

/// <summary>Comparing maps. Adebayo et al. 2018, arXiv:1810.03292.</summary>
public static class MapSimilarities
{
    /// <summary>
    /// How alike two maps are: 1 of equal ones; NaN of maps that are flat (by correlations) or too small for the window or the cells.
    /// </summary>
    /// <param name="similarity">By what.</param>
    /// <param name="first">Shape [height, width]; of tables a line, for which only correlations are defined.</param>
    /// <param name="second">The same.</param>
    /// <param name="width">The width.</param>
    /// <param name="cell">The side of a cell of histograms in pixels; 0 for a third to a quarter of the shorter side, 16 at most.</param>
    public static double Of(
        this MapSimilarity similarity, ReadOnlySpan<double> first, ReadOnlySpan<double> second, int width, int cell = 0)
    {
        if (first.Length != second.Length || width < 1 || first.Length % width != 0)
            throw new ArgumentException($"Maps of {first.Length} and {second.Length} numbers are none of equal size and width {width}.");
        if (first.IndexOfNotFinite() >= 0 || second.IndexOfNotFinite() >= 0)
            return double.NaN;
        return similarity switch
        {
            MapSimilarity.Spearman => Correlation.Spearman(first, second),
            MapSimilarity.SpearmanAbsolute => Correlation.Spearman(first.Absolute(), second.Absolute()),
            MapSimilarity.Pearson => Correlation.Pearson(first, second),
            MapSimilarity.Ssim => StructuralSimilarity.Gaussian(Scaled(first), Scaled(second), width),
            MapSimilarity.SsimAbsolute => StructuralSimilarity.Gaussian(Scaled(first.Absolute()), Scaled(second.Absolute()), width),
            MapSimilarity.SsimUniform => StructuralSimilarity.Uniform(Scaled(first), Scaled(second), width),
            MapSimilarity.Hog => Correlation.Pearson(Hog(first, width, cell), Hog(second, width, cell)),
            MapSimilarity.HogSpearman => Correlation.Spearman(Hog(first, width, cell), Hog(second, width, cell)),
            _ => throw new ArgumentOutOfRangeException(nameof(similarity), similarity, "There is no such similarity."),
        };
    }

    /// <summary>Whether it is one of pictures, and not of any numbers.</summary>
    public static bool IsOfPictures(this MapSimilarity similarity) => similarity >= MapSimilarity.Ssim;

    private static double[] Scaled(ReadOnlySpan<double> map) => MaskedConfidence.Scaled(map.ToArray());

    private static double[] Hog(ReadOnlySpan<double> map, int width, int cell) =>
        OrientedGradients.Of(Scaled(map), width, cell > 0 ? cell : Math.Clamp(Math.Min(width, map.Length / width) / 4, 2, 16));
}
