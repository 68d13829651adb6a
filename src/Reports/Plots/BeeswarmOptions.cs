namespace Microsoft.ML.Introspection.Reports;

/// <summary>How much a <see cref="Beeswarm"/> shows.</summary>
public sealed record BeeswarmOptions
{
    /// <summary>How many features have a line of their own; the others are summed up in a last one. 1 to 200.</summary>
    public int MaximumFeatures { get; init => field = PlotLimits.Check(value); } = 20;

    /// <summary>
    /// How many rows are drawn at most: those at the ends of every feature, and others evenly spread over the scores. Ranking and axes
    /// are those of all rows. 2 to 20,000; a row takes about 25 bytes of the file for every feature.
    /// </summary>
    public int MaximumRows { get; init => field = PlotLimits.CheckRows(value); } = 1500;
}
