using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Estimators;

/// <summary>
/// What an explanation column explains, which columns the network reads, and how it runs: the options that all methods
/// share. Every property checks what it is given; names are checked against the network when the estimator is made.
/// </summary>
public record AttributionOptions
{
    private readonly Target _target = Target.ArgMax;
    private readonly IReadOnlyList<string>? _explainedInputs;
    private readonly string? _layer;
    private readonly string? _explainedOutput;
    private readonly string? _targetColumnName;
    private readonly string? _scoreColumnName;
    private readonly string? _gapColumnName;
    private readonly string? _baseValueColumnName;
    private readonly IReadOnlyDictionary<string, string> _inputColumns = new Dictionary<string, string>();
    private readonly IReadOnlyDictionary<string, string> _outputColumns = new Dictionary<string, string>();
    private readonly RuntimeOptions _runtime = new();
    private readonly NetworkOptions _network = new();

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
                throw new ArgumentException($"The explained inputs must be different names, at least one; given: {Listing.Of(value)}.", nameof(ExplainedInputs));
            _explainedInputs = value is null ? null : [.. value];
        }
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

    /// <summary>
    /// The columns that feed the network's other inputs, by the input's name. An input that is not named here is read from
    /// the column of its own name.
    /// </summary>
    public IReadOnlyDictionary<string, string> InputColumns
    {
        get => _inputColumns;
        init => _inputColumns = Names(value, nameof(InputColumns));
    }

    /// <summary>
    /// Outputs of the network, final activation included, to keep as columns, and the columns' names: prediction and
    /// explanation come from one pass. Vectors with the output's dimensions, the first being 1.
    /// </summary>
    public IReadOnlyDictionary<string, string> OutputColumns
    {
        get => _outputColumns;
        init => _outputColumns = Names(value, nameof(OutputColumns));
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
    /// sum to the score; null for none. For methods that promise a sum: integrated gradients, DeepLIFT, Shapley values. With several explained inputs it is
    /// followed by an underscore and the input's name.
    /// </summary>
    public string? BaseValueColumnName
    {
        get => _baseValueColumnName;
        init => _baseValueColumnName = NotBlank(value, nameof(BaseValueColumnName));
    }

    /// <summary>
    /// The name of a column for the completeness gap, a vector of one number: what the explanation of a row sums to less what it
    /// should sum to; null for none. For methods that promise a sum: integrated gradients and DeepLIFT the change of the score
    /// from the baseline, layer-wise relevance propagation the score. With several explained inputs it is followed by
    /// an underscore and the input's name.
    /// </summary>
    public string? GapColumnName
    {
        get => _gapColumnName;
        init => _gapColumnName = NotBlank(value, nameof(GapColumnName));
    }

    /// <summary>Device, rows in one run (32 by default), threads.</summary>
    public RuntimeOptions Runtime
    {
        get => _runtime;
        init => _runtime = value ?? throw new ArgumentNullException(nameof(Runtime));
    }

    /// <summary>
    /// What the model file leaves open, and whether a final softmax or sigmoid is explained as well. Open dimensions that are
    /// not given here are taken from the types of the columns.
    /// </summary>
    public NetworkOptions Network
    {
        get => _network;
        init => _network = value ?? throw new ArgumentNullException(nameof(Network));
    }

    /// <summary>Stops whoever is reading explanations with <see cref="OperationCanceledException"/>.</summary>
    public CancellationToken Cancellation { get; init; }

    private static string? NotBlank(string? value, string property) => value is null || !string.IsNullOrWhiteSpace(value)
        ? value
        : throw new ArgumentException($"{property} must be a name, or null for none; it is blank.", property);

    private static Dictionary<string, string> Names(IReadOnlyDictionary<string, string> value, string property)
    {
        ArgumentNullException.ThrowIfNull(value, property);
        foreach (var (tensor, column) in value)
            if (string.IsNullOrEmpty(tensor) || string.IsNullOrWhiteSpace(column))
                throw new ArgumentException($"{property} must map names of the network to names of columns; it maps '{tensor}' to '{column}'.", property);
        return value.ToDictionary();
    }
}
