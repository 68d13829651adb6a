using System.Numerics.Tensors;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Jobs;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Rows;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Features;

/// <summary>A row that excites a unit.</summary>
/// <param name="Value">How much.</param>
/// <param name="Row">The row's number, from 0.</param>
/// <param name="Position">Where in the map its largest number is, flat, last axis fastest; of equal ones the first.</param>
public readonly record struct TopExample(double Value, long Row, long Position);

/// <summary>The rows that excite each unit of a layer most, the first most; of equal ones the lower number first.</summary>
/// <param name="Layer">The layer.</param>
/// <param name="Space">The extents of its maps; none of a dense layer.</param>
/// <param name="Units">For each unit or channel its rows.</param>
public sealed record LayerExamples(string Layer, IReadOnlyList<int> Space, IReadOnlyList<IReadOnlyList<TopExample>> Units)
{
    /// <summary>An example's place along each axis of the map.</summary>
    public int[] PlaceOf(TopExample example)
    {
        var (place, rest) = (new int[Space.Count], example.Position);
        for (var axis = place.Length - 1; axis >= 0; axis--)
            (rest, place[axis]) = (rest / Space[axis], (int)(rest % Space[axis]));
        return place;
    }
}

/// <summary>
/// The rows of a data set that excite each unit of a network's layers most: one pass for all layers, in memory that does not grow with
/// the rows. What was found in parts of the rows can be merged, and kept in files.
/// </summary>
public sealed class TopExamples : IMapReader
{
    // What is known besides: rows, order, and of each layer the axis of its units, and the extents of its maps.
    private const string Known = "examples";

    private readonly MapLayer[] _layers;
    private readonly List<TopExample>[][] _best;
    private readonly ExampleOrder _order;
    private readonly MapStatistics? _statistics;

    internal TopExamples(MapLayer[] layers, int count, ExampleOrder order = ExampleOrder.Maximum, MapStatistics? statistics = null)
    {
        (_layers, Count, _order, _statistics) = (layers, count, order, statistics);
        _best = [.. layers.Select(l => Enumerable.Range(0, l.Units).Select(_ => new List<TopExample>()).ToArray())];
    }

    /// <summary>How many rows are kept for each unit.</summary>
    public int Count { get; }

    /// <summary>How many rows went by.</summary>
    public long Rows { get; private set; }

    /// <summary>Statistics of the layers over the same rows; null where they were not asked for, or come from a file.</summary>
    public NetworkStatistics? Statistics => _statistics?.Of();

    /// <summary>The rows of each layer's units.</summary>
    public IReadOnlyList<LayerExamples> Layers => [.. _layers.Select((l, i) => Examples(l, _best[i]))];

    /// <summary>The rows of a layer's units.</summary>
    /// <param name="layer">The layer, as it was named.</param>
    /// <exception cref="ArgumentException">It was not looked at.</exception>
    public LayerExamples Of(string layer) => Array.FindIndex(_layers, l => l.Name == layer) is >= 0 and var i
        ? Examples(_layers[i], _best[i])
        : throw new ArgumentException($"'{layer}' was not looked at; there are {string.Join(", ", _layers.Select(l => $"'{l.Name}'"))}.",
            nameof(layer));

    /// <summary>Looks through rows.</summary>
    /// <param name="network">The network.</param>
    /// <param name="rows">The rows, before the first; their tensors are those of the network's inputs, by name or in order.</param>
    /// <param name="options">Which are kept.</param>
    /// <param name="runtime">Where to run.</param>
    /// <param name="feed">Where the numbers of an input come from; null for the tensor of its name, or the only one.</param>
    /// <param name="shard">Which rows; null for all. Numbers of rows are those of the whole source.</param>
    /// <param name="progress">Is told how far it is.</param>
    /// <param name="cancellation">Stops the pass.</param>
    /// <exception cref="ArgumentException">A layer is unknown, or its shape is not known.</exception>
    public static TopExamples Find(Network network, RowSource rows, TopExamplesOptions? options = null, RuntimeOptions? runtime = null,
        Func<TensorInfo, InputRows>? feed = null, Shard? shard = null, Action<JobProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(rows);
        options ??= new TopExamplesOptions();
        var layers = MapPass.Layers(network, options.Layers, options.UnitsLast);
        var graph = options.Relevance is { } method ? MapPass.Relevances(network, layers, method, options.Target, options.Output)
            : MapPass.Activations(network, layers);
        if (options is { Statistics: not null, Relevance: not null })
            throw new ArgumentException("Statistics are of activations, and relevance is ranked; take them apart.", nameof(options));
        var found = new TopExamples(layers, options.Count, options.Order,
            options.Statistics is { } wanted ? MapStatistics.Of(network, layers, wanted, rows.Count) : null);
        MapPass.Run(graph, rows, layers, [found], runtime, feed ?? (input => NetworkStatistics.ByName(rows, input, options.Target)), shard,
            progress, cancellation);
        return found;
    }

    /// <summary>Adds what was found in other rows.</summary>
    /// <param name="other">Found with the same options in the same network.</param>
    /// <exception cref="ArgumentException">It is of other layers.</exception>
    public void Merge(TopExamples other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (Count != other.Count || _order != other._order || !_layers.Select(l => (l.Name, l.Units, l.Positions))
            .SequenceEqual(other._layers.Select(l => (l.Name, l.Units, l.Positions))))
            throw new ArgumentException("Examples of the same layers, as many for each unit, can be merged; these are others.",
                nameof(other));
        if ((_statistics is null) != (other._statistics is null))
            throw new ArgumentException("Of some of these examples statistics were taken, of others none.", nameof(other));
        for (var layer = 0; layer < _best.Length; layer++)
            for (var unit = 0; unit < _best[layer].Length; unit++)
                foreach (var example in other._best[layer][unit])
                    Offer(_best[layer][unit], example);
        Rows += other.Rows;
        _statistics?.Of().Merge(other._statistics!.Of());
    }

    /// <summary>
    /// Writes a file of arrays: for each layer <c>LAYER/value</c>, <c>LAYER/row</c> and <c>LAYER/position</c>, shape [units, count]; -1 is
    /// the row where a unit has fewer.
    /// </summary>
    /// <param name="path">The file, .npz.</param>
    public void Save(string path)
    {
        long[] known = [Rows, (long)_order, .. _layers.SelectMany(l => (long[])[l.Axis, l.Space.Count, .. l.Space.Select(e => (long)e)])];
        NpzArchive.Save(path, _layers.Index().SelectMany(l => Arrays(l.Item, _best[l.Index]))
            .Append(KeyValuePair.Create(Known, NpyArray.From(known, known.Length))));
    }

    /// <summary>Reads what <see cref="Save"/> wrote: to go on, to merge, to draw.</summary>
    /// <param name="path">The file, .npz.</param>
    /// <exception cref="InvalidDataException">It holds something else.</exception>
    public static TopExamples Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using var archive = NpzArchive.Open(path);
        if (!archive.Names.Contains(Known))
            throw Damaged($"the array '{Known}' is missing");
        var known = new Queue<long>(archive.Read(Known).ToInt64s());
        long Next(long least, long most) => known.TryDequeue(out var number) && number >= least && number <= most ? number
            : throw Damaged($"the array '{Known}' does not fit");
        var (seen, order, count) = (Next(0, long.MaxValue), (ExampleOrder)Next(0, Enum.GetValues<ExampleOrder>().Length - 1), 0);
        var (layers, arrays) = (new List<MapLayer>(), new List<(double[] Values, long[] Rows, long[] Places)>());
        foreach (var name in archive.Names.Where(n => n.EndsWith("/row", StringComparison.Ordinal)).Select(n => n[..^4]))
        {
            if (((string[])["value", "position"]).FirstOrDefault(a => !archive.Names.Contains($"{name}/{a}")) is { } missing)
                throw Damaged($"the array '{name}/{missing}' is missing");
            var (rows, values, places) =
                (archive.Read($"{name}/row"), archive.Read($"{name}/value"), archive.Read($"{name}/position"));
            if (rows.Shape.Count != 2 || !values.Shape.SequenceEqual(rows.Shape) || !places.Shape.SequenceEqual(rows.Shape)
                || layers.Count > 0 && rows.Shape[1] != count)
                throw Damaged($"the arrays of '{name}' do not fit one another");
            count = rows.Shape[1];
            var axis = (int)Next(1, 8);
            int[] space = [.. Enumerable.Range(0, (int)Next(0, 8)).Select(_ => (int)Next(1, int.MaxValue))];
            layers.Add(axis <= space.Length + 1 && space.Aggregate((Int128)1, (p, e) => p * e) <= int.MaxValue
                ? new MapLayer(name, rows.Shape[0], space, axis) : throw Damaged($"the array '{Known}' does not fit"));
            arrays.Add((values.ToDoubles(), rows.ToInt64s(), places.ToInt64s()));
        }
        if (layers.Count == 0 || known.Count > 0)
            throw Damaged($"the array '{Known}' does not fit");
        var found = new TopExamples([.. layers], count, order) { Rows = seen };
        foreach (var (layer, (values, rows, places)) in arrays.Index())
            for (var i = 0; i < rows.Length; i++)
                if (rows[i] >= 0)
                    found._best[layer][i / count].Add(places[i] >= 0 && places[i] < layers[layer].Positions
                        ? new TopExample(values[i], rows[i], places[i]) : throw Damaged($"a position is none of '{layers[layer].Name}'"));
        return found;

        InvalidDataException Damaged(string why) => new($"'{path}' holds no examples of units: {why}.");
    }

    void IMapReader.Take(int layer, long first, int rows, RowOf<float> maps)
    {
        var (positions, units) = (_layers[layer].Positions, _best[layer].Length);
        if ((long)rows * positions * units < 1 << 14)
            for (var unit = 0; unit < units; unit++)
                Each(unit);
        else
            Parallel.For(0, units, Each);
        Seen(layer, rows);

        void Each(int unit)
        {
            for (var row = 0; row < rows; row++)
                Look(layer, unit, first + row, maps(row).Slice(unit * positions, positions));
        }
    }

    /// <summary>Looks at a unit's map of a row.</summary>
    /// <returns>Its largest number.</returns>
    internal float Look(int layer, int unit, long row, ReadOnlySpan<float> map)
    {
        var best = _best[layer][unit];
        var highest = _statistics?.Add(layer, unit, row, map) ?? (map.Length == 1 ? map[0] : TensorPrimitives.Max(map));
        var value = _order == ExampleOrder.Sum ? Sum(map) : highest;
        // The place is looked up of the few that are kept.
        if (best.Count < Count || !(value < best[^1].Value))
        {
            var place = map.Length == 1 ? 0 : TensorPrimitives.IndexOfMax(map);
            Offer(best, new TopExample(_order == ExampleOrder.Sum ? value : map[place], row, place));
        }
        return highest;
    }

    /// <summary>Says that all units of a layer have seen some rows.</summary>
    internal void Seen(int layer, int rows)
    {
        if (layer == 0)
            Rows += rows;
        _statistics?.Seen(layer, rows);
    }

    private void Offer(List<TopExample> best, TopExample example)
    {
        if (double.IsNaN(example.Value) || best.Count == Count && !IsBefore(example, best[^1]))
            return;
        var place = best.Count;
        while (place > 0 && IsBefore(example, best[place - 1]))
            place--;
        best.Insert(place, example);
        if (best.Count > Count)
            best.RemoveAt(Count);
    }

    private static bool IsBefore(TopExample a, TopExample b) => a.Value > b.Value || a.Value == b.Value && a.Row < b.Row;

    // In double precision: rows are ranked by it.
    private static double Sum(ReadOnlySpan<float> map)
    {
        var sum = 0.0;
        foreach (var value in map)
            sum += value;
        return sum;
    }

    private static LayerExamples Examples(MapLayer layer, List<TopExample>[] best) =>
        new(layer.Name, layer.Space, [.. best.Select(u => (IReadOnlyList<TopExample>)[.. u])]);

    private IEnumerable<KeyValuePair<string, NpyArray>> Arrays(MapLayer layer, List<TopExample>[] best)
    {
        var (values, rows, positions) = (new double[best.Length * Count], new long[best.Length * Count], new long[best.Length * Count]);
        rows.AsSpan().Fill(-1);
        foreach (var (unit, examples) in best.Index())
            foreach (var (place, example) in examples.Index())
                (values[unit * Count + place], rows[unit * Count + place], positions[unit * Count + place]) = example;
        return
        [
            KeyValuePair.Create($"{layer.Name}/value", NpyArray.From(values, best.Length, Count)),
            KeyValuePair.Create($"{layer.Name}/row", NpyArray.From(rows, best.Length, Count)),
            KeyValuePair.Create($"{layer.Name}/position", NpyArray.From(positions, best.Length, Count)),
        ];
    }
}
