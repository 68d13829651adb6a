using Microsoft.ML.Introspection.Models;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>How a network and what is asked of it become one model.</summary>
public record CompilationOptions
{
    /// <summary>
    /// What <see cref="Portion"/> is unless it is said. Measured: rows of some hundred numbers gain a fifth from four times as much,
    /// images and short rows nothing, and less costs time; memory grows with it, times the rows of a batch and the width of the network.
    /// </summary>
    public const long DefaultPortion = 1 << 14;

    /// <summary>Other names for the network's inputs, by their own.</summary>
    public IReadOnlyDictionary<string, string> InputNames { get; init; } = new Dictionary<string, string>();

    /// <summary>Outputs of the network to pass through, final activation included, and the names to give them.</summary>
    public IReadOnlyDictionary<string, string> PassThrough { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// How many elements of variants of the input (points of a way, draws of noise, masked inputs) are computed at once for each row: as
    /// many variants as fit, but at least one. More are quicker for small inputs up to a point, and take more memory. A network whose file
    /// fixes the batch takes one variant at a time.
    /// </summary>
    public long Portion
    {
        get;
        init => field = value >= 1 ? value
            : throw new ArgumentOutOfRangeException(nameof(Portion), value, "At least one element must be computed at once.");
    } = DefaultPortion;
}

/// <summary>What an explanation model takes, gives, and how these are called.</summary>
public sealed record ExplanationOptions : CompilationOptions
{
    /// <summary>
    /// The inputs to attribute to; null for the only input of floating-point numbers. For an input of token numbers the
    /// attribution is to their embeddings.
    /// </summary>
    public IReadOnlyList<string>? Inputs { get; init; }

    /// <summary>Whether several inputs are attributed to jointly or each alone.</summary>
    public SeveralInputs Several { get; init; }

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
    /// The name of the base value: the score that the attributions of a row start from, shape [N, 1], for methods that promise a sum. Where
    /// each of several inputs is explained alone, it is followed like the attribution's. Null leaves it out.
    /// </summary>
    public string? BaseValueName { get; init; }

    /// <summary>
    /// The name of the completeness gap: what the attributions of a row sum to less what they should sum to, shape [N, 1], for
    /// methods that promise a sum; followed like the base value's. Null leaves it out.
    /// </summary>
    public string? GapName { get; init; }

    /// <summary>What these options ask.</summary>
    /// <param name="method">How to explain.</param>
    /// <param name="target">What to explain; null for the class with the highest score.</param>
    /// <param name="network">The network, which knows its layers.</param>
    /// <exception cref="ArgumentException">Both inputs and a layer are named, or the network has no such layer.</exception>
    public Ask Ask(AttributionMethod method, Target? target, Network network) => new(method, target, AttributionName)
    {
        Of = this switch
        {
            { Layer: not null, Inputs: not null } => throw new ArgumentException(
                $"Either inputs ({string.Join(", ", Inputs)}) or a layer ('{Layer}') are attributed to, not both at once."),
            { Layer: { } layer } => [network.TensorOf(layer)],
            _ => Inputs,
        },
        Several = Several, Output = Output,
        TargetName = TargetName, ScoreName = ScoreName, BaseValueName = BaseValueName, GapName = GapName,
    };
}
