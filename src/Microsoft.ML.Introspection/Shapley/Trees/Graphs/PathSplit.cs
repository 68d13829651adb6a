namespace Microsoft.ML.Introspection.Shapley.Trees.Graphs;

/// <summary>
/// A split as part of the paths through it. Of its children the first is a split if any is.
/// </summary>
internal sealed class PathSplit
{
    /// <summary>The output that the tree adds to.</summary>
    public required int Output { get; init; }

    /// <summary>Who is asked: a feature, or its group.</summary>
    public required int Player { get; init; }

    /// <summary>The share of the data that has taken all edges of the player above; 1 where there are none.</summary>
    public required double Before { get; init; }

    /// <summary>The share of the node's data that goes to the first child; the rest goes to the second.</summary>
    public required double Share { get; init; }

    /// <summary>
    /// κ: by how much a row that has taken all edges of the player above exceeds that share by going to the first child (1) or the
    /// second (0); 0 for other rows. Where both children are leaves, times their difference.
    /// </summary>
    public required StepProduct Deviation { get; init; }

    /// <summary>The first child; null for a leaf.</summary>
    public PathSplit? First { get; init; }

    /// <summary>The second child; null for a leaf.</summary>
    public PathSplit? Second { get; init; }

    /// <summary>The first child's value, if it is a leaf.</summary>
    public double FirstValue { get; init; }

    /// <summary>The second child's value, if it is a leaf.</summary>
    public double SecondValue { get; init; }
}
