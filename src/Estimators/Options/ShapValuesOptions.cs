using Microsoft.ML.Introspection.Models;


namespace Microsoft.ML.Introspection.Estimators;

/// <summary>Which columns tell more about rows than their SHAP values. Every property checks what it is given.</summary>
public sealed record ShapValuesOptions
{
    /// <summary>
    /// The vector column that was explained, for what the features are in each row. Null looks for columns called as the features are,
    /// which is how a pipeline's raw columns are called.
    /// </summary>
    public string? FeatureColumnName { get; init => field = NotBlank(value, nameof(FeatureColumnName)); }

    /// <summary>
    /// The column of the model's own scores, to be compared with base value and values together; of several outputs a vector. Predictions
    /// of the raw scores that are shared out (probabilities) are recognised. Null for none.
    /// </summary>
    public string? ScoreColumnName { get; init => field = NotBlank(value, nameof(ScoreColumnName)); }

    /// <summary>
    /// The column of the explained class, where rows explain different ones (<see cref="Target.ArgMax"/>); null where the base values tell.
    /// </summary>
    public string? TargetColumnName { get; init => field = NotBlank(value, nameof(TargetColumnName)); }

    /// <summary>The column of what is true; null for none.</summary>
    public string? LabelColumnName { get; init => field = NotBlank(value, nameof(LabelColumnName)); }

    /// <summary>The column of the rows' names; null for none.</summary>
    public string? RowNameColumnName { get; init => field = NotBlank(value, nameof(RowNameColumnName)); }

    /// <summary>The column of interaction values; null for none.</summary>
    public string? InteractionsColumnName { get; init => field = NotBlank(value, nameof(InteractionsColumnName)); }

    /// <summary>What the outputs are called; null for the base values' slots, and numbers where these have no names.</summary>
    public IReadOnlyList<string>? OutputNames
    {
        get;
        init => field = value is null ? null
            : value.Count > 0 && !value.Any(string.IsNullOrWhiteSpace) ? [.. value]
            : throw new ArgumentException($"A name for each output was expected; given were {Listing.Of(value)}.", nameof(OutputNames));
    }

    /// <summary>
    /// How scores become predictions, such as <see cref="ScoreLink.Logistic"/> for log-odds: pictures then have a second axis. Unless
    /// given, what the columns tell: those of calibrated classifiers do.
    /// </summary>
    public ScoreLink Link { get; init => field = value ?? throw new ArgumentNullException(nameof(Link)); } = ScoreLink.Identity;

    /// <summary>How many rows are read at most, spread evenly over the data.</summary>
    public int MaximumRows
    {
        get;
        init =>
            field = value > 0 ? value : throw new ArgumentOutOfRangeException(nameof(MaximumRows), value, "At least one row is needed.");
    } = 10_000;

    private static string? NotBlank(string? value, string property) => value is null || !string.IsNullOrWhiteSpace(value)
        ? value
        : throw new ArgumentException($"{property} must be a name, or null for none; it is blank.", property);
}
