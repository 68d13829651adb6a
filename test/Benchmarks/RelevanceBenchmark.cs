using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Differentiation.Relevance;
using Microsoft.ML.Introspection.Networks;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Benchmarks;

/// <summary>Relevance and DeepLIFT (which include the forward pass) against the plain forward pass of the same batch.</summary>
internal static class RelevanceBenchmark
{
    private static readonly (string Name, AttributionMethod Method)[] Methods =
    [
        ("LRP ε-plus", new LayerwiseRelevance(RelevanceComposite.EpsilonPlus())),
        ("LRP ε-plus-flat", new LayerwiseRelevance(RelevanceComposite.EpsilonPlus().Flat())),
        ("DeepLIFT", new DeepLift()),
    ];

    public static void Run(double seconds)
    {
        Console.WriteLine();
        Console.WriteLine("Relevance over forward pass, 224×224         forward    relevance   ratio  (quartiles)");
        var model = SeededNetworks.ResNet18();
        foreach (var (name, method) in Methods)
        {
            var explanation = Explanation.Compile(Network.From(model), method);
            using var forward = new FilledModel(model, 1);
            using var relevance = new FilledModel(explanation, 1);
            var pair = Pair.Time(forward.Run, relevance.Run, seconds);
            Console.WriteLine($"{"ResNet-18, " + name,-40} {1000 * pair.First,8:0.0} ms {1000 * pair.Second,9:0.0} ms {pair.Ratio,7:0.00}  ({pair.Low:0.00}–{pair.High:0.00})");
        }
    }
}
