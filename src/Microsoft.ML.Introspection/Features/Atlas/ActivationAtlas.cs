using Microsoft.ML.Introspection.Jobs;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Numerics;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Rows;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Features;

/// <summary>How activations are laid out in a plane.</summary>
public enum AtlasProjection
{
    /// <summary>So that neighbours stay neighbours: exact t-SNE.</summary>
    Neighbours,

    /// <summary>Along the two directions in which they spread most.</summary>
    Components,
}

/// <summary>How an atlas is made.</summary>
public sealed record AtlasOptions
{
    /// <summary>How activations are laid out.</summary>
    public AtlasProjection Projection
    {
        get;
        init => field = Enum.IsDefined(value) ? value
            : throw new ArgumentOutOfRangeException(nameof(Projection), value, "There is no such projection.");
    }

    /// <summary>How neighbours are laid out; the perplexity is lowered to a third of the activations where these are few.</summary>
    public TSneOptions Neighbours { get; init => field = value ?? throw new ArgumentNullException(nameof(Neighbours)); } = new();

    /// <summary>How many activations are taken at most, of the first rows.</summary>
    public int MostPoints
    {
        get;
        init => field = value is >= 2 and <= TSne.MostPoints ? value
            : throw new ArgumentOutOfRangeException(nameof(MostPoints), value, $"From 2 to {TSne.MostPoints} were expected.");
    } = 2000;

    /// <summary>How many positions of each row are drawn.</summary>
    public int PositionsPerRow
    {
        get;
        init => field = value >= 1 ? value
            : throw new ArgumentOutOfRangeException(nameof(PositionsPerRow), value, "One position at least was expected.");
    } = 1;

    /// <summary>How many cells a side of the atlas has.</summary>
    public int Grid
    {
        get;
        init => field = value is >= 1 and <= 160 ? value
            : throw new ArgumentOutOfRangeException(nameof(Grid), value, "From 1 to 160 cells were expected.");
    } = 10;

    /// <summary>How many activations a cell needs to be shown.</summary>
    public int LeastMembers
    {
        get;
        init => field = value >= 1 ? value
            : throw new ArgumentOutOfRangeException(nameof(LeastMembers), value, "One member at least was expected.");
    } = 6;

    /// <summary>Whether directions are whitened, so that channels that always speak together do not count twice.</summary>
    public bool Whitened { get; init; }

    /// <summary>Other positions for every seed.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>How icons are found.</summary>
    public IconOptions Icons { get; init => field = value ?? throw new ArgumentNullException(nameof(Icons)); } = new();
}

/// <summary>A cell of an atlas.</summary>
/// <param name="Row">From 0, where y is smallest.</param>
/// <param name="Column">From 0, where x is smallest.</param>
/// <param name="Members">Which activations fall into it, by their numbers.</param>
/// <param name="Classes">The classes that the network tells most often of its members' rows, with their shares, the largest first.</param>
public sealed record AtlasCell(int Row, int Column, IReadOnlyList<int> Members, IReadOnlyList<(long Class, double Share)> Classes);

/// <summary>
/// An activation atlas (Carter, Armstrong, Schubert, Johnson, Olah 2019, doi 10.23915/distill.00015): activations of many rows laid out in
/// a plane, and where some lie together, an icon of what they have in common.
/// </summary>
public sealed class ActivationAtlas
{
    private const int MostClasses = 5;

    private ActivationAtlas(
        string layer, AtlasOptions options, Tensor points, Tensor vectors, long[] rows, AtlasCell[] cells, Tensor icons) =>
        (Layer, Options, Points, Vectors, Rows, Cells, Icons) = (layer, options, points, vectors, rows, cells, icons);

    /// <summary>The layer.</summary>
    public string Layer { get; }

    /// <summary>How it was made.</summary>
    public AtlasOptions Options { get; }

    /// <summary>Where each activation lies, from 0 to 1: [activations, 2], x and y.</summary>
    public Tensor Points { get; }

    /// <summary>The activations, [activations, channels].</summary>
    public Tensor Vectors { get; }

    /// <summary>The row that each is of.</summary>
    public IReadOnlyList<long> Rows { get; }

    /// <summary>The cells that have members enough, row by row.</summary>
    public IReadOnlyList<AtlasCell> Cells { get; }

    /// <summary>An icon for each of the cells: [cells, …].</summary>
    public Tensor Icons { get; }

    /// <summary>Makes an atlas.</summary>
    /// <param name="network">The network.</param>
    /// <param name="rows">The rows, before the first; their tensors are those of the network's inputs, by name or in order.</param>
    /// <param name="layer">The layer, shape [N, channels, …].</param>
    /// <param name="options">How.</param>
    /// <param name="runtime">Where to run.</param>
    /// <param name="feed">Where the numbers of an input come from; null for the tensor of its name, or the only one.</param>
    /// <param name="progress">Is told which share of the icons is found.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="ArgumentException">The layer makes no channels; no cell has members enough; the vectors cannot be
    /// whitened.</exception>
    public static ActivationAtlas Of(Network network, RowSource rows, string layer, AtlasOptions? options = null,
        RuntimeOptions? runtime = null, Func<TensorInfo, InputRows>? feed = null, Action<double>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(rows);
        options ??= new AtlasOptions();
        var taken = Taken(network, rows, layer, options, runtime, feed, cancellation);
        var (count, width) = (taken.Rows.Count, taken.Width);
        if (count < 2)
            throw new ArgumentException($"'{rows.Name}' gives {count} activations; an atlas needs many.", nameof(rows));
        double[] vectors = [.. taken.Vectors];
        var plane = options.Projection == AtlasProjection.Components ? PrincipalComponents.Of(vectors, count, 2).Scores
            : TSne.Embed(vectors, count, options.Neighbours with
            {
                Perplexity = Math.Max(1, Math.Min(options.Neighbours.Perplexity, (count - 1) / 3.0)),
            }, cancellation);
        var unit = AtlasLayout.ToUnit(plane);
        AtlasCell[] cells = [.. AtlasLayout.Cells(unit, options.Grid).Index().GroupBy(c => c.Item).OrderBy(g => g.Key)
            .Where(g => g.Count() >= options.LeastMembers)
            .Select(g => new AtlasCell(g.Key / options.Grid, g.Key % options.Grid, [.. g.Select(c => c.Index)],
                [.. g.GroupBy(c => taken.Classes[c.Index]).OrderByDescending(k => k.Count()).ThenBy(k => k.Key).Take(MostClasses)
                    .Select(k => (k.Key, (double)k.Count() / g.Count()))]))];
        if (cells.Length == 0)
            throw new ArgumentException($"No cell of {options.Grid} × {options.Grid} has {options.LeastMembers} of the {count} "
                + "activations; take fewer cells, or more rows.", nameof(options));
        var means = cells.SelectMany(cell => Mean(vectors, cell.Members, width)).ToArray();
        if (options.Whitened)
            means = Product(means, AtlasLayout.Whitening(vectors, width), width);
        var icons = options.Icons.Find(network, layer, Tensor.From(means, cells.Length, width), runtime, progress, cancellation);
        return new ActivationAtlas(layer, options, Tensor.From(unit, count, 2), Tensor.From(vectors, count, width), [.. taken.Rows], cells,
            icons);
    }

    /// <summary>The mean of some vectors.</summary>
    private static double[] Mean(double[] vectors, IReadOnlyList<int> members, int width)
    {
        var mean = new double[width];
        foreach (var member in members)
            System.Numerics.Tensors.TensorPrimitives.Add(mean, vectors.AsSpan(member * width, width), mean);
        System.Numerics.Tensors.TensorPrimitives.Divide(mean, members.Count, mean);
        return mean;
    }

    private static double[] Product(double[] rows, double[] matrix, int width) => [.. Enumerable.Range(0, rows.Length).Select(i =>
        Enumerable.Range(0, width).Sum(k => rows[i / width * width + k] * matrix[k * width + i % width]))];

    private static VectorSink Taken(Network network, RowSource rows, string layer, AtlasOptions options, RuntimeOptions? runtime,
        Func<TensorInfo, InputRows>? feed, CancellationToken cancellation)
    {
        var graph = new Graph(network.Opset);
        var inputs = network.Inputs.ToDictionary(i => i.Name, i => i.AsInput(graph));
        var trace = network.Trace(graph, inputs);
        var image = inputs.Values.First();
        var site = new ObjectiveSite(trace, image, image,
            (_, _, _) => throw new InvalidOperationException(), () => throw new InvalidOperationException());
        var vectors = site.Maps(layer).TransposeMatrix().Cast(ElementType.Double);
        var classes = ScoreTable.Of(trace, network.DefaultOutput).ArgMax(1, keepDimensions: true);
        using var work = new GraphWork(graph.ToModel([("vectors", vectors), ("class", classes)], keepAllInputs: true),
            runtime ?? new RuntimeOptions(), rows, feed ?? (input => NetworkStatistics.ByName(rows, input, null)));
        var sink = new VectorSink(work.Ports, options);
        var positions = Math.Min(options.PositionsPerRow, work.Ports[0].RowShape[0]);
        new Job(rows, work, new Shard(0, (options.MostPoints + positions - 1) / positions)).Run(sink, null, cancellation);
        return sink;
    }

    private sealed class VectorSink(IReadOnlyList<ResultPort> ports, AtlasOptions options) : MemorySink
    {
        public int Width => ports[0].RowShape[^1];

        public List<double> Vectors { get; } = [];

        public List<long> Rows { get; } = [];

        public List<long> Classes { get; } = [];

        public override void Append(long first, int rows, IReadOnlyList<string[]> carried)
        {
            for (var row = 0; row < rows; row++)
            {
                // Each row has draws of its own, however rows come in blocks.
                var random = new Random(HashOf(options.Seed, first + row));
                var values = ports[0].Row<double>(row);
                var label = ports[1].Row<long>(row)[0];
                int[] places = [.. Enumerable.Range(0, ports[0].RowShape[0])];
                random.Shuffle(places);
                foreach (var place in places.Take(options.PositionsPerRow).Take(options.MostPoints - Rows.Count))
                {
                    Vectors.AddRange(values.Slice(place * Width, Width));
                    Rows.Add(first + row);
                    Classes.Add(label);
                }
            }
        }

        private static int HashOf(int seed, long row) => unchecked((int)((ulong)(row + 1) * 0x9E3779B97F4A7C15 >> 32) ^ seed * 31);
    }
}
