using System.Numerics.Tensors;
using Microsoft.ML.Introspection.Models;

namespace Microsoft.ML.Introspection.Shapley;

/// <summary>How far apart two clusters are, by the distances of their members.</summary>
public enum Linkage
{
    /// <summary>The mean distance.</summary>
    Average,

    /// <summary>The largest distance.</summary>
    Complete,

    /// <summary>The smallest distance.</summary>
    Single,
}

/// <summary>A step of hierarchical clustering.</summary>
/// <param name="First">
/// What is merged: below the number of items an item, otherwise what an earlier merge made, counted on from there.
/// </param>
/// <param name="Second">With what.</param>
/// <param name="Distance">How far apart they are.</param>
public readonly record struct ClusterMerge(int First, int Second, double Distance);

/// <summary>
/// Hierarchical clustering of features that tell the same, for Owen values over them (<see cref="PartitionShap"/>): features that are
/// correlated share what they are worth before others are compared with them.
/// </summary>
public static class FeatureClustering
{
    /// <summary>The most features: every pair has a distance.</summary>
    public const int MaximumFeatures = 4096;

    /// <summary>A hierarchy of features by their correlation over some rows.</summary>
    /// <param name="rows">Background rows, shape [N, features]; two at least.</param>
    /// <param name="features">How many features.</param>
    /// <param name="linkage">How far apart clusters are.</param>
    /// <param name="absolute">Whether features of opposite course are near as well, distance 1 − |r|; otherwise it is 1 − r.</param>
    /// <exception cref="ArgumentException">There are not enough rows, their length does not fit, or a value is not finite.</exception>
    public static Partition ByCorrelation(ReadOnlySpan<float> rows, int features, Linkage linkage = Linkage.Average,
        bool absolute = false) =>
        Partition.Merged(features,
            [.. Merges(CorrelationDistances(rows, features, absolute), features, linkage).Select(m => (m.First, m.Second))]);

    /// <summary>
    /// 1 − r of every pair of features, or 1 − |r|; of a feature that never varies, 1 to all others. Shape [features, features].
    /// </summary>
    /// <inheritdoc cref="ByCorrelation(ReadOnlySpan{float}, int, Linkage, bool)"/>
    public static double[] CorrelationDistances(ReadOnlySpan<float> rows, int features, bool absolute = false)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(features, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(features, MaximumFeatures);
        var table = RowTable.Of(features, rows);
        if (table.Rows < 2)
            throw new ArgumentException("A correlation needs two rows at least.", nameof(rows));
        table.CheckFinite(rows, [.. Enumerable.Range(0, features).Select(f => $"feature {f}")]);
        // Columns of length 1 around their mean: products are correlations.
        var (means, columns) = (table.Means(rows), new double[features * table.Rows]);
        for (var f = 0; f < features; f++)
        {
            var column = columns.AsSpan(f * table.Rows, table.Rows);
            for (var row = 0; row < table.Rows; row++)
                column[row] = rows[row * features + f] - means[f];
            var length = TensorPrimitives.Norm<double>(column);
            if (length > 1e-12 * Math.Max(1, Math.Abs(means[f])) * Math.Sqrt(table.Rows))
                TensorPrimitives.Divide(column, length, column);
            else
                column.Clear();
        }
        var distances = new double[features * features];
        for (var a = 0; a < features; a++)
        {
            for (var b = a + 1; b < features; b++)
            {
                var r =
                    Math.Clamp(
                        TensorPrimitives.Dot<double>(columns.AsSpan(a * table.Rows, table.Rows),
                            columns.AsSpan(b * table.Rows, table.Rows)), -1, 1);
                distances[a * features + b] = distances[b * features + a] = 1 - (absolute ? Math.Abs(r) : r);
            }
        }
        return distances;
    }

    /// <summary>Merges the two nearest clusters again and again. Lance, Williams 1967, doi:10.1093/comjnl/9.4.373.</summary>
    /// <param name="distances">The distances of all pairs, symmetric, shape [items, items].</param>
    /// <param name="items">How many items.</param>
    /// <param name="linkage">How far apart clusters are.</param>
    /// <returns>One merge less than there are items, in ascending order of distance.</returns>
    public static IReadOnlyList<ClusterMerge> Merges(ReadOnlySpan<double> distances, int items, Linkage linkage = Linkage.Average)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(items, 1);
        if (!Enum.IsDefined(linkage))
            throw new ArgumentOutOfRangeException(nameof(linkage), linkage, "There is no such linkage.");
        if (distances.Length != (long)items * items
            || distances.ContainsAny([double.NaN, double.PositiveInfinity, double.NegativeInfinity]))
            throw new ArgumentException($"Finite distances of all pairs of {items} items were expected, shape [{items}, {items}]; given "
                + $"were {distances.Length} numbers.", nameof(distances));
        var (apart, sizes, names) = (distances.ToArray(), new int[items], new int[items]);
        Array.Fill(sizes, 1);
        for (var i = 0; i < items; i++)
            names[i] = i;
        var nearest = new int[items];
        for (var i = 0; i < items; i++)
            nearest[i] = Nearest(i);

        var merges = new List<ClusterMerge>(items - 1);
        while (merges.Count < items - 1)
        {
            var first = -1;
            for (var i = 0; i < items; i++)
                if (sizes[i] > 0 && nearest[i] >= 0 && (first < 0 || apart[i * items + nearest[i]] < apart[first * items + nearest[first]]))
                    first = i;
            var second = nearest[first];
            merges.Add(
                new ClusterMerge(Math.Min(names[first], names[second]), Math.Max(names[first], names[second]),
                    apart[first * items + second]));
            for (var other = 0; other < items; other++)
            {
                if (other == first || other == second || sizes[other] == 0)
                    continue;
                var (a, b) = (apart[first * items + other], apart[second * items + other]);
                apart[first * items + other] = apart[other * items + first] = linkage switch
                {
                    Linkage.Complete => Math.Max(a, b),
                    Linkage.Single => Math.Min(a, b),
                    _ => (sizes[first] * a + sizes[second] * b) / (sizes[first] + sizes[second]),
                };
            }
            (sizes[first], sizes[second], names[first]) = (sizes[first] + sizes[second], 0, items + merges.Count - 1);
            for (var i = 0; i < items; i++)
                if (sizes[i] > 0 && (i == first || nearest[i] == first || nearest[i] == second
                    || apart[i * items + first] < apart[i * items + nearest[i]]))
                    nearest[i] = Nearest(i);
        }
        return merges;

        int Nearest(int item)
        {
            var best = -1;
            for (var other = 0; other < items; other++)
                if (other != item && sizes[other] > 0 && (best < 0 || apart[item * items + other] < apart[item * items + best]))
                    best = other;
            return best;
        }
    }
}
