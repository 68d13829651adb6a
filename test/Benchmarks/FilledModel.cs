using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Benchmarks;

/// <summary>A model with a batch of seeded random numbers in its input.</summary>
internal sealed class FilledModel : IDisposable
{
    private readonly ModelSession _session;
    private readonly BatchRunner _runner;
    private readonly int _rows;

    public FilledModel(OnnxModel model, int rows, Device? device = null)
    {
        (_rows, _session) = (rows, new ModelSession(model, new RuntimeOptions { KeepThreadsReady = false, Device = device ?? Device.Cpu }));
        _runner = new BatchRunner(_session, model, rows);
        var random = new Random(1);
        for (var row = 0; row < rows; row++)
            foreach (ref var element in _runner.InputRow<float>(0, row))
                element = random.NextSingle();
    }

    public void Run() => _runner.Run(_rows);

    /// <summary>The first output for all rows.</summary>
    public float[] Result()
    {
        Run();
        return [.. Enumerable.Range(0, _rows).SelectMany(row => _runner.OutputRow<float>(0, row).ToArray())];
    }

    public void Dispose()
    {
        _runner.Dispose();
        _session.Dispose();
    }
}
