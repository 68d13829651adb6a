using System.Numerics.Tensors;
using MathNet.Numerics.Statistics;

namespace Microsoft.ML.Introspection.Uncertainty;

/// <summary>Rows whose confidence lies within a range.</summary>
/// <param name="Count">How many.</param>
/// <param name="Confidence">Their mean confidence; NaN of none.</param>
/// <param name="Accuracy">The share of them that is right; NaN of none.</param>
public sealed record ReliabilityBin(int Count, double Confidence, double Accuracy)
{
    /// <summary>How far the two lie apart; 0 of no rows.</summary>
    public double Gap => Count == 0 ? 0 : Math.Abs(Confidence - Accuracy);
}

/// <summary>
/// Whether probabilities mean what they say: of rows with a confidence of 0.8, are 80 % right (Guo, Pleiss, Sun, Weinberger 2017,
/// arXiv:1706.04599)? Confidence is the largest probability of a row; a row is right if its likeliest class (the first of equals) is true.
/// </summary>
/// <param name="Bins">Bins of equal width over 0 to 1, each without its lower end and with its upper one.</param>
/// <param name="ExpectedError">ECE: the bins' gaps, weighted by their rows; 0 is perfect.</param>
/// <param name="LargestError">MCE: the largest gap.</param>
/// <param name="AdaptiveError">ECE over as many bins of equally many rows (Nguyen, O'Connor 2015).</param>
/// <param name="Brier">The squared distance of the probabilities from the truth, mean over rows, summed over classes: 0 to 2.</param>
/// <param name="NegativeLogLikelihood">−log of the true class's probability, in nats, mean over rows; infinite if one is 0.</param>
public sealed record CalibrationReport(IReadOnlyList<ReliabilityBin> Bins, double ExpectedError, double LargestError, double AdaptiveError,
    double Brier, double NegativeLogLikelihood)
{
    /// <summary>The report of some rows.</summary>
    /// <param name="probabilities">Shape [rows, classes].</param>
    /// <param name="labels">The true class of each row.</param>
    /// <param name="bins">How many bins.</param>
    /// <exception cref="ArgumentException">The lists do not fit each other, a label is no class, or a probability is NaN.</exception>
    public static CalibrationReport Of(ReadOnlySpan<double> probabilities, IReadOnlyList<int> labels, int bins = 15)
    {
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentOutOfRangeException.ThrowIfLessThan(bins, 1);
        var classes = TrueClasses.Checked(probabilities, labels);
        var (confidence, right) = (new double[labels.Count], new bool[labels.Count]);
        var (brier, likelihood) = (0.0, 0.0);
        for (var row = 0; row < labels.Count; row++)
        {
            var p = probabilities.Slice(row * classes, classes);
            var best = TensorPrimitives.IndexOfMax(p);
            (confidence[row], right[row]) = (p[best], best == labels[row]);
            likelihood -= Math.Log(p[labels[row]]);
            for (var k = 0; k < classes; k++)
                brier += Math.Pow(p[k] - (k == labels[row] ? 1 : 0), 2);
        }
        ReliabilityBin Bin(List<int> rows) => rows.Count == 0 ? new(0, double.NaN, double.NaN)
            : new(rows.Count, rows.Average(r => confidence[r]), rows.Average(r => right[r] ? 1.0 : 0));
        double Error(IEnumerable<ReliabilityBin> of) => of.Sum(b => b.Gap * b.Count / labels.Count);

        var equal = Enumerable.Range(0, bins).Select(_ => new List<int>()).ToList();
        for (var row = 0; row < labels.Count; row++)
            equal[Math.Clamp((int)Math.Ceiling(confidence[row] * bins) - 1, 0, bins - 1)].Add(row);
        var widths = equal.ConvertAll(Bin);
        int[] sorted = [.. Enumerable.Range(0, labels.Count).OrderBy(r => confidence[r])];
        // The first bins take what is left over.
        int Start(int bin) => bin * (sorted.Length / bins) + Math.Min(bin, sorted.Length % bins);
        return new(widths, Error(widths), widths.Max(b => b.Gap),
            Error(Enumerable.Range(0, bins).Select(bin => Bin([.. sorted[Start(bin)..Start(bin + 1)]]))), brier / labels.Count,
            likelihood / labels.Count);
    }

    /// <summary>
    /// The curve of a class: mean probability and share of rows that are of it, bin by bin from the lowest; empty bins are left out.
    /// </summary>
    /// <param name="probabilities">Of the class, by row.</param>
    /// <param name="isOfClass">Whether a row is of it.</param>
    /// <param name="bins">How many bins.</param>
    /// <param name="equalCounts">Whether bins end at quantiles of the probabilities; else at equal steps from 0 to 1.</param>
    public static IReadOnlyList<(double Probability, double Share)> Curve(
        IReadOnlyList<double> probabilities, IReadOnlyList<bool> isOfClass, int bins = 10, bool equalCounts = false)
    {
        ArgumentNullException.ThrowIfNull(probabilities);
        ArgumentNullException.ThrowIfNull(isOfClass);
        ArgumentOutOfRangeException.ThrowIfLessThan(bins, 1);
        ConformalThreshold.SameLength(probabilities.Count, isOfClass.Count, "marks");
        double[] sorted = [.. probabilities.Order()];
        var edges = Enumerable.Range(1, bins - 1)
            .Select(i => (double)i / bins).Select(share => equalCounts
                ? SortedArrayStatistics.QuantileCustom(sorted, share, QuantileDefinition.R7) : share).ToList();
        return [.. probabilities.Zip(isOfClass).GroupBy(row => edges.Count(edge => edge < row.First)).OrderBy(bin => bin.Key)
            .Select(bin => (bin.Average(row => row.First), bin.Average(row => row.Second ? 1.0 : 0)))];
    }
}
