namespace Microsoft.ML.Introspection.Estimators.Pipelines;

/// <summary>Which columns of a pipeline are features and scores, and how it runs.</summary>
public sealed record PipelineScorerOptions
{
    /// <summary>
    /// The input columns that are features. Null for those that the pipeline reads for its scores, as far as it can tell (all its
    /// parts map row by row), and for all columns otherwise. A column that is read must be among them; others hold their type's default in
    /// all rows that are scored.
    /// </summary>
    public IReadOnlyList<string>? Columns { get; init => field = value is null ? null : Distinct(value, nameof(Columns), 1); }

    /// <summary>
    /// Vector columns that are one feature as a whole; of others every slot is one. Vectors of varying size are always one.
    /// </summary>
    public IReadOnlyList<string> WholeColumns { get; init => field = Distinct(value, nameof(WholeColumns), 0); } = [];

    /// <summary>The output column: numbers, or vectors of known size. Null for <c>Score</c>.</summary>
    public string? OutputColumn { get; init => field = value is null || value.Length > 0 ? value
        : throw new ArgumentException("The output column's name is empty.", nameof(OutputColumn)); }

    /// <summary>
    /// How many threads score at most; null for as many as there are processors. More than one are used only where the pipeline maps row by
    /// row. As with ML.NET's own cursors, custom mappings must stand being called from several threads then.
    /// </summary>
    public int? Threads { get; init => field =
        value is null or > 0 ? value : throw new ArgumentOutOfRangeException(nameof(Threads), value, "At least one thread is needed."); }

    private static IReadOnlyList<string> Distinct(IReadOnlyList<string> names, string property, int least)
    {
        ArgumentNullException.ThrowIfNull(names, property);
        if (names.Count < least || names.Any(string.IsNullOrEmpty) || names.Distinct().Count() < names.Count)
            throw new ArgumentException(
                $"Different names{(least > 0 ? ", at least one," : "")} were expected; given were {Listing.Of(names)}.", property);
        return [.. names];
    }
}
