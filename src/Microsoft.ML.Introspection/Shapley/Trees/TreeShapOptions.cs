namespace Microsoft.ML.Introspection.Shapley.Trees;

/// <summary>What the Shapley values of an ensemble are shares of.</summary>
public enum TreeShapOutput
{
    /// <summary>The raw score: log-odds, logits, or the regressed number.</summary>
    RawScore,

    /// <summary>
    /// The prediction that the ensemble's link makes of it, a probability say. Only against a background: what a row has more than
    /// a background row is shared out like the difference of their raw scores (as shap's TreeExplainer has it). These sum to the
    /// prediction, but are not its Shapley values, which all coalitions have to be asked for: whoever leaves the algorithm to the library
    /// gets those of up to ten features or groups, and these of more.
    /// </summary>
    Prediction,
}

/// <summary>With which numbers is computed.</summary>
public enum TreeShapPrecision
{
    /// <summary>
    /// Single precision within a tree as long as its paths hold few features, double precision beyond; sums over trees in double precision.
    /// </summary>
    Auto,

    /// <summary>Single precision within a tree.</summary>
    Single,

    /// <summary>Double precision throughout.</summary>
    Double,
}

/// <summary>How <see cref="TreeShap"/> takes features away, what it shares out, and how it computes.</summary>
public sealed record TreeShapOptions
{
    /// <summary>
    /// Background rows, [B, features] row by row: a feature that is taken away has its value in these, one after the other
    /// (interventional values). Null for path-dependent values: a feature that is taken away is averaged over by the covers of the tree.
    /// </summary>
    public float[]? Background
    {
        get;
        init => field = value is null or { Length: > 0 } ? value
            : throw new ArgumentException("The background holds no row; give some rows, or null for path-dependent values.",
                nameof(Background));
    }

    /// <summary>
    /// Features that are explained together, a one-hot block say: the group of every feature, whole numbers from 0 on. A group is there or
    /// not there as a whole, and gets one value. Null makes every feature a group of its own.
    /// </summary>
    public IReadOnlyList<int>? Groups
    {
        get;
        init => field =
            value is null ? null : value.Count > 0 && value.All(g => g >= 0) && value.Distinct().Count() == value.Max() + 1 ? [.. value]
            : throw new ArgumentException("Groups are numbered from 0 without gaps; given were "
                + $"[{string.Join(", ", value.Distinct().Order().Take(20))}].", nameof(Groups));
    }

    /// <summary>What is shared out.</summary>
    public TreeShapOutput Output
    {
        get;
        init => field =
            Enum.IsDefined(value) ? value : throw new ArgumentOutOfRangeException(nameof(Output), value, "There is no such output.");
    }

    /// <summary>With which numbers is computed.</summary>
    public TreeShapPrecision Precision
    {
        get;
        init => field =
            Enum.IsDefined(value) ? value : throw new ArgumentOutOfRangeException(nameof(Precision), value, "There is no such precision.");
    }

    /// <summary>The most threads to work with; null for one for each core.</summary>
    public int? Threads
    {
        get;
        init => field = value is null or > 0 ? value
            : throw new ArgumentOutOfRangeException(nameof(Threads), value, "The number of threads must be at least 1.");
    }
}
