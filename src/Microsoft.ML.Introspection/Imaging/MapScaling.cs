namespace Microsoft.ML.Introspection.Imaging;

/// <summary>Which values of an attribution are shown.</summary>
public enum AttributionSign
{
    /// <summary>Both, from −1 to 1.</summary>
    All,

    /// <summary>What speaks in favour.</summary>
    Positive,

    /// <summary>What speaks against, as magnitudes.</summary>
    Negative,

    /// <summary>Magnitudes of both.</summary>
    AbsoluteValue,
}

/// <summary>Brings maps to a scale from 0 to 1, or from −1 to 1, each in the way of one library. NaN stays NaN and has no say.</summary>
public static class MapScaling
{
    /// <summary>
    /// As captum's <c>visualize_image_attr</c>: divided by the value where the cumulative sum of sorted magnitudes passes 100 −
    /// <paramref name="outlierPercentage"/> per cent, and clipped.
    /// </summary>
    /// <param name="map">The map, channels summed.</param>
    /// <param name="sign">Which values are shown.</param>
    /// <param name="outlierPercentage">From 0 to below 100: how much of the sum lies in outliers, which are clipped.</param>
    /// <returns>Values from 0 to 1; with <see cref="AttributionSign.All"/> from −1 to 1.</returns>
    public static double[] Captum(ReadOnlySpan<double> map, AttributionSign sign = AttributionSign.All, double outlierPercentage = 2)
    {
        if (!(outlierPercentage is >= 0 and < 100))
            throw new ArgumentOutOfRangeException(nameof(outlierPercentage), outlierPercentage,
                "A percentage from 0 to below 100 was expected.");
        Func<double, double> shown = sign switch
        {
            AttributionSign.All => v => v,
            AttributionSign.Positive => v => double.IsNaN(v) ? v : Math.Max(v, 0),
            AttributionSign.Negative => v => double.IsNaN(v) ? v : Math.Max(-v, 0),
            AttributionSign.AbsoluteValue => Math.Abs,
            _ => throw new ArgumentOutOfRangeException(nameof(sign), sign, "There is no such sign."),
        };
        var values = Array.ConvertAll(map.ToArray(), v => shown(v));
        var scale = CumulativeThreshold(values, 100 - outlierPercentage);
        return Array.ConvertAll(values, v => scale == 0 ? v * 0 : Math.Clamp(v / scale, sign == AttributionSign.All ? -1 : 0, 1));
    }

    /// <summary>
    /// As zennit's <c>imgify</c>: from <paramref name="vmin"/> (0) to <paramref name="vmax"/> (1), which are the extremes unless given;
    /// <paramref name="symmetric"/> puts 0 in the middle, at a half.
    /// </summary>
    /// <param name="map">The map, channels summed.</param>
    /// <param name="symmetric">Whether the scale reaches as far below 0 as above.</param>
    /// <param name="vmin">The lower end.</param>
    /// <param name="vmax">The upper end.</param>
    /// <param name="level">How much earlier than at the ends values reach the last colour: positions are drawn apart around a half.</param>
    /// <returns>Values from 0 to 1.</returns>
    public static double[] Zennit(ReadOnlySpan<double> map, bool symmetric = false, double? vmin = null, double? vmax = null,
        double level = 1)
    {
        if (!double.IsFinite(level) || level <= 0)
            throw new ArgumentOutOfRangeException(nameof(level), level, "A positive number was expected.");
        var values = map.ToArray();
        double[] finite = [.. values.Where(double.IsFinite).DefaultIfEmpty()];
        var reach = symmetric ? finite.Max(Math.Abs) : 0;
        var (low, high) = (vmin ?? (symmetric ? -reach : finite.Min()), vmax ?? (symmetric ? reach : finite.Max()));
        return Array.ConvertAll(values, v => Math.Clamp((Position(v) - 0.5) * level + 0.5, 0, 1));

        double Position(double value) => high > low ? (value - low) / (high - low) : value * 0 + (symmetric ? 0.5 : 0);
    }

    /// <summary>As saliency's <c>VisualizeImageGrayscale</c>: magnitudes from the smallest (0) to a percentile (1), clipped.</summary>
    /// <param name="map">The map; saliency sums the magnitudes of channels.</param>
    /// <param name="percentile">From 0 to 100.</param>
    /// <returns>Values from 0 to 1.</returns>
    public static double[] SaliencyGrayscale(ReadOnlySpan<double> map, double percentile = 99)
    {
        var magnitudes = Array.ConvertAll(map.ToArray(), Math.Abs);
        var (low, high) = (Percentile(magnitudes, 0), Percentile(magnitudes, percentile));
        return Array.ConvertAll(magnitudes, v => high > low ? Math.Clamp((v - low) / (high - low), 0, 1) : v * 0);
    }

    /// <summary>As saliency's <c>VisualizeImageDiverging</c>: a percentile of the values is 1, its opposite −1; clipped.</summary>
    /// <param name="map">The map, channels summed.</param>
    /// <param name="percentile">From 0 to 100.</param>
    /// <returns>Values from −1 to 1.</returns>
    public static double[] SaliencyDiverging(ReadOnlySpan<double> map, double percentile = 99)
    {
        var values = map.ToArray();
        var span = Math.Abs(Percentile(values, percentile));
        return Array.ConvertAll(values, v => span > 0 ? Math.Clamp(v / span, -1, 1) : v * 0);
    }

    /// <summary>The value below which a percentage of the finite values lies; between two, as NumPy has it by default.</summary>
    /// <param name="values">The values.</param>
    /// <param name="percentile">From 0 to 100.</param>
    /// <returns>0 where no value is finite.</returns>
    public static double Percentile(ReadOnlySpan<double> values, double percentile)
    {
        if (!(percentile is >= 0 and <= 100))
            throw new ArgumentOutOfRangeException(nameof(percentile), percentile, "A percentage from 0 to 100 was expected.");
        double[] sorted = [.. values.ToArray().Where(double.IsFinite).Order()];
        if (sorted.Length == 0)
            return 0;
        var rank = percentile / 100 * (sorted.Length - 1);
        var below = (int)rank;
        return sorted[below] + (sorted[Math.Min(below + 1, sorted.Length - 1)] - sorted[below]) * (rank - below);
    }

    private static double CumulativeThreshold(double[] values, double percentage)
    {
        double[] sorted = [.. values.Select(Math.Abs).Where(double.IsFinite).Order()];
        var (whole, sum) = (0.0, 0.0);
        foreach (var value in sorted)
            whole += value;
        foreach (var value in sorted)
            if ((sum += value) >= whole * 0.01 * percentage)
                return value;
        return sorted.Length == 0 ? 0 : sorted[^1];
    }
}
