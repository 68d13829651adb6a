namespace Microsoft.ML.Introspection.Evaluation.Monitoring;

/// <summary>How much a distribution moved, by a rule of thumb: the population stability index.</summary>
public enum DriftLevel
{
    /// <summary>The index is below 0.1, or no more than chance makes of so few rows.</summary>
    Little,

    /// <summary>From 0.1 on, and more than chance.</summary>
    Moderate,

    /// <summary>From 0.25 on, and more than chance.</summary>
    Large,
}

/// <summary>How often numbers occur in two jobs, over bins of the same width.</summary>
/// <param name="From">Where the first bin begins; what is less counts there.</param>
/// <param name="To">Where the last ends; what is more counts there.</param>
/// <param name="First">The share of the first job's numbers in each bin.</param>
/// <param name="Second">Likewise of the second's.</param>
public sealed record DriftHistogram(double From, double To, IReadOnlyList<double> First, IReadOnlyList<double> Second);

/// <summary>How a column differs between two jobs: the reasons of a feature, or predictions.</summary>
public sealed record ColumnDrift
{
    private const double Moderate = 0.1, Large = 0.25;

    /// <summary>The name of the feature, or of the column.</summary>
    public required string Name { get; init; }

    /// <summary>The column in the first job.</summary>
    public required ColumnSummary First { get; init; }

    /// <summary>The column in the second job.</summary>
    public required ColumnSummary Second { get; init; }

    /// <summary>The feature's place by mean size in the first job, from 1; 0 of what is no feature.</summary>
    public int FirstRank { get; init; }

    /// <summary>Likewise in the second job.</summary>
    public int SecondRank { get; init; }

    /// <summary>The difference of the means, with their signs.</summary>
    public required MeanDifference Mean { get; init; }

    /// <summary>The difference of the mean sizes: of SHAP values, of the feature's importance. Null of what is no feature.</summary>
    public MeanDifference? Size { get; init; }

    /// <summary>The population stability index over <see cref="Bins"/> bins: <see cref="Divergence.PopulationStability"/>.</summary>
    public required double Stability { get; init; }

    /// <summary>What chance alone exceeds once in twenty: <see cref="Divergence.StabilityByChance"/>.</summary>
    public required double StabilityByChance { get; init; }

    /// <summary>The Jensen–Shannon divergence in bits over the same bins: <see cref="Divergence.JensenShannon"/>.</summary>
    public required double JensenShannon { get; init; }

    /// <summary>How many bins have rows of either job.</summary>
    public required int Bins { get; init; }

    /// <summary>
    /// The Wasserstein distance: how far a number has to move on average so that one distribution becomes the other, in the units of the
    /// reasons; no less than either difference of means. Of the rows that are kept; NaN where a job has no numbers.
    /// </summary>
    public required double Distance { get; init; }

    /// <summary>The largest gap between both distribution functions (Kolmogorov, Smirnov), from 0 to 1; likewise.</summary>
    public required double KolmogorovSmirnov { get; init; }

    /// <summary>How often which number occurs; null where a job has none.</summary>
    public DriftHistogram? Histogram { get; init; }

    /// <summary>How much the distribution moved.</summary>
    public DriftLevel Level => Stability < Moderate || Stability <= StabilityByChance ? DriftLevel.Little
        : Stability < Large ? DriftLevel.Moderate : DriftLevel.Large;

    /// <summary>Whether a mean, or a mean size, differs by more than chance: the raised probability is below 0.05.</summary>
    public bool IsCertain => Mean.Adjusted < 0.05 || Size?.Adjusted < 0.05;
}
