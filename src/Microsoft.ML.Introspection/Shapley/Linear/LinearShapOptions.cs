namespace Microsoft.ML.Introspection.Shapley;

/// <summary>What becomes of the features that a coalition leaves open, for linear SHAP values.</summary>
public enum FeatureDependence
{
    /// <summary>They keep their own mean (interventional values): φᵢ = wᵢ·(xᵢ − μᵢ).</summary>
    Independent,

    /// <summary>
    /// They follow the known ones as jointly Gaussian features do (observational values): correlated features share the credit,
    /// and one without weight gets some of it for what it tells of others.
    /// </summary>
    Gaussian,
}

/// <summary>
/// How linear SHAP values are taken. Either <see cref="Background"/> is needed, or <see cref="Mean"/> (with <see cref="Covariance"/>, if
/// the features depend on each other).
/// </summary>
public sealed record LinearShapOptions
{
    /// <summary>Rows that stand for what is usual, [B, features] row by row: mean and covariance are taken of them.</summary>
    public IReadOnlyList<float>? Background { get; init; }

    /// <summary>The features' means, in the place of background rows.</summary>
    public IReadOnlyList<double>? Mean { get; init; }

    /// <summary>The features' covariances, shape [features, features], in the place of those of the background rows.</summary>
    public IReadOnlyList<double>? Covariance { get; init; }

    /// <summary>What becomes of the features that a coalition leaves open.</summary>
    [Option("Whether features that are taken away keep their own mean, or follow the others as jointly Gaussian ones do.")]
    public FeatureDependence Dependence
    {
        get;
        init => field = Enum.IsDefined(value) ? value
            : throw new ArgumentOutOfRangeException(nameof(Dependence), value, "There is no such dependence.");
    }

    /// <summary>
    /// With <see cref="FeatureDependence.Gaussian"/>: over how many orders of the features the values are averaged, each counted
    /// backwards as well; null for all coalitions of up to 16 features (exact), and 1,000 orders of more.
    /// </summary>
    [Option("With gaussian: over how many orders is averaged; nothing for all of up to 16 features, and 1,000 of more.", Absent = "")]
    public int? Permutations
    {
        get;
        init => field = value is null or >= 1 ? value
            : throw new ArgumentOutOfRangeException(nameof(Permutations), value, "At least one order is needed.");
    }

    /// <summary>
    /// From 0 to 1: how far the covariances of different features are drawn to 0 (Ledoit, Wolf 2004). Some helps where there are hardly
    /// more background rows than features. With 0, features that follow from others exactly are taken as telling nothing new.
    /// </summary>
    [Option("With gaussian: how far covariances are drawn to 0, from 0 to 1.")]
    public double Shrinkage
    {
        get;
        init => field = value is >= 0 and <= 1 ? value
            : throw new ArgumentOutOfRangeException(nameof(Shrinkage), value, "The shrinkage lies from 0 to 1.");
    }

    /// <summary>Other orders for every seed.</summary>
    [Option("With gaussian: other orders for every seed.")]
    public int Seed { get; init; } = 1;
}
