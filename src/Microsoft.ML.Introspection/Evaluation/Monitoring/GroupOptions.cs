using Microsoft.ML.Introspection.Numerics;

namespace Microsoft.ML.Introspection.Evaluation.Monitoring;

/// <summary>How groups of rows are compared.</summary>
public sealed record GroupOptions
{
    /// <summary>
    /// The group that others are compared with; null to compare each with all other rows, and of two groups the smaller with the larger.
    /// </summary>
    public string? Reference { get; init; }

    /// <summary>The share of intervals that hold the true difference, each taken by itself.</summary>
    public double Level { get; init => field = Checked(value, value is > 0 and < 1, nameof(Level), "between 0 and 1"); } = 0.95;

    /// <summary>How probabilities of differences are raised, since there are many of them.</summary>
    public TestCorrection Correction
    {
        get;
        init => field = Checked(value, Enum.IsDefined(value), nameof(Correction), "one that there is");
    } = TestCorrection.Holm;

    /// <summary>Groups of fewer rows are small: they have means, but neither intervals nor probabilities.</summary>
    public int FewestRows { get; init => field = Checked(value, value >= 2, nameof(FewestRows), "from 2 on"); } = 30;

    /// <summary>More groups are refused: the column holds something else, such as names.</summary>
    public int MostGroups { get; init => field = Checked(value, value is >= 2 and <= 10_000, nameof(MostGroups), "from 2 to 10000"); } = 50;

    private static T Checked<T>(T value, bool isGood, string name, string expected) => isGood ? value
        : throw new ArgumentOutOfRangeException(name, value, $"{name} is expected to be {expected}.");
}
