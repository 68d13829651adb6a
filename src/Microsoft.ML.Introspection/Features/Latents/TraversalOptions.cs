namespace Microsoft.ML.Introspection.Features;

/// <summary>Which latents are varied, and how far.</summary>
public sealed record TraversalOptions
{
    /// <summary>The latents, numbered as in a row, last axis fastest; null for all.</summary>
    public IReadOnlyList<int>? Units
    {
        get;
        init => field = value is null or { Count: > 0 } && value?.All(u => u >= 0) != false ? value
            : throw new ArgumentOutOfRangeException(nameof(Units), "One latent at least was expected, counted from 0.");
    }

    /// <summary>Where a latent goes.</summary>
    public (double From, double To) Range
    {
        get;
        init => field = double.IsFinite(value.To - value.From) && value.From != value.To ? value
            : throw new ArgumentOutOfRangeException(nameof(Range), value, "Two different finite numbers were expected.");
    } = (-3, 3);

    /// <summary>Whether the range is added to what the latent is, so that the middle is the row itself.</summary>
    public bool IsRelative { get; init; }

    /// <summary>How many values each takes.</summary>
    public int Steps
    {
        get;
        init => field = value is >= 2 and <= 1000 ? value
            : throw new ArgumentOutOfRangeException(nameof(Steps), value, "From 2 to 1000 steps were expected.");
    } = 9;

    /// <summary>The code that all others stay at; null for zeros.</summary>
    public IReadOnlyList<double>? Through { get; init; }

    /// <summary>The output that is looked at; null for the default one.</summary>
    public string? Output { get; init; }
}
