using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Evaluation;
using Microsoft.ML.Introspection.Jobs;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Benchmarks;

/// <summary>
/// Curves of squares that are replaced, over the forward passes that they need: a pass for each square, one for the row as it is, and the
/// explanation within the graph.
/// </summary>
internal static class EvaluationBenchmark
{
    private const int Side = 224, Patch = 14;

    public static void Run(double seconds)
    {
        var network = Network.From(SeededNetworks.ResNet18());
        const int Squares = Side / Patch * (Side / Patch);
        Console.WriteLine();
        Console.WriteLine($"{$"ResNet-18, {Squares} squares of {Patch}×{Patch}",-50} {"passes",11} {"curve",11} {"ratio",8}  (quartiles)");
        // As many passes as there are, in batches of the size that suits each.
        foreach (var batch in (int[])[1, 8])
        {
            using var plain = new FilledModel(NetworkOutputs.Compile(network), batch);
            void Passes()
            {
                for (var done = 0; done < Squares + 1; done += batch)
                    plain.Run();
            }

            var metric = new Selectivity(Patch);
            using (var curve = new FilledModel(Explanation.Compile(network, new CompilationOptions { Portion = batch * 3L * Side * Side },
                [new Ask(new Judgement(new Saliency(), metric), null, "it")]).Model, 1))
                Print($"within the graph, {batch} at a time", Pair.Time(Passes, curve.Run, seconds, 3));

            if (batch == 1)
                continue;
            var random = new Random(1);
            double[] pixels = [.. Enumerable.Range(0, 3 * Side * Side).Select(_ => random.NextDouble())];
            using var scores = RowFunction.Scores(network);
            using var method = RowFunction.Explanations(network, new Saliency());
            Print($"outside, {scores.BatchSize} at a time", Pair.Time(Passes, () =>
            {
                var classes = new ExplainedRows(pixels, pixels, [3, Side, Side], scores).Targets;
                metric.Of(new ExplainedRows(pixels, method.Of(pixels, classes), [3, Side, Side], scores, classes));
            }, seconds, 3));
        }
    }

    private static void Print(string what, Pair pair) => Console.WriteLine($"{what,-50} {1000 * pair.First,8:0} ms {1000 * pair.Second,8:0} ms "
        + $"{pair.Ratio,8:0.00}  ({pair.Low:0.00}–{pair.High:0.00})");
}
