using System.Globalization;
using MathNet.Numerics.Statistics;

namespace Microsoft.ML.Introspection.Shapley;

/// <summary>
/// A measurement cut into ranges: (−∞, e₀], (e₀, e₁], …, (eₙ, ∞), and missing values, NaN, for themselves.
/// </summary>
internal sealed class FeatureBins
{
    private const int EntropyDepth = 3;
    private const int Missing = -1;

    private readonly double[] _edges;

    private FeatureBins(IEnumerable<double> edges) => _edges = [.. edges.Distinct().Order()];

    /// <summary>Ranges that hold equally many of some values, as nearly as equal values allow.</summary>
    /// <param name="values">The values; NaN are passed over.</param>
    /// <param name="parts">How many ranges: 4 for quartiles.</param>
    public static FeatureBins Quantiles(IReadOnlyList<double> values, int parts)
    {
        double[] known = [.. values.Where(v => !double.IsNaN(v)).Order()];
        return new FeatureBins(known.Length == 0 ? [] : Enumerable.Range(1, parts - 1)
            .Select(i => SortedArrayStatistics.QuantileCustom(known, (double)i / parts, QuantileDefinition.R7)));
    }

    /// <summary>
    /// Ranges that tell classes apart: the splits of a decision tree of depth 3 that lowers their entropy, or the median where no split
    /// does.
    /// </summary>
    /// <param name="values">The values; NaN are passed over.</param>
    /// <param name="labels">The class of each.</param>
    public static FeatureBins Entropy(IReadOnlyList<double> values, ReadOnlySpan<double> labels)
    {
        var classes = labels.ToArray().Distinct().Order().ToList();
        int[] known = [.. Enumerable.Range(0, values.Count).Where(i => !double.IsNaN(values[i]))];
        double[] sorted = [.. known.Select(i => values[i])];
        var told = new int[known.Length];
        for (var i = 0; i < told.Length; i++)
            told[i] = classes.IndexOf(labels[known[i]]);
        Array.Sort(sorted, told);
        var edges = new List<double>();
        Split(sorted, told, classes.Count, EntropyDepth, edges);
        return edges.Count == 0 ? Quantiles(values, 2) : new FeatureBins(edges);
    }

    /// <summary>The number of the range that a value lies in.</summary>
    public int Of(double value)
    {
        if (double.IsNaN(value))
            return Missing;
        var place = Array.BinarySearch(_edges, value);
        return place < 0 ? ~place : place;
    }

    /// <summary>What holds of a value: <c>12.5 &lt; mean radius &lt;= 14.1</c>.</summary>
    public string Describe(double value, string name)
    {
        static string Text(double edge) => edge.ToString("G4", CultureInfo.InvariantCulture);
        return Of(value) switch
        {
            Missing => $"{name} is missing",
            _ when _edges.Length == 0 => $"{name} is any",
            0 => $"{name} <= {Text(_edges[0])}",
            var last when last == _edges.Length => $"{name} > {Text(_edges[^1])}",
            var bin => $"{Text(_edges[bin - 1])} < {name} <= {Text(_edges[bin])}",
        };
    }

    private static void Split(ReadOnlySpan<double> values, ReadOnlySpan<int> classes, int count, int depth, List<double> edges)
    {
        if (depth == 0 || values.Length < 2)
            return;
        var (left, right) = (new int[count], new int[count]);
        foreach (var c in classes)
            right[c]++;
        var (best, place) = (Bits(right, values.Length) - 1e-9, -1);
        for (var i = 0; i < values.Length - 1; i++)
        {
            left[classes[i]]++;
            right[classes[i]]--;
            if (values[i] == values[i + 1])
                continue;
            var bits = Bits(left, i + 1) + Bits(right, values.Length - i - 1);
            if (bits < best)
                (best, place) = (bits, i);
        }
        if (place < 0)
            return;
        edges.Add(values[place] / 2 + values[place + 1] / 2);
        Split(values[..(place + 1)], classes[..(place + 1)], count, depth - 1, edges);
        Split(values[(place + 1)..], classes[(place + 1)..], count, depth - 1, edges);
    }

    // The entropy of all together.
    private static double Bits(int[] counts, int total)
    {
        var bits = 0.0;
        foreach (var n in counts)
            if (n > 0)
                bits -= n * Math.Log2((double)n / total);
        return bits;
    }
}
