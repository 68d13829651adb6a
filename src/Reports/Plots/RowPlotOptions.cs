namespace Microsoft.ML.Introspection.Reports;

/// <summary>What plots show that have a column for every row: <see cref="ForceStack"/> and <see cref="ShapHeatmap"/>.</summary>
public sealed record RowPlotOptions
{
    /// <summary>How many features are told apart; the others are summed up. 1 to 200.</summary>
    public int MaximumFeatures { get; init => field = PlotLimits.Check(value); } = 15;

    /// <summary>
    /// How many rows are drawn at most, evenly spread over the scores. 2 to 2,000: more columns than the drawing has pixels cannot be
    /// told apart, and the time it takes to order them by similarity grows with their square.
    /// </summary>
    public int MaximumRows
    {
        get;
        init => field = value is >= 2 and <= 2000
            ? value
            : throw new ArgumentOutOfRangeException(nameof(MaximumRows), value, "A number of rows between 2 and 2000 was expected.");
    } = 400;

    /// <summary>In which order they stand.</summary>
    public RowOrder Order
    {
        get;
        init => field = Enum.IsDefined(value)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Order), value, "Similarity, Score or Given was expected.");
    } = RowOrder.Similarity;
}
