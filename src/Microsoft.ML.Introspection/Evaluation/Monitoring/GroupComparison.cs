using Microsoft.ML.Introspection.Rows;

namespace Microsoft.ML.Introspection.Evaluation.Monitoring;

/// <summary>What a group has of a column.</summary>
/// <param name="Name">The feature, or the column.</param>
/// <param name="Summary">Its numbers in the group.</param>
/// <param name="Difference">
/// The group's mean less that of those it is compared with; null of the reference, with itself.
/// </param>
public sealed record GroupColumn(string Name, ColumnSummary Summary, MeanDifference? Difference);

/// <summary>Rows of one group.</summary>
/// <param name="Name">What the column of groups holds; empty where it holds nothing.</param>
/// <param name="Rows">How many.</param>
/// <param name="IsSmall">Whether there are too few for intervals, or too few that they are compared with.</param>
/// <param name="Reasons">Each feature, in the order of the features.</param>
/// <param name="Others">What stands beside the reasons: predictions, scores, bases.</param>
public sealed record ReasonGroup(
    string Name, long Rows, bool IsSmall, IReadOnlyList<GroupColumn> Reasons, IReadOnlyList<GroupColumn> Others);

/// <summary>
/// Reasons by groups of rows, for a review of fairness: whether a model weighs a feature otherwise for some people than for others.
/// </summary>
/// <remarks>
/// A difference of mean reasons is not yet unfair, and none is no proof of fairness: SHAP values share a prediction out among features, and
/// those that stand for the group in its absence carry its share. Where base and features add up to the score, differences of the
/// reasons add up to that of the score. Rows are read once, one by one; memory holds moments of each group and column.
/// </remarks>
public sealed class GroupComparison
{
    private GroupComparison(long rows, string? reference, IReadOnlyList<ReasonGroup> groups) =>
        (Rows, Reference, Groups) = (rows, reference, groups);

    /// <summary>All rows.</summary>
    public long Rows { get; }

    /// <summary>What the others are compared with; null where each is compared with all other rows.</summary>
    public string? Reference { get; }

    /// <summary>The groups in the order of their names.</summary>
    public IReadOnlyList<ReasonGroup> Groups { get; }

    /// <summary>Compares the groups of a job's rows.</summary>
    /// <param name="rows">
    /// The job: the first tensor holds the reasons of a row, shape [features], further ones what stands beside them; the first text that is
    /// carried along is the group.
    /// </param>
    /// <param name="options">How they are compared; null for what is usual.</param>
    /// <param name="progress">Is told the number of rows read, and the share of all, now and then.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <exception cref="InvalidDataException">
    /// There are fewer than two groups, or too many, or the reference is none, or too small.
    /// </exception>
    public static GroupComparison Of(RowSource rows, GroupOptions? options = null, Action<long, double>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(rows);
        options ??= new();
        if (rows.CarriedNames.Count == 0)
            throw new ArgumentException($"'{rows.Name}' carries no column along; the group of each row was expected there.", nameof(rows));
        var (names, width, count) = (ExplanationDrift.Names(rows), rows.Tensors[0].Width, 0L);
        var groups = new SortedDictionary<string, (long Rows, ColumnMoments[] Columns)>(StringComparer.Ordinal);
        ColumnPass.Read(rows, row =>
        {
            count++;
            var group = rows.Carried()[0];
            if (!groups.TryGetValue(group, out var found))
            {
                if (groups.Count == options.MostGroups)
                    throw new InvalidDataException($"{rows.Place}: '{group}' is one group more than the {options.MostGroups} that are "
                        + $"compared at most; '{rows.CarriedNames[0]}' was expected to hold few different texts.");
                found = (0, new ColumnMoments[names.Length]);
            }
            for (var column = 0; column < row.Length; column++)
                found.Columns[column].Add(row[column]);
            groups[group] = (found.Rows + 1, found.Columns);
        }, progress, cancellation);
        if (groups.Count < 2)
            throw new InvalidDataException($"'{rows.Name}' has {(groups.Count == 0 ? "no rows" : $"one group, '{groups.Keys.First()}'")}; "
                + $"two at least were expected in '{rows.CarriedNames[0]}'.");
        var reference = options.Reference ?? (groups.Count > 2 ? null : groups.MaxBy(g => g.Value.Rows).Key);
        if (reference is not null && !groups.ContainsKey(reference))
            throw new InvalidDataException($"There is no group '{reference}' in '{rows.CarriedNames[0]}'; there are "
                + $"{string.Join(", ", groups.Keys.Select(g => $"'{g}'"))}.");
        if (reference is not null && groups[reference].Rows < options.FewestRows)
            throw new InvalidDataException($"The group '{reference}' has {groups[reference].Rows} rows; {options.FewestRows} at least were "
                + "expected of a group that others are compared with.");
        return new(count, reference, Adjusted([.. groups.Keys.Select(Group)], options, width));

        ReasonGroup Group(string name)
        {
            var (own, columns) = groups[name];
            var among = reference is null ? groups.Where(g => g.Key != name).Select(g => g.Value).ToList() : [groups[reference]];
            var isSmall = own < options.FewestRows || among.Sum(g => g.Rows) < options.FewestRows;
            return new(name, own, isSmall, [.. Columns(0, width)], [.. Columns(width, names.Length)]);

            IEnumerable<GroupColumn> Columns(int from, int to) => Enumerable.Range(from, to - from).Select(column =>
            {
                var others = new ColumnMoments();
                foreach (var group in among)
                    others.Add(group.Columns[column]);
                return new GroupColumn(names[column], columns[column].Summary, name == reference ? null
                    : MeanDifference.Between(others.Values, columns[column].Values, options.Level, options.FewestRows));
            });
        }
    }

    // All differences of all groups are looked at together.
    private static List<ReasonGroup> Adjusted(List<ReasonGroup> groups, GroupOptions options, int width)
    {
        var adjusted = new Queue<MeanDifference>(MeanDifference.Adjust(options.Correction,
            [.. groups.SelectMany(g => g.Reasons.Concat(g.Others)).Select(c => c.Difference).OfType<MeanDifference>()]));
        return [.. groups.Select(group =>
        {
            GroupColumn[] columns =
                [.. group.Reasons.Concat(group.Others).Select(c => c.Difference is null ? c : c with { Difference = adjusted.Dequeue() })];
            return group with { Reasons = columns[..width], Others = columns[width..] };
        })];
    }
}
