using Microsoft.ML.Introspection.Rows;

namespace Microsoft.ML.Introspection.Evaluation.Monitoring;

/// <summary>
/// What changed between two jobs that explained rows by the same model and features: last month's and this month's, say.
/// </summary>
/// <remarks>
/// Both jobs are read row by row; memory holds a sample of each (<see cref="DriftOptions.SampleRows"/>), and counts. Means, deviations and
/// counts of bins are of all rows. Where a job has more rows than are kept, the first is read twice, and the bounds of its bins are
/// quantiles of the sample: of 65,536 rows they miss those of all by less than 0.0054 of the rows, 95 times in 100 (Massart 1990), which
/// moves bounds, not counts. Histograms and distances are of the samples.
/// </remarks>
/// <example><code>
/// var drift = ExplanationDrift.Between(() => ArrayRows.OpenNpy("last.npy"), () => ArrayRows.OpenNpy("this.npy"));
/// foreach (var reason in drift.Reasons.Where(r => r.Level == DriftLevel.Large))
///     Console.WriteLine($"{reason.Name}: {reason.First.MeanAbsolute} to {reason.Second.MeanAbsolute}");
/// </code></example>
public sealed class ExplanationDrift
{
    private ExplanationDrift(long first, long second, IReadOnlyList<ColumnDrift> reasons, IReadOnlyList<ColumnDrift> others) =>
        (FirstRows, SecondRows, Reasons, Others) = (first, second, reasons, others);

    /// <summary>The rows of the first job.</summary>
    public long FirstRows { get; }

    /// <summary>The rows of the second job.</summary>
    public long SecondRows { get; }

    /// <summary>The features whose reasons moved, the farthest first: by <see cref="ColumnDrift.Distance"/>.</summary>
    public IReadOnlyList<ColumnDrift> Reasons { get; }

    /// <summary>What stands beside the reasons, in its order: predictions, scores, bases.</summary>
    public IReadOnlyList<ColumnDrift> Others { get; }

    /// <summary>Compares two jobs.</summary>
    /// <param name="first">
    /// Opens the first job, again each time; its first tensor holds the reasons of a row, shape [features], further ones what stands beside
    /// them.
    /// </param>
    /// <param name="second">Opens the second, with the same columns.</param>
    /// <param name="options">How they are compared; null for what is usual.</param>
    /// <param name="progress">Is told the number of rows read of a job, and the share of it, now and then.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <exception cref="InvalidDataException">Their columns differ, or one has no rows.</exception>
    public static ExplanationDrift Between(Func<RowSource> first, Func<RowSource> second, DriftOptions? options = null,
        Action<long, double>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        options ??= new();
        using var later = second();
        using var earlier = first();
        var names = Names(earlier);
        Check(earlier, names, later, Names(later));
        var width = earlier.Tensors[0].Width;
        var before = ColumnPass.Of(earlier, options, null, progress, cancellation);
        QuantileBins[] bins = [.. Enumerable.Range(0, names.Length).Select(c => new QuantileBins(before.Sample.Sorted(c), options.Bins))];
        long[][] counts = [.. bins.Select(b => new long[b.Count])], laterCounts = [.. bins.Select(b => new long[b.Count])];
        if (before.Sample.IsWhole)
            for (var column = 0; column < names.Length; column++)
                foreach (var value in before.Sample[column])
                    counts[column][bins[column].Of(value)]++;
        else
        {
            using var again = first();
            ColumnPass.Read(again, row => Count(row, bins, counts), progress, cancellation);
        }
        var after = ColumnPass.Of(later, options, row => Count(row, bins, laterCounts), progress, cancellation);
        var columns = Enumerable.Range(0, names.Length).Select(column =>
            Column(names[column], column < width, column, before, after, counts[column], laterCounts[column], options)).ToList();
        Adjust(columns, options);
        Rank(columns, width);
        return new(before.Rows, after.Rows,
            [.. columns.Take(width).OrderByDescending(c => double.IsNaN(c.Distance) ? double.PositiveInfinity : c.Distance)],
            [.. columns.Skip(width)]);
    }

    private static void Count(ReadOnlySpan<double> row, QuantileBins[] bins, long[][] counts)
    {
        for (var column = 0; column < row.Length; column++)
            counts[column][bins[column].Of(row[column])]++;
    }

    private static ColumnDrift Column(string name, bool isReason, int column, ColumnPass before, ColumnPass after, long[] counts,
        long[] laterCounts, DriftOptions options)
    {
        // Bins that neither job has rows in say nothing, and would take part in what chance is thought to do.
        int[] seen = [.. Enumerable.Range(0, counts.Length).Where(b => counts[b] + laterCounts[b] > 0)];
        long[] p = [.. seen.Select(b => counts[b])], q = [.. seen.Select(b => laterCounts[b])];
        double[] first = before.Sample.Sorted(column), second = after.Sample.Sorted(column);
        var (distance, gap) = SampleDistance.Of(first, second);
        var (x, y) = (before.Moments[column], after.Moments[column]);
        return new()
        {
            Name = name, First = x.Summary, Second = y.Summary,
            Mean = MeanDifference.Between(x.Values, y.Values, options.Level),
            Size = isReason ? MeanDifference.Between(x.Sizes, y.Sizes, options.Level) : null,
            Stability = Divergence.PopulationStability(p, q),
            StabilityByChance = Divergence.StabilityByChance(seen.Length, before.Rows, after.Rows),
            JensenShannon = Divergence.JensenShannon(p, q),
            Bins = seen.Length, Distance = distance, KolmogorovSmirnov = gap, Histogram = ColumnPass.Histogram(first, second),
        };
    }

    // All differences are looked at together.
    private static void Adjust(List<ColumnDrift> columns, DriftOptions options)
    {
        var adjusted = MeanDifference.Adjust(options.Correction,
            [.. columns.Select(c => c.Mean), .. columns.Select(c => c.Size).OfType<MeanDifference>()]);
        var sizes = columns.Count;
        for (var i = 0; i < columns.Count; i++)
            columns[i] = columns[i] with { Mean = adjusted[i], Size = columns[i].Size is null ? null : adjusted[sizes++] };
    }

    private static void Rank(List<ColumnDrift> columns, int width)
    {
        foreach (var (rank, column) in Order(c => c.First).Index())
            columns[column] = columns[column] with { FirstRank = rank + 1 };
        foreach (var (rank, column) in Order(c => c.Second).Index())
            columns[column] = columns[column] with { SecondRank = rank + 1 };

        List<int> Order(Func<ColumnDrift, ColumnSummary> job) =>
            [.. Enumerable.Range(0, width).OrderByDescending(c => job(columns[c]).MeanAbsolute)];
    }

    internal static string[] Names(RowSource source) => [.. source.Tensors.SelectMany(t => t.Items
        ?? (t.Width == 1 && t.Name.Length > 0 ? [t.Name]
            : Enumerable.Range(0, t.Width).Select(i => FormattableString.Invariant($"{t.Name}[{i}]"))))];

    private static void Check(RowSource first, string[] names, RowSource second, string[] others)
    {
        if (names.SequenceEqual(others) && first.Tensors[0].Width == second.Tensors[0].Width)
            return;
        string[] gone = [.. names.Except(others)], added = [.. others.Except(names)];
        throw new InvalidDataException($"'{first.Name}' and '{second.Name}' were expected to have the same columns; "
            + (gone.Length + added.Length == 0 ? "theirs stand in another order."
                : string.Join(" ", new[] { Told(gone, first.Name), Told(added, second.Name) }.OfType<string>())));

        static string? Told(string[] names, string where) => names.Length == 0 ? null
            : $"Only '{where}' has {string.Join(", ", names.Take(10).Select(n => $"'{n}'"))}"
                + $"{(names.Length > 10 ? $" and {names.Length - 10} more" : "")}.";
    }
}
