namespace Microsoft.ML.Introspection.Reports;

/// <summary>What a <see cref="ShapReport"/> shows.</summary>
public sealed record ShapReportOptions
{
    /// <summary>The heading.</summary>
    public string Title
    {
        get;
        init => field = !string.IsNullOrWhiteSpace(value) ? value : throw new ArgumentException("A title was expected.", nameof(Title));
    } = "SHAP values";

    /// <summary>A sentence under the heading.</summary>
    public string? Subtitle { get; init; }

    /// <summary>
    /// What to say of the model and the data before what the values tell themselves: the model's file, the algorithm, the background.
    /// </summary>
    public IReadOnlyList<(string Name, object? Value)> Facts { get; init =>
        field = [.. value ?? throw new ArgumentNullException(nameof(Facts))]; } = [];

    /// <summary>How many features have a bar or a line of their own: 1 to 200.</summary>
    public int MaximumFeatures { get; init => field = PlotLimits.Check(value); } = 20;

    /// <summary>
    /// How many rows of each output the page holds at most: 2 to 20,000. Where there are more, those at the ends of every feature and
    /// others evenly spread over the scores; what is averaged and counted is averaged and counted over all rows.
    /// </summary>
    public int MaximumRows { get; init => field = PlotLimits.CheckRows(value); } = 1500;

    /// <summary>
    /// How many SHAP values the page holds at most, over outputs, features and rows; a million take about 4 MB of the file. Fewer rows are
    /// held where there would be more. At least 10,000.
    /// </summary>
    public int MaximumNumbers
    {
        get;
        init => field = value >= 10_000
            ? value
            : throw new ArgumentOutOfRangeException(nameof(MaximumNumbers), value, "A number of 10,000 or more was expected.");
    } = 400_000;

    /// <summary>
    /// For how many features, the most important first, there is a plot of their SHAP values against their values: 0 to 200.
    /// </summary>
    public int DependencePlots
    {
        get;
        init => field = value == 0 ? 0 : PlotLimits.Check(value);
    } = 6;

    /// <summary>The rows that are shown one by one; null for those with the highest, the middle, and the lowest score.</summary>
    public IReadOnlyList<int>? Rows { get; init => field = value is null ? null : [.. value]; }
}
