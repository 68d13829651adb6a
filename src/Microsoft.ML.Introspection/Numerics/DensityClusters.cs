namespace Microsoft.ML.Introspection.Numerics;

/// <summary>Groups where rows lie densely, by distances alone: DBSCAN (Ester, Kriegel, Sander, Xu 1996);
/// and how well rows fit groups.</summary>
public static class DensityClusters
{
    /// <summary>The group of a row in none.</summary>
    public const int Noise = -1;

    /// <summary>Finds groups.</summary>
    /// <param name="distances">count × count.</param>
    /// <param name="count">How many rows.</param>
    /// <param name="radius">Rows this near, or nearer, are neighbours.</param>
    /// <param name="least">A row with so many neighbours, itself counted, is a core.</param>
    /// <returns>The group of each row, numbered by their first cores, or <see cref="Noise"/>.</returns>
    /// <exception cref="ArgumentException">The distances are not square.</exception>
    public static int[] Of(double[] distances, int count, double radius, int least)
    {
        Square(distances, count);
        ArgumentOutOfRangeException.ThrowIfLessThan(least, 1);
        if (!(radius >= 0 && double.IsFinite(radius)))
            throw new ArgumentOutOfRangeException(nameof(radius), radius, "A finite number from 0 on was expected.");
        var (labels, core) = (new int[count], new bool[count]);
        Array.Fill(labels, Noise);
        for (var i = 0; i < count; i++)
        {
            var near = 0;
            foreach (var distance in distances.AsSpan(i * count, count))
                near += distance <= radius ? 1 : 0;
            core[i] = near >= least;
        }
        var (open, clusters) = (new Stack<int>(), 0);
        for (var start = 0; start < count; start++)
        {
            if (!core[start] || labels[start] != Noise)
                continue;
            labels[start] = clusters;
            for (open.Push(start); open.TryPop(out var i);)
                for (var j = 0; core[i] && j < count; j++)
                    if (labels[j] == Noise && distances[i * count + j] <= radius)
                    {
                        labels[j] = clusters;
                        open.Push(j);
                    }
            clusters++;
        }
        return labels;
    }

    /// <summary>
    /// (b − a) / max(a, b) of each row, −1 to 1, where a is its mean distance from others of its group and b that from the
    /// nearest other group (Rousseeuw 1987); 0 of a row alone in its group, and of all where there is one group only.
    /// </summary>
    /// <param name="distances">count × count.</param>
    /// <param name="count">How many rows.</param>
    /// <param name="labels">The group of each row.</param>
    public static double[] Silhouette(double[] distances, int count, IReadOnlyList<int> labels)
    {
        Square(distances, count);
        ArgumentNullException.ThrowIfNull(labels);
        if (labels.Count != count)
            throw new ArgumentException($"{count} groups were expected, one for each row; {labels.Count} were given.", nameof(labels));
        int[] names = [.. labels.Distinct()];
        int[] group = [.. labels.Select(l => Array.IndexOf(names, l))];
        int[] sizes = [.. Enumerable.Range(0, names.Length).Select(g => group.Count(of => of == g))];
        var silhouette = new double[count];
        if (names.Length < 2)
            return silhouette;
        var sums = new double[names.Length];
        for (var i = 0; i < count; i++)
        {
            if (sizes[group[i]] == 1)
                continue;
            Array.Clear(sums);
            for (var j = 0; j < count; j++)
                sums[group[j]] += distances[i * count + j];
            var (own, other) = (sums[group[i]] / (sizes[group[i]] - 1), double.PositiveInfinity);
            for (var g = 0; g < sums.Length; g++)
                if (g != group[i])
                    other = Math.Min(other, sums[g] / sizes[g]);
            silhouette[i] = Math.Max(own, other) > 0 ? (other - own) / Math.Max(own, other) : 0;
        }
        return silhouette;
    }

    private static void Square(double[] distances, int count)
    {
        ArgumentNullException.ThrowIfNull(distances);
        if (count < 1 || distances.Length != (long)count * count || !distances.All(double.IsFinite))
            throw new ArgumentException($"{count} × {count} finite distances were expected; {distances.Length} numbers were given.",
                nameof(distances));
    }
}
