using System.Diagnostics;

namespace Microsoft.ML.Introspection.Benchmarks;

/// <summary>Two pieces of work timed in turn, A B A B …, so that a drifting machine speed meets both alike.</summary>
/// <param name="First">Median seconds of the first.</param>
/// <param name="Second">Median seconds of the second.</param>
/// <param name="Ratio">Median of the ratios second/first, pair by pair.</param>
/// <param name="Low">The ratio's lower quartile.</param>
/// <param name="High">The ratio's upper quartile.</param>
internal sealed record Pair(double First, double Second, double Ratio, double Low, double High)
{
    public static Pair Time(Action first, Action second, double seconds = 20, int minimum = 5)
    {
        first();
        second();
        var (a, b) = (new List<double>(), new List<double>());
        var whole = Stopwatch.StartNew();
        while (a.Count < minimum || whole.Elapsed.TotalSeconds < seconds)
        {
            a.Add(Time(first));
            b.Add(Time(second));
        }
        var ratios = a.Zip(b, (x, y) => y / x).Order().ToList();
        return new Pair(Quantile([.. a.Order()], 0.5), Quantile([.. b.Order()], 0.5), Quantile(ratios, 0.5), Quantile(ratios, 0.25),
            Quantile(ratios, 0.75));
    }

    private static double Time(Action action)
    {
        var start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static double Quantile(IReadOnlyList<double> sorted, double q) => sorted[(int)Math.Round(q * (sorted.Count - 1))];
}
