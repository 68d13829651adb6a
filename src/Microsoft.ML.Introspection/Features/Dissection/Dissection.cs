using System.Globalization;
using System.Numerics.Tensors;
using Microsoft.ML.Introspection.Jobs;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Rows;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Features;

/// <summary>
/// Network dissection: which concepts units stand for, by how well the places where a unit is high (above the value that a small share of
/// its numbers exceed) agree with those that show the concept. Bau, Zhou, Khosla, Oliva, Torralba 2017, arXiv:1704.05796. All layers in
/// one pass (and one before it for thresholds); memory is that of a batch's maps, of the numbers that thresholds are of
/// (<see cref="DissectionOptions.QuantileMemory"/>), and eight bytes for each unit and concept: it does not grow with the rows.
/// </summary>
public sealed class Dissection
{
    private readonly LayerDissection[] _layers;
    private readonly long[] _places;

    private Dissection(IConceptLabels labels, DissectionOptions options, IReadOnlyList<(MapLayer Layer, int? Rotation)> sources,
        IReadOnlyList<double[]> thresholds, TopExamples examples)
    {
        (Categories, Concepts, Options, Examples) = (labels.Categories, labels.Concepts, options, examples);
        _places = new long[Concepts.Count];
        _layers = [.. sources.Zip(thresholds, (s, t) => new LayerDissection(this, s.Layer.Name, s.Rotation, t))];
    }

    /// <summary>The categories of the concepts.</summary>
    public IReadOnlyList<string> Categories { get; }

    /// <summary>The concepts.</summary>
    public IReadOnlyList<Concept> Concepts { get; }

    /// <summary>How it was done.</summary>
    public DissectionOptions Options { get; }

    /// <summary>How many rows went by.</summary>
    public long Rows { get; private set; }

    /// <summary>For each concept how many places of all rows show it.</summary>
    public IReadOnlyList<long> ConceptPlaces => _places;

    /// <summary>What was found of each layer: first of its channels, then of the rotations of all layers.</summary>
    public IReadOnlyList<LayerDissection> Layers => _layers;

    /// <summary>
    /// The rows in which each unit's largest number is largest, and statistics where they were asked for; of the channels themselves.
    /// </summary>
    public TopExamples Examples { get; }

    /// <summary>What was found of a layer.</summary>
    /// <param name="layer">The layer, as it was named.</param>
    /// <param name="rotation">The seed of a rotation; null for its channels.</param>
    /// <exception cref="ArgumentException">It was not looked at.</exception>
    public LayerDissection Of(string layer, int? rotation = null) => Array.Find(_layers, l => l.Layer == layer && l.Rotation == rotation)
        ?? throw new ArgumentException($"'{layer}'{(rotation is null ? "" : $" rotated by {rotation}")} was not dissected; there are "
            + $"{string.Join(", ", _layers.Select(l => $"'{l.Layer}'").Distinct())}.", nameof(layer));

    /// <summary>
    /// The layers that are dissected where none are named: convolutions; where there are none, those that statistics are of.
    /// </summary>
    public static IReadOnlyList<string> LayersOf(Network network)
    {
        var telling = NetworkStatistics.LayersOf(network);
        string[] convolutions = [.. telling.Where(l => network.Definition(network.TensorOf(l)).Producer is { } node
            && node.Is(OperatorKind.Convolution))];
        return convolutions.Length > 0 ? convolutions : telling;
    }

    /// <summary>Dissects a network.</summary>
    /// <param name="network">The network.</param>
    /// <param name="rows">
    /// Opens the rows, before the first: once for the thresholds, unless they are given, and once for the counts. Their tensors are those
    /// of the network's inputs, by name or in order.
    /// </param>
    /// <param name="labels">What is where in the rows.</param>
    /// <param name="options">How.</param>
    /// <param name="runtime">Where to run.</param>
    /// <param name="feed">Where the numbers of an input come from; null for the tensor of its name, or the only one.</param>
    /// <param name="shard">Which rows are counted; null for all.</param>
    /// <param name="progress">Is told how far it is.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="ArgumentException">A layer is unknown, or extends along more than two axes.</exception>
    /// <exception cref="InvalidDataException">A row has no labels.</exception>
    public static Dissection Take(Network network, Func<RowSource> rows, IConceptLabels labels, DissectionOptions? options = null,
        RuntimeOptions? runtime = null, Func<TensorInfo, InputRows>? feed = null, Shard? shard = null, Action<JobProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(labels);
        options ??= new DissectionOptions();
        var layers = MapPass.Layers(network, options.Layers ?? LayersOf(network), unitsLast: false);
        if (Array.Find(layers, l => l.Space.Count > 2) is { } deep)
            throw new ArgumentException($"The maps of '{deep.Name}' extend along {deep.Space.Count} axes; labels extend along two at most.",
                nameof(options));
        (MapLayer Layer, int? Rotation)[] sources =
        [
            .. layers.Select(l => (l, (int?)null)),
            .. Enumerable.Range(options.Seed, options.Rotations)
                .SelectMany(seed => layers.Where(l => l.Units > 1).Select(l => (l, (int?)seed))),
        ];
        MapLayer[] watched = [.. sources.Select(s => s.Layer)];
        var graph = MapPass.Activations(network, watched,
            [.. sources.Select(s => s.Rotation is { } seed ? ChannelRotation.Of(s.Layer.Units, seed) : null)]);
        // Of two passes each is half.
        var both = options.Thresholds is null && options.ThresholdRows is null;
        var thresholds = options.Thresholds is { } given ? Given(given, sources)
            : Passed(new Thresholds(watched, options), 0).Settled(options.Tail);
        long? count;
        using (var source = options.Statistics is null ? null : rows())
            count = source?.Count;
        var examples = new TopExamples(layers, options.Examples,
            statistics: options.Statistics is { } wanted ? MapStatistics.Of(network, layers, wanted, count) : null);
        var found = new Dissection(labels, options, sources, thresholds, examples);
        Passed(new Tally(found, network, labels, watched, layers.Length), 1);
        return found;

        T Passed<T>(T reader, int pass) where T : IMapReader
        {
            using var source = rows();
            using var some = pass == 0 && options.ThresholdRows is { } most ? PickedRows.Spread(source, most) : null;
            MapPass.Run(graph, some ?? source, watched, [reader], runtime, feed ?? (input => NetworkStatistics.ByName(source, input, null)),
                pass == 0 ? null : shard, progress is null ? null : p => progress(both ? p with { Share = (p.Share + pass) / 2 } : p),
                cancellation);
            return reader;
        }
    }

    /// <summary>Adds what was found in other rows.</summary>
    /// <param name="other">Of the same layers and concepts, with the same thresholds.</param>
    /// <exception cref="ArgumentException">It is of others.</exception>
    public void Merge(Dissection other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (!Concepts.SequenceEqual(other.Concepts) || _layers.Length != other._layers.Length)
            throw new ArgumentException("Dissections of the same layers by the same concepts can be merged; these are others.",
                nameof(other));
        foreach (var (own, added) in _layers.Zip(other._layers))
            own.Merge(added);
        for (var i = 0; i < _places.Length; i++)
            _places[i] += other._places[i];
        Examples.Merge(other.Examples);
        Rows += other.Rows;
    }

    /// <summary>
    /// Writes the published table of a layer (CSV): a line for each unit (counted from 1), its best concept, and for each category the best
    /// one with places that show it, places above the threshold, places that are both, and their intersection over union.
    /// </summary>
    /// <param name="writer">Takes the table.</param>
    /// <param name="layer">One of <see cref="Layers"/>.</param>
    public void WriteTable(TextWriter writer, LayerDissection layer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(layer);
        writer.Write("unit,category,label,score");
        foreach (var category in Categories)
            foreach (var column in (string[])["label", "truth", "activation", "intersect", "iou"])
                writer.Write("," + Cell($"{category}-{column}"));
        writer.Write('\n');
        foreach (var unit in layer.Ranked)
        {
            writer.Write(string.Create(CultureInfo.InvariantCulture, $"{unit.Unit + 1}"));
            if (unit.Concept >= 0)
                writer.Write(string.Create(CultureInfo.InvariantCulture,
                    $",{Cell(Categories[Concepts[unit.Concept].Category])},{Cell(Concepts[unit.Concept].Name)},{unit.Iou:F6}"));
            else
                writer.Write(",,,");
            for (var category = 0; category < Categories.Count; category++)
            {
                var best = layer.Best(unit.Unit, category);
                writer.Write(best.Concept < 0 ? ",,,,," : string.Create(CultureInfo.InvariantCulture,
                    $",{Cell(Concepts[best.Concept].Name)},{_places[best.Concept]},{layer.Activation(unit.Unit, category)}"
                        + $",{layer.Intersection(unit.Unit, best.Concept)},{best.Iou:F6}"));
            }
            writer.Write('\n');
        }
    }

    private static string Cell(string text) => text.AsSpan().IndexOfAny("\",\n\r") < 0 ? text : $"\"{text.Replace("\"", "\"\"")}\"";

    private static double[][] Given(IReadOnlyDictionary<string, double[]> thresholds, (MapLayer Layer, int? Rotation)[] sources) =>
        Array.ConvertAll(sources, s => s.Rotation is null && thresholds.TryGetValue(s.Layer.Name, out var of)
            && of.Length == s.Layer.Units ? of : throw new ArgumentException(s.Rotation is null
                ? $"{s.Layer.Units} thresholds for '{s.Layer.Name}' were expected (DissectionOptions.Thresholds)."
                : "Thresholds that are given are of channels; rotations have none."));

    private sealed class Thresholds(MapLayer[] layers, DissectionOptions options) : IMapReader
    {
        private readonly QuantileSketch[][] _sketches =
            [.. layers.Select(l => Enumerable.Range(0, l.Units).Select(_ => new QuantileSketch()).ToArray())];

        public void Take(int layer, long first, int rows, RowOf<float> maps)
        {
            var (own, size) = (_sketches[layer], layers[layer].Positions);
            Parallel.For(0, own.Length, unit =>
            {
                for (var row = 0; row < rows; row++)
                    own[unit].Add(maps(row).Slice(unit * size, size));
            });
            if (layer < layers.Length - 1 || _sketches.Sum(l => l.Sum(s => s.Kept)) * sizeof(float) <= options.QuantileMemory)
                return;
            // A sketch has some ten or twenty levels, half of them full on average.
            var capacity = (int)Math.Clamp(options.QuantileMemory / sizeof(float) / 10 / layers.Sum(l => l.Units), 64, 1 << 20);
            foreach (var sketch in _sketches.SelectMany(s => s))
                sketch.Limit(capacity);
        }

        public double[][] Settled(double tail)
        {
            var thresholds = Array.ConvertAll(_sketches, of => new double[of.Length]);
            for (var layer = 0; layer < thresholds.Length; layer++)
            {
                var (own, sketches) = (thresholds[layer], _sketches[layer]);
                Parallel.For(0, own.Length, unit => own[unit] = sketches[unit].Quantiles([1 - tail])[0]);
            }
            return thresholds;
        }
    }

    private sealed class Tally(Dissection found, Network network, IConceptLabels labels, MapLayer[] layers, int own) : IMapReader
    {
        private readonly Dictionary<(int Layer, int Height, int Width), Enlarging> _sizes = [];
        private ConceptMasks[] _labels = [];

        public void Take(int layer, long first, int rows, RowOf<float> maps)
        {
            if (layer == 0)
                Label(first, rows);
            var (of, size, examples) = (found._layers[layer], layers[layer].Positions, layer < own ? found.Examples : null);
            Enlarging[] larger = [.. Enumerable.Range(0, rows).Select(row => Sized(layer, _labels[row]))];
            var (words, map) = (larger.Max(l => (l.Height * l.Width + 63) / 64), layers[layer].Space);
            Parallel.For(0, of.Units, () => (new ulong[words], new float[map.Append(1).Max()], new float[map.Append(1).Max()]),
                (unit, _, room) =>
                {
                    var all = room.Item1.AsSpan();
                    var threshold = (float)of.Thresholds[unit];
                    for (var row = 0; row < rows; row++)
                    {
                        // While a map is near, all look at it.
                        var own = maps(row).Slice(unit * size, size);
                        if ((examples?.Look(layer, unit, first + row, own) ?? TensorPrimitives.Max(own)) is var highest
                            && !(highest > threshold))
                            continue;
                        var seen = larger[row].Mask(
                            own, threshold, all, room.Item2.AsSpan(0, map.Count == 0 ? 1 : map[^1]), room.Item3);
                        if (seen.Equals(default))
                            continue;
                        of.Add(unit, _labels[row], all[seen], seen.Start.Value);
                        all[seen].Clear();
                    }
                    return room;
                }, _ => { });
            examples?.Seen(layer, rows);
        }

        private void Label(long first, int rows)
        {
            _labels = new ConceptMasks[rows];
            Parallel.For(0, rows, row => _labels[row] = labels.Read(first + row));
            foreach (var row in _labels)
                foreach (var (concept, places) in row.Masks)
                    found._places[concept] += ConceptMasks.Count(places);
            found.Rows += rows;
        }

        private Enlarging Sized(int layer, ConceptMasks row)
        {
            if (!_sizes.TryGetValue((layer, row.Height, row.Width), out var size))
                _sizes[(layer, row.Height, row.Width)] = size =
                    Enlarging.Of(network, layers[layer], row.Height, row.Width, found.Options.Enlargement);
            return size;
        }
    }
}
