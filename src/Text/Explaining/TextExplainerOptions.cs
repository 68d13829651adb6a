using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Text;

/// <summary>What is explained of a network of texts.</summary>
public sealed record TextExplainerOptions
{
    /// <summary>The score to explain.</summary>
    public Target Target { get; init => field = value ?? throw new ArgumentNullException(nameof(Target)); } = Target.ArgMax;

    /// <summary>How the numbers of a token's embedding become one, for methods that attribute to the embedding.</summary>
    public TokenReduction Reduction { get; init; }

    /// <summary>The output whose score is explained; null for the first of floating-point numbers.</summary>
    public string? Output { get; init; }

    /// <summary>What of a text gets a score.</summary>
    public TextUnits Units
    {
        get;
        init => field = Enum.IsDefined(value) ? value
            : throw new ArgumentOutOfRangeException(nameof(Units), value, "There are no such units.");
    }

    /// <summary>
    /// To how many tokens all texts are filled up, or cut; null for as many as the longest of those that are explained together has.
    /// </summary>
    public int? Length
    {
        get;
        init => field = value is null or >= 1 ? value
            : throw new ArgumentOutOfRangeException(nameof(Length), value, "At least one token was expected.");
    }

    /// <summary>The most tokens of a text; what is more is cut off.</summary>
    public int MaximumLength
    {
        get;
        init => field = value >= 1 ? value
            : throw new ArgumentOutOfRangeException(nameof(MaximumLength), value, "At least one token was expected.");
    } = 512;

    /// <summary>
    /// What is put in the place of a word that is taken away, for LIME and Shapley values; empty takes it out. Null for the token that the
    /// model was trained to guess at ([MASK]) where its tokenizer has one, else it is taken out.
    /// </summary>
    public string? Replacement { get; init; }

    /// <summary>Where to run, and how many texts at once.</summary>
    public RuntimeOptions Runtime { get; init => field = value ?? throw new ArgumentNullException(nameof(Runtime)); } = new();
}
