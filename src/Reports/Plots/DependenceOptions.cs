namespace Microsoft.ML.Introspection.Reports;

/// <summary>What a <see cref="DependencePlot"/> shows beside its feature.</summary>
public sealed record DependenceOptions
{
    /// <summary>
    /// The feature, by its place, whose values colour the dots; null for the one that decides most of what the plot's own feature leaves
    /// open (<see cref="Shapley.ShapValues.StrongestPartner"/>).
    /// </summary>
    public int? ColorBy { get; init; }

    /// <summary>
    /// How many rows are drawn at most: those at the ends of every feature, and others evenly spread over the scores. 2 to 20,000.
    /// </summary>
    public int MaximumRows { get; init => field = PlotLimits.CheckRows(value); } = 1500;
}
