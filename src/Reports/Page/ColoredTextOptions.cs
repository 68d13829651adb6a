namespace Microsoft.ML.Introspection.Reports;

/// <summary>How the tokens of a text are coloured.</summary>
public sealed record ColoredTextOptions
{
    /// <summary>
    /// Whether attributions speak in favour (red) or against (blue). If not, they are sizes, such as norms of gradients: what
    /// is drawn is their magnitude, in violet.
    /// </summary>
    public bool Signed { get; init; } = true;

    /// <summary>
    /// The magnitude that has the strongest colour, to compare several texts; what is beyond has it too. Unless given, the
    /// largest finite one of the text. Above 0.
    /// </summary>
    public double? Reach
    {
        get;
        init => field = value is null or (> 0 and < double.PositiveInfinity)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Reach), value, "A finite magnitude above 0 was expected.");
    }

    /// <summary>Whether a space stands between two tokens. Not for tokens that carry their spaces themselves, or have none.</summary>
    public bool Spaced { get; init; } = true;

    /// <summary>Whether the numbers stand under the tokens, rather than appear when one points at them.</summary>
    public bool ShowValues { get; init; }

    /// <summary>The number of tokens to show; a remark says how many more there are. 1 to 20,000.</summary>
    public int MaximumTokens
    {
        get;
        init => field = value is >= 1 and <= 20_000
            ? value
            : throw new ArgumentOutOfRangeException(nameof(MaximumTokens), value, "A number between 1 and 20,000 was expected.");
    } = 2000;
}
