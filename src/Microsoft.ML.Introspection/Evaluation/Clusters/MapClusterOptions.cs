using Microsoft.ML.Introspection.Numerics;

namespace Microsoft.ML.Introspection.Evaluation.Clusters;

/// <summary>How heat maps are compared and grouped, and which groups are suspicious.</summary>
public sealed record MapClusterOptions
{
    /// <summary>The side of the blocks whose sums are compared; null for one that leaves up to 20 in a row.</summary>
    public int? Block { get; init; }

    /// <summary>How many nearest maps are neighbours; fewer where there are fewer.</summary>
    public int Neighbours { get; init; } = 10;

    /// <summary>A Gaussian neighbourhood of this reach instead of the nearest maps.</summary>
    public double? Sigma { get; init; }

    /// <summary>The dimensions of the spectral embedding; fewer where there are fewer maps.</summary>
    public int Dimensions { get; init; } = 8;

    /// <summary>How many clusters; null for as many as stand before the largest gap of eigenvalues, and two at least.</summary>
    public int? Clusters { get; init; }

    /// <summary>The reach of DBSCAN in the spectral embedding, whose rows have length 1.</summary>
    public double Radius { get; init; } = 0.5;

    /// <summary>How many rows make a core of DBSCAN.</summary>
    public int CoreRows { get; init; } = 5;

    /// <summary>How groups are joined in the spectral embedding.</summary>
    public Linkage Linkage { get; init; } = Linkage.Ward;

    /// <summary>The perplexity of the plane of maps (t-SNE); lower where there are few maps.</summary>
    public double Perplexity { get; init; } = 30;

    /// <summary>What is drawn: the starts of k-means.</summary>
    public int Seed { get; init; }

    /// <summary>The largest share of rows that a small cluster has.</summary>
    public double SmallShare { get; init; } = 0.25;

    /// <summary>The least share of one predicted class in a pure cluster.</summary>
    public double PureShare { get; init; } = 0.95;

    /// <summary>The least mean probability of the predicted classes in a confident cluster.</summary>
    public double ConfidentProbability { get; init; } = 0.9;

    internal void Check()
    {
        At(Block is null or >= 1, nameof(Block), Block, "from 1 on");
        At(Neighbours >= 1, nameof(Neighbours), Neighbours, "from 1 on");
        At(Sigma is null || (Sigma > 0 && double.IsFinite(Sigma.Value)), nameof(Sigma), Sigma, "finite, above 0");
        At(Dimensions >= 1, nameof(Dimensions), Dimensions, "from 1 on");
        At(Clusters is null or >= 1, nameof(Clusters), Clusters, "from 1 on");
        At(Radius >= 0 && double.IsFinite(Radius), nameof(Radius), Radius, "finite, from 0 on");
        At(CoreRows >= 1, nameof(CoreRows), CoreRows, "from 1 on");
        At(Enum.IsDefined(Linkage), nameof(Linkage), Linkage, "one of the linkages");
        At(Perplexity >= 1 && double.IsFinite(Perplexity), nameof(Perplexity), Perplexity, "finite, from 1 on");
        foreach (var (name, share) in new[]
            { (nameof(SmallShare), SmallShare), (nameof(PureShare), PureShare), (nameof(ConfidentProbability), ConfidentProbability) })
            At(share is >= 0 and <= 1, name, share, "from 0 to 1");

        static void At(bool holds, string name, object? value, string expected)
        {
            if (!holds)
                throw new ArgumentOutOfRangeException(name, value, $"{name} is expected to be {expected}.");
        }
    }
}
