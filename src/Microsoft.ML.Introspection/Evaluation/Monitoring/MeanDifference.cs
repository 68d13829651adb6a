using MathNet.Numerics.Distributions;
using Microsoft.ML.Introspection.Numerics;

namespace Microsoft.ML.Introspection.Evaluation.Monitoring;

/// <summary>How far two means lie apart.</summary>
/// <param name="Value">The second less the first.</param>
/// <param name="Low">From here it may be, if rows are drawn independently: Welch's interval; NaN where there are too few rows.</param>
/// <param name="High">To here.</param>
/// <param name="Probability">
/// How likely a difference at least as large would be by chance alone (Welch 1947, both sides); NaN where there are too few rows.
/// </param>
/// <param name="Adjusted">The same, raised for the number of differences that are looked at; an interval is not.</param>
public sealed record MeanDifference(double Value, double Low, double High, double Probability, double Adjusted)
{
    // Beyond, Student's distribution is the normal one to more digits than matter here.
    private const double ManyDegrees = 1e5;

    /// <summary>The difference of what two samples say.</summary>
    /// <param name="first">What is subtracted.</param>
    /// <param name="second">From what.</param>
    /// <param name="level">The share of intervals that hold the true difference.</param>
    /// <param name="fewest">With fewer numbers on a side there is no interval.</param>
    internal static MeanDifference Between(Moments first, Moments second, double level, long fewest = 2)
    {
        if (first.Count == 0 || second.Count == 0)
            return new(double.NaN, double.NaN, double.NaN, double.NaN, double.NaN);
        var apart = second.Mean - first.Mean;
        if (Math.Min(first.Count, second.Count) < Math.Max(2, fewest))
            return new(apart, double.NaN, double.NaN, double.NaN, double.NaN);
        var test = StudentTest.Welch(apart, second.Variance, second.Count, first.Variance, first.Count);
        var (degrees, share) = (test.DegreesOfFreedom, (1 + level) / 2);
        var reach = (degrees > ManyDegrees ? Normal.InvCDF(0, 1, share) : StudentT.InvCDF(0, 1, degrees, share))
            * Math.Sqrt(first.Variance / first.Count + second.Variance / second.Count);
        return new(apart, apart - reach, apart + reach, test.Probability, test.Probability);
    }

    /// <summary>The differences with their probabilities raised together.</summary>
    internal static IReadOnlyList<MeanDifference> Adjust(TestCorrection correction, IReadOnlyList<MeanDifference> differences) =>
        [.. differences.Zip(correction.Adjust([.. differences.Select(d => d.Probability)]), (d, p) => d with { Adjusted = p })];
}
