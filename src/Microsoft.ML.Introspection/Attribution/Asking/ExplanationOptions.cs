namespace Microsoft.ML.Introspection.Attribution;

/// <summary>What an explanation model takes, gives, and how these are called.</summary>
public sealed record ExplanationOptions
{
    /// <summary>
    /// The inputs to attribute to; null for the only input of floating-point numbers. For an input of token numbers the
    /// attribution is to their embeddings.
    /// </summary>
    public IReadOnlyList<string>? Inputs { get; init; }

    /// <summary>
    /// A layer, or the name of a tensor inside the network, to attribute to instead of an input: the question's input is then
    /// that tensor, and path methods vary it while what lies before it stays as it is.
    /// </summary>
    public string? Layer { get; init; }

    /// <summary>The output whose score is explained; null for the first of floating-point numbers.</summary>
    public string? Output { get; init; }

    /// <summary>
    /// The name of the attribution; with several explained inputs it is followed by an underscore and the input's name.
    /// </summary>
    public string AttributionName { get; init; } = "attribution";

    /// <summary>The name of the explained class, 64-bit integers of shape [N, 1]; null leaves it out.</summary>
    public string? TargetName { get; init; } = "target";

    /// <summary>The name of the explained score, shape [N, 1]; null leaves it out.</summary>
    public string? ScoreName { get; init; } = "score";

    /// <summary>
    /// The name of the base value: the score that the attributions of a row start from, shape [N, 1], for methods that promise a sum. With
    /// several explained inputs it is followed like the attribution's. Null leaves it out.
    /// </summary>
    public string? BaseValueName { get; init; }

    /// <summary>
    /// The name of the completeness gap: what the attributions of a row sum to less what they should sum to, shape [N, 1], for
    /// methods that promise a sum. With several explained inputs it is followed like the attribution's. Null leaves it out.
    /// </summary>
    public string? GapName { get; init; }

    /// <summary>Other names for the network's inputs, by their own.</summary>
    public IReadOnlyDictionary<string, string> InputNames { get; init; } = new Dictionary<string, string>();

    /// <summary>Outputs of the network to pass through, final activation included, and the names to give them.</summary>
    public IReadOnlyDictionary<string, string> PassThrough { get; init; } = new Dictionary<string, string>();
}
