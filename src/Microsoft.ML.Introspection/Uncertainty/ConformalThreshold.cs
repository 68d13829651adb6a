namespace Microsoft.ML.Introspection.Uncertainty;

/// <summary>
/// What split conformal prediction learns from rows that the model has not been fitted to (Papadopoulos, Proedrou, Vovk, Gammerman 2002;
/// Vovk, Gammerman, Shafer 2005): a number below which the scores of new rows lie with the promised chance, if these rows and those to come
/// are drawn alike.
/// </summary>
public static class ConformalThreshold
{
    /// <summary>
    /// The k-th smallest score, k = ⌈(n + 1)(1 − α)⌉; infinite where there are fewer than k scores, as every score is then possible.
    /// </summary>
    /// <param name="scores">How badly the truth of each calibration row conforms to what the model says, any unit.</param>
    /// <param name="alpha">The share of rows that may be missed, between 0 and 1.</param>
    /// <exception cref="ArgumentException">A score is no number.</exception>
    /// <exception cref="ArgumentOutOfRangeException">α does not lie between 0 and 1.</exception>
    public static double Of(ReadOnlySpan<double> scores, double alpha)
    {
        Check(alpha);
        RefuseNaN(scores, "score");
        // (n + 1)(1 − α) of 10 · 0.9 is a hair above 9 in binary.
        var k = (long)Math.Ceiling((scores.Length + 1) * (1 - alpha) - 1e-9);
        if (k > scores.Length)
            return double.PositiveInfinity;
        double[] sorted = [.. scores];
        Array.Sort(sorted);
        return sorted[Math.Max(k, 1) - 1];
    }

    internal static void Check(double alpha)
    {
        if (!(alpha > 0 && alpha < 1))
            throw new ArgumentOutOfRangeException(nameof(alpha), alpha, "A share of rows between 0 and 1 may be missed: 0.1, say.");
    }

    internal static void RefuseNaN(ReadOnlySpan<double> numbers, string what)
    {
        for (var i = 0; i < numbers.Length; i++)
            if (double.IsNaN(numbers[i]))
                throw new ArgumentException($"The {what} number {i} is NaN.");
    }

    internal static void SameLength(int expected, int actual, string what)
    {
        if (expected != actual)
            throw new ArgumentException($"There are {actual} {what} for {expected} rows; one for each was expected.");
    }
}
