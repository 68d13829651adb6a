using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Shapley;
using Microsoft.ML.OnnxRuntime;

namespace Microsoft.ML.Introspection.Benchmarks;

/// <summary>
/// Kernel SHAP with 2,048 coalitions of 30 features and 100 background rows against ONNX Runtime called directly for as many rows as that
/// asks of the network, in batches of the size that suits it: through a scorer, and as a graph.
/// </summary>
internal static class CoalitionBenchmark
{
    private const int Features = 30;
    private const int BackgroundRows = 100;

    public static void Run(double seconds)
    {
        Console.WriteLine();
        Console.WriteLine($"{"Kernel SHAP, a row of 30 features",-50} {"network",11} {"method",11} {"share",8}  (quartiles)");
        Measure("dense, 30-64-32-2", SeededNetworks.Mlp(Features, 2, 64, 32), seconds);
        Measure("dense, 30-256-256-2", SeededNetworks.Mlp(Features, 2, 256, 256), seconds);
    }

    private static void Measure(string name, OnnxModel network, double seconds)
    {
        var random = new Random(1);
        float[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() * 2 - 1)];
        var (row, background, method) = (Numbers(Features), Numbers(BackgroundRows * Features), new KernelShap(2048));
        using var scorer = new NetworkScorer(network, runtime: new RuntimeOptions { KeepThreadsReady = false });
        var box = new BlackBox(scorer, background);
        var evaluations = method.Design(Features, BackgroundRows).Coalitions.Count * BackgroundRows;
        using var direct = new Direct(network, scorer.BatchSize, Numbers(scorer.BatchSize * Features));
        Print($"{name}, through a scorer", Pair.Time(() => direct.Run(evaluations), () => box.Explain(method, row), seconds));

        foreach (var batch in (int[])[1, 32])
        {
            var model = Explanation.Compile(Network.From(network),
                method with { Baseline = Baseline.Given(Tensor.From(background, BackgroundRows, Features)) }, Target.Class(0));
            using var graph = new FilledModel(model, batch);
            Print($"{name}, as a graph, batch {batch}", Pair.Time(() => direct.Run(evaluations * batch), graph.Run, seconds, minimum: 3));
        }
    }

    private static void Print(string name, Pair pair) =>
        Console.WriteLine($"{name,-50} {1000 * pair.First,8:0.0} ms {1000 * pair.Second,8:0.0} ms {1 / pair.Ratio,8:0.00}  "
            + $"({1 / pair.High:0.00}–{1 / pair.Low:0.00})");

    /// <summary>The network alone, again and again on one batch.</summary>
    private sealed class Direct : IDisposable
    {
        private readonly InferenceSession _session;
        private readonly RunOptions _options = new();
        private readonly OrtValue[] _input;
        private readonly OrtValue[] _output;
        private readonly int _batch;

        public Direct(OnnxModel network, int batch, float[] rows)
        {
            using var options = new SessionOptions();
            options.AddSessionConfigEntry("session.force_spinning_stop", "1");
            (_session, _batch) = (new InferenceSession(network.ToArray(), options), batch);
            _input = [OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, rows.AsMemory(), [batch, Features])];
            _output = [OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, new float[batch * 2].AsMemory(), [batch, 2])];
        }

        public void Run(int rows)
        {
            for (var done = 0; done < rows; done += _batch)
                _session.Run(_options, _session.InputNames, _input, _session.OutputNames, _output);
        }

        public void Dispose()
        {
            foreach (var value in _input.Concat(_output))
                value.Dispose();
            _options.Dispose();
            _session.Dispose();
        }
    }
}
