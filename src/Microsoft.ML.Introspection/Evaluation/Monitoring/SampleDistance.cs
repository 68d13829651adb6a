namespace Microsoft.ML.Introspection.Evaluation.Monitoring;

/// <summary>How far two samples of numbers lie apart, of all their quantiles.</summary>
internal static class SampleDistance
{
    /// <summary>The area between two distribution functions, and their largest gap.</summary>
    /// <param name="first">Finite numbers in their order.</param>
    /// <param name="second">Likewise.</param>
    /// <returns>NaN where one is empty.</returns>
    public static (double Wasserstein, double KolmogorovSmirnov) Of(ReadOnlySpan<double> first, ReadOnlySpan<double> second)
    {
        if (first.IsEmpty || second.IsEmpty)
            return (double.NaN, double.NaN);
        var (i, j, area, largest) = (0, 0, 0.0, 0.0);
        while (i < first.Length && j < second.Length)
        {
            var at = Math.Min(first[i], second[j]);
            while (i < first.Length && first[i] == at)
                i++;
            while (j < second.Length && second[j] == at)
                j++;
            var gap = Math.Abs((double)i / first.Length - (double)j / second.Length);
            largest = Math.Max(largest, gap);
            var next = Math.Min(Next(first, i), Next(second, j));
            if (double.IsFinite(next))
                area += gap * (next - at);
        }
        // One has ended; of the other the rest is still to come.
        var rest = i < first.Length ? first[i..] : second[j..];
        var length = i < first.Length ? first.Length : second.Length;
        for (var place = 0; place + 1 < rest.Length; place++)
            area += (double)(rest.Length - 1 - place) / length * (rest[place + 1] - rest[place]);
        return (area, largest);

        static double Next(ReadOnlySpan<double> sorted, int place) => place < sorted.Length ? sorted[place] : double.PositiveInfinity;
    }
}
