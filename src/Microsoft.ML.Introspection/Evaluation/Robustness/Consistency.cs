namespace Microsoft.ML.Introspection.Evaluation;

/// <summary>Which signs tell explanations apart.</summary>
public enum ConsistencySigns
{
    /// <summary>Those of the features of the largest |a|, and which these are.</summary>
    Largest,

    /// <summary>Those of the first features.</summary>
    First,
}

/// <summary>
/// Consistency: of the other rows whose explanation has the same signs, the share of the same class; 0 where there is none. Higher is
/// better. Dasgupta, Frost, Moshkovitz 2022, arXiv:2202.00734.
/// </summary>
/// <param name="Top">How many signs.</param>
/// <param name="Signs">Of which features.</param>
[Method("consistency", "Whether rows with the same signs of relevance are of one class",
    "Dasgupta, Frost, Moshkovitz 2022, arXiv:2202.00734")]
public sealed record Consistency(
    [Option("How many signs.")]
    int Top = 5,
    [Option("Of which features: of those of the largest size, or of the first.")]
    ConsistencySigns Signs = ConsistencySigns.Largest) : ExplanationMetric
{
    /// <summary>How many signs.</summary>
    public int Top { get; } = Perturbing.Positive(Top, nameof(Top));

    /// <inheritdoc/>
    public override Direction Better => Direction.Higher;

    /// <inheritdoc/>
    public override (double Low, double High) Range => (0, 1);

    /// <inheritdoc/>
    public override string OfFlatMaps => "of rows that are all said the same of, the share of rows of the class among all others";

    /// <inheritdoc/>
    public override MetricNeeds Needs => MetricNeeds.SeveralRows;

    /// <inheritdoc/>
    protected override double[] Judge(ExplainedRows rows)
    {
        string[] kinds = [.. Enumerable.Range(0, rows.Count).Select(row => Kind(rows.Attribution(row)))];
        return [.. kinds.Select((kind, row) =>
        {
            int[] alike = [.. Enumerable.Range(0, kinds.Length).Where(other => other != row && kinds[other] == kind)];
            return alike.Length == 0 ? 0 : alike.Count(other => rows.Targets[other] == rows.Targets[row]) / (double)alike.Length;
        })];
    }

    private string Kind(ReadOnlySpan<double> attribution)
    {
        var (kind, top) = (new System.Text.StringBuilder(), Math.Min(Top, attribution.Length));
        int[] places = Signs == ConsistencySigns.First ? [.. Enumerable.Range(0, top)]
            : [.. Judging.Order(attribution.Absolute())[..top].Order()];
        foreach (var place in places)
            kind.Append(System.Globalization.CultureInfo.InvariantCulture, $"{place}:{Math.Sign(attribution[place])} ");
        return kind.ToString();
    }

    internal override string? ObstacleToGraph => "it compares rows with each other";
}
