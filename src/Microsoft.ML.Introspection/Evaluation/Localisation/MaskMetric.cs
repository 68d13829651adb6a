namespace Microsoft.ML.Introspection.Evaluation;

/// <summary>A metric of maps, the sum over channels of what is said, against masks of what should be found.</summary>
public abstract record MaskMetric : ExplanationMetric
{
    private protected MaskMetric() { }

    /// <inheritdoc/>
    public sealed override MetricNeeds Needs => MetricNeeds.Masks;

    /// <inheritdoc/>
    public override Direction Better => Direction.Higher;

    /// <inheritdoc/>
    public override (double Low, double High) Range => (0, 1);

    /// <summary>The metric of one row.</summary>
    private protected abstract double Of(double[] map, ReadOnlySpan<bool> mask);

    /// <inheritdoc/>
    protected override double[] Judge(ExplainedRows rows) =>
        [.. Enumerable.Range(0, rows.Count).Select(row => Of(rows.Map(row), rows.Mask(row)))];

    /// <summary>The share of positions in the mask.</summary>
    private protected static double ShareOf(ReadOnlySpan<bool> mask) => CountOf(mask) / (double)mask.Length;

    /// <summary>How many positions are in the mask.</summary>
    private protected static int CountOf(ReadOnlySpan<bool> mask) => mask.Count(true);

    /// <summary>The sum of a map, in the mask and over all.</summary>
    private protected static (double Inside, double All) Sums(double[] map, ReadOnlySpan<bool> mask, Func<double, double> part)
    {
        var (inside, all) = (0.0, 0.0);
        for (var i = 0; i < map.Length; i++)
            (inside, all) = (inside + (mask[i] ? part(map[i]) : 0), all + part(map[i]));
        return (inside, all);
    }

    /// <summary>The share of the mask among the positions said most of; equal ones as they stand.</summary>
    private protected static double Found(double[] map, ReadOnlySpan<bool> mask, int count)
    {
        var found = 0;
        foreach (var place in Judging.Order(map).AsSpan(0, count))
            found += mask[place] ? 1 : 0;
        return found / (double)count;
    }

    internal override string? ObstacleToGraph => "it asks what should be found, which the model's input does not say";
}
