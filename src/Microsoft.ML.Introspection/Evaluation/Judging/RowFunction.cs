using System.Numerics.Tensors;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Explaining;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Shapley;
using Tensor = Microsoft.ML.Introspection.Onnx.Tensor;

namespace Microsoft.ML.Introspection.Evaluation;

/// <summary>Scores or explanations of rows, in the place of a network's.</summary>
/// <param name="rows">Shape [N, features].</param>
/// <param name="targets">The explained class of each row.</param>
/// <param name="results">Where to write, shape [N, results].</param>
public delegate void RowAnswer(ReadOnlySpan<double> rows, ReadOnlySpan<int> targets, Span<double> results);

/// <summary>
/// What metrics ask of a model again and again: rows of numbers in, rows of numbers out. Of a network all rows that one metric needs run in
/// batches through one ONNX Runtime session. Not safe for several threads.
/// </summary>
public sealed class RowFunction : IDisposable
{
    private const string Label = "introspection_judged_class";
    private const int MostElements = 1 << 20, MostRows = 1 << 12, MostExplained = 64;

    private delegate void NarrowAnswer(ReadOnlySpan<float> rows, ReadOnlySpan<int> targets, Span<double> results);

    private readonly RowAnswer _answer;
    private readonly IDisposable? _owned;

    private RowFunction(int features, int results, int batch, RowAnswer answer, IDisposable? owned) =>
        (Features, Results, BatchSize, _answer, _owned) = (features, results, batch, answer, owned);

    /// <summary>How many numbers a row has: of several inputs one behind the other.</summary>
    public int Features { get; }

    /// <summary>How many numbers are made of it.</summary>
    public int Results { get; }

    /// <summary>Their extents, where a network makes them: [C, H, W] of a map. Else they stand in a line.</summary>
    public IReadOnlyList<int> ResultExtents { get => field ?? [Results]; private init; }

    /// <summary>How many rows at once.</summary>
    public int BatchSize { get; }

    /// <summary>How many rows it was asked so far.</summary>
    public long Passes { get; private set; }

    /// <summary>How scores become probabilities; identity where they are none.</summary>
    public ScoreLink Link { get; init; } = ScoreLink.Identity;

    /// <summary>The scores of a network, before a final softmax or sigmoid.</summary>
    /// <param name="network">The network.</param>
    /// <param name="output">The output; null for the default.</param>
    /// <param name="runtime">Where to run.</param>
    public static RowFunction Scores(Network network, string? output = null, RuntimeOptions? runtime = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        output ??= network.DefaultOutput;
        var (graph, inputs) = Begin(network);
        var scores = ScoreTable.Of(network.Trace(graph, inputs), output);
        return Of(network, graph.ToModel([(graph.UniqueName("scores"), scores)], keepAllInputs: true), null,
            model => new ModelSession(model, runtime), ScoreTable.LinkOf(network, output));
    }

    /// <summary>The scores of any model.</summary>
    /// <param name="scorer">The model; its owner disposes of it.</param>
    /// <param name="link">How scores become probabilities; null where they are what they are.</param>
    public static RowFunction Scores(IScorer scorer, ScoreLink? link = null)
    {
        ArgumentNullException.ThrowIfNull(scorer);
        var (features, outputs) = (scorer.FeatureNames.Count, scorer.OutputNames.Count);
        return new RowFunction(features, outputs, Batch(features), Narrow((rows, _, results) => scorer.Score(rows, results)), null)
        {
            Link = link ?? ScoreLink.Identity,
        };
    }

    /// <summary>The scores that an explainer explains, of whatever kind of model.</summary>
    /// <param name="explainer">The explainer; its owner disposes of it.</param>
    public static RowFunction Scores(Explainer explainer)
    {
        ArgumentNullException.ThrowIfNull(explainer);
        return new RowFunction(explainer.FeatureCount, explainer.OutputCount, Batch(explainer.FeatureCount),
            Narrow((rows, _, results) => explainer.Score(rows, results)), null) { Link = explainer.Link };
    }

    /// <summary>What Shapley values, or LIME in their place, say of rows, each of its class.</summary>
    /// <param name="explainer">The explainer, of all outputs; its owner disposes of it.</param>
    /// <exception cref="ArgumentException">It explains one output, or groups of features.</exception>
    public static RowFunction Explanations(Explainer explainer)
    {
        ArgumentNullException.ThrowIfNull(explainer);
        var features = explainer.FeatureCount;
        if (explainer.Outputs.Target is not null || explainer.Players.Count != features)
            throw new ArgumentException("A value of every feature for each output was expected; the explainer chooses an output, or puts "
                + "features into groups.", nameof(explainer));
        var room = explainer.Room(Math.Min(explainer.RowsAtOnce(), Batch(features)));
        return new RowFunction(features, features, room.Capacity, Narrow((rows, targets, results) =>
        {
            explainer.Explain(rows, room, scored: false);
            for (var row = 0; row < room.Count; row++)
                room.ValuesOf(row).Slice((targets.IsEmpty ? 0 : targets[row]) * features, features)
                    .CopyTo(results[(row * features)..]);
        }), null);
    }

    /// <summary>The weights that LIME gives to the features of rows, each of its class; 0 of those that it leaves out.</summary>
    /// <param name="lime">LIME of the model.</param>
    /// <param name="features">How many features a row has.</param>
    public static RowFunction Explanations(TabularLime lime, int features)
    {
        ArgumentNullException.ThrowIfNull(lime);
        return new RowFunction(features, features, Batch(features), Narrow((rows, targets, results) =>
        {
            results.Clear();
            for (var row = 0; row < rows.Length / features; row++)
                foreach (var reason in lime.Explain(rows.Slice(row * features, features), targets.IsEmpty ? 0 : targets[row]).Reasons)
                    results[row * features + reason.Feature] = reason.Weight;
        }), null);
    }

    // Models of tables take single precision.
    private static RowAnswer Narrow(NarrowAnswer answer)
    {
        var narrow = Array.Empty<float>();
        return (rows, targets, results) =>
        {
            if (narrow.Length < rows.Length)
                narrow = new float[rows.Length];
            TensorPrimitives.ConvertTruncating(rows, narrow);
            answer(narrow.AsSpan(0, rows.Length), targets, results);
        };
    }

    /// <summary>What a method says of rows, each of its class.</summary>
    /// <param name="network">The network, of one input of floating-point numbers.</param>
    /// <param name="method">The method.</param>
    /// <param name="output">The output; null for the default.</param>
    /// <param name="runtime">Where to run.</param>
    public static RowFunction Explanations(
        Network network, AttributionMethod method, string? output = null, RuntimeOptions? runtime = null) =>
        Explanations(network, method, output, model => new ModelSession(model, runtime));

    internal static RowFunction Explanations(Network network, AttributionMethod method, string? output, Func<OnnxModel, IGraphRun> open)
    {
        ArgumentNullException.ThrowIfNull(network);
        var compiled = Explanation.Compile(network, method, Target.Label(Label), new ExplanationOptions { Output = output });
        return Of(network, compiled, Label, open, ScoreLink.Identity);
    }

    /// <summary>What a layer makes of rows.</summary>
    /// <param name="network">The network.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="runtime">Where to run.</param>
    public static RowFunction Layer(Network network, string layer, RuntimeOptions? runtime = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        var (graph, inputs) = Begin(network);
        var value = network.Trace(graph, inputs).Layer(layer);
        return Of(network, graph.ToModel([(graph.UniqueName("layer"), value)], keepAllInputs: true), null,
            model => new ModelSession(model, runtime), ScoreLink.Identity);
    }

    /// <summary>The scores of rows, and behind them what layers make of them.</summary>
    internal static RowFunction Forward(
        Network network, string output, IReadOnlyList<string> layers, Func<OnnxModel, IGraphRun> open, out int[] widths)
    {
        var (graph, inputs) = Begin(network);
        var (trace, batch) = (network.Trace(graph, inputs), inputs.Values.First().Shape[0]);
        var scores = ScoreTable.Of(trace, output);
        List<Value> parts = [scores, .. layers.Select(layer => trace.Layer(layer) is { Rank: > 0 } value && value.Type.IsFloating()
            && value.Shape[0] == batch && value.Shape.Skip(1).All(d => d.IsKnown)
            ? value.Cast(scores.Type).Reshape(-1, Sizes.Count(value.Shape.Skip(1)))
            : throw new ArgumentException($"The layer '{layer}' does not hold numbers of known extents for each row."))];
        widths = [.. parts.Select(p => p.Shape[1].IsKnown ? (int)p.Shape[1].Value
            : throw new ArgumentException($"The output '{output}' has an open number of scores."))];
        return Of(network, graph.ToModel([(graph.UniqueName("forward"), Operators.Concat(1, [.. parts]))], keepAllInputs: true), null, open,
            ScoreLink.Identity);
    }

    /// <summary>A function of yours.</summary>
    /// <param name="features">How many numbers a row has.</param>
    /// <param name="results">How many it makes.</param>
    /// <param name="answer">The function.</param>
    /// <param name="link">How its results become probabilities, where they are scores; null where they are what they are.</param>
    public static RowFunction Of(int features, int results, RowAnswer answer, ScoreLink? link = null)
    {
        ArgumentNullException.ThrowIfNull(answer);
        ArgumentOutOfRangeException.ThrowIfLessThan(features, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(results, 1);
        return new RowFunction(features, results, Batch(features), answer, null) { Link = link ?? ScoreLink.Identity };
    }

    /// <summary>Asks.</summary>
    /// <param name="rows">Shape [N, features].</param>
    /// <param name="targets">The class of each row; empty where none is asked for.</param>
    /// <returns>Shape [N, results].</returns>
    public double[] Of(ReadOnlySpan<double> rows, ReadOnlySpan<int> targets = default)
    {
        if (rows.Length % Features != 0)
            throw new ArgumentException($"{rows.Length} numbers are no rows of {Features}.", nameof(rows));
        var count = rows.Length / Features;
        var results = new double[checked(count * Results)];
        for (var start = 0; start < count; start += BatchSize)
        {
            var some = Math.Min(BatchSize, count - start);
            _answer(rows.Slice(start * Features, some * Features), targets.IsEmpty ? default : targets.Slice(start, some),
                results.AsSpan(start * Results, some * Results));
        }
        Passes += count;
        return results;
    }

    /// <inheritdoc/>
    public void Dispose() => _owned?.Dispose();

    private static (Graph Graph, Dictionary<string, Value> Inputs) Begin(Network network)
    {
        var graph = new Graph(network.Opset);
        return (graph, network.Inputs.ToDictionary(i => i.Name, i => i.AsInput(graph)));
    }

    private static int Batch(int features) => Math.Clamp(MostElements / features, 1, MostRows);

    private static RowFunction Of(Network network, OnnxModel model, string? label, Func<OnnxModel, IGraphRun> open, ScoreLink link)
    {
        var inputs = network.Inputs;
        long[][] rows = [.. inputs.Select(i => i.Shape!.Skip(1).Select(d => d.IsKnown ? d.Value : throw new ArgumentException(
            $"The input '{i.Name}' has the shape {i.Shape}. {Dimension.HowToFix}")).ToArray())];
        int[] sizes = [.. rows.Select(r => Sizes.Count(r.Select(d => (Dimension)d)))];
        var features = sizes.Sum();
        var (name, shape) = (model.Outputs[0].Name, model.Outputs[0].Shape);
        var results = shape is { Rank: > 0 } known && known.Skip(1).All(d => d.IsKnown) ? Sizes.Count(known.Skip(1))
            : throw new ArgumentException($"What is asked of the network has the shape {shape}; rows of known extents were expected.");
        var isFixed = inputs[0].Shape![0].IsKnown;
        // Methods hold many variants of each row at once.
        var batch = isFixed ? (int)inputs[0].Shape![0].Value
            : label is null ? Batch(Math.Max(features, results)) : Math.Min(Batch(Math.Max(features, results)), MostExplained);
        var session = open(model);
        return new RowFunction(features, results, batch, Answer, session)
        {
            Link = link, ResultExtents = [.. shape.Skip(1).Select(d => (int)d.Value)],
        };

        void Answer(ReadOnlySpan<double> given, ReadOnlySpan<int> targets, Span<double> answers)
        {
            var (count, feeds, before) = (given.Length / features, new Dictionary<string, Tensor>(), 0);
            var all = isFixed ? batch : count;
            for (var i = 0; i < inputs.Count; before += sizes[i++])
            {
                var values = new double[all * sizes[i]];
                for (var row = 0; row < all; row++)
                    given.Slice(Math.Min(row, count - 1) * features + before, sizes[i]).CopyTo(values.AsSpan(row * sizes[i]));
                feeds[inputs[i].Name] = OfType(inputs[i].Type, values, [all, .. rows[i]]);
            }
            if (label is not null)
            {
                var classes = new long[all];
                for (var row = 0; row < all; row++)
                    classes[row] = targets[Math.Min(row, count - 1)];
                feeds[label] = Tensor.From(classes, all, 1);
            }
            session.Run(feeds)[name].ToDouble().AsSpan(0, answers.Length).CopyTo(answers);
        }
    }

    private static Tensor OfType(ElementType type, double[] values, long[] shape) => type switch
    {
        ElementType.BFloat16 => Tensor.FromDoubles(ElementType.Float, values, shape),
        ElementType.Int64 => Tensor.From(Array.ConvertAll(values, v => (long)v), shape),
        ElementType.Int32 => Tensor.From(Array.ConvertAll(values, v => (int)v), shape),
        ElementType.UInt8 => Tensor.From(Array.ConvertAll(values, v => (byte)v), shape),
        ElementType.Bool => Tensor.From(Array.ConvertAll(values, v => v != 0), shape),
        _ => Tensor.FromDoubles(type, values, shape),
    };
}
