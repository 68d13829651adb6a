using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Networks;
using Microsoft.ML.Introspection.Onnx;

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
                using var forward = new FilledModel(model, batch);
                using var gradient = new FilledModel(explanation, batch);
                var pair = Pair.Time(forward.Run, gradient.Run, seconds);
                Console.WriteLine($"{name + ", batch " + batch,-40} {1000 * pair.First,8:0.0} ms {1000 * pair.Second,9:0.0} ms {pair.Ratio,7:0.00}  ({pair.Low:0.00}–{pair.High:0.00})");
            }
        }
    }
}
