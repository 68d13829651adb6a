namespace Microsoft.ML.Introspection.Importers.XGBoost;

/// <summary>A tree as the file has it: one list for each property of its nodes.</summary>
internal sealed class XGBoostTree
{
    /// <summary>The left children; -1 for a leaf.</summary>
    public int[]? Left { get; set; }

    /// <summary>The right children. For leaves of several values, the leaf's number.</summary>
    public int[]? Right { get; set; }

    /// <summary>The features that are asked.</summary>
    public int[]? Features { get; set; }

    /// <summary>The thresholds, and the values of leaves.</summary>
    public float[]? Conditions { get; set; }

    /// <summary>Where missing values go: 1 for left.</summary>
    public int[]? DefaultLeft { get; set; }

    /// <summary>How much of the training data passed.</summary>
    public float[]? Hessians { get; set; }

    /// <summary>What a node would be worth as a leaf: one value, or one for each target.</summary>
    public float[]? BaseWeights { get; set; }

    /// <summary>The values of leaves for several targets, leaf by leaf (since XGBoost 3.2).</summary>
    public float[]? LeafWeights { get; set; }

    /// <summary>The kinds of splits: 1 asks for a category.</summary>
    public int[]? SplitTypes { get; set; }

    /// <summary>The categories of all splits one after the other.</summary>
    public int[]? Categories { get; set; }

    /// <summary>The nodes that ask for a category.</summary>
    public int[]? CategoryNodes { get; set; }

    /// <summary>Where in <see cref="Categories"/> those of such a node begin.</summary>
    public int[]? CategorySegments { get; set; }

    /// <summary>How many they are.</summary>
    public int[]? CategorySizes { get; set; }

    /// <summary>Numbers as texts: <c>num_nodes</c>, <c>size_leaf_vector</c> and others.</summary>
    public Dictionary<string, string>? Parameters { get; set; }
}
