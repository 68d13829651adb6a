using System.Diagnostics;
using Microsoft.ML.Introspection.Explaining;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Shapley.Trees;

namespace Microsoft.ML.Introspection.Benchmarks;

/// <summary>
/// Shapley values of trees as ONNX graphs, as a saved pipeline runs them: rows per second by batch size, against the engine on the
/// same rows.
/// </summary>
internal static class TreeGraphBenchmark
{
    private const int Features = 30, BackgroundRows = 100;

    public static void Run(double seconds)
    {
        Console.WriteLine();
        Console.WriteLine($"{"Trees as graphs, 30 features",-44} {"batch",6} {"graph",10} {"engine",12}   graph/engine  (quartiles); "
            + "time to load and size");
        foreach (var (trees, leaves) in ((int, int)[])[(100, 20), (200, 31)])
        {
            var (ensemble, rows) = (SeededTrees.Ensemble(trees, 8, leaves, Features), SeededTrees.Rows(1024, Features));
            foreach (var background in (float[]?[])[null, rows[..(BackgroundRows * Features)]])
            {
                var shap = new TreeShap(ensemble, new() { Background = background });
                using var explainer = Explainer.For(ensemble, new() { Background = background is null ? null : new(background) });
                var model = explainer.Compile();
                var start = Stopwatch.GetTimestamp();
                using var session = new ModelSession(model, new RuntimeOptions { KeepThreadsReady = false });
                var (load, size) = (Stopwatch.GetElapsedTime(start).TotalSeconds, model.ToArray().Length / 1e6);
                var name =
                    $"{trees} trees × {leaves} leaves, {(background is null ? "path-dependent" : $"{BackgroundRows} background rows")}";
                foreach (var batch in (int[])[1, 64, 1024])
                    Measure(name, new BatchRunner(session, model, batch), shap, rows, seconds, $"{load:0.0} s, {size:0.0} MB");
            }
        }
    }

    private static void Measure(string name, BatchRunner runner, TreeShap shap, float[] rows, double seconds, string remark)
    {
        using (runner)
        {
            var batch = runner.Capacity;
            var (some, values) = (rows[..(batch * Features)], new double[batch * Features]);
            for (var row = 0; row < batch; row++)
                some.AsSpan(row * Features, Features).CopyTo(runner.InputRow<float>(0, row));
            runner.Run(batch);
            var times = Math.Max(1, 256 / batch);
            var pair = Pair.Time(() => Repeat(() => runner.Run(batch)), () => Repeat(() => shap.Values(some, values)), seconds);
            var count = (double)batch * times;
            Console.WriteLine($"{name,-44} {batch,6} {count / pair.First,8:N0}/s {count / pair.Second,10:N0}/s {pair.Ratio,12:0.000}  "
                + $"({pair.Low:0.000}–{pair.High:0.000}); {remark}");

            void Repeat(Action run)
            {
                for (var i = 0; i < times; i++)
                    run();
            }
        }
    }
}
