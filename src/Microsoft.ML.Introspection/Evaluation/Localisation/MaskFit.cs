namespace Microsoft.ML.Introspection.Evaluation;

/// <summary>What is told of the positions above a threshold.</summary>
public enum FitMeasure
{
    /// <summary>The harmonic mean of the other two.</summary>
    [Option("", Name = "f1")]
    F1,

    /// <summary>The share of them that lies in the mask.</summary>
    Precision,

    /// <summary>The share of the mask that they are.</summary>
    Recall,
}

/// <summary>
/// Positions of at least a share of the largest number, against the mask: precision, recall, or their harmonic mean (0 where none is
/// found). NaN of an empty mask and where the largest number is not above 0. The pointing game of InterpretDL.
/// </summary>
/// <param name="Measure">What is told.</param>
/// <param name="Threshold">The share of the largest number.</param>
[Method("mask-f1", "How well the positions above a share of the largest number fit the mask",
    "Li et al. 2022, InterpretDL, arXiv:2106.08942")]
public sealed record MaskFit(
    [Option("What is told.")]
    FitMeasure Measure = FitMeasure.F1,
    [Option("The share of the largest number from which a position counts.")]
    double Threshold = 0.25) : MaskMetric
{
    /// <summary>The share of the largest number.</summary>
    public double Threshold { get; } = Threshold is > 0 and <= 1 ? Threshold
        : throw new ArgumentOutOfRangeException(nameof(Threshold), Threshold, "A share above 0 and at most 1 was expected.");

    /// <inheritdoc/>
    public override string OfFlatMaps => "that of the whole picture; of zeros and negative maps NaN";

    private protected override double Of(double[] map, ReadOnlySpan<bool> mask)
    {
        var (largest, found, taken, count) = (double.NegativeInfinity, 0, 0, CountOf(mask));
        foreach (var number in map)
            largest = Math.Max(largest, number);
        if (count == 0 || largest <= 0)
            return double.NaN;
        for (var i = 0; i < map.Length; i++)
            if (map[i] >= Threshold * largest)
                (taken, found) = (taken + 1, found + (mask[i] ? 1 : 0));
        var (precision, recall) = (found / (double)taken, found / (double)count);
        return Measure switch
        {
            FitMeasure.Precision => precision,
            FitMeasure.Recall => recall,
            _ => found == 0 ? 0 : 2 * precision * recall / (precision + recall),
        };
    }
}
