using Microsoft.ML.Introspection.Models;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>How an ask attributes to several tensors.</summary>
public enum SeveralInputs
{
    /// <summary>Jointly where the method promises a sum, each alone where it does not (gradients are the same either way).</summary>
    JointlyWhereSumsArePromised,

    /// <summary>
    /// All together: what is varied, taken away or compared with a baseline is all of them at once, so that the attributions to all sum to
    /// what the method promises.
    /// </summary>
    Jointly,

    /// <summary>
    /// Each by itself while the others stay as they are: the attributions to each sum to what the method promises of that one, and those of
    /// all together to nothing in particular.
    /// </summary>
    EachAlone,
}

/// <summary>
/// One question that a graph answers: what is read off the network, of which score, with respect to what, and how the answers are called.
/// </summary>
/// <param name="Method">How to explain, or what else to read.</param>
/// <param name="Target">What is explained; null for the class with the highest score.</param>
/// <param name="Name">
/// The name of the attribution. With several tensors attributed to, and for the parts of a reading, an underscore and the name of the
/// tensor or part follow.
/// </param>
public sealed record Ask(Reading Method, Target? Target = null, string Name = "attribution")
{
    /// <summary>How to explain, or what else to read.</summary>
    public Reading Method { get; init; } = Method ?? throw new ArgumentNullException(nameof(Method));

    /// <summary>What is explained.</summary>
    public Target Target { get; init; } = Target ?? Target.ArgMax;

    /// <summary>The name of the attribution.</summary>
    public string Name { get; init; } = NotEmpty(Name, nameof(Name))!;

    /// <summary>
    /// The inputs, or layers, to attribute to; null for the only input of floating-point numbers. For an input of token numbers the
    /// attribution is to their embeddings; a layer is attributed to while what lies before it stays as it is.
    /// </summary>
    public IReadOnlyList<string>? Of
    {
        get;
        init => field = value is null ? null
            : value.Count > 0 && value.Distinct().Count() == value.Count ? [.. value]
            : throw new ArgumentException(
                $"Different names are attributed to, at least one; given were [{string.Join(", ", value)}].", nameof(Of));
    }

    /// <summary>Whether several are attributed to jointly or each alone.</summary>
    public SeveralInputs Several
    {
        get;
        init => field = Enum.IsDefined(value) ? value
            : throw new ArgumentOutOfRangeException(nameof(Several), value, "There is no such way to attribute to several inputs.");
    }

    /// <summary>The output whose score is explained; null for the first of floating-point numbers.</summary>
    public string? Output { get; init; }

    /// <summary>The name of the explained class, 64-bit integers of shape [N, 1]; null leaves it out.</summary>
    public string? TargetName { get; init => field = NotEmpty(value, nameof(TargetName)); }

    /// <summary>The name of the explained score, shape [N, 1]; null leaves it out.</summary>
    public string? ScoreName { get; init => field = NotEmpty(value, nameof(ScoreName)); }

    /// <summary>
    /// The name of the base value: the score that the attributions of a row start from, shape [N, 1], for methods that promise a sum;
    /// followed like the attribution's where each of several inputs is explained alone. Null leaves it out.
    /// </summary>
    public string? BaseValueName { get; init => field = NotEmpty(value, nameof(BaseValueName)); }

    /// <summary>Whether a base value that the method does not promise is left out, instead of refused.</summary>
    public bool BaseValueWherePromised { get; init; }

    /// <summary>
    /// The name of the completeness gap: what the attributions of a row sum to less what they should sum to, shape [N, 1], for
    /// methods that promise a sum; followed like the base value's. Null leaves it out.
    /// </summary>
    public string? GapName { get; init => field = NotEmpty(value, nameof(GapName)); }

    private static string? NotEmpty(string? name, string property) => name is not "" ? name
        : throw new ArgumentException("The name of an output is empty; leave it null to go without the output.", property);
}
