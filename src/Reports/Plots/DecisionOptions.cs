namespace Microsoft.ML.Introspection.Reports;

/// <summary>What a <see cref="DecisionPlot"/> shows.</summary>
public sealed record DecisionOptions
{
    /// <summary>How many features have a line of their own; the others are summed up at the bottom. 1 to 200.</summary>
    public int MaximumFeatures { get; init => field = PlotLimits.Check(value); } = 20;

    /// <summary>How many rows are drawn at most, evenly spread over the scores. 2 to 20,000.</summary>
    public int MaximumRows { get; init => field = PlotLimits.CheckRows(value); } = 200;

    /// <summary>Rows that are drawn in any case, and stand out.</summary>
    public IReadOnlyList<int> Highlight { get; init => field = [.. value ?? throw new ArgumentNullException(nameof(Highlight))]; } = [];
}
