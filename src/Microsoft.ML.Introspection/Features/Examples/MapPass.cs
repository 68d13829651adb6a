using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Jobs;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Rows;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Features;

/// <summary>A layer whose maps are looked at, row by row.</summary>
/// <param name="Name">The layer.</param>
/// <param name="Units">How many units or channels it has.</param>
/// <param name="Space">The extents of their maps; none where each has one number.</param>
/// <param name="Axis">The axis of the units in what the layer makes, the batch being axis 0.</param>
internal sealed record MapLayer(string Name, int Units, IReadOnlyList<int> Space, int Axis)
{
    /// <summary>How many numbers a map has.</summary>
    public int Positions { get; } = Space.Aggregate(1, (size, extent) => checked(size * extent));

    /// <summary>The number of a unit's element in a row of the layer, last axis fastest.</summary>
    public long Element(int unit, long position)
    {
        var behind = Space.Skip(Axis - 1).Aggregate(1L, (size, extent) => size * extent);
        return (position / behind * Units + unit) * behind + position % behind;
    }
}

/// <summary>Looks at maps as they go by.</summary>
internal interface IMapReader
{
    /// <summary>Takes what a layer makes of the rows of a block.</summary>
    /// <param name="layer">The layer's number.</param>
    /// <param name="first">The number of the first row.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="maps">Gives a row: units × positions.</param>
    void Take(int layer, long first, int rows, RowOf<float> maps);
}

/// <summary>The numbers of a row of a block.</summary>
internal delegate ReadOnlySpan<T> RowOf<T>(int row);

/// <summary>
/// One pass over rows for all that wants to see the maps of layers: they go from ONNX Runtime's memory straight to the readers, so that
/// memory is that of a batch, and the graph does no work that is not the network's.
/// </summary>
internal static class MapPass
{
    /// <summary>Layers with the axes of their units.</summary>
    /// <param name="network">The network.</param>
    /// <param name="layers">The layers; null for those of <see cref="NetworkStatistics.LayersOf"/>.</param>
    /// <param name="unitsLast">Whether units stand on the last axis, as those of sequences [N, steps, width] do.</param>
    /// <exception cref="ArgumentException">A layer is unknown, or has no rows of known extents.</exception>
    public static MapLayer[] Layers(Network network, IReadOnlyList<string>? layers, bool unitsLast)
    {
        ArgumentNullException.ThrowIfNull(network);
        string[] names = [.. (layers ?? NetworkStatistics.LayersOf(network)).Distinct()];
        return names.Length == 0 ? throw new ArgumentException("The network has no layers to look at; name some.", nameof(network))
            : Array.ConvertAll(names, name =>
            {
                var value = network.Definition(network.TensorOf(name));
                if (!value.Type.IsFloating() || !StatisticsGraph.HasRows(network, value.ShapeOrNull))
                    throw new ArgumentException($"The layer '{name}' makes {value}; floating-point numbers of shape "
                        + $"[{network.Inputs[0].Shape![0]}, …] of known extents were expected.", nameof(layers));
                int[] row = [.. value.Shape.Skip(1).Select(d => (int)d.Value)];
                var axis = row.Length == 0 ? 0 : unitsLast ? row.Length : Axes.Channels(value);
                return new MapLayer(name, axis == 0 ? 1 : row[axis - 1],
                    [.. row.Index().Where(e => e.Index != axis - 1).Select(e => e.Item)], Math.Max(axis, 1));
            });
    }

    /// <summary>The graph whose outputs are what layers make, or, of the units of some, random rotations of them.</summary>
    /// <param name="network">The network.</param>
    /// <param name="layers">The layers.</param>
    /// <param name="rotations">For each layer the matrix [units, units] that its units are mixed by; null for none.</param>
    public static OnnxModel Activations(Network network, IReadOnlyList<MapLayer> layers, IReadOnlyList<float[]?>? rotations = null)
    {
        var graph = new Graph(network.Opset);
        var trace = network.Trace(graph, network.Inputs.ToDictionary(i => i.Name, i => i.AsInput(graph)));
        return graph.ToModel(layers.Index().Select(l =>
        {
            var value = trace.Layer(l.Item.Name);
            value = value.Type == ElementType.Float ? value : value.Cast(ElementType.Float);
            return (NameOf(l.Index), rotations?[l.Index] is { } matrix ? Mixed(value, l.Item, matrix) : value);
        }), keepAllInputs: true);
    }

    /// <summary>The graph whose outputs are attributions of a target to layers.</summary>
    public static OnnxModel Relevances(Network network, IReadOnlyList<MapLayer> layers, AttributionMethod method, Target target,
        string? output) => Explanation.Compile(network, [.. layers.Index().Select(l =>
            new Ask(method, target, NameOf(l.Index)) { Of = [network.TensorOf(l.Item.Name)], Output = output })]).Model;

    /// <summary>Lets readers see all rows.</summary>
    public static long Run(OnnxModel graph, RowSource rows, IReadOnlyList<MapLayer> layers, IReadOnlyList<IMapReader> readers,
        RuntimeOptions? runtime, Func<TensorInfo, InputRows> feed, Shard? shard = null, Action<JobProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        using var work = new GraphWork(graph, runtime ?? new RuntimeOptions(), rows, feed,
            layers.Select((_, i) => new GraphResult(NameOf(i), NameOf(i))));
        using var sink = new Sink(layers, readers, work.Ports);
        return new Job(rows, work, shard).Run(sink, progress, cancellation);
    }

    private static string NameOf(int layer) => $"maps {layer}";

    // The units stay where they stand.
    private static Value Mixed(Value value, MapLayer layer, float[] matrix)
    {
        var rank = value.Rank;
        int[] last = [.. Enumerable.Range(0, rank).Where(a => a != layer.Axis), layer.Axis];
        int[] back = [.. Enumerable.Range(0, rank).Select(a => Array.IndexOf(last, a))];
        var transposed = new float[matrix.Length];
        for (var i = 0; i < layer.Units; i++)
            for (var j = 0; j < layer.Units; j++)
                transposed[j * layer.Units + i] = matrix[i * layer.Units + j];
        var by = value.Graph.Constant(Tensor.From(transposed, layer.Units, layer.Units));
        return value.Transpose(last).MatMul(by).Transpose(back);
    }

    private sealed class Sink(IReadOnlyList<MapLayer> layers, IReadOnlyList<IMapReader> readers, IReadOnlyList<ResultPort> ports)
        : MemorySink
    {
        private readonly float[][] _moved = [.. layers.Select(_ => Array.Empty<float>())];

        public override void Append(long first, int rows, IReadOnlyList<string[]> carried)
        {
            for (var i = 0; i < layers.Count; i++)
            {
                var (layer, port, moved) = (layers[i], ports[i], _moved[i]);
                RowOf<float> maps = port.Row<float>;
                if (layer.Axis != 1 || port.Type != ElementType.Float)
                {
                    maps = row => moved.AsSpan(row * port.Width, port.Width);
                    Array.Resize(ref moved, Math.Max(moved.Length, rows * port.Width));
                    _moved[i] = moved;
                    Parallel.For(0, rows, row => Move(layer, port, row, moved.AsSpan(row * port.Width, port.Width)));
                }
                foreach (var reader in readers)
                    reader.Take(i, first, rows, maps);
            }
        }

        // Units to the front.
        private static void Move(MapLayer layer, ResultPort port, int row, Span<float> to)
        {
            var behind = layer.Space.Skip(layer.Axis - 1).Aggregate(1, (size, extent) => size * extent);
            var before = layer.Positions / behind;
            for (var b = 0; b < before; b++)
            {
                for (var unit = 0; unit < layer.Units; unit++)
                {
                    var (from, at) = ((b * layer.Units + unit) * behind, (unit * before + b) * behind);
                    for (var i = 0; i < behind; i++)
                        to[at + i] = port.Type == ElementType.Double ? (float)port.Row<double>(row)[from + i]
                            : port.Row<float>(row)[from + i];
                }
            }
        }
    }
}
