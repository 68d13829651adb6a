namespace Microsoft.ML.Introspection.Shapley;

/// <summary>
/// Which other feature decides where, at the same value of a feature, its SHAP value lies: the one to colour a dependence plot by.
/// </summary>
/// <remarks>
/// Without interaction values: rows are put in the order of the feature and cut into small bins, in which its own value is almost the same.
/// What varies in a bin comes from others, and the correlation with each of them is averaged over the bins (as the shap library does).
/// </remarks>
internal static class PartnerSearch
{
    private const int LargestBin = 50;

    public static int? Strongest(ShapValues values, int feature)
    {
        var scores = values.InteractionRowCount > 0 ? FromInteractions(values, feature) : FromBins(values, feature);
        var best =
            Enumerable.Range(0, values.FeatureCount).Where(other => other != feature).DefaultIfEmpty(feature).MaxBy(other => scores[other]);
        return scores[best] > 0 ? best : null;
    }

    private static double[] FromInteractions(ShapValues values, int feature)
    {
        var sums = new double[values.FeatureCount];
        for (var row = 0; row < values.InteractionRowCount; row++)
        {
            var own = values.InteractionsOf(row).Slice(feature * sums.Length, sums.Length);
            for (var other = 0; other < sums.Length; other++)
                sums[other] += Math.Abs(own[other]);
        }
        sums[feature] = 0;
        return sums;
    }

    private static double[] FromBins(ShapValues values, int feature)
    {
        var column = values.FeatureColumn(feature);
        int[] order = [.. Enumerable.Range(0, values.RowCount).Where(row => !float.IsNaN(column[row])).OrderBy(row => column[row])];
        var shap = values.ForFeature(feature);
        var size = Math.Clamp(order.Length / 10, 1, LargestBin);
        double[] own = [.. order.Select(row => shap[row])];

        var scores = new double[values.FeatureCount];
        for (var other = 0; other < scores.Length; other++)
        {
            if (other == feature)
                continue;
            var theirs = values.FeatureColumn(other);
            double[] present = [.. order.Select(row => float.IsFinite(theirs[row]) ? theirs[row] : 0.0)];
            double[] missing = [.. order.Select(row => float.IsNaN(theirs[row]) ? 1.0 : 0.0)];
            scores[other] = Math.Max(MeanCorrelation(own, present, size), MeanCorrelation(own, missing, size));
        }
        return scores;
    }

    private static double MeanCorrelation(ReadOnlySpan<double> own, ReadOnlySpan<double> other, int size)
    {
        var sum = 0.0;
        for (var start = 0; start < own.Length; start += size)
        {
            var length = Math.Min(size, own.Length - start);
            sum += length * Math.Abs(Correlation(own.Slice(start, length), other.Slice(start, length)));
        }
        return sum / Math.Max(own.Length, 1);
    }

    private static double Correlation(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        var (meanX, meanY) = (0.0, 0.0);
        for (var i = 0; i < x.Length; i++)
            (meanX, meanY) = (meanX + x[i] / x.Length, meanY + y[i] / x.Length);
        var (xx, yy, xy) = (0.0, 0.0, 0.0);
        for (var i = 0; i < x.Length; i++)
        {
            var (dx, dy) = (x[i] - meanX, y[i] - meanY);
            (xx, yy, xy) = (xx + dx * dx, yy + dy * dy, xy + dx * dy);
        }

        // Roots first: the product of two small spreads would vanish.
        var spread = Math.Sqrt(xx) * Math.Sqrt(yy);
        return spread > 0 && double.IsFinite(spread) ? xy / spread : 0;
    }
}
