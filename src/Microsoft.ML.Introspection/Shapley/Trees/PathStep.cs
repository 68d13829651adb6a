namespace Microsoft.ML.Introspection.Shapley.Trees;

/// <summary>What a step of a sweep does.</summary>
internal enum PathStepKind : byte
{
    /// <summary>Goes down an edge to an inner node.</summary>
    Down,

    /// <summary>Comes back up that edge, when all below is done.</summary>
    Up,

    /// <summary>All that ends here at once: an edge to a leaf, or both of a node whose children are leaves.</summary>
    End,

    /// <summary>Down an edge, the end that the next step describes, and up again.</summary>
    Twig,
}

/// <summary>A step of a sweep through a tree, in the order in which they are done.</summary>
internal struct PathStep
{
    /// <summary>What is done.</summary>
    public PathStepKind Kind;

    /// <summary>Whether the node's sum begins with this step, rather than being added to.</summary>
    public bool First;

    /// <summary>Whether the edge is the one to the right.</summary>
    public bool Right;

    /// <summary>The codes that the split tests.</summary>
    public int Row;

    /// <summary>The first code that goes to the right.</summary>
    public int Limit;

    /// <summary>The set of codes that go to the left; -1 for a comparison.</summary>
    public int Set;

    /// <summary>The level of the node that the edge leaves, from 0.</summary>
    public int Level;

    /// <summary>The level that the path's last edge of the same player led to; 0 where there is none.</summary>
    public int Previous;

    /// <summary>Where the step's numbers begin.</summary>
    public int Table;

    /// <summary>The player whose feature the split asks, by its place among those that any split asks.</summary>
    public int Player;
}
