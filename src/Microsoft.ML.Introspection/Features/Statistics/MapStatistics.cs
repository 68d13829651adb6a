using Microsoft.ML.Introspection.Models;

namespace Microsoft.ML.Introspection.Features;

/// <summary>Statistics of maps that others look at, too: of units alone, without classes, gradients and correlations.</summary>
internal sealed class MapStatistics
{
    [ThreadStatic]
    private static float[]? _room;

    private readonly NetworkStatistics _statistics;
    private readonly UnitStatistics[] _layers;
    private readonly int[] _taken;

    private MapStatistics(UnitStatistics[] layers, StatisticsOptions options, long? rows)
    {
        (_layers, _statistics) = (layers, new NetworkStatistics(layers, options.QuantileMemory));
        _taken = QuantileSample.Of(_statistics, options, rows);
    }

    /// <summary>Refuses options of what is not taken.</summary>
    public static StatisticsOptions? Checked(StatisticsOptions? options) => options is { Gradients: true } or { Correlations: true }
        ? throw new ArgumentException("Gradients and correlations need a pass of their own (NetworkStatistics.Take).", nameof(options))
        : options;

    /// <summary>Begins.</summary>
    /// <param name="network">The network.</param>
    /// <param name="layers">The layers.</param>
    /// <param name="options">How.</param>
    /// <param name="rows">How many rows there are, where that is known.</param>
    public static MapStatistics Of(Network network, MapLayer[] layers, StatisticsOptions options, long? rows) => new(
        Array.ConvertAll(layers, l => new UnitStatistics(
            new WatchedTensor(l.Name, false, l.Units, l.Positions), StatisticsGraph.BoundsOf(network, l.Name), correlations: false)),
        options, rows);

    /// <summary>What is known.</summary>
    public NetworkStatistics Of() => _statistics;

    /// <summary>Takes a unit's map of a row; several threads may, each other units.</summary>
    /// <returns>Its largest number.</returns>
    public float Add(int layer, int unit, long row, ReadOnlySpan<float> map)
    {
        var room = _room is { } own && own.Length >= _taken[layer] ? own : _room = new float[_taken[layer]];
        return (float)_layers[layer].Add(unit, map, QuantileSample.Take(map, row, room.AsSpan(0, _taken[layer]))).Maximum;
    }

    /// <summary>Says that all units of a layer have seen some rows.</summary>
    public void Seen(int layer, int rows)
    {
        _layers[layer].AddRows(rows);
        if (layer == _layers.Length - 1)
            _statistics.Settle();
    }
}
