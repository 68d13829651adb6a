using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace Microsoft.ML.Introspection.Tool.Shap;

/// <summary>Networks by methods that look inside: the explanation is a graph.</summary>
internal sealed class GraphExplainer : ShapExplainer
{
    // Each output takes a part of the graph.
    private const int MostOutputs = 64;

    private readonly Stack<IDisposable> _open = new();
    private readonly NetworkScorer _scorer;
    private readonly ElementType _type;
    private readonly BatchRunner _runner;
    private readonly int _input;
    private readonly int _label;
    private readonly double[] _bases;
    private readonly double[] _scores;

    /// <summary>Compiles the explanation.</summary>
    /// <param name="network">A network of one input, of floating-point numbers.</param>
    /// <param name="scorer">The same as a scorer; disposed of with this.</param>
    /// <param name="background">The background rows.</param>
    /// <param name="method">Makes the method for a baseline.</param>
    /// <param name="target">What will be explained.</param>
    /// <param name="output">The explained output of the network; null for its default.</param>
    /// <param name="runtime">Where to run.</param>
    /// <param name="description">The method and its background, for people.</param>
    public GraphExplainer(
        Network network, NetworkScorer scorer, float[] background, Func<Baseline, AttributionMethod> method, ShapTarget target, string? output, RuntimeOptions runtime, string description)
    {
        (_scorer, Description) = (scorer, description);
        _open.Push(scorer);
        try
        {
            var input = network.DefaultInput;
            (_type, PlayerShape) = (input.Type, [.. input.Shape!.Skip(1).Select(d => (int)d.Value)]);
            var made = method(Baseline.Given(Tensor.FromDoubles(_type, Array.ConvertAll(background, b => (double)b), [background.Length / Players.Count, .. PlayerShape.Select(e => (long)e)])));
            if (target.Slots(OutputCount) is > MostOutputs and var slots)
                throw new InvalidDataException($"The network has {slots} outputs; at most {MostOutputs} are explained at once by a method that takes a part of a graph for each. Say which: --target argmax, or --target N.");
            var explanation = Explanation.Compile(network, target.Chosen is null ? new PerClass(made) : made, target.Chosen, new ExplanationOptions { Output = output });
            var session = Opened(new ModelSession(explanation, runtime));
            _runner = Opened(new BatchRunner(session, explanation, runtime.BatchSize));
            var inputs = session.InputNames.ToList();
            (_input, _label) = (inputs.IndexOf(input.Name), target.LabelColumn is { } label ? inputs.IndexOf(label) : -1);
            (_bases, _scores) = (MeanScores(background), new double[_runner.Capacity * OutputCount]);
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

    public override int RowsAtOnce => _runner.Capacity;

    public override void Explain(RowBlock rows, ShapTarget target, ShapResult result, Action<double> progress, CancellationToken cancellation)
    {
        for (var row = 0; row < rows.Count; row++)
        {
            Write(rows.SeenRow(row), row);
            if (_label >= 0)
                _runner.InputRow<long>(_label, row)[0] = Class(rows, row, target);
        }
        _runner.Run(rows.Count, cancellation);
        var scores = _scores.AsSpan(0, rows.Count * OutputCount);
        _scorer.Score(rows.SeenSingles, scores, cancellation);

        for (var row = 0; row < rows.Count; row++)
        {
            Read(row, result.Values.AsSpan(row * result.Slots * Players.Count, result.Slots * Players.Count));
            for (var slot = 0; slot < result.Slots; slot++)
            {
                var at = row * result.Slots + slot;
                var own = scores.Slice(row * OutputCount, OutputCount);
                // Where two scores are all but equal, the graph is the judge of which is the highest.
                var (why, whyNot) = target.Varies ? ((int)_runner.OutputRow<long>(1, row)[0], -1) : target.Pick(slot, own, 0);
                result.Outputs[at] = why;
                result.Scores[at] = own[why] - (whyNot < 0 ? 0 : own[whyNot]);
                result.Bases[at] = _bases[why] - (whyNot < 0 ? 0 : _bases[whyNot]);
            }
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

    private void Write(ReadOnlySpan<double> row, int place)
    {
        switch (_type)
        {
            case ElementType.Double: row.CopyTo(_runner.InputRow<double>(_input, place)); break;
            case ElementType.Float16: TensorPrimitives.ConvertTruncating(row, _runner.InputRow<Half>(_input, place)); break;
            default: TensorPrimitives.ConvertTruncating(row, _runner.InputRow<float>(_input, place)); break;
        }
    }

    private void Read(int place, Span<double> values)
    {
        switch (_type)
        {
            case ElementType.Double: _runner.OutputRow<double>(0, place).CopyTo(values); break;
            case ElementType.Float16: TensorPrimitives.ConvertTruncating(_runner.OutputRow<Half>(0, place), values); break;
            default: TensorPrimitives.ConvertTruncating(_runner.OutputRow<float>(0, place), values); break;
        }
    }
}
