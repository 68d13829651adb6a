namespace Microsoft.ML.Introspection.Text;

/// <summary>What the file of a tokenizer leaves open.</summary>
public sealed record TokenizerOptions
{
    /// <summary>
    /// For <c>vocab.txt</c>: whether case is lowered and accents are taken out; null for whether no token but the special ones has a
    /// capital letter.
    /// </summary>
    public bool? Lowercase { get; init; }

    /// <summary>
    /// For <c>.model</c>: whether a text begins with the token of its beginning; null for yes where the model has one.
    /// </summary>
    public bool? AddBeginning { get; init; }

    /// <summary>
    /// For <c>.model</c>: whether a text ends with the token of its end; null for yes in a unigram model, and where there is none for the
    /// beginning.
    /// </summary>
    public bool? AddEnd { get; init; }

    /// <summary>
    /// For <c>.tiktoken</c> and <c>vocab.json</c>: the regular expression of the pieces. Null for the one that goes with the file's name
    /// (cl100k, o200k) or with its tokens (CLIP's), else GPT-2's.
    /// </summary>
    public string? Pattern { get; init; }

    /// <summary>The number of padding; null for what the file says or its tokens tell.</summary>
    public int? PaddingId { get; init; }
}

/// <summary>Which text gives way where two are too long together.</summary>
public enum Truncation
{
    /// <summary>The longer: the shorter stays whole where it fits into half, else both are halved.</summary>
    LongestFirst,

    /// <summary>The first.</summary>
    OnlyFirst,

    /// <summary>The second.</summary>
    OnlySecond,

    /// <summary>None: too long a text is refused.</summary>
    None,
}

/// <summary>How texts become tokens.</summary>
public sealed record EncodingOptions
{
    /// <summary>The most tokens of a row, those included that are added; null for as many as there are.</summary>
    public int? MaximumLength
    {
        get;
        init => field = value is null or >= 1 ? value
            : throw new ArgumentOutOfRangeException(nameof(MaximumLength), value, "At least one token was expected.");
    }

    /// <summary>What gives way where there are more.</summary>
    public Truncation Truncation
    {
        get;
        init => field = Enum.IsDefined(value) ? value
            : throw new ArgumentOutOfRangeException(nameof(Truncation), value, "There is no such truncation.");
    }

    /// <summary>Whether the tokens are added that the tokenizer puts around texts.</summary>
    public bool AddSpecialTokens { get; init; } = true;
}
