using System.Collections.Concurrent;
using System.Globalization;
using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Onnx.Reading;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.OnnxRuntime;

namespace Microsoft.ML.Introspection.Models;

/// <summary>
/// An ONNX network as a scorer. Its features are the elements of its inputs, one input after the other, last axis fastest; its scores are
/// those of one output, before a final softmax or sigmoid unless that is kept (<see cref="NetworkOptions.KeepFinalActivation"/>). Features
/// of whole-number inputs
/// (tokens) are codes. A network with one input of single precision reads the caller's memory; where its layers are small, each thread
/// takes rows of its own through it, which is faster than sharing the rows of every layer.
/// </summary>
public sealed class NetworkScorer : IScorer, IDisposable
{
    private const int MostRows = 1 << 12;

    private readonly ModelSession _session;
    private readonly TensorInfo[] _inputs;
    private readonly int[] _ports;
    private readonly int[] _sizes;
    private readonly ElementType _scoreType;
    private readonly BatchRunner? _runner;
    private readonly bool _takesMissing;
    private readonly ConcurrentBag<float[]> _answers = [];
    private readonly string[] _scoreName;

    /// <summary>Loads the network into ONNX Runtime.</summary>
    /// <param name="network">The network.</param>
    /// <param name="output">The output whose scores are asked for; null for the first of floating-point numbers.</param>
    /// <param name="runtime">Where to run, and how many rows at least at once; more are taken where layers are small.</param>
    /// <param name="featureNames">Names for the features; null names them by their places, <c>input[3]</c>.</param>
    /// <param name="outputNames">Names for the scores; null names them by their places.</param>
    /// <exception cref="ArgumentException">The network has no such output, an input has no batch axis, or names do not fit.</exception>
    public NetworkScorer(Network network, string? output = null, RuntimeOptions? runtime = null, IReadOnlyList<string>? featureNames = null,
        IReadOnlyList<string>? outputNames = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        runtime ??= new RuntimeOptions();
        _inputs = [.. network.Inputs.Select(i => i.Type == ElementType.BFloat16 ? i with { Type = ElementType.Float } : i)];
        CheckInputs();
        _sizes = [.. _inputs.Select(i => Sizes.Count(i.Shape!.Skip(1)))];
        FeatureNames = Named(featureNames, PlacesOf(network), "features");

        output ??= network.DefaultOutput;
        var model = Scores(network, output);
        var scores = model.Outputs[0];
        if (!scores.Shape![1].IsKnown)
            throw new ArgumentException($"How many scores '{output}' has is not known before a run. "
                + Dimension.HowToFix, nameof(output));
        var classes = (int)scores.Shape[1].Value;
        OutputNames = Named(outputNames, classes == 1 ? [output] : Places(output, [classes]), "scores");
        _scoreType = scores.Type;
        _scoreName = [scores.Name];

        var fitting = LayerSizes.RowsInCache(network);
        BatchSize = Math.Max(runtime.BatchSize, Math.Min(fitting, MostRows));
        var direct = _inputs is [{ Type: ElementType.Float } only] && !only.Shape![0].IsKnown && _scoreType == ElementType.Float;
        Threads =
            direct && fitting >= LayerSizes.ManyRows && runtime.Device == Device.Cpu ? runtime.Threads ?? Environment.ProcessorCount : 1;
        _session = new ModelSession(model, Threads == 1 ? runtime : runtime with { Threads = 1 });
        _ports = [.. _inputs.Select(i => _session.InputNames.Index().First(p => p.Item == i.Name).Index)];
        _takesMissing = direct && MissingInputs.Of(model).Count > 0;
        _runner = direct ? null : new BatchRunner(_session, model, BatchSize);
    }

    /// <inheritdoc cref="NetworkScorer(Network, string?, RuntimeOptions?, IReadOnlyList{string}?, IReadOnlyList{string}?)"/>
    public NetworkScorer(OnnxModel model, string? output = null, RuntimeOptions? runtime = null, IReadOnlyList<string>? featureNames = null,
        IReadOnlyList<string>? outputNames = null)
        : this(Network.From(model), output, runtime, featureNames, outputNames)
    {
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> FeatureNames { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> OutputNames { get; }

    /// <summary>How many rows the network is given at once.</summary>
    public int BatchSize { get; }

    /// <summary>What the features of a network are called where nobody names them: their places, <c>input[3]</c>.</summary>
    public static IReadOnlyList<string> PlacesOf(Network network)
    {
        ArgumentNullException.ThrowIfNull(network);
        return [.. network.Inputs.SelectMany(i => Places(i.Name, [.. i.Shape!.Skip(1).Select(d => (int)d.Value)]))];
    }

    /// <inheritdoc/>
    public bool IsCategorical(int feature)
    {
        for (var input = 0; input < _inputs.Length; feature -= _sizes[input++])
            if (feature < _sizes[input])
                return !_inputs[input].Type.IsFloating();
        throw new ArgumentOutOfRangeException(nameof(feature), $"There are the features 0 to {FeatureNames.Count - 1}.");
    }

    /// <inheritdoc/>
    /// <exception cref="NotANumberException">A row holds NaN, for which a network has no answer.</exception>
    public void Score(ReadOnlySpan<float> rows, Span<double> scores, CancellationToken cancellation = default)
    {
        var count = IScorer.Rows(this, rows, scores);
        var parts = Math.Min(Threads, count / LayerSizes.ManyRows);
        if (parts <= 1)
            ScoreHere(rows, scores, mayMiss: true, cancellation);
        else
            ScoreInParts(rows, scores, count, parts, cancellation);
    }

    /// <summary>How many threads may call <see cref="ScoreHere"/> at once.</summary>
    internal int Threads { get; }

    /// <summary>
    /// Scores rows on this thread alone; the caller may know that no value is missing, as the rows are made of others that were looked at.
    /// </summary>
    internal void ScoreHere(ReadOnlySpan<float> rows, Span<double> scores, bool mayMiss, CancellationToken cancellation)
    {
        var count = IScorer.Rows(this, rows, scores);
        var (features, outputs) = (FeatureNames.Count, OutputNames.Count);
        var capacity = _runner?.Capacity ?? BatchSize;
        for (var start = 0; start < count; start += capacity)
        {
            var portion = Math.Min(capacity, count - start);
            var part = rows.Slice(start * features, portion * features);
            var to = scores.Slice(start * outputs, portion * outputs);
            if (_runner is not null)
            {
                Run(_runner, part, portion, to, cancellation);
                continue;
            }
            if (mayMiss && !_takesMissing)
                NotANumberException.ThrowIfAny(part, features, _inputs[0].Name, start);
            Run(part, portion, to, cancellation);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _runner?.Dispose();
        _session.Dispose();
    }

    private unsafe void ScoreInParts(ReadOnlySpan<float> rows, Span<double> scores, int count, int parts, CancellationToken cancellation)
    {
        var (features, outputs) = (FeatureNames.Count, OutputNames.Count);
        if (!_takesMissing)
            NotANumberException.ThrowIfAny(rows, features, _inputs[0].Name);
        fixed (float* pinnedRows = rows)
        fixed (double* pinnedScores = scores)
        {
            // Lambdas do not capture what is fixed.
            var (from, to) = ((nint)pinnedRows, (nint)pinnedScores);
            SharedWork.Run(parts, parts, part =>
            {
                var start = count * part / parts;
                var portion = (int)(count * (part + 1) / parts - start);
                ScoreHere(
                    new ReadOnlySpan<float>((float*)from + start * features, portion * features),
                    new Span<double>((double*)to + start * outputs, portion * outputs),
                    mayMiss: false, cancellation);
            }, cancellation);
        }
    }

    private unsafe void Run(ReadOnlySpan<float> rows, int count, Span<double> scores, CancellationToken cancellation)
    {
        if (!_answers.TryTake(out var answers))
            answers = GC.AllocateUninitializedArray<float>(checked(BatchSize * OutputNames.Count), pinned: true);
        fixed (float* memory = rows)
        {
            using var input = OrtValue.CreateTensorValueWithData(
                OrtMemoryInfo.DefaultInstance, OnnxRuntime.Tensors.TensorElementType.Float,
                [count, .. _inputs[0].Shape!.Skip(1).Select(d => d.Value)],
                (nint)memory, (long)rows.Length * sizeof(float));
            using var output = OrtValue.CreateTensorValueWithData(
                OrtMemoryInfo.DefaultInstance, OnnxRuntime.Tensors.TensorElementType.Float, [count, OutputNames.Count],
                Marshal.UnsafeAddrOfPinnedArrayElement(answers, 0), (long)scores.Length * sizeof(float));
            _session.Run([input], _scoreName, [output], cancellation);
        }
        TensorPrimitives.ConvertChecked<float, double>(answers.AsSpan(0, scores.Length), scores);
        _answers.Add(answers);
    }

    private void Run(BatchRunner runner, ReadOnlySpan<float> rows, int count, Span<double> scores, CancellationToken cancellation)
    {
        var features = FeatureNames.Count;
        for (var row = 0; row < count; row++)
        {
            var from = row * features;
            for (var input = 0; input < _inputs.Length; from += _sizes[input++])
                Write(runner, input, row, rows.Slice(from, _sizes[input]));
        }
        runner.Run(count, cancellation);
        if (_scoreType == ElementType.Double)
            runner.OutputRows<double>(0, count).CopyTo(scores);
        else
            TensorPrimitives.ConvertChecked(runner.OutputRows<float>(0, count), scores);
    }

    private void Write(BatchRunner runner, int input, int row, ReadOnlySpan<float> values)
    {
        var port = _ports[input];
        try
        {
            switch (_inputs[input].Type)
            {
                case ElementType.Float: values.CopyTo(runner.InputRow<float>(port, row)); break;
                case ElementType.Double: TensorPrimitives.ConvertChecked(values, runner.InputRow<double>(port, row)); break;
                case ElementType.Float16: TensorPrimitives.ConvertToHalf(values, runner.InputRow<Half>(port, row)); break;
                case ElementType.Int64: ToCodes(values, runner.InputRow<long>(port, row)); break;
                case ElementType.Int32: ToCodes(values, runner.InputRow<int>(port, row)); break;
                case ElementType.UInt8: ToCodes(values, runner.InputRow<byte>(port, row)); break;
                default: ToTruths(values, runner.InputRow<bool>(port, row)); break;
            }
        }
        catch (FormatException e)
        {
            throw new ArgumentException(
                $"Row {row} of the batch does not fit the input '{_inputs[input].Name}' of {_inputs[input].Type}: {e.Message}", e);
        }
    }

    private static void ToCodes<T>(ReadOnlySpan<float> values, Span<T> codes) where T : IBinaryInteger<T>
    {
        for (var i = 0; i < values.Length; i++)
        {
            codes[i] = T.CreateSaturating(values[i]);
            if (float.CreateSaturating(codes[i]) != values[i])
                throw new FormatException($"element {i} is {values[i]}, which is no such whole number.");
        }
    }

    private static void ToTruths(ReadOnlySpan<float> values, Span<bool> truths)
    {
        for (var i = 0; i < values.Length; i++)
            truths[i] =
                values[i] is 0 or 1 ? values[i] == 1 : throw new FormatException($"element {i} is {values[i]}; 0 or 1 was expected.");
    }

    private void CheckInputs()
    {
        foreach (var input in _inputs)
        {
            if (input.Type is not (ElementType.Float or ElementType.Double or ElementType.Float16 or ElementType.Int64 or ElementType.Int32
                or ElementType.UInt8 or ElementType.Bool))
                throw new ArgumentException(
                    $"The input '{input.Name}' holds elements of type {input.Type}, which features cannot be converted to.");
            if (input.Shape is not { Rank: > 0 } shape || shape.Skip(1).Any(d => !d.IsKnown)
                || shape[0].IsKnown != _inputs[0].Shape![0].IsKnown || shape[0].IsKnown && shape[0] != _inputs[0].Shape![0])
                throw new ArgumentException($"The input '{input.Name}' has the shape {input.Shape?.ToString() ?? "(unknown)"}; a row of "
                    + "known extents for every row of the batch was expected: [N, …].");
        }
    }

    private static OnnxModel Scores(Network network, string output)
    {
        var graph = new Graph(network.Opset);
        var inputs = network.Inputs.ToDictionary(i => i.Name, i => i.AsInput(graph));
        var scores = ScoreTable.Of(network.Trace(graph, inputs), output);
        return graph.ToModel([(graph.UniqueName("scores"), scores.Type == ElementType.Double ? scores : scores.Cast(ElementType.Float))],
            keepAllInputs: true);
    }

    private static string[] Named(IReadOnlyList<string>? given, IReadOnlyList<string> places, string of) => given is null ? [.. places]
        : given.Count == places.Count ? [.. given]
        : throw new ArgumentException($"{given.Count} names were given for {places.Count} {of}.");

    // input[0][3]: last axis fastest.
    private static string[] Places(string of, int[] extents) =>
        [.. Enumerable.Range(0, extents.Aggregate(1, (p, e) => p * e)).Select(flat =>
    {
        var place = "";
        for (var axis = extents.Length - 1; axis >= 0; axis--)
            (flat, place) = (flat / extents[axis], string.Create(CultureInfo.InvariantCulture, $"[{flat % extents[axis]}]{place}"));
        return of + place;
    })];
}
