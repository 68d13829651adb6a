namespace Microsoft.ML.Introspection.Shapley;

/// <summary>What LIME is told whatever it explains.</summary>
public abstract record LimeOptions
{
    private protected LimeOptions()
    {
    }

    /// <summary>How many samples are drawn: rows, or texts made of the explained one.</summary>
    public int Samples
    {
        get;
        init =>
            field = value >= 2 ? value : throw new ArgumentOutOfRangeException(nameof(Samples), value, "At least two samples are needed.");
    } = 5000;

    /// <summary>How many features, or words, an explanation names; null for all.</summary>
    public int? Features
    {
        get;
        init => field = value is null or >= 1 ? value
            : throw new ArgumentOutOfRangeException(nameof(Features), value, "At least one feature or word must be named.");
    } = 10;

    /// <summary>How they are chosen.</summary>
    public LimeSelection Selection
    {
        get;
        init => field =
            Enum.IsDefined(value) ? value : throw new ArgumentOutOfRangeException(nameof(Selection), value, "There is no such selection.");
    }

    /// <summary>The penalty of the linear model's weights.</summary>
    public double Ridge
    {
        get;
        init => field = value >= 0 && double.IsFinite(value) ? value
            : throw new ArgumentOutOfRangeException(nameof(Ridge), value, "The penalty must be a number not below 0.");
    } = 1;

    /// <summary>Other samples for every seed.</summary>
    public int Seed { get; init; } = 1;
}
