using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Differentiation.Relevance;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Benchmarks;

/// <summary>
/// Methods (which include the forward pass) against the plain forward pass of the same batch, on images of 224×224; for those
/// that ask the network many times over also the ratio for each of these.
/// </summary>
internal static class MethodBenchmark
{
    // 16 × 16 pixels side by side: 14 × 14 masks.
    private const int Window = 16;
    private const int Masks = 14 * 14;

    private static readonly (string Name, AttributionMethod Method, int Times, string Unit)[] Methods =
    [
        ("saliency", new Saliency(), 1, ""),
        ("integrated gradients, 50 steps", new IntegratedGradients(50), 50, "a step"),
        ("SmoothGrad, 50 samples", new Smooth(new Saliency(), 50), 50, "a sample"),
        ("LRP ε-plus", new LayerwiseRelevance(RelevanceComposite.EpsilonPlus()), 1, ""),
        ("LRP ε-plus-flat", new LayerwiseRelevance(RelevanceComposite.EpsilonPlus().Flat()), 1, ""),
        ("DeepLIFT", new DeepLift(), 1, ""),
        ("Grad-CAM", new GradCam(), 1, ""),
        ($"occlusion, {Masks} masks", new Occlusion([Window, Window]), Masks, "a mask"),
    ];

    public static void Run(double seconds)
    {
        Console.WriteLine();
        Console.WriteLine($"{"Methods over forward pass, 224×224",-50} {"forward",11} {"method",11} {"ratio",8}  (quartiles)");
        var network = SeededNetworks.ResNet18();
        // What asks the network many times over takes minutes at a larger batch, and says no more there.
        foreach (var batch in (int[])[1, 8])
            foreach (var (name, method, times, unit) in Methods.Where(m => batch == 1 || m.Times == 1))
                Print($"ResNet-18, batch {batch}, {name}", network, method, batch, seconds, times, unit);
        foreach (var batch in (int[])[1, 8])
            Print($"VGG-16, batch {batch}, saliency", SeededNetworks.Vgg16(), new Saliency(), batch, seconds);
    }

    private static void Print(string name, OnnxModel model, AttributionMethod method, int batch, double seconds, int times = 1,
        string unit = "")
    {
        using var forward = new FilledModel(model, batch);
        using var explained = new FilledModel(Explanation.Compile(Network.From(model), method), batch);
        // What asks the network many times over averages by itself.
        var pair = Pair.Time(forward.Run, explained.Run, seconds, minimum: times > 1 ? 1 : 5);
        var each = times == 1 ? "" : $"  {pair.Ratio / times:0.00} {unit}";
        Console.WriteLine($"{name,-50} {1000 * pair.First,8:0.0} ms {1000 * pair.Second,8:0.0} ms {pair.Ratio,8:0.00}  "
            + $"({pair.Low:0.00}–{pair.High:0.00}){each}");
    }
}
