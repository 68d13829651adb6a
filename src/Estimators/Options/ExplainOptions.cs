using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Estimators;

/// <summary>Which columns a network reads and gives, and how it runs, whatever is asked of it.</summary>
public record ExplainOptions
{
    private readonly IReadOnlyDictionary<string, string> _inputColumns = new Dictionary<string, string>();
    private readonly IReadOnlyDictionary<string, string> _outputColumns = new Dictionary<string, string>();
    private readonly RuntimeOptions _runtime = new();
    private readonly NetworkOptions _network = new();

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

    private static Dictionary<string, string> Names(IReadOnlyDictionary<string, string> value, string property)
    {
        ArgumentNullException.ThrowIfNull(value, property);
        foreach (var (tensor, column) in value)
            if (string.IsNullOrEmpty(tensor) || string.IsNullOrWhiteSpace(column))
                throw new ArgumentException(
                    $"{property} must map names of the network to names of columns; it maps '{tensor}' to '{column}'.", property);
        return value.ToDictionary();
    }
}
