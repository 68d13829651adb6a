using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Differentiation.Relevance;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;

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

    /// <summary>The flow from one token, within the graph and from its maps on the host.</summary>
    public static void Flow(double seconds)
    {
        Console.WriteLine();
        Console.WriteLine($"{"Attention flow of one query, forward pass included",-58} {"host",11} {"graph",11} {"ratio",8}  (quartiles)");
        foreach (var (blocks, tokens) in ((int, int)[])[(2, 16), (4, 16), (6, 64), (12, 50), (12, 197)])
        {
            var network = Network.From(SeededNetworks.Encoder(blocks, 4, 64, tokens));
            var random = new Random(1);
            var row = Tensor.From(Enumerable.Range(0, tokens * 64).Select(_ => random.NextSingle()).ToArray(), 1, tokens, 64);
            using var maps = new ModelSession(AttentionMap.Compile(network), new RuntimeOptions());
            using var flow = new ModelSession(Explanation.Compile(network, new AttentionFlow { Query = "0" }), new RuntimeOptions());
            var feeds = new Dictionary<string, Tensor> { ["input"] = row };
            Print($"{blocks} blocks, {tokens} tokens", Pair.Time(
                () =>
                {
                    var read = maps.Run(feeds);
                    _ = new AttentionFlow().Of([.. Enumerable.Range(0, blocks).Select(i => read[$"block{i}"])
                        .Select(m => Tensor.From(m.ToDouble(), m.Dimensions[1..]))], 0);
                },
                () => flow.Run(feeds), seconds, minimum: 2));
        }
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
        Print(name, Pair.Time(forward.Run, explained.Run, seconds));
    }

    private static void Print(string name, Pair pair) =>
        Console.WriteLine($"{name,-58} {1000 * pair.First,8:0.0} ms {1000 * pair.Second,8:0.0} ms {pair.Ratio,8:0.00}  "
            + $"({pair.Low:0.00}–{pair.High:0.00})");
}
