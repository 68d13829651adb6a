using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Jobs;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Rows;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Features;

/// <summary>How units are dropped.</summary>
public sealed record AblationOptions
{
    /// <summary>
    /// What is right: the label that an input tells (<see cref="Target.Label"/>), one class, or (<see cref="Target.ArgMax"/>) what the
    /// whole network answers.
    /// </summary>
    public Target Target
    {
        get;
        init => field = value is { InnerLayer: null } ? value
            : throw new ArgumentException("A class of the network's output was expected: a label's, or argmax.", nameof(Target));
    } = Target.ArgMax;

    /// <summary>The output whose classes are told; null for the default one.</summary>
    public string? Output { get; init; }

    /// <summary>At how many numbers of dropped units accuracy is taken, none and all among them; fewer of few units.</summary>
    public int Points
    {
        get;
        init => field = value is >= 2 and <= 10_000 ? value
            : throw new ArgumentOutOfRangeException(nameof(Points), value, "From 2 to 10000 points were expected.");
    } = 17;

    /// <summary>What a dropped unit is, a number for each unit: its mean, say; null for zero.</summary>
    public IReadOnlyList<double>? Replacement { get; init; }
}

/// <summary>What is left of a network's accuracy as units are dropped in an order.</summary>
/// <param name="Order">The order.</param>
/// <param name="Accuracy">The share of rows whose class is right, for each of <see cref="UnitAblation.Dropped"/>.</param>
/// <param name="Loss">The mean cross-entropy of the right class.</param>
public sealed record AblationCurve(UnitOrder Order, IReadOnlyList<double> Accuracy, IReadOnlyList<double> Loss);

/// <summary>
/// Accuracy as units of a layer are dropped one after the other (Morcos, Barrett, Rabinowitz, Botvinick 2018, arXiv:1803.06959). Which
/// units are there is an input of the graph: one session serves all orders, and what lies before the layer is computed once for many.
/// </summary>
public sealed class UnitAblation
{
    private const int MasksAtOnce = 16;

    private UnitAblation(string layer, int units, int[] dropped, IReadOnlyList<AblationCurve> curves, long rows) =>
        (Layer, Units, Dropped, Curves, Rows) = (layer, units, dropped, curves, rows);

    /// <summary>The layer.</summary>
    public string Layer { get; }

    /// <summary>How many units, or channels, it has.</summary>
    public int Units { get; }

    /// <summary>How many units are dropped at each point, 0 first.</summary>
    public IReadOnlyList<int> Dropped { get; }

    /// <summary>A curve for each order.</summary>
    public IReadOnlyList<AblationCurve> Curves { get; }

    /// <summary>How many rows went by.</summary>
    public long Rows { get; }

    /// <summary>How many units (channels, where a row has several axes) a layer has.</summary>
    /// <param name="network">The network.</param>
    /// <param name="layer">The layer, shape [N, …].</param>
    public static int UnitsOf(Network network, string layer)
    {
        ArgumentNullException.ThrowIfNull(network);
        var graph = new Graph(network.Opset);
        var seen = RowRun.Checked(network, network.Trace(graph, network.Inputs.ToDictionary(i => i.Name, i => i.AsInput(graph))), layer);
        return (int)seen.Shape[Axes.Channels(network.Definition(network.TensorOf(layer)))].Value;
    }

    /// <summary>Drops units.</summary>
    /// <param name="network">The network.</param>
    /// <param name="rows">The rows, before the first.</param>
    /// <param name="layer">The layer, shape [N, …].</param>
    /// <param name="orders">The orders; all go through one pass.</param>
    /// <param name="options">What is right, and what a dropped unit is.</param>
    /// <param name="runtime">Where to run.</param>
    /// <param name="feed">Where the numbers of an input come from; null for the tensor of its name, or the first.</param>
    /// <param name="progress">Is told how far it is.</param>
    /// <param name="cancellation">Stops the pass.</param>
    /// <exception cref="ArgumentException">An order names units that there are not; the classes do not depend on the layer.</exception>
    public static UnitAblation Run(Network network, RowSource rows, string layer, IReadOnlyList<UnitOrder> orders,
        AblationOptions? options = null, RuntimeOptions? runtime = null, Func<TensorInfo, InputRows>? feed = null,
        Action<JobProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(orders);
        (options, runtime) = (options ?? new AblationOptions(), runtime ?? new RuntimeOptions());
        var units = UnitsOf(network, layer);
        if (orders.Count == 0 || orders.SelectMany(o => o.Units).FirstOrDefault(u => u >= units, -1) is >= 0 and var none)
            throw new ArgumentException($"Orders of the units of '{layer}' were expected, 0 to {units - 1}.", nameof(orders));
        if (options.Replacement is { } given && given.Count != units)
            throw new ArgumentException($"{given.Count} numbers were given to stand for {units} units.", nameof(options));
        var longest = orders.Max(o => o.Units.Count);
        int[] dropped = [.. Enumerable.Range(0, options.Points)
            .Select(i => (int)Math.Round((double)longest * i / (options.Points - 1))).Distinct()];
        var masks = orders.SelectMany(order => dropped.Select(count =>
        {
            var mask = Enumerable.Repeat(1f, units).ToArray();
            foreach (var unit in order.Units.Take(count))
                mask[unit] = 0;
            return mask;
        })).ToArray();
        // As many rows of what lies behind the layer as the user wants at once.
        var together = Math.Min(MasksAtOnce, masks.Length);
        using var work = new Work(Graph(network, layer, options, together, units), masks, together, rows,
            runtime with { BatchSize = Math.Max(1, runtime.BatchSize / together) },
            feed ?? (input => NetworkStatistics.ByName(rows, input, options.Target)));
        using var sink = new Nothing();
        var seen = new Job(rows, work).Run(sink, progress, cancellation);
        return new UnitAblation(layer, units, dropped, [.. orders.Select((order, i) => new AblationCurve(order,
            Means(work.Right, i), Means(work.Loss, i)))], seen);

        double[] Means(double[] sums, int order) =>
            [.. sums.Skip(order * dropped.Length).Take(dropped.Length).Select(sum => sum / seen)];
    }

    // Outputs right and loss, [N, masks].
    private static OnnxModel Graph(Network network, string layer, AblationOptions options, int together, int units)
    {
        var graph = new Graph(network.Opset);
        var inputs = network.Inputs.ToDictionary(i => i.Name, i => i.AsInput(graph));
        var wanted = options.Target.Given(network, options.Output) is { } label
            ? graph.Input(label.Name, label.Type, new Shape([inputs.Values.First().Shape[0], label.Extent])) : null;
        var setting = new Question.Setting(network, inputs, options.Output, options.Target, [network.Inputs[0].Name],
            CompilationOptions.DefaultPortion);
        var whole = Question.Start(setting, network.Trace(graph, inputs), wanted).WithRespectTo(layer);
        var seen = whole.Input;
        var axis = Axes.Channels(network.Definition(network.TensorOf(layer)));
        var masks = graph.Input(Work.Masks, ElementType.Float, new Shape([1, together, units])).Cast(seen.Type);
        // [1, K, units] → [K, 1, …, units, …]
        long[] laid = [together, 1, .. Enumerable.Range(1, seen.Rank - 1).Select(a => a == axis ? (long)units : 1)];
        masks = masks.Reshape(laid);
        var left = seen.Unsqueeze([0]) * masks;
        if (options.Replacement is { } given)
            left += (masks.Like(1) - masks)
                * graph.Constant(Tensor.FromDoubles(seen.Type, [.. given], [1, 1, .. laid[2..]]));
        var variants = whole.At(left);
        var (scores, choice) = (variants.Scores, variants.Choice);
        var alone = scores.Shape[1] == 1;
        var said = alone ? scores.Greater(scores.Like(0)).Cast(ElementType.Int64) : scores.ArgMax(1, keepDimensions: true);
        // A single score is a logit; of the network's own answers the choice is always 0 then, and its sign is what was said.
        if (alone && options.Target.InputName is null)
            choice = whole.Scores.Greater(whole.Scores.Like(0)).Cast(ElementType.Int64).RepeatRows(together);
        var right = said.EqualTo(choice).Cast(ElementType.Float);
        var loss = alone
            ? -(scores * (choice.Cast(scores.Type) * 2 - scores.Like(1))).Sigmoid().Log()
            : -scores.LogSoftmax(1).GatherElements(choice, 1);
        Value Apart(Value value) => value.Reshape(together, -1).TransposeMatrix();
        return graph.ToModel([("right", Apart(right)), ("loss", Apart(loss.Cast(ElementType.Float)))], keepAllInputs: true);
    }

    private sealed class Nothing : MemorySink
    {
        public override void Append(long first, int rows, IReadOnlyList<string[]> carried)
        {
        }
    }

    /// <summary>Runs each block once for every few masks, and adds up.</summary>
    private sealed class Work : IBlockWork
    {
        public const string Masks = "masks of units";

        private readonly ModelSession _session;
        private readonly BatchRunner _runner;
        private readonly InputFeed[] _feeds;
        private readonly float[][] _masks;
        private readonly int _together, _place;

        public Work(
            OnnxModel graph, float[][] masks, int together, RowSource rows, RuntimeOptions runtime, Func<TensorInfo, InputRows> feed)
        {
            (_session, _masks, _together) = (new ModelSession(graph, runtime), masks, together);
            try
            {
                _runner = new BatchRunner(_session, graph, runtime.BatchSize);
                _place = _session.InputNames.Index().First(n => n.Item == Masks).Index;
                _feeds = [.. _session.InputNames.Index().Where(n => n.Index != _place).Select(n => graph.Inputs.First(i => i.Name == n.Item)
                    is var info ? InputFeed.Of(rows, feed(info), _runner, n.Index, info) : null!)];
            }
            catch
            {
                Dispose();
                throw;
            }
            (Right, Loss) = (new double[masks.Length], new double[masks.Length]);
        }

        public double[] Right { get; }

        public double[] Loss { get; }

        public int Capacity => _runner.Capacity;

        public IReadOnlyList<ResultPort> Ports => [];

        public void Take(RowSource rows, int place)
        {
            foreach (var feed in _feeds)
                feed.Write(rows, place);
        }

        public void Compute(long first, int rows, Action<double> progress, CancellationToken cancellation)
        {
            for (var start = 0; start < _masks.Length; start += _together)
            {
                var units = _masks[0].Length;
                var count = Math.Min(_together, _masks.Length - start);
                var to = _runner.InputRow<float>(_place, 0);
                for (var i = 0; i < count; i++)
                    _masks[start + i].CopyTo(to[(i * units)..]);
                _runner.Run(rows, cancellation);
                for (var row = 0; row < rows; row++)
                {
                    var right = _runner.OutputRow<float>(0, row);
                    var loss = _runner.OutputRow<float>(1, row);
                    for (var i = 0; i < count; i++)
                    {
                        Right[start + i] += right[i];
                        Loss[start + i] += loss[i];
                    }
                }
                progress((double)(start + count) / _masks.Length);
            }
        }

        public void Dispose()
        {
            _runner?.Dispose();
            _session.Dispose();
        }
    }
}
