namespace Microsoft.ML.Introspection.Shapley;

/// <summary>How LIME explains texts.</summary>
public sealed record TextLimeOptions
{
    /// <summary>How many texts are made of the explained one.</summary>
    public int Samples
    {
        get;
        init => field = value >= 2 ? value : throw new ArgumentOutOfRangeException(nameof(Samples), value, "At least two samples are needed.");
    } = 5000;

    /// <summary>How many words an explanation names; null for all.</summary>
    public int? Features
    {
        get;
        init => field = value is null or >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(Features), value, "At least one word must be named.");
    } = 10;

    /// <summary>How they are chosen.</summary>
    public LimeSelection Selection
    {
        get;
        init => field = Enum.IsDefined(value) ? value : throw new ArgumentOutOfRangeException(nameof(Selection), value, "There is no such selection.");
    }

    /// <summary>What is put in the place of a word, such as <c>[MASK]</c>; null takes it out.</summary>
    public string? Replacement { get; init; }

    /// <summary>Whether every occurrence of a word is a feature of its own; otherwise all of them come and go together.</summary>
    public bool ByPosition { get; init; }

    /// <summary>A regular expression that matches the words.</summary>
    public string WordPattern { get; init => field = value ?? throw new ArgumentNullException(nameof(WordPattern)); } = @"\w+";

    /// <summary>How far the neighbourhood reaches, in hundredths of the cosine distance.</summary>
    public double KernelWidth
    {
        get;
        init => field = value > 0 ? value : throw new ArgumentOutOfRangeException(nameof(KernelWidth), value, "The kernel's width must be positive.");
    } = 25;

    /// <summary>The penalty of the linear model's weights.</summary>
    public double Ridge
    {
        get;
        init => field = value >= 0 && double.IsFinite(value) ? value : throw new ArgumentOutOfRangeException(nameof(Ridge), value, "The penalty must be a number not below 0.");
    } = 1;

    /// <summary>Other samples for every seed.</summary>
    public int Seed { get; init; } = 1;
}
