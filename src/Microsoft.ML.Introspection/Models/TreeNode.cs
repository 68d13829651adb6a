namespace Microsoft.ML.Introspection.Models;

/// <summary>A node of a <see cref="Tree"/>: a split with two children, or a leaf with a value.</summary>
public readonly record struct TreeNode
{
    /// <summary>The feature that is asked; -1 for a leaf.</summary>
    public int Feature { get; private init; }

    /// <summary>Whether the node is a leaf.</summary>
    public bool IsLeaf => Feature < 0;

    /// <summary>Which values go to the left.</summary>
    public SplitKind Kind { get; private init; }

    /// <summary>What values are compared with; of no meaning for leaves and for sets.</summary>
    public double Threshold { get; private init; }

    /// <summary>The number of the split's set among <see cref="Tree.Sets"/>; of no meaning for comparisons.</summary>
    public int Set { get; private init; }

    /// <summary>The node for values that go to the left.</summary>
    public int Left { get; private init; }

    /// <summary>The node for values that go to the right.</summary>
    public int Right { get; private init; }

    /// <summary>Whether missing values go to the left.</summary>
    public bool MissingLeft { get; private init; }

    /// <summary>Whether zero (up to 1e-35, as LightGBM has it) counts as missing.</summary>
    public bool ZeroIsMissing { get; init; }

    /// <summary>What a leaf adds to the score.</summary>
    public double Value { get; private init; }

    /// <summary>
    /// How much of the training data passed the node: rows, or the sum of their weights. NaN where the file does not tell.
    /// </summary>
    public double Cover { get; init; }

    /// <summary>A leaf.</summary>
    public static TreeNode Leaf(double value, double cover = double.NaN) => new() { Feature = -1, Value = value, Cover = cover };

    /// <summary>A comparison with a threshold.</summary>
    /// <param name="feature">The feature that is asked.</param>
    /// <param name="kind"><see cref="SplitKind.Less"/> or <see cref="SplitKind.LessOrEqual"/>.</param>
    /// <param name="threshold">What its value is compared with.</param>
    /// <param name="left">The node where the comparison holds.</param>
    /// <param name="right">The node where it does not.</param>
    /// <param name="missingLeft">Whether missing values go to the left.</param>
    /// <param name="cover">How much of the training data passed; NaN where unknown.</param>
    /// <exception cref="ArgumentOutOfRangeException">The feature is below 0, or the kind is none of these.</exception>
    public static TreeNode Comparison(int feature, SplitKind kind, double threshold, int left, int right, bool missingLeft = false,
        double cover = double.NaN) =>
        kind is SplitKind.Less or SplitKind.LessOrEqual
            ? new() { Feature = Asked(feature), Kind = kind, Threshold = threshold, Set = -1, Left = left, Right = right,
                MissingLeft = missingLeft, Cover = cover }
            : throw new ArgumentOutOfRangeException(nameof(kind), kind, "A comparison is Less or LessOrEqual.");

    /// <summary>A question for membership in a set.</summary>
    /// <param name="feature">The feature that is asked.</param>
    /// <param name="kind"><see cref="SplitKind.Category"/> or <see cref="SplitKind.Equal"/>.</param>
    /// <param name="set">The number of the set among <see cref="Tree.Sets"/>.</param>
    /// <param name="left">The node for members.</param>
    /// <param name="right">The node for all others.</param>
    /// <param name="missingLeft">Whether missing values go to the left.</param>
    /// <param name="cover">How much of the training data passed; NaN where unknown.</param>
    /// <exception cref="ArgumentOutOfRangeException">The feature is below 0, or the kind is none of these.</exception>
    public static TreeNode Membership(int feature, SplitKind kind, int set, int left, int right, bool missingLeft = false,
        double cover = double.NaN) =>
        kind is SplitKind.Category or SplitKind.Equal
            ? new() { Feature = Asked(feature), Kind = kind, Set = set, Left = left, Right = right, MissingLeft = missingLeft,
                Cover = cover }
            : throw new ArgumentOutOfRangeException(nameof(kind), kind, "A membership is Category or Equal.");

    // A feature below 0 would make the split a leaf.
    private static int Asked(int feature) => feature >= 0 ? feature
        : throw new ArgumentOutOfRangeException(nameof(feature), feature, "A split asks for a feature from 0 on.");

    /// <summary>The same node with its children at other places; of no effect on leaves.</summary>
    public TreeNode At(int left, int right) => IsLeaf ? this : this with { Left = left, Right = right };
}
