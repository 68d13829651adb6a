namespace Microsoft.ML.Introspection.Reports;

/// <summary>Where a scale of colours begins and ends, for one map or for several that are to be compared.</summary>
internal readonly record struct HeatmapScale(double Minimum, double Maximum, bool IsSymmetric)
{
    /// <summary>The scale of all values together.</summary>
    public static HeatmapScale Of(IEnumerable<float> values, HeatmapOptions options)
    {
        if (options.Range is var (minimum, maximum))
            return new HeatmapScale(minimum, maximum, minimum == -maximum);

        double[] finite = [.. values.Where(float.IsFinite).Select(value => (double)value)];
        var hasNegative = finite.Any(value => value < 0);
        if (options.Symmetric ?? hasNegative)
        {
            var reach = Reach(finite.Select(Math.Abs), options.Percentile);
            return new HeatmapScale(0 - reach, reach, true);
        }

        // Each side of zero by itself, so that zero is always on the scale and a map of magnitudes begins there.
        var below = Reach(finite.Select(value => Math.Max(-value, 0)), options.Percentile);
        var above = Reach(finite.Select(value => Math.Max(value, 0)), options.Percentile);
        return new HeatmapScale(0 - below, above, false);
    }

    /// <summary>The magnitude up to which the scale goes; in a map of zeros with a few others, the largest, not zero.</summary>
    private static double Reach(IEnumerable<double> magnitudes, double percentile)
    {
        double[] sorted = [.. magnitudes.Order()];
        if (sorted.Length == 0)
            return 0;
        var reach = RankAt(sorted, percentile);
        return reach > 0 ? reach : sorted[^1];
    }

    /// <summary>Linear interpolation between the two nearest ranks, as NumPy and spreadsheets do by default.</summary>
    private static double RankAt(double[] sorted, double percentile)
    {
        var rank = percentile / 100 * (sorted.Length - 1);
        var below = (int)rank;
        var above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + (sorted[above] - sorted[below]) * (rank - below);
    }
}
