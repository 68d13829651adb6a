namespace Microsoft.ML.Introspection.Numerics;

/// <summary>How far two groups of rows lie apart.</summary>
public enum Linkage
{
    /// <summary>By how much their squared distances from means grow when they are joined (Ward 1963).</summary>
    Ward,

    /// <summary>The mean distance of their rows.</summary>
    Average,

    /// <summary>The distance of their furthest rows.</summary>
    Complete,

    /// <summary>The distance of their nearest rows.</summary>
    Single,
}

/// <summary>Two groups joined: rows are numbered first, then what is joined, in the order of heights.</summary>
/// <param name="First">The smaller number.</param>
/// <param name="Second">The larger number.</param>
/// <param name="Height">How far they lay apart.</param>
/// <param name="Size">The rows of both.</param>
public readonly record struct Merge(int First, int Second, double Height, int Size);

/// <summary>Rows joined to ever larger groups, the nearest two first, by chains of nearest neighbours (Murtagh 1983).</summary>
public sealed class Agglomeration
{
    private readonly int count;

    private Agglomeration(int count, IReadOnlyList<Merge> merges) => (this.count, Merges) = (count, merges);

    /// <summary>The tree: one merge less than rows, by ascending height.</summary>
    public IReadOnlyList<Merge> Merges { get; }

    /// <summary>Joins rows.</summary>
    /// <param name="distances">Euclidean distances, count × count.</param>
    /// <param name="count">How many rows.</param>
    /// <param name="linkage">How far groups lie apart.</param>
    /// <exception cref="ArgumentException">The distances are not square or not finite.</exception>
    public static Agglomeration Of(double[] distances, int count, Linkage linkage)
    {
        ArgumentNullException.ThrowIfNull(distances);
        if (count < 1 || distances.Length != (long)count * count || !distances.All(double.IsFinite))
            throw new ArgumentException($"{count} × {count} finite distances were expected; {distances.Length} numbers were given.",
                nameof(distances));
        var apart = linkage == Linkage.Ward ? Array.ConvertAll(distances, d => d * d) : [.. distances];
        var sizes = new int[count];
        Array.Fill(sizes, 1);
        var (chain, joined) = (new List<int>(), new List<(int A, int B, double Height)>());
        while (joined.Count < count - 1)
        {
            if (chain.Count == 0)
                chain.Add(Array.FindIndex(sizes, s => s > 0));
            var top = chain[^1];
            // The one before wins ties: or the chain might run in a circle.
            var (nearest, least) = chain.Count > 1 ? (chain[^2], apart[top * count + chain[^2]]) : (-1, double.PositiveInfinity);
            for (var other = 0; other < count; other++)
                if (sizes[other] > 0 && other != top && apart[top * count + other] < least)
                    (nearest, least) = (other, apart[top * count + other]);
            if (chain.Count < 2 || nearest != chain[^2])
            {
                chain.Add(nearest);
                continue;
            }
            chain.RemoveRange(chain.Count - 2, 2);
            joined.Add((top, nearest, linkage == Linkage.Ward ? Math.Sqrt(least) : least));
            for (var other = 0; other < count; other++)
                if (sizes[other] > 0 && other != top && other != nearest)
                    apart[other * count + nearest] = apart[nearest * count + other] = Joined(linkage,
                        apart[top * count + other], apart[nearest * count + other], least, sizes[top], sizes[nearest], sizes[other]);
            (sizes[nearest], sizes[top]) = (sizes[nearest] + sizes[top], 0);
        }
        return new(count, Numbered(joined, count));
    }

    /// <summary>The group of each row when so many are left, numbered by their first rows.</summary>
    /// <param name="clusters">How many, 1 to the number of rows.</param>
    public int[] Cut(int clusters)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(clusters, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(clusters, count);
        int[] above = [.. Enumerable.Range(0, 2 * count)];
        for (var i = 0; i < count - clusters; i++)
            above[Merges[i].First] = above[Merges[i].Second] = count + i;
        var (labels, numbers) = (new int[count], new Dictionary<int, int>());
        for (var row = 0; row < count; row++)
        {
            var group = Root(above, row);
            if (!numbers.TryGetValue(group, out labels[row]))
                numbers[group] = labels[row] = numbers.Count;
        }
        return labels;
    }

    // Lance, Williams 1967.
    private static double Joined(Linkage linkage, double first, double second, double between, double a, double b, double other) =>
        linkage switch
        {
            Linkage.Ward => ((a + other) * first + (b + other) * second - other * between) / (a + b + other),
            Linkage.Average => (a * first + b * second) / (a + b),
            Linkage.Complete => Math.Max(first, second),
            Linkage.Single => Math.Min(first, second),
            _ => throw new ArgumentOutOfRangeException(nameof(linkage), linkage, "No such linkage."),
        };

    private static Merge[] Numbered(List<(int A, int B, double Height)> joined, int count)
    {
        int[] above = [.. Enumerable.Range(0, 2 * count)];
        var sizes = new int[2 * count];
        Array.Fill(sizes, 1, 0, count);
        return [.. joined.OrderBy(j => j.Height).Select((j, i) =>
        {
            var (a, b, whole) = (Root(above, j.A), Root(above, j.B), count + i);
            above[a] = above[b] = whole;
            sizes[whole] = sizes[a] + sizes[b];
            return new Merge(Math.Min(a, b), Math.Max(a, b), j.Height, sizes[whole]);
        })];
    }

    private static int Root(int[] above, int node)
    {
        while (above[node] != node)
            node = above[node] = above[above[node]];
        return node;
    }
}
