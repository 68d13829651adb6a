using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Jobs;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Rows;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Features;

/// <summary>Some rows of a data set as the network sees them: kept to be shown, and to be asked what in them excites units.</summary>
public sealed class ExampleRows
{
    private const string UnitName = "unit of the layer";

    private readonly Network _network;
    private readonly SortedDictionary<long, (Tensor[] Inputs, string[] Texts)> _rows = [];

    private ExampleRows(Network network) => _network = network;

    /// <summary>The numbers of the rows, in order.</summary>
    public IReadOnlyList<long> Numbers => [.. _rows.Keys];

    /// <summary>Reads rows.</summary>
    /// <param name="network">The network.</param>
    /// <param name="rows">The rows, before the first; those between are skipped.</param>
    /// <param name="wanted">The numbers of those that are kept.</param>
    /// <param name="runtime">Where to run what brings them to the inputs' form.</param>
    /// <param name="feed">Where the numbers of an input come from; null for the tensor of its name, or the only one.</param>
    /// <param name="maximumBytes">How much they may take in memory.</param>
    /// <exception cref="InvalidOperationException">They would take more.</exception>
    /// <exception cref="InvalidDataException">There are fewer rows than that.</exception>
    public static ExampleRows Read(Network network, RowSource rows, IEnumerable<long> wanted, RuntimeOptions? runtime = null,
        Func<TensorInfo, InputRows>? feed = null, long maximumBytes = 1L << 30)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(wanted);
        long[] numbers = [.. wanted.Distinct().Order()];
        var kept = new ExampleRows(network);
        if (numbers.Length == 0)
            return kept;
        var graph = new Graph(network.Opset);
        var model = graph.ToModel([.. network.Inputs.Select(i => ($"seen {i.Name}", Same(i.AsInput(graph))))], keepAllInputs: true);
        using var work = new GraphWork(model, runtime ?? new RuntimeOptions(), rows,
            feed ?? (input => NetworkStatistics.ByName(rows, input, null)));
        var size = work.Ports.Sum(p => (long)p.Width * p.Type.Size());
        if (numbers.Length * size > maximumBytes)
            throw new InvalidOperationException($"{numbers.Length} rows of {size} bytes take more than the {maximumBytes} bytes that were "
                + "allowed for examples. Ask for fewer examples, units or layers.");
        using var picked = new PickedRows(rows, numbers);
        using var sink = new Sink(kept, numbers, work.Ports);
        if (new Job(picked, work).Run(sink) is var found && found < numbers.Length)
            throw new InvalidDataException($"'{rows.Name}' has no row {numbers[found]}.");
        return kept;
    }

    /// <summary>What the network sees of a row.</summary>
    /// <param name="row">Its number.</param>
    /// <param name="input">The input; null for the first.</param>
    /// <returns>The shape is that of a row, without the batch.</returns>
    public Tensor Seen(long row, string? input = null) => Kept(row).Inputs[input is null ? 0 : PlaceOf(input)];

    /// <summary>The texts that go with a row: the name of a file, a label.</summary>
    public IReadOnlyList<string> Texts(long row) => Kept(row).Texts;

    /// <summary>
    /// What of rows excites units, by a method that goes back from the unit to the input: DeconvNet's figure, unless said otherwise.
    /// </summary>
    /// <param name="layer">The layer.</param>
    /// <param name="examples">The row, the unit or channel, and the place in its map, flat.</param>
    /// <param name="unitsLast">Whether units stand on the last axis.</param>
    /// <param name="method">How to go back; null for <see cref="DeconvNet"/>.</param>
    /// <param name="runtime">Where to run.</param>
    /// <returns>For each the attribution to the input, of the shape of a row.</returns>
    /// <exception cref="UnsupportedOperatorException">The way back would have to pass an operator without a rule.</exception>
    public IReadOnlyList<Tensor> Figures(string layer, IReadOnlyList<(long Row, int Unit, long Position)> examples, bool unitsLast = false,
        AttributionMethod? method = null, RuntimeOptions? runtime = null)
    {
        ArgumentNullException.ThrowIfNull(examples);
        var of = MapPass.Layers(_network, [layer], unitsLast)[0];
        var model = Explanation.Compile(_network, method ?? new DeconvNet(), Target.UnitInput(layer, UnitName),
            new ExplanationOptions { TargetName = null, ScoreName = null });
        return Computed(model, [.. examples.Select(e => (e.Row, of.Element(e.Unit, e.Position)))], runtime);
    }

    /// <summary>The maps of units of a layer.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="examples">The row, and the unit or channel.</param>
    /// <param name="unitsLast">Whether units stand on the last axis.</param>
    /// <param name="runtime">Where to run.</param>
    /// <returns>For each the numbers of its map, last axis fastest.</returns>
    public IReadOnlyList<float[]> Maps(string layer, IReadOnlyList<(long Row, int Unit)> examples, bool unitsLast = false,
        RuntimeOptions? runtime = null)
    {
        ArgumentNullException.ThrowIfNull(examples);
        var layers = MapPass.Layers(_network, [layer], unitsLast);
        var maps = new float[examples.Count][];
        if (examples.Count == 0)
            return maps;
        // Each row once, whatever number of units wants it.
        var wanted = examples.Index().GroupBy(e => e.Item.Row).ToArray();
        using var rows = new KeptRows(this, [.. wanted.Select(g => (g.Key, 0L))]);
        MapPass.Run(MapPass.Activations(_network, layers), rows, layers, [new Picked((row, units) =>
        {
            foreach (var (index, (_, unit)) in wanted[row])
                maps[index] = units.Slice(unit * layers[0].Positions, layers[0].Positions).ToArray();
        })], runtime, rows.Feed);
        return maps;
    }

    private IReadOnlyList<Tensor> Computed(OnnxModel model, IReadOnlyList<(long Row, long Element)> items, RuntimeOptions? runtime)
    {
        if (items.Count == 0)
            return [];
        using var rows = new KeptRows(this, items);
        using var work = new GraphWork(model, runtime ?? new RuntimeOptions(), rows, rows.Feed);
        var found = new List<Tensor>(items.Count);
        using var sink = new Collected(work.Ports[0], found);
        new Job(rows, work).Run(sink);
        return found;
    }

    private (Tensor[] Inputs, string[] Texts) Kept(long row) => _rows.TryGetValue(row, out var kept) ? kept
        : throw new ArgumentException($"Row {row} was not kept.", nameof(row));

    private int PlaceOf(string input) => _network.Inputs.Index().FirstOrDefault(i => i.Item.Name == input) is { Item: not null } found
        ? found.Index : throw new ArgumentException($"The network has no input '{input}'.", nameof(input));

    // What is nothing but an input cannot be an output.
    private static Value Same(Value input) => input.Reshape([.. input.Shape.Select((d, axis) => axis == 0 ? -1 : d.Value)]);

    private delegate void TakesUnits(int row, ReadOnlySpan<float> units);

    private sealed class Picked(TakesUnits take) : IMapReader
    {
        public void Take(int layer, long first, int rows, RowOf<float> maps)
        {
            for (var row = 0; row < rows; row++)
                take((int)first + row, maps(row));
        }
    }

    private static Tensor Copy(ResultPort port, int row)
    {
        var size = port.Width * port.Type.Size();
        return Tensor.FromBytes(port.Type, [.. port.RowShape.Select(e => (long)e)], port.Bytes(row + 1)[^size..].ToArray());
    }

    private sealed class Collected(ResultPort port, List<Tensor> found) : MemorySink
    {
        public override void Append(long first, int rows, IReadOnlyList<string[]> carried) =>
            found.AddRange(Enumerable.Range(0, rows).Select(row => Copy(port, row)));
    }

    private sealed class Sink(ExampleRows kept, long[] numbers, IReadOnlyList<ResultPort> ports) : MemorySink
    {
        public override bool Carries => true;

        public override void Append(long first, int rows, IReadOnlyList<string[]> carried)
        {
            for (var row = 0; row < rows; row++)
                kept._rows[numbers[first + row]] = ([.. ports.Select(p => Copy(p, row))], carried.Count > row ? carried[row] : []);
        }
    }

    /// <summary>Kept rows as a source, each with the number of an element of a layer.</summary>
    private sealed class KeptRows(ExampleRows kept, IReadOnlyList<(long Row, long Element)> items) : RowSource
    {
        private readonly RowTensor[] _tensors =
        [
            .. kept._network.Inputs.Select(i => new RowTensor(i.Name, i.Type, [.. i.Shape!.Skip(1).Select(d => (int)d.Value)])),
            new(UnitName, ElementType.Int64, [1]),
        ];

        private int _at = -1;

        public override string Name => "examples";

        public override IReadOnlyList<RowTensor> Tensors => _tensors;

        public override long? Count => items.Count;

        public override double Progress => (double)(_at + 1) / items.Count;

        public InputRows Feed(TensorInfo input) => new(Array.FindIndex(_tensors, t => t.Name == input.Name));

        public override void Read<T>(int tensor, Span<T> row)
        {
            if (tensor == _tensors.Length - 1)
            {
                row[0] = T.CreateChecked(items[_at].Element);
                return;
            }
            var seen = kept.Kept(items[_at].Row).Inputs[tensor];
            if (seen.Type == ElementTypes.Of<T>())
            {
                seen.As<T>().CopyTo(row);
                return;
            }
            var numbers = seen.ToDouble();
            for (var i = 0; i < row.Length; i++)
                row[i] = T.CreateChecked(numbers[i]);
        }

        public override void Dispose()
        {
        }

        protected override long Advance(long rows)
        {
            var gone = (int)Math.Min(rows, items.Count - 1 - _at);
            _at += gone;
            return gone;
        }
    }
}
