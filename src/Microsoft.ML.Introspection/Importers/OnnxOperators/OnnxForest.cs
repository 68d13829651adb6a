namespace Microsoft.ML.Introspection.Importers.OnnxOperators;

/// <summary>How a node of ONNX asks: the numbers are those of <c>TreeEnsemble</c>.</summary>
internal enum OnnxNodeMode : byte
{
    LessOrEqual,
    Less,
    GreaterOrEqual,
    Greater,
    Equal,
    NotEqual,
    Member,
    Leaf,
}

/// <summary>A node: a question with a node for either answer, or a leaf.</summary>
internal record struct OnnxNode
{
    /// <summary>How it asks.</summary>
    public OnnxNodeMode Mode { get; set; }

    /// <summary>The feature it asks.</summary>
    public int Feature { get; set; }

    /// <summary>What the feature is compared with.</summary>
    public double Threshold { get; set; }

    /// <summary>The set of <see cref="OnnxNodeMode.Member"/>, among those of the forest.</summary>
    public int Set { get; set; }

    /// <summary>The nodes for yes and for no.</summary>
    public int True { get; set; }

    /// <inheritdoc cref="True"/>
    public int False { get; set; }

    /// <summary>Whether a missing value counts as yes.</summary>
    public bool MissingIsTrue { get; set; }

    /// <summary>How often training data passed; NaN where unknown.</summary>
    public double Hits { get; set; }

    /// <summary>What errors call it.</summary>
    public string Name { get; set; }
}

/// <summary>What a leaf adds to an output.</summary>
internal readonly record struct OnnxVote(int Node, int Output, double Weight);

/// <summary>The trees of an operator, whichever of the three it is, with numbers in the place of names.</summary>
internal sealed class OnnxForest
{
    /// <summary>All nodes of all trees.</summary>
    public required OnnxNode[] Nodes { get; init; }

    /// <summary>The root of each tree.</summary>
    public required int[] Roots { get; init; }

    /// <summary>What leaves add to outputs, in the order of the nodes.</summary>
    public required OnnxVote[] Votes { get; init; }

    /// <summary>The sets of nodes that ask for membership.</summary>
    public IReadOnlyList<double[]> Sets { get; init; } = [];

    /// <summary>What outputs start from.</summary>
    public required double[] BaseValues { get; init; }

    /// <summary>What leaves are divided by: the number of trees where these are averaged.</summary>
    public required int Divisor { get; init; }

    /// <summary>The name of the transformation of scores: NONE, LOGISTIC, SOFTMAX.</summary>
    public required string Transformation { get; init; }

    /// <summary>How many features there must be, by those that are asked.</summary>
    public long FeaturesAsked => Math.Clamp(
        Nodes.Where(n => n.Mode != OnnxNodeMode.Leaf).Select(n => n.Feature).DefaultIfEmpty(0).Max() + 1L,
        1, ModelFile.MaximumFeatures);

    /// <summary>The names of the outputs; null where there are none.</summary>
    public string[]? OutputNames { get; init; }

    /// <summary>
    /// Whether ONNX Runtime makes two columns of the only score: the second one is the score, the first says the opposite.
    /// </summary>
    public bool HasOppositeColumn { get; init; }
}
