using System.Numerics.Tensors;
using MathNet.Numerics.Random;

namespace Microsoft.ML.Introspection.Numerics;

/// <summary>
/// Rows in groups around centres, by Lloyd's turns: each row to the nearest centre (the first of equally near ones), each centre to the
/// mean of its rows, until nothing changes. A centre without rows goes to the row that lies furthest from its own. Lloyd 1957, 1982.
/// </summary>
public sealed class KMeans
{
    private KMeans(double[] centres, int[] labels, double inertia) => (Centres, Labels, Inertia) = (centres, labels, inertia);

    /// <summary>The centres, shape [clusters, columns].</summary>
    public double[] Centres { get; }

    /// <summary>The cluster of each row.</summary>
    public int[] Labels { get; }

    /// <summary>The sum of squared distances of rows from their centres.</summary>
    public double Inertia { get; }

    /// <summary>Groups rows.</summary>
    /// <param name="rows">The rows, one after the other.</param>
    /// <param name="columns">The numbers of each.</param>
    /// <param name="centres">The centres at the start, one after the other.</param>
    /// <param name="turns">The most turns.</param>
    /// <exception cref="ArgumentException">Rows or centres are not whole.</exception>
    public static KMeans Fit(double[] rows, int columns, double[] centres, int turns = 300)
    {
        ArgumentNullException.ThrowIfNull(centres);
        ArgumentOutOfRangeException.ThrowIfLessThan(turns, 1);
        var (count, clusters) = (Matrices.Rows(rows, columns), Matrices.Rows(centres, columns));
        centres = [.. centres];
        var (labels, distances) = (new int[count], new double[count]);
        Array.Fill(labels, -1);
        for (var turn = 0; ; turn++)
        {
            var changed = Assign(rows, columns, centres, labels, distances);
            if (!changed || turn == turns)
                return new KMeans(centres, labels, distances.Sum());
            var sizes = new int[clusters];
            Array.Clear(centres);
            for (var row = 0; row < count; row++)
            {
                sizes[labels[row]]++;
                var centre = centres.AsSpan(labels[row] * columns, columns);
                TensorPrimitives.Add(centre, rows.AsSpan(row * columns, columns), centre);
            }
            for (var cluster = 0; cluster < clusters; cluster++)
            {
                if (sizes[cluster] > 0)
                    continue;
                var far = TensorPrimitives.IndexOfMax<double>(distances);
                var of = rows.AsSpan(far * columns, columns);
                var from = centres.AsSpan(labels[far] * columns, columns);
                TensorPrimitives.Subtract(from, of, from);
                of.CopyTo(centres.AsSpan(cluster * columns));
                sizes[labels[far]]--;
                (sizes[cluster], labels[far], distances[far]) = (1, cluster, 0);
            }
            for (var cluster = 0; cluster < clusters; cluster++)
            {
                var centre = centres.AsSpan(cluster * columns, columns);
                TensorPrimitives.Divide(centre, Math.Max(sizes[cluster], 1), centre);
            }
        }
    }

    /// <summary>Groups rows from starts that are drawn far apart (Arthur, Vassilvitskii 2007), and takes the best of several.</summary>
    /// <param name="rows">The rows, one after the other.</param>
    /// <param name="columns">The numbers of each.</param>
    /// <param name="clusters">How many groups; with fewer rows, as many as there are.</param>
    /// <param name="seed">What is drawn.</param>
    /// <param name="starts">How many starts.</param>
    public static KMeans Fit(double[] rows, int columns, int clusters, int seed, int starts = 10)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(clusters, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(starts, 1);
        var count = Matrices.Rows(rows, columns);
        var random = new Xoshiro256StarStar(seed);
        return Enumerable.Range(0, starts).Select(_ => Fit(rows, columns, Drawn(rows, columns, Math.Min(clusters, count), random)))
            .MinBy(f => f.Inertia)!;
    }

    private static double[] Drawn(double[] rows, int columns, int clusters, Xoshiro256StarStar random)
    {
        var count = rows.Length / columns;
        var (centres, nearest) = (new double[clusters * columns], new double[count]);
        Array.Fill(nearest, double.PositiveInfinity);
        var chosen = random.Next(count);
        for (var cluster = 0; ; cluster++)
        {
            rows.AsSpan(chosen * columns, columns).CopyTo(centres.AsSpan(cluster * columns));
            if (cluster == clusters - 1)
                return centres;
            for (var row = 0; row < count; row++)
                nearest[row] = Math.Min(
                    nearest[row], Apart(rows.AsSpan(row * columns, columns), centres.AsSpan(cluster * columns, columns)));
            var place = random.NextDouble() * nearest.Sum();
            for (chosen = 0; chosen < count - 1 && place >= nearest[chosen]; chosen++)
                place -= nearest[chosen];
        }
    }

    private static bool Assign(double[] rows, int columns, double[] centres, int[] labels, double[] distances)
    {
        var changed = 0;
        Parallel.For(0, labels.Length, row =>
        {
            var (best, least) = (0, double.PositiveInfinity);
            for (var cluster = 0; cluster < centres.Length / columns; cluster++)
            {
                var apart = Apart(rows.AsSpan(row * columns, columns), centres.AsSpan(cluster * columns, columns));
                if (apart < least)
                    (best, least) = (cluster, apart);
            }
            if (labels[row] != best)
                Interlocked.Exchange(ref changed, 1);
            (labels[row], distances[row]) = (best, least);
        });
        return changed != 0;
    }

    private static double Apart(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        var distance = TensorPrimitives.Distance(a, b);
        return distance * distance;
    }
}
