using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Networks;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Shapley;

namespace Microsoft.ML.Introspection.Tool.Shap;

/// <summary>Networks by methods that look inside: each slot's explanation is a graph of its own.</summary>
internal sealed class GraphExplainer : ShapExplainer
{
    /// <summary>The most outputs that are explained at once: each takes a graph.</summary>
    public const int MostOutputs = 64;

    private readonly Stack<IDisposable> _open = new();
    private readonly NetworkScorer _scorer;
    private readonly ElementType _type;
    private readonly BatchRunner[] _runners;
    private readonly int _input;
    private readonly int _label;
    private readonly double[] _bases;
    private readonly double[] _scores;

    /// <summary>Compiles the explanations.</summary>
    /// <param name="network">A network of one input, of floating-point numbers.</param>
    /// <param name="scorer">The same as a scorer; disposed of with this.</param>
    /// <param name="background">The background rows.</param>
    /// <param name="method">Makes the method for a baseline.</param>
    /// <param name="target">What will be explained.</param>
    /// <param name="output">The explained output of the network; null for its default.</param>
    /// <param name="runtime">Where to run.</param>
    /// <param name="remark">What is to be said of the method and its background.</param>
    public GraphExplainer(
        Network network, NetworkScorer scorer, float[] background, Func<Baseline, AttributionMethod> method, ShapTarget target, string? output, RuntimeOptions runtime, string remark)
    {
        (_scorer, Description) = (scorer, remark);
        _open.Push(scorer);
        try
        {
            var input = network.DefaultInput;
            PlayerShape = [.. input.Shape!.Skip(1).Select(d => (int)d.Value)];
            _type = input.Type;
            var made = method(Baseline.Given(Tensor.FromDoubles(_type, Array.ConvertAll(background, b => (double)b), [background.Length / Players.Count, .. PlayerShape.Select(e => (long)e)])));
            var slots = target.Slots(OutputCount);
            if (slots > MostOutputs)
                throw new InvalidDataException($"The network has {slots} outputs; at most {MostOutputs} are explained at once by a method that takes a graph for each. Say which: --target argmax, or --target N.");
            _runners = new BatchRunner[slots];
            for (var slot = 0; slot < slots; slot++)
            {
                var explanation = Explanation.Compile(network, made, target.OfGraph(slot), new ExplanationOptions { Output = output });
                var session = Opened(new ModelSession(explanation, runtime));
                _runners[slot] = Opened(new BatchRunner(session, explanation, runtime.BatchSize));
                (_input, _label) = (session.InputNames.ToList().IndexOf(input.Name), target.LabelColumn is { } label ? session.InputNames.ToList().IndexOf(label) : -1);
            }
            (_bases, _scores) = (MeanScores(background), new double[_runners[0].Capacity * OutputCount]);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public override string Description { get; }

    public override IReadOnlyList<string> Players => _scorer.FeatureNames;

    public override IReadOnlyList<int> PlayerShape { get; }

    public override int OutputCount => _scorer.OutputNames.Count;

    public override int RowsAtOnce => _runners[0].Capacity;

    public override void Explain(RowBlock rows, ShapTarget target, ShapResult result, Action<double> progress, CancellationToken cancellation)
    {
        var needed = target.Needed(OutputCount);
        double[] bases = [.. needed.Select(o => _bases[o])];
        var scores = _scores.AsSpan(0, rows.Count * OutputCount);
        _scorer.Score(rows.SeenSingles, scores, cancellation);
        for (var slot = 0; slot < result.Slots; slot++)
        {
            var runner = _runners[slot];
            for (var row = 0; row < rows.Count; row++)
            {
                Write(rows.SeenRow(row), runner, row);
                if (_label >= 0)
                    runner.InputRow<long>(_label, row)[0] = Class(rows, row, target);
            }
            runner.Run(rows.Count, cancellation);
            for (var row = 0; row < rows.Count; row++)
            {
                var at = row * result.Slots + slot;
                var own = scores.Slice(row * OutputCount, OutputCount).ToArray();
                double[] asked = [.. needed.Select(o => own[o])];
                // Where two scores are all but equal, the graph is the judge of which is the highest.
                result.Outputs[at] = target.Varies ? (int)runner.OutputRow<long>(1, row)[0] : target.Output(slot, asked, 0);
                target.Take(result.Outputs[at], asked, result.Scores.AsSpan(at, 1));
                target.Take(result.Outputs[at], bases, result.Bases.AsSpan(at, 1));
                Read(runner, row, result.Values.AsSpan(at * Players.Count, Players.Count));
            }
            progress((slot + 1.0) / result.Slots);
        }
    }

    public override void Dispose()
    {
        while (_open.TryPop(out var resource))
            resource.Dispose();
    }

    private T Opened<T>(T resource) where T : IDisposable
    {
        _open.Push(resource);
        return resource;
    }

    private double[] MeanScores(float[] background)
    {
        var (rows, means) = (background.Length / Players.Count, new double[OutputCount]);
        var scores = new double[rows * OutputCount];
        _scorer.Score(background, scores);
        for (var i = 0; i < scores.Length; i++)
            means[i % OutputCount] += scores[i] / rows;
        return means;
    }

    private void Write(ReadOnlySpan<double> row, BatchRunner runner, int place)
    {
        switch (_type)
        {
            case ElementType.Double: row.CopyTo(runner.InputRow<double>(_input, place)); break;
            case ElementType.Float16: System.Numerics.Tensors.TensorPrimitives.ConvertTruncating(row, runner.InputRow<Half>(_input, place)); break;
            default: System.Numerics.Tensors.TensorPrimitives.ConvertTruncating(row, runner.InputRow<float>(_input, place)); break;
        }
    }

    private void Read(BatchRunner runner, int place, Span<double> values)
    {
        switch (_type)
        {
            case ElementType.Double: runner.OutputRow<double>(0, place).CopyTo(values); break;
            case ElementType.Float16: System.Numerics.Tensors.TensorPrimitives.ConvertTruncating(runner.OutputRow<Half>(0, place), values); break;
            default: System.Numerics.Tensors.TensorPrimitives.ConvertTruncating(runner.OutputRow<float>(0, place), values); break;
        }
    }
}
