namespace Microsoft.ML.Introspection.Shapley;

/// <summary>How LIME explains texts.</summary>
public sealed record TextLimeOptions : LimeOptions
{
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
        init => field =
            value > 0 ? value : throw new ArgumentOutOfRangeException(nameof(KernelWidth), value, "The kernel's width must be positive.");
    } = 25;
}
