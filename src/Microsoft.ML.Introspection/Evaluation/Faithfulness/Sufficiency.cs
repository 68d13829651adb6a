namespace Microsoft.ML.Introspection.Evaluation;

/// <summary>
/// Sufficiency: of the other rows whose explanation is near, the share of the same class; 0 where none is near. Distances are Euclidean,
/// every feature over its variance among the rows (each counted twice, less one), and told as shares of the largest. Features that are said
/// the same of all rows do not count. Higher is better. Dasgupta, Frost, Moshkovitz 2022, arXiv:2202.00734.
/// </summary>
/// <param name="Threshold">Up to which share of the largest distance a row is near.</param>
[Method("sufficiency", "Whether rows that are explained alike are of one class",
    "Dasgupta, Frost, Moshkovitz 2022, arXiv:2202.00734")]
public sealed record Sufficiency(
    [Option("Up to which share of the largest distance a row is near.")]
    double Threshold = 0.6) : ExplanationMetric
{
    /// <summary>Up to which share of the largest distance a row is near.</summary>
    public double Threshold { get; } = Threshold is >= 0 and <= 1 ? Threshold
        : throw new ArgumentOutOfRangeException(nameof(Threshold), Threshold, "A share from 0 to 1 was expected.");

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
        var (weights, count) = (new double[rows.Features], rows.Count);
        for (var i = 0; i < weights.Length; i++)
        {
            var (mean, sum) = (0.0, 0.0);
            for (var row = 0; row < count; row++)
                mean += rows.Attribution(row)[i] / count;
            for (var row = 0; row < count; row++)
                sum += Math.Pow(rows.Attribution(row)[i] - mean, 2);
            weights[i] = sum > 0 ? (2 * count - 1) / (2 * sum) : 0;
        }
        var (apart, largest) = (new double[count * count], 0.0);
        for (var a = 0; a < count; a++)
            for (var b = a + 1; b < count; b++)
            {
                var sum = 0.0;
                var one = rows.Attribution(a);
                var other = rows.Attribution(b);
                for (var i = 0; i < one.Length; i++)
                    sum += (one[i] - other[i]) * (one[i] - other[i]) * weights[i];
                apart[a * count + b] = apart[b * count + a] = Math.Sqrt(sum);
                largest = Math.Max(largest, Math.Sqrt(sum));
            }
        return [.. Enumerable.Range(0, count).Select(a =>
        {
            int[] near = [.. Enumerable.Range(0, count)
                .Where(b => b != a && (largest == 0 || apart[a * count + b] / largest <= Threshold))];
            return near.Length == 0 ? 0 : near.Count(b => rows.Targets[b] == rows.Targets[a]) / (double)near.Length;
        })];
    }

    internal override string? ObstacleToGraph => "it compares rows with each other";
}
