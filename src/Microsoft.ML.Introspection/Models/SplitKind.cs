namespace Microsoft.ML.Introspection.Models;

/// <summary>Which values a split sends to the left. A missing value (NaN) goes where <see cref="TreeNode.MissingLeft"/> says.</summary>
public enum SplitKind : byte
{
    /// <summary>Those below the threshold.</summary>
    Less,

    /// <summary>Those below the threshold, and the threshold itself.</summary>
    LessOrEqual,

    /// <summary>
    /// Those whose whole part is in the split's set of categories; negative numbers are no category. A category that is in no
    /// set, an unseen one say, goes to the right.
    /// </summary>
    Category,

    /// <summary>Those that are exactly in the split's set.</summary>
    Equal,
}
