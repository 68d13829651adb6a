using System.Numerics.Tensors;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;
using Tensor = Microsoft.ML.Introspection.Onnx.Tensor;

namespace Microsoft.ML.Introspection.Evaluation;

/// <summary>Which number of the model a metric follows.</summary>
public enum JudgedScore
{
    /// <summary>The explained score: a logit, a number.</summary>
    Score,

    /// <summary>What the model's link makes of it: a probability.</summary>
    Probability,
}

/// <summary>
/// Rows with what a method says of them: what metrics judge. A row is [D₁, …] with its channels first, or a table's features.
/// </summary>
public sealed class ExplainedRows
{
    private readonly Dictionary<object, double[]> _known = [];

    /// <summary>Rows and what is said of them.</summary>
    /// <param name="inputs">Shape [N, features].</param>
    /// <param name="attributions">
    /// A number for every feature, shape [N, features]; or one map for all channels, [N, features / channels], which all channels then
    /// have.
    /// </param>
    /// <param name="extents">The extents of a row, channels first: [C, H, W], or [F] of tables.</param>
    /// <param name="scores">The model; null for metrics that ask none.</param>
    /// <param name="targets">The explained class of each row; null for the highest score's (0 without a model).</param>
    /// <exception cref="ArgumentException">The lengths do not fit each other.</exception>
    public ExplainedRows(ReadOnlySpan<double> inputs, ReadOnlySpan<double> attributions, IReadOnlyList<int> extents,
        RowFunction? scores = null, IReadOnlyList<int>? targets = null)
    {
        ArgumentNullException.ThrowIfNull(extents);
        if (extents.Count == 0 || extents.Any(e => e < 1))
            throw new ArgumentException($"A row of [{string.Join(", ", extents)}] has no features.", nameof(extents));
        Extents = [.. extents];
        Features = extents.Aggregate(1, (p, e) => checked(p * e));
        Channels = extents.Count > 1 ? extents[0] : 1;
        if (inputs.IsEmpty || inputs.Length % Features != 0)
            throw new ArgumentException($"{inputs.Length} numbers are no rows of {Features} features.", nameof(inputs));
        Count = inputs.Length / Features;
        Inputs = inputs.ToArray();
        Attributions = attributions.Length == inputs.Length ? attributions.ToArray()
            : attributions.Length == Count * Positions ? Spread(attributions)
            : throw new ArgumentException($"{attributions.Length} numbers are said of {Count} rows of {Features} features; one for each "
                + $"feature was expected, or one for each of {Positions} positions.", nameof(attributions));
        if (scores is not null && scores.Features != Features)
            throw new ArgumentException($"The model takes {scores.Features} features; the rows have {Features}.", nameof(scores));
        Scores = scores;
        if (targets is not null && (targets.Count != Count || scores is not null && targets.Any(t => t < 0 || t >= scores.Results)))
            throw new ArgumentException($"{targets.Count} classes were told for {Count} rows of a model with {scores?.Results} scores; one "
                + "class from 0 for each row was expected.", nameof(targets));
        Targets = targets is not null ? [.. targets] : scores is null ? new int[Count] : Highest(scores);
    }

    /// <summary>How many rows.</summary>
    public int Count { get; }

    /// <summary>The extents of a row.</summary>
    public IReadOnlyList<int> Extents { get; }

    /// <summary>How many numbers a row has.</summary>
    public int Features { get; }

    /// <summary>How many channels; 1 of tables.</summary>
    public int Channels { get; }

    /// <summary>How many positions a row has beside its channels.</summary>
    public int Positions => Features / Channels;

    /// <summary>Shape [N, features].</summary>
    public double[] Inputs { get; }

    /// <summary>Shape [N, features].</summary>
    public double[] Attributions { get; }

    /// <summary>The explained class of each row.</summary>
    public int[] Targets { get; }

    /// <summary>The model; null where there is none.</summary>
    public RowFunction? Scores { get; }

    /// <summary>The method, for metrics that explain again; null where there is none.</summary>
    public RowFunction? Explains { get; init; }

    /// <summary>An inner layer, for metrics that look there; null where there is none.</summary>
    public RowFunction? Representation { get; init; }

    /// <summary>What should be found, a truth for every position, shape [N, positions]; null where nobody says.</summary>
    public bool[]? Masks { get; init => field = Fitting(value, nameof(Masks)); }

    /// <summary>Which part of its row every position belongs to, from 0, shape [N, positions]; null for squares.</summary>
    public int[]? Segments
    {
        get;
        init => field = value is null || value.Length == Count * Positions && value.All(s => s >= 0) ? value
            : throw new ArgumentException($"Segments for {Count} × {Positions} positions were expected, from 0.", nameof(Segments));
    }

    /// <summary>The number of the first row among all that are judged: what is drawn at random for a row depends on its own.</summary>
    public int First { get; init; }

    /// <summary>A row's features.</summary>
    public ReadOnlySpan<double> Input(int row) => Inputs.AsSpan(row * Features, Features);

    /// <summary>What is said of a row's features.</summary>
    public ReadOnlySpan<double> Attribution(int row) => Attributions.AsSpan(row * Features, Features);

    /// <summary>What is said of a row's positions: the sum over channels.</summary>
    public double[] Map(int row) => Map(Attribution(row));

    /// <summary>The mask of a row.</summary>
    /// <exception cref="InvalidOperationException">There are none.</exception>
    public ReadOnlySpan<bool> Mask(int row) => (Masks ?? throw new InvalidOperationException(
        "The metric asks what should be found, and there are no masks. Give a mask for every row.")).AsSpan(row * Positions, Positions);

    internal double[] Map(ReadOnlySpan<double> attribution)
    {
        var map = attribution[..Positions].ToArray();
        for (var channel = 1; channel < Channels; channel++)
            TensorPrimitives.Add(map, attribution.Slice(channel * Positions, Positions), map);
        return map;
    }

    /// <summary>The explained number of the rows as they are.</summary>
    internal double[] Known(JudgedScore kind) => Once(("scores", kind), () =>
        Follow(kind, Count, v => v, (row, x) => Input(row).CopyTo(x)));

    /// <summary>The explained number of variants of rows.</summary>
    /// <param name="kind">Which number.</param>
    /// <param name="count">How many variants.</param>
    /// <param name="rowOf">The row of each.</param>
    /// <param name="write">Writes a variant; each once, in their order.</param>
    internal double[] Follow(JudgedScore kind, int count, Func<int, int> rowOf, RowWriter write)
    {
        var followed = new double[count];
        Each(count, write, (variant, scores) => followed[variant] = Number(kind, scores, Targets[rowOf(variant)]));
        return followed;
    }

    /// <summary>Scores of variants, a batch at a time.</summary>
    internal void Each(int count, RowWriter write, ScoreReader take)
    {
        var model = Model();
        var buffer = new double[Math.Min(count, model.BatchSize) * Features];
        for (var start = 0; start < count; start += model.BatchSize)
        {
            var some = Math.Min(model.BatchSize, count - start);
            for (var i = 0; i < some; i++)
                write(start + i, buffer.AsSpan(i * Features, Features));
            var scores = model.Of(buffer.AsSpan(0, some * Features));
            for (var i = 0; i < some; i++)
                take(start + i, scores.AsSpan(i * model.Results, model.Results));
        }
    }

    /// <summary>What the method says of variants of rows, each of its row's class, a batch at a time.</summary>
    internal void Explain(int count, Func<int, int> rowOf, RowWriter write, ScoreReader take)
    {
        var method = Explains ?? throw new InvalidOperationException(
            "The metric explains rows anew, and there is no method. Give one, not attributions alone.");
        var (buffer, targets) = (new double[Math.Min(count, method.BatchSize) * Features], new int[Math.Min(count, method.BatchSize)]);
        for (var start = 0; start < count; start += method.BatchSize)
        {
            var some = Math.Min(method.BatchSize, count - start);
            for (var i = 0; i < some; i++)
            {
                targets[i] = Targets[rowOf(start + i)];
                write(start + i, buffer.AsSpan(i * Features, Features));
            }
            var said = method.Of(buffer.AsSpan(0, some * Features), targets.AsSpan(0, some));
            for (var i = 0; i < some; i++)
            {
                var one = said.AsSpan(i * method.Results, method.Results);
                take(start + i, method.Results == Features ? one : method.Results == Positions ? Spread(one)
                    : throw new InvalidOperationException($"The method says {method.Results} numbers of a row of {Features} features."));
            }
        }
    }

    /// <summary>What stands for "nothing there", shape [N, features]; of several baselines the first.</summary>
    internal double[] Filling(Baseline baseline) => Once(baseline, () =>
    {
        var graph = new Graph();
        var input = graph.Input("input", ElementType.Double, new Shape([Dimension.Unknown, .. Extents.Select(e => (Dimension)e)]));
        long[] row = [.. Extents.Select(e => (long)e)];
        var filled = baseline.Of(input).Slice([0], [1], [0]).ExpandLike(input.Unsqueeze(0)).Squeeze(0);
        using var session = new ModelSession(graph.ToModel([("filling", filled)], keepAllInputs: true), new RuntimeOptions { Threads = 1 });
        return session.Run(new Dictionary<string, Tensor> { ["input"] = Tensor.From(Inputs, [Count, .. row]) })["filling"].ToDouble();
    });

    /// <summary>Some of the rows.</summary>
    internal ExplainedRows Only(int[] rows)
    {
        T[] Of<T>(T[] all, int size) => [.. rows.SelectMany(r => all.Skip(r * size).Take(size))];
        return new ExplainedRows(Of(Inputs, Features), Of(Attributions, Features), Extents, Scores, Of(Targets, 1))
        {
            Explains = Explains, Representation = Representation, Masks = Masks is null ? null : Of(Masks, Positions),
            Segments = Segments is null ? null : Of(Segments, Positions), First = First,
        };
    }

    internal RowFunction Model() => Scores ?? throw new InvalidOperationException("The metric asks the model, and there is none.");

    private double Number(JudgedScore kind, Span<double> scores, int target)
    {
        if (kind == JudgedScore.Probability)
            Model().Link.Apply(scores);
        return scores[target];
    }

    private int[] Highest(RowFunction scores)
    {
        var highest = new int[Count];
        var all = scores.Of(Inputs);
        for (var row = 0; row < Count; row++)
            highest[row] = TensorPrimitives.IndexOfMax<double>(all.AsSpan(row * scores.Results, scores.Results));
        return highest;
    }

    private double[] Once(object what, Func<double[]> make) =>
        _known.TryGetValue(what, out var known) ? known : _known[what] = make();

    private double[] Spread(ReadOnlySpan<double> maps)
    {
        var (all, rows) = (new double[maps.Length * Channels], maps.Length / Positions);
        for (var row = 0; row < rows; row++)
            for (var channel = 0; channel < Channels; channel++)
                maps.Slice(row * Positions, Positions).CopyTo(all.AsSpan((row * Channels + channel) * Positions));
        return all;
    }

    private bool[]? Fitting(bool[]? masks, string name) => masks is null || masks.Length == Count * Positions ? masks
        : throw new ArgumentException($"Masks of {Count} × {Positions} positions were expected; given were {masks.Length} truths.", name);
}

/// <summary>Writes a variant of a row.</summary>
internal delegate void RowWriter(int variant, Span<double> row);

/// <summary>Reads what was said of a variant.</summary>
internal delegate void ScoreReader(int variant, Span<double> scores);
