using Microsoft.ML.Introspection.Jobs;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Rows;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Features;

/// <summary>
/// What layers make of the rows of a data set, and how gradients flow back through them, in numbers for each unit or channel: one pass for
/// all layers, in memory that does not grow with the rows. Parts that were taken of parts of the rows can be merged.
/// </summary>
public sealed partial class NetworkStatistics
{
    // What the layers of a batch may take.
    private const long BatchBytes = 256L << 20;

    private readonly UnitStatistics[] _tensors;
    private readonly long _memory;

    internal NetworkStatistics(UnitStatistics[] tensors, long memory) => (_tensors, _memory) = (tensors, memory);

    /// <summary>How many rows went by.</summary>
    public long Rows => _tensors[0].Rows;

    /// <summary>Each layer; then, where they were asked for, the gradients by each.</summary>
    public IReadOnlyList<UnitStatistics> Tensors => _tensors;

    /// <summary>The statistics of a layer.</summary>
    /// <param name="layer">The layer, as it was named.</param>
    /// <param name="gradients">Whether those of the gradients by it are wanted.</param>
    /// <exception cref="ArgumentException">They were not taken.</exception>
    public UnitStatistics Of(string layer, bool gradients = false) =>
        Array.Find(_tensors, t => t.Layer == layer && t.IsGradient == gradients) ?? throw new ArgumentException(
            $"No statistics of {(gradients ? "gradients by " : "")}'{layer}' were taken; there are "
                + $"{string.Join(", ", _tensors.Where(t => t.IsGradient == gradients).Select(t => $"'{t.Layer}'"))}.", nameof(layer));

    /// <summary>
    /// The layers that are looked at where none are named, in order: convolutions, dense layers, activations, poolings, normalisations,
    /// sums of branches; not those that only move numbers.
    /// </summary>
    /// <param name="network">The network.</param>
    public static IReadOnlyList<string> LayersOf(Network network)
    {
        ArgumentNullException.ThrowIfNull(network);
        return [.. network.Layers.Where(l => StatisticsGraph.Tells(network, l)).Select(l => l.Name)];
    }

    /// <summary>Takes the statistics of rows.</summary>
    /// <param name="network">The network.</param>
    /// <param name="rows">The rows, before the first; their tensors are those of the network's inputs, by name or in order.</param>
    /// <param name="options">Of what.</param>
    /// <param name="runtime">Where to run.</param>
    /// <param name="feed">Where the numbers of an input come from; null for the tensor of its name, or the first.</param>
    /// <param name="shard">Which rows; null for all.</param>
    /// <param name="progress">Is told how far it is.</param>
    /// <param name="cancellation">Stops the pass.</param>
    /// <exception cref="ArgumentException">A layer is unknown, or its shape is not known.</exception>
    /// <exception cref="UnsupportedOperatorException">A gradient would have to pass an operator without a rule.</exception>
    public static NetworkStatistics Take(Network network, RowSource rows, StatisticsOptions? options = null, RuntimeOptions? runtime = null,
        Func<TensorInfo, InputRows>? feed = null, Shard? shard = null, Action<JobProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(rows);
        options ??= new StatisticsOptions();
        var graph = StatisticsGraph.Of(network, options);
        var statistics = new NetworkStatistics([.. graph.Tensors.Select(t =>
            new UnitStatistics(t, t.IsGradient ? null : StatisticsGraph.BoundsOf(network, t.Layer), options.Correlations))],
            options.QuantileMemory);
        runtime ??= new RuntimeOptions();
        var fitting = BatchBytes / sizeof(float) / graph.Tensors.Sum(t => (long)t.Units * t.Positions);
        runtime = runtime with { BatchSize = (int)Math.Clamp(fitting, 1, runtime.BatchSize) };
        using var work = new GraphWork(graph.Model, runtime, rows,
            feed ?? (input => ByName(rows, input, options.Target)));
        using var sink = new StatisticsSink(statistics, work.Ports, options, rows.Count);
        new Job(rows, work, shard).Run(sink, progress, cancellation);
        return statistics;
    }

    /// <summary>Adds what was taken of other rows: the result is that of all of them.</summary>
    /// <param name="other">Statistics of the same layers, taken with the same options.</param>
    /// <exception cref="ArgumentException">They are of other layers.</exception>
    public void Merge(NetworkStatistics other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (other._tensors.Length != _tensors.Length)
            throw new ArgumentException($"Statistics of {_tensors.Length} and of {other._tensors.Length} tensors cannot be merged.");
        foreach (var (own, added) in _tensors.Zip(other._tensors))
            own.Merge(added);
        Settle();
    }

    /// <summary>Keeps to the memory for quantiles.</summary>
    internal void Settle()
    {
        if (_tensors.Sum(t => t.KeptNumbers) * sizeof(float) <= _memory)
            return;
        // A sketch has some ten or twenty levels, half of them full on average.
        var capacity = (int)Math.Clamp(_memory / sizeof(float) / 10 / _tensors.Sum(t => t.Units), 64, 1 << 20);
        foreach (var tensor in _tensors)
            tensor.Limit(capacity);
    }

    /// <summary>The rows for an input where nobody says: those of its name, or the only ones.</summary>
    internal static InputRows ByName(RowSource rows, TensorInfo input, Target? target)
    {
        var places = Enumerable.Range(0, rows.Tensors.Count);
        var place = rows.Tensors.Count == 1 ? 0 : places.FirstOrDefault(p => rows.Tensors[p].Name == input.Name, -1);
        return place < 0 ? throw new ArgumentException($"The rows have nothing for the input '{input.Name}'; they have "
            + $"{string.Join(", ", rows.Tensors.Select(t => $"'{t.Name}'"))}.", nameof(rows))
            : new InputRows(place) { AreClasses = target is { InputIsWeights: false } && input.Name == target.InputName };
    }
}
