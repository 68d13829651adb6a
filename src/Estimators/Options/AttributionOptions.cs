using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;

namespace Microsoft.ML.Introspection.Estimators;

/// <summary>
/// What an explanation column explains, which columns the network reads, and how it runs: the options that all methods
/// share. Every property checks what it is given; names are checked against the network when the estimator is made.
/// </summary>
public record AttributionOptions : ExplainOptions
{
    private readonly Target _target = Target.ArgMax;
    private readonly IReadOnlyList<string>? _explainedInputs;
    private readonly string? _layer;
    private readonly string? _explainedOutput;
    private readonly string? _targetColumnName;
    private readonly string? _scoreColumnName;
    private readonly string? _gapColumnName;
    private readonly string? _baseValueColumnName;

    /// <summary>
    /// The score to explain, row by row: that of the best class (the default), of one class, of the class that a column
    /// tells (<see cref="Target.Label"/>, a column of <see cref="long"/>, classes from 0), or the difference of two.
    /// </summary>
    public Target Target
    {
        get => _target;
        init => _target = value ?? throw new ArgumentNullException(nameof(Target));
    }

    /// <summary>
    /// The network's inputs to attribute to; null for its only input of floating-point numbers. With several, each has an
    /// explanation column of its own, named like the output column followed by an underscore and the input's name.
    /// The input column of the estimator feeds the first of them. An input of token numbers is explained by its embedding:
    /// a vector for every token, or with <see cref="Introspection.Attribution.PerToken"/> a number.
    /// </summary>
    public IReadOnlyList<string>? ExplainedInputs
    {
        get => _explainedInputs;
        init
        {
            if (value is not null && (value.Count == 0 || value.Any(string.IsNullOrEmpty) || value.Distinct().Count() < value.Count))
                throw new ArgumentException($"The explained inputs must be different names, at least one; given: {Listing.Of(value)}.",
                    nameof(ExplainedInputs));
            _explainedInputs = value is null ? null : [.. value];
        }
    }

    /// <summary>
    /// Whether several inputs are explained jointly, so that their explanations together sum to what the method promises, or each alone
    /// while the others stay as they are.
    /// </summary>
    public SeveralInputs Several
    {
        get;
        init => field = Enum.IsDefined(value) ? value
            : throw new ArgumentOutOfRangeException(nameof(Several), value, "There is no such way to explain several inputs.");
    }

    /// <summary>
    /// A layer, or the name of a tensor inside the network, to attribute to instead of an input; null for none. The explanation
    /// has the tensor's dimensions and no slot names. The input column of the estimator feeds the network's only floating-point
    /// input, or, where there is not just one, its first input. Whether there is such a layer is known when the estimator is fitted.
    /// </summary>
    public string? Layer
    {
        get => _layer;
        init => _layer = NotBlank(value, nameof(Layer));
    }

    /// <summary>The network's output whose score is explained; null for the first of floating-point numbers.</summary>
    public string? ExplainedOutput
    {
        get => _explainedOutput;
        init => _explainedOutput = NotBlank(value, nameof(ExplainedOutput));
    }

    /// <summary>The name of a column for the explained class, a vector of one <see cref="long"/>; null for none.</summary>
    public string? TargetColumnName
    {
        get => _targetColumnName;
        init => _targetColumnName = NotBlank(value, nameof(TargetColumnName));
    }

    /// <summary>The name of a column for the explained score, a vector of one number; null for none.</summary>
    public string? ScoreColumnName
    {
        get => _scoreColumnName;
        init => _scoreColumnName = NotBlank(value, nameof(ScoreColumnName));
    }

    /// <summary>
    /// The name of a column for the base value, a vector of one number: the score that the explanation of a row starts from, so that both
    /// sum to the score; null for none. For methods that promise a sum: integrated gradients, DeepLIFT, Shapley values. Where each of
    /// several inputs is explained alone, an underscore and the input's name follow.
    /// </summary>
    public string? BaseValueColumnName
    {
        get => _baseValueColumnName;
        init => _baseValueColumnName = NotBlank(value, nameof(BaseValueColumnName));
    }

    /// <summary>
    /// The name of a column for the completeness gap, a vector of one number: what the explanation of a row sums to less what it
    /// should sum to; null for none. For methods that promise a sum: integrated gradients and DeepLIFT the change of the score
    /// from the baseline, layer-wise relevance propagation the score. Where each of several inputs is explained alone,
    /// an underscore and the input's name follow.
    /// </summary>
    public string? GapColumnName
    {
        get => _gapColumnName;
        init => _gapColumnName = NotBlank(value, nameof(GapColumnName));
    }

    private static string? NotBlank(string? value, string property) => value is null || !string.IsNullOrWhiteSpace(value)
        ? value
        : throw new ArgumentException($"{property} must be a name, or null for none; it is blank.", property);

    /// <summary>What is asked.</summary>
    /// <param name="method">How to explain.</param>
    /// <param name="name">The name of the explanation column.</param>
    internal Ask Ask(Reading method, string name) => new(method, Target, name)
    {
        Of = (ExplainedInputs, Layer) switch
        {
            ({ } named, { } layer) => throw new ArgumentException(
                $"Either inputs ({Listing.Of(named)}) or a layer ('{layer}') are explained, not both at once: " +
                "give ExplainedInputs or Layer.", "options"),
            (_, { } layer) => [layer],
            _ => ExplainedInputs,
        },
        Several = Several, Output = ExplainedOutput, TargetName = TargetColumnName, ScoreName = ScoreColumnName,
        BaseValueName = BaseValueColumnName, GapName = GapColumnName,
    };
}
