namespace Microsoft.ML.Introspection.Evaluation;

/// <summary>
/// Random logit: how alike the map of the explained class is to that of another, drawn at random; a method that shows a class says of
/// another something else. Lower is better. NaN of flat maps and of models with one score. Sixt, Granz, Landgraf 2020, arXiv:1912.09818.
/// </summary>
/// <param name="Similarity">By what maps are compared.</param>
/// <param name="Seed">Other classes for every seed.</param>
[Method("random-logit", "How alike the maps of the explained class and of another are", "Sixt, Granz, Landgraf 2020, arXiv:1912.09818")]
public sealed record RandomLogit(
    [Option("By what maps are compared.")]
    MapSimilarity Similarity = MapSimilarity.Spearman,
    [Option("Other classes for every seed.")]
    int Seed = 1) : ExplanationMetric
{
    /// <summary>Classes in the place of drawn ones, one for each row.</summary>
    public IReadOnlyList<int>? Given { get; init; }

    /// <inheritdoc/>
    public override Direction Better => Direction.Lower;

    /// <inheritdoc/>
    public override (double Low, double High) Range => (-1, 1);

    /// <inheritdoc/>
    public override string OfFlatMaps => "NaN by correlations; by SSIM what a flat picture gives";

    /// <inheritdoc/>
    public override MetricNeeds Needs => MetricNeeds.Scores | MetricNeeds.Explains;

    /// <inheritdoc/>
    protected override double[] Judge(ExplainedRows rows)
    {
        var classes = rows.Model().Results;
        if (classes < 2)
            return [.. Enumerable.Repeat(double.NaN, rows.Count)];
        if (Given is not null && (Given.Count != rows.Count || Given.Any(c => c < 0 || c >= classes)))
            throw new ArgumentException($"A class from 0 to {classes - 1} for each of {rows.Count} rows was expected.");
        int[] others = [.. Enumerable.Range(0, rows.Count).Select(row => Given?[row]
            ?? (rows.Targets[row] + 1 + Drawing.Of(Seed, rows.First + row).Next(classes - 1)) % classes)];
        var method = rows.Explains ?? throw new InvalidOperationException("The metric explains another class, and there is no method.");
        var maps = WeightRandomisation.Maps(method, rows, others);
        return [.. maps.Select((map, row) => Similarity.Of(rows.Map(row), map, rows.Extents[^1]))];
    }
}
