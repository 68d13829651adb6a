using System.Numerics;
using System.Numerics.Tensors;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;
using Tensor = Microsoft.ML.Introspection.Onnx.Tensor;

namespace Microsoft.ML.Introspection.Explaining;

/// <summary>Networks by methods that look inside: the explanation is a graph.</summary>
internal sealed class GraphExplainer : Explainer
{
    // Each output takes a part of the graph.
    private const int MostOutputs = 64;

    private readonly Stack<IDisposable> _open = new();
    private readonly Network _network;
    private readonly NetworkScorer _scorer;
    private readonly AttributionMethod _method;
    private readonly string? _output;
    private readonly ElementType _type;
    private readonly BatchRunner _runner;
    private readonly int _input;
    private readonly int _label;

    /// <summary>Compiles the explanation.</summary>
    /// <param name="network">A network of one input, of floating-point numbers.</param>
    /// <param name="scorer">The same as a scorer; disposed of with this.</param>
    /// <param name="options">What is explained and how.</param>
    public GraphExplainer(Network network, NetworkScorer scorer, ExplainerOptions options)
        : base(options, scorer.FeatureNames, scorer.OutputNames.Count, options.OutputNames)
    {
        (_network, _scorer, _output) = (network, scorer, options.Output);
        var name = options.Algorithm.Name;
        if (network.Inputs.Count > 1)
            throw new ArgumentException($"The algorithm {name} explains networks of one input; this one has {network.Inputs.Count}. "
                + $"'introspect explain --method {name}-shap' attributes to the inputs that you name.");
        if (Slots > MostOutputs)
            throw new ArgumentException($"The network has {Slots} outputs; at most {MostOutputs} are explained at once by a method that "
                + "takes a part of a graph for each. Choose one as the target, or argmax.");
        var background = options.Needed();
        var input = network.DefaultInput;
        (_type, PlayerShape) = (input.Type, [.. input.Shape!.Skip(1).Select(d => (int)d.Value)]);
        _method = options.Algorithm.ForNetwork(Players, Baseline(input, background.Rows));
        var (bases, scores) = (new double[OutputCount], new double[background.Rows.Length / FeatureCount * OutputCount]);
        scorer.Score(background.Rows, scores);
        for (var i = 0; i < scores.Length; i++)
            bases[i % OutputCount] += scores[i] / (scores.Length / OutputCount);
        (BaseValues, Description) = (bases, $"{name} SHAP, {background.Remark}");
        try
        {
            var explanation =
                Compile(network, _method, Outputs, _output, null, new ExplanationNames { Input = input.Name, Target = "target" });
            var session = Opened(new ModelSession(explanation, options.Runtime));
            _runner = Opened(new BatchRunner(session, explanation, options.Runtime.BatchSize));
            var inputs = session.InputNames.ToList();
            (_input, _label) = (inputs.IndexOf(input.Name), Outputs.LabelColumn is { } label ? inputs.IndexOf(label) : -1);
        }
        catch
        {
            Close();
            throw;
        }
    }

    public override string Description { get; }

    public override IReadOnlyList<int> PlayerShape { get; }

    public override IReadOnlyList<double> BaseValues { get; }

    private protected override int MostRows => _runner.Capacity;

    public override void Score(ReadOnlySpan<float> rows, Span<double> scores, CancellationToken cancellation = default) =>
        _scorer.Score(rows, scores, cancellation);

    public override OnnxModel Compile(ExplanationNames? names = null) => Compile(_network, _method, Outputs, _output, Kept, names);

    public override void Dispose()
    {
        Close();
        _scorer.Dispose();
        base.Dispose();
    }

    /// <summary>Background rows as a baseline of a network's input.</summary>
    public static Baseline Baseline(TensorInfo input, ReadOnlySpan<float> rows)
    {
        long[] row = [.. input.Shape!.Skip(1).Select(d => d.Value)];
        var numbers = new double[rows.Length];
        TensorPrimitives.ConvertTruncating(rows, numbers);
        return Attribution.Baseline.Given(
            Tensor.FromDoubles(input.Type, numbers, [rows.Length / row.Aggregate(1L, (p, e) => p * e), .. row]));
    }

    /// <summary>Writes a method over a network as a graph.</summary>
    public static OnnxModel Compile(Network network, AttributionMethod method, OutputChoice outputs, string? output, KeptValues? kept,
        ExplanationNames? names)
    {
        names ??= new ExplanationNames();
        method = outputs.Target is null ? new PerClass(method) : method;
        return Explanation.Compile(network, kept is null ? method : new Strongest(method, kept.Positive, kept.Negative, kept.Normalize),
            outputs.Target, new ExplanationOptions
        {
            Output = output,
            InputNames = new Dictionary<string, string> { [network.DefaultInput.Name] = names.Input },
            AttributionName = names.Attribution,
            BaseValueName = names.BaseValue,
            ScoreName = names.Score,
            TargetName = names.Target,
        });
    }

    private protected override void Compute<T>(
        ReadOnlySpan<T> rows, Explanations into, Span<double> values, Span<double> scores, Action<double>? progress,
        CancellationToken cancellation) =>
        throw new NotSupportedException("The graph takes what the target chooses.");

    private protected override void ExplainRows<T>(
        ReadOnlySpan<T> rows, Explanations into, ReadOnlySpan<long> labels, bool scored, Action<double>? progress,
        CancellationToken cancellation)
    {
        var count = Begin(rows, into, labels);
        var scores = Explanations.Room(ref into.Scratch, count * OutputCount);
        _scorer.Score(into.Singles(rows), scores, cancellation);
        for (var start = 0; start < count; start += _runner.Capacity)
        {
            var portion = Math.Min(_runner.Capacity, count - start);
            for (var row = 0; row < portion; row++)
            {
                Write(rows.Slice((start + row) * FeatureCount, FeatureCount), row);
                if (_label >= 0)
                    _runner.InputRow<long>(_label, row)[0] = labels[start + row];
            }
            _runner.Run(portion, cancellation);
            for (var row = 0; row < portion; row++)
                Read(row, start + row, scores.Slice((start + row) * OutputCount, OutputCount), into);
            progress?.Invoke((double)(start + portion) / count);
        }
    }

    private void Read(int place, int row, ReadOnlySpan<double> scores, Explanations into)
    {
        var players = Players.Count;
        for (var slot = 0; slot < Slots; slot++)
        {
            var at = row * Slots + slot;
            switch (_type)
            {
                case ElementType.Double: _runner.OutputRow<double>(0, place).Slice(slot * players, players)
                    .CopyTo(into.ValuesAt(at)); break;
                case ElementType.Float16: TensorPrimitives.ConvertTruncating(
                    _runner.OutputRow<Half>(0, place).Slice(slot * players, players), into.ValuesAt(at)); break;
                default: TensorPrimitives.ConvertTruncating(_runner.OutputRow<float>(0, place).Slice(slot * players, players),
                    into.ValuesAt(at)); break;
            }
            // Where two scores are all but equal, the graph is the judge of which is the highest.
            var why = Outputs.Target is null ? slot : (int)_runner.OutputRow<long>(1, place)[0];
            var whyNot = Outputs.IsDifference ? Needed[1] : -1;
            into.OutputAt(at) = why;
            into.ScoreAt(at) = scores[why] - (whyNot < 0 ? 0 : scores[whyNot]);
            into.BaseAt(at) = BaseValues[why] - (whyNot < 0 ? 0 : BaseValues[whyNot]);
            if (Kept is not null)
                into.Keep(at, Kept);
        }
    }

    private void Write<T>(ReadOnlySpan<T> row, int place) where T : unmanaged, INumber<T>
    {
        switch (_type)
        {
            case ElementType.Double: TensorPrimitives.ConvertTruncating(row, _runner.InputRow<double>(_input, place)); break;
            case ElementType.Float16: TensorPrimitives.ConvertTruncating(row, _runner.InputRow<Half>(_input, place)); break;
            default: TensorPrimitives.ConvertTruncating(row, _runner.InputRow<float>(_input, place)); break;
        }
    }

    private T Opened<T>(T resource) where T : IDisposable
    {
        _open.Push(resource);
        return resource;
    }

    private void Close()
    {
        while (_open.TryPop(out var resource))
            resource.Dispose();
    }
}
