using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Differentiation.Relevance;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Benchmarks;

/// <summary>
/// Attention of a vision transformer of 12 blocks, 12 heads and 197 tokens, and relevance through an LSTM, against the plain forward pass.
/// </summary>
internal static class AttentionBenchmark
{
    public static void Run(double seconds)
    {
        Console.WriteLine();
        Console.WriteLine($"{"Attention over forward pass",-58} {"forward",11} {"method",11} {"ratio",8}  (quartiles)");
        foreach (var width in (int[])[192, 768])
        {
            var network = SeededNetworks.VisionTransformer(12, 12, width);
            foreach (var (name, method) in ((string, AttributionMethod)[])
            [
                ("rollout", new AttentionRollout()), ("rollout, all queries", new AttentionRollout { Query = "all" }),
                ("generic attention", new GenericAttention()), ("AttnLRP", new AttentionRelevance()), ("DeepLIFT", new DeepLift()),
            ])
                Print($"12 blocks, 12 heads, 197 tokens, width {width}, {name}", network, method, seconds);
        }
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (root is not null && !File.Exists(Path.Combine(root.FullName, "Introspection.sln")))
            root = root.Parent;
        if (root is null)
            return;
        var lstm = OnnxModel.Load(Path.Combine(root.FullName, "test", "data", "models", "lstm_text_emb.onnx"));
        foreach (var batch in (int[])[1, 64])
            foreach (var (name, method) in ((string, AttributionMethod)[])
            [
                ("LRP", new LayerwiseRelevance(RelevanceComposite.Recurrent(0.001))), ("saliency", new Saliency()),
                ("DeepLIFT", new DeepLift()),
            ])
                Print($"lstm_text_emb, batch {batch}, {name}", lstm, method, seconds, batch);
    }

    /// <summary>How much memory the process takes, at its most, for so many tokens.</summary>
    public static void Memory(int tokens)
    {
        var network = SeededNetworks.Encoder(12, 12, 192, tokens);
        foreach (var (name, method) in ((string, AttributionMethod?)[])
            [("forward", null), ("rollout", new AttentionRollout()), ("generic attention", new GenericAttention())])
        {
            using (var model = new FilledModel(method is null ? network : Explanation.Compile(Network.From(network), method), 1))
                model.Run();
            var peak = System.Diagnostics.Process.GetCurrentProcess().PeakWorkingSet64 >> 20;
            Console.WriteLine($"{tokens} tokens, {name}: at most {peak} MiB so far");
        }
    }

    private static void Print(string name, OnnxModel model, AttributionMethod method, double seconds, int batch = 1)
    {
        using var forward = new FilledModel(model, batch);
        using var explained = new FilledModel(Explanation.Compile(Network.From(model), method), batch);
        var pair = Pair.Time(forward.Run, explained.Run, seconds);
        Console.WriteLine($"{name,-58} {1000 * pair.First,8:0.0} ms {1000 * pair.Second,8:0.0} ms {pair.Ratio,8:0.00}  "
            + $"({pair.Low:0.00}–{pair.High:0.00})");
    }
}
