namespace Microsoft.ML.Introspection.Features;

/// <summary>A plane through the inputs of a network: two features vary, all others stay as they are.</summary>
public sealed record PlaneOptions
{
    /// <summary>The feature that varies from left to right: its place among all elements of a row.</summary>
    public int X { get; init => field = NotNegative(value, nameof(X)); }

    /// <summary>The feature that varies from the bottom up.</summary>
    public int Y { get; init => field = NotNegative(value, nameof(Y)); } = 1;

    /// <summary>Where the first feature goes from and to.</summary>
    public (float From, float To) RangeX { get; init => field = Range(value, nameof(RangeX)); } = (-1, 1);

    /// <summary>Where the second feature goes from and to.</summary>
    public (float From, float To) RangeY { get; init => field = Range(value, nameof(RangeY)); } = (-1, 1);

    /// <summary>How many values each takes, both ends among them.</summary>
    public int Steps
    {
        get;
        init => field = value is >= 2 and <= 1024 ? value
            : throw new ArgumentOutOfRangeException(nameof(Steps), value, "Between 2 and 1024 values for each feature were expected.");
    } = 64;

    /// <summary>The row that the plane goes through: all elements of the inputs; null for zeros.</summary>
    public IReadOnlyList<float>? Through { get; init; }

    private static int NotNegative(int value, string name)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value, name);
        return value;
    }

    private static (float From, float To) Range((float From, float To) value, string name) =>
        float.IsFinite(value.From) && float.IsFinite(value.To) && value.From < value.To ? value
            : throw new ArgumentOutOfRangeException(name, value, "A finite number and a larger one were expected.");
}
