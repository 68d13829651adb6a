using Microsoft.ML.Introspection.Numerics;

namespace Microsoft.ML.Introspection.Evaluation;

/// <summary>
/// ARCC: the harmonic mean of coherency (Pearson's correlation, put into 0 to 1, of the map and the map of the row masked by it), of 1 less
/// complexity (the map's mean), and of twice the mean ROAD score (least less most relevant first, halved, kept shares 20, 40, 60, 80 %, the
/// pixels up to that quantile of the map, without noise), cut to 0 to 1. Maps are |a| summed over channels, scaled to 0 to 1.
/// After Poppi et al. 2021, arXiv:2104.10252, with ROAD in the place of the average drop, as in pytorch-grad-cam.
/// </summary>
[Method("arcc", "Coherency, simplicity and faithfulness of a map in one number",
    "Poppi et al. 2021, arXiv:2104.10252; with ROAD as in pytorch-grad-cam")]
public sealed record Arcc : ExplanationMetric
{
    private const double Small = 1e-8;

    /// <inheritdoc/>
    public override Direction Better => Direction.Higher;

    /// <inheritdoc/>
    public override (double Low, double High) Range => (0, 1);

    /// <inheritdoc/>
    public override string OfFlatMaps => "NaN: a flat map goes together with nothing";

    /// <inheritdoc/>
    public override MetricNeeds Needs => MetricNeeds.Scores | MetricNeeds.Explains | MetricNeeds.Pictures;

    /// <summary>The three parts of every row.</summary>
    /// <param name="rows">The rows.</param>
    public (double Coherency, double Complexity, double Road)[] Parts(ExplainedRows rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        var maps = Enumerable.Range(0, rows.Count).Select(row => MapOf(rows, rows.Attribution(row))).ToArray();
        var parts = new (double Coherency, double Complexity, double Road)[rows.Count];
        rows.Explain(rows.Count, v => v, (row, x) =>
        {
            for (var i = 0; i < x.Length; i++)
                x[i] = rows.Input(row)[i] * maps[row][i % rows.Positions];
        }, (row, said) => parts[row] = ((Correlation.Pearson(maps[row], MapOf(rows, said)) + 1) / 2, Judging.Mean(maps[row]), 0));
        double[] kept = [20, 40, 60, 80];
        rows.Each(rows.Count * kept.Length * 2, (variant, x) =>
        {
            var row = variant / (kept.Length * 2);
            var map = variant % 2 == 0 ? maps[row] : Array.ConvertAll(maps[row], m => 1 - m);
            var bound = Quantile(map, kept[variant / 2 % kept.Length] / 100);
            rows.Input(row).CopyTo(x);
            int[] removed = [.. Enumerable.Range(0, map.Length).Where(p => map[p] >= bound)];
            if (removed.Length < map.Length)
                NoisyImputation.Impute(x, rows.Extents, removed);
        }, (variant, scores) =>
        {
            var row = variant / (kept.Length * 2);
            rows.Model().Link.Apply(scores);
            parts[row].Road += (variant % 2 == 0 ? -1 : 1) * scores[rows.Targets[row]] / (2 * kept.Length);
        });
        return parts;
    }

    /// <inheritdoc/>
    protected override double[] Judge(ExplainedRows rows) => Array.ConvertAll(Parts(rows), p =>
        3 / (1 / (p.Coherency + Small) + 1 / (1 - p.Complexity + Small) + 1 / (Math.Clamp(2 * p.Road, 0, 1) + Small)));

    private static double[] MapOf(ExplainedRows rows, ReadOnlySpan<double> said) => MaskedConfidence.Scaled(rows.Map(said.Absolute()));

    // Linear between order statistics.
    private static double Quantile(double[] numbers, double share)
    {
        var sorted = (double[])numbers.Clone();
        Array.Sort(sorted);
        var place = share * (sorted.Length - 1);
        var below = (int)place;
        return sorted[below] + (place - below) * (sorted[Math.Min(below + 1, sorted.Length - 1)] - sorted[below]);
    }
}
