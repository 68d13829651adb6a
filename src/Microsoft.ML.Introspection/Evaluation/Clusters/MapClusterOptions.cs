using Microsoft.ML.Introspection.Numerics;

namespace Microsoft.ML.Introspection.Evaluation.Clusters;

/// <summary>How heat maps are compared and grouped, and which groups are suspicious.</summary>
public sealed record MapClusterOptions
{
    private const int MostOfRange = 64;

    /// <summary>The side of the blocks whose sums are compared; null for one that leaves up to 20 in a row.</summary>
    public int? Block { get; init => field = Checked(value, value is null or >= 1, nameof(Block), "from 1 on"); }

    /// <summary>How many nearest maps are neighbours; fewer where there are fewer.</summary>
    public int Neighbours { get; init => field = Checked(value, value >= 1, nameof(Neighbours), "from 1 on"); } = 10;

    /// <summary>A Gaussian neighbourhood of this reach instead of the nearest maps.</summary>
    public double? Sigma
    {
        get;
        init => field = Checked(value, value is null || (value > 0 && double.IsFinite(value.Value)), nameof(Sigma), "finite, above 0");
    }

    /// <summary>
    /// The dimensions of the spectral embedding, fewer where there are fewer maps; null for as many as clusters: in more of them the pieces
    /// of a graph spread out.
    /// </summary>
    public int? Dimensions { get; init => field = Checked(value, value is null or >= 1, nameof(Dimensions), "from 1 on"); }

    /// <summary>How many clusters; null for as many as stand before the largest gap of eigenvalues, and two at least.</summary>
    public int? Clusters { get; init => field = Checked(value, value is null or >= 1, nameof(Clusters), "from 1 on"); }

    /// <summary>
    /// The other end of a range of numbers of clusters that begins with <see cref="Clusters"/> (or 2): the largest gap of eigenvalues
    /// within it decides, and all numbers of it are tried beside; null for no range.
    /// </summary>
    public int? MostClusters
    {
        get;
        init => field = Checked(value, value is null or (>= 2 and <= MostOfRange), nameof(MostClusters), $"from 2 to {MostOfRange}");
    }

    /// <summary>The reach of DBSCAN in the spectral embedding, whose rows have length 1.</summary>
    public double Radius
    {
        get;
        init => field = Checked(value, value >= 0 && double.IsFinite(value), nameof(Radius), "finite, from 0 on");
    } = 0.5;

    /// <summary>How many rows make a core of DBSCAN.</summary>
    public int CoreRows { get; init => field = Checked(value, value >= 1, nameof(CoreRows), "from 1 on"); } = 5;

    /// <summary>How groups are joined in the spectral embedding.</summary>
    public Linkage Linkage
    {
        get;
        init => field = Checked(value, Enum.IsDefined(value), nameof(Linkage), "one of the linkages");
    } = Linkage.Ward;

    /// <summary>The perplexity of the plane of maps (t-SNE); lower where there are few maps.</summary>
    public double Perplexity
    {
        get;
        init => field = Checked(value, value >= 1 && double.IsFinite(value), nameof(Perplexity), "finite, from 1 on");
    } = 30;

    /// <summary>Whether maps are laid out by t-SNE; if not, by the first two axes of the spectral embedding.</summary>
    public bool UsesTSne { get; init; } = true;

    /// <summary>What is drawn: the starts of k-means.</summary>
    public int Seed { get; init; }

    /// <summary>The largest share of rows that a small cluster has.</summary>
    public double SmallShare { get; init => field = Checked(value, value is >= 0 and <= 1, nameof(SmallShare), "from 0 to 1"); } = 0.25;

    /// <summary>The least share of one predicted class in a pure cluster.</summary>
    public double PureShare { get; init => field = Checked(value, value is >= 0 and <= 1, nameof(PureShare), "from 0 to 1"); } = 0.95;

    /// <summary>The least mean probability of the predicted classes in a confident cluster.</summary>
    public double ConfidentProbability
    {
        get;
        init => field = Checked(value, value is >= 0 and <= 1, nameof(ConfidentProbability), "from 0 to 1");
    } = 0.9;

    private static T Checked<T>(T value, bool holds, string name, string expected) => holds ? value
        : throw new ArgumentOutOfRangeException(name, value, $"{name} is expected to be {expected}.");
}
