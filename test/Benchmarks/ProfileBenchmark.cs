using System.Text.Json;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Differentiation.Relevance;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.OnnxRuntime;

namespace Microsoft.ML.Introspection.Benchmarks;

/// <summary>Where the time goes: medians of ONNX Runtime's own times of kernels for one image of 224×224, summed by operator.</summary>
internal static class ProfileBenchmark
{
    private const int WarmUp = 3;

    public static void Run(double seconds)
    {
        var resNet = SeededNetworks.ResNet18();
        Print("ResNet-18, forward", resNet, seconds);
        Print("ResNet-18, saliency", Explained(resNet, new Saliency()), seconds);
        Print("ResNet-18, DeepLIFT", Explained(resNet, new DeepLift()), seconds);
        Print("ResNet-18, LRP ε-plus", Explained(resNet, new LayerwiseRelevance(RelevanceComposite.EpsilonPlus())), seconds);
        var vgg = SeededNetworks.Vgg16();
        Print("VGG-16, forward", vgg, seconds);
        Print("VGG-16, saliency", Explained(vgg, new Saliency()), seconds);
    }

    private static OnnxModel Explained(OnnxModel model, AttributionMethod method) => Explanation.Compile(Network.From(model), method);

    private static void Print(string name, OnnxModel model, double seconds)
    {
        var folder = Directory.CreateTempSubdirectory("introspection-");
        try
        {
            using var profile = JsonDocument.Parse(File.ReadAllText(Profile(model, Path.Combine(folder.FullName, "profile"), seconds)));
            var times = new Dictionary<string, (string Operator, List<double> Runs)>();
            foreach (var entry in profile.RootElement.EnumerateArray().Where(e => e.GetProperty("cat").GetString() == "Node"))
            {
                var node = entry.GetProperty("name").GetString()!;
                if (!node.EndsWith("_kernel_time", StringComparison.Ordinal))
                    continue;
                if (!times.TryGetValue(node, out var known))
                    times[node] = known = (entry.GetProperty("args").GetProperty("op_name").GetString()!, []);
                known.Runs.Add(entry.GetProperty("dur").GetDouble() / 1000);
            }
            var sums = times.Values.GroupBy(t => t.Operator)
                .Select(g => (Operator: g.Key, Count: g.Count(), Time: g.Sum(t => Median(t.Runs)))).OrderByDescending(g => g.Time).ToList();
            Console.WriteLine();
            Console.WriteLine($"{name,-42} {sums.Sum(s => s.Time),8:0.0} ms in kernels");
            foreach (var (kind, count, time) in sums.Where(s => s.Time >= 0.1))
                Console.WriteLine($"  {kind,-40} {time,8:0.0} ms  × {count}");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static string Profile(OnnxModel model, string prefix, double seconds)
    {
        // The prefix counts only if it is there when profiling is switched on.
        using var options = new SessionOptions { ProfileOutputPathPrefix = prefix, EnableProfiling = true };
        options.AddSessionConfigEntry("session.force_spinning_stop", "1");
        using var session = new InferenceSession(model.ToArray(), options);
        var random = new Random(1);
        float[] image = [.. Enumerable.Range(0, 3 * 224 * 224).Select(_ => random.NextSingle())];
        using var input = OrtValue.CreateTensorValueFromMemory(image, [1, 3, 224, 224]);
        using var run = new RunOptions();
        var whole = System.Diagnostics.Stopwatch.StartNew();
        for (var i = 0; i < 2 * WarmUp || whole.Elapsed.TotalSeconds < seconds; i++)
            session.Run(run, session.InputNames, [input], session.OutputNames).Dispose();
        return session.EndProfiling();
    }

    private static double Median(List<double> runs) => runs.Skip(WarmUp).Order().ElementAt((runs.Count - WarmUp) / 2);
}
