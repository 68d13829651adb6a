using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Networks;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Benchmarks;

/// <summary>The gradient of the winning class (which includes the forward pass) against the plain forward pass of the same batch.</summary>
internal static class GradientBenchmark
{
    public static void Run(double seconds)
    {
        Console.WriteLine();
        Console.WriteLine("Gradient over forward pass, 224×224          forward     gradient   ratio  (quartiles)");
        foreach (var (name, make) in ((string, Func<OnnxModel>)[])[("ResNet-18", () => SeededNetworks.ResNet18()), ("VGG-16", () => SeededNetworks.Vgg16())])
        {
            var model = make();
            var explanation = Explanation.Compile(Network.From(model), new Saliency());
            foreach (var batch in (int[])[1, 8])
            {
                using var forward = new Filled(model, batch);
                using var gradient = new Filled(explanation, batch);
                var pair = Pair.Time(forward.Run, gradient.Run, seconds);
                Console.WriteLine($"{name + ", batch " + batch,-40} {1000 * pair.First,8:0.0} ms {1000 * pair.Second,9:0.0} ms {pair.Ratio,7:0.00}  ({pair.Low:0.00}–{pair.High:0.00})");
            }
        }
    }

    /// <summary>A model with a batch of seeded random numbers in its input.</summary>
    private sealed class Filled : IDisposable
    {
        private readonly ModelSession _session;
        private readonly BatchRunner _runner;
        private readonly int _rows;

        public Filled(OnnxModel model, int rows)
        {
            (_rows, _session) = (rows, new ModelSession(model));
            _runner = new BatchRunner(_session, model, rows);
            var random = new Random(1);
            for (var row = 0; row < rows; row++)
                foreach (ref var element in _runner.InputRow<float>(0, row))
                    element = random.NextSingle();
        }

        public void Run() => _runner.Run(_rows);

        public void Dispose()
        {
            _runner.Dispose();
            _session.Dispose();
        }
    }
}
