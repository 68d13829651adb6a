using System.Diagnostics;
using Microsoft.ML.Introspection.Explaining;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Importers;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Shapley.Trees;

namespace Microsoft.ML.Introspection.Benchmarks;

/// <summary>
/// Shapley values of trees: rows per second, against the classical algorithm on the same rows, and how the time grows with rows, trees and
/// depth.
/// </summary>
internal static class TreeBenchmark
{
    private const int Rows = 10_000;
    private const int BackgroundRows = 100;

    private const int GraphRows = 64;

    // The matrices of all pairs need room.
    private const int MostPairs = 1000;

    public static void Run(double seconds, IReadOnlyList<string> files)
    {
        Console.WriteLine();
        Console.WriteLine($"{"Shapley values of trees",-42} {"rows/s",12} {"× classical (1 thread)",24}  (quartiles)");
        for (var i = 0; i < files.Count; i++)
        {
            // Rows behind a model are its rows.
            var ensemble = TreeFile.Load(files[i]);
            var name = Path.GetFileNameWithoutExtension(files[i]);
            if (i + 1 < files.Count && files[i + 1].EndsWith(".npy", StringComparison.OrdinalIgnoreCase))
                Measure(name, ensemble, NpyArray.Load(files[++i]).ToSingles(), seconds);
            else
                Measure(name, ensemble, SeededTrees.Rows(Rows, ensemble.FeatureCount), seconds);
        }
        if (files.Count == 0)
        {
            Measure("200 trees, depth 8, 60 leaves, 10 features", SeededTrees.Ensemble(200, 8, 60, 10), SeededTrees.Rows(Rows, 10),
                seconds);
            Measure("500 trees, depth 10, 390 leaves, 30 features", SeededTrees.Ensemble(500, 10, 390, 30), SeededTrees.Rows(Rows, 30),
                seconds);
        }
        Grow(seconds);
    }

    private static void Measure(string name, TreeEnsemble ensemble, float[] rows, double seconds)
    {
        var features = ensemble.FeatureCount;
        var all = rows.Length / features;
        var shap = new TreeShap(ensemble);
        var against = new TreeShap(ensemble, new() { Background = rows[..(BackgroundRows * features)] });
        var (classic, size) = (new ClassicTreeShap(ensemble), ensemble.OutputCount * features);
        var values = new double[all * size];
        var row = new double[size];

        // The slow one takes as many rows as fit into a second.
        classic.Values(rows.AsSpan(0, features), row);
        var few = Math.Clamp((int)(1 / Seconds(() => classic.Values(rows.AsSpan(0, features), row))), 1, all);
        var pair = Pair.Time(() => shap.Values(rows, values), () =>
        {
            for (var i = 0; i < few; i++)
                classic.Values(rows.AsSpan(i * features, features), row);
        }, seconds);
        var scale = (double)all / few;
        Console.WriteLine($"{name + ", values",-60} {all / pair.First,10:N0} {pair.Ratio * scale,10:0.0}  "
            + $"({pair.Low * scale:0.0}–{pair.High * scale:0.0})");
        Print($"{name}, {BackgroundRows} background rows", rows, features, seconds,
            part => against.Values(part, values.AsSpan(0, part.Length / features * size)));
        var pairs = new double[Math.Min(MostPairs, all) * size * features];
        Print($"{name}, interactions", rows.AsSpan(0, pairs.Length / size).ToArray(), features, seconds,
            part => shap.Interactions(part, pairs.AsSpan(0, part.Length * size)));
        foreach (var (kind, background) in (ReadOnlySpan<(string, Background?)>)[("values", null),
            ($"{BackgroundRows} background rows", new Background(rows[..(BackgroundRows * features)]))])
        {
            using var graph = new TreeGraph(ensemble, background, GraphRows);
            Print($"{name}, {kind}, as a graph", rows, features, seconds, graph.Run);
        }
    }

    // As many rows as take about a second, so that the number of repetitions is not one.
    private static void Print(string name, float[] rows, int features, double seconds, RowsAction run)
    {
        run(rows.AsSpan(0, 64 * features));
        var count = Math.Clamp((int)(64 / Seconds(() => run(rows.AsSpan(0, 64 * features)))), 64, rows.Length / features);
        var times = new List<double>();
        var whole = Stopwatch.StartNew();
        while (times.Count < 3 || whole.Elapsed.TotalSeconds < seconds)
            times.Add(Seconds(() => run(rows.AsSpan(0, count * features))));
        Console.WriteLine($"{name,-60} {count / times.Order().ElementAt(times.Count / 2),10:N0}");
    }

    private delegate void RowsAction(ReadOnlySpan<float> rows);

    /// <summary>The values as an ONNX graph, so many rows at once.</summary>
    private sealed class TreeGraph : IDisposable
    {
        private readonly ModelSession _session;
        private readonly BatchRunner _runner;
        private readonly int _features;

        public TreeGraph(TreeEnsemble ensemble, Background? background, int batch)
        {
            using var explainer = Explainer.For(ensemble, new ExplainerOptions { Background = background });
            var model = explainer.Compile();
            _session = new ModelSession(model, new RuntimeOptions { KeepThreadsReady = false });
            (_runner, _features) = (new BatchRunner(_session, model, batch), ensemble.FeatureCount);
        }

        public void Run(ReadOnlySpan<float> rows)
        {
            for (var start = 0; start < rows.Length / _features; start += _runner.Capacity)
            {
                var count = Math.Min(_runner.Capacity, rows.Length / _features - start);
                for (var row = 0; row < count; row++)
                    rows.Slice((start + row) * _features, _features).CopyTo(_runner.InputRow<float>(0, row));
                _runner.Run(count);
            }
        }

        public void Dispose()
        {
            _runner.Dispose();
            _session.Dispose();
        }
    }

    // Twice the work against once: rows, trees, and depth (and features on a path) at the same number of nodes.
    private static void Grow(double seconds)
    {
        Console.WriteLine();
        Console.WriteLine($"{"Growth of the time for twice as many",-60} {"ratio",10}  (quartiles)");
        foreach (var (name, once, twice) in (Growth[])
        [
            new("rows, 2,000 to 4,000", new(200, 8, 2_000), new(200, 8, 4_000)),
            new("trees, 100 to 200", new(100, 8, 4_000), new(200, 8, 4_000)),
            new("levels, 8 to 16", new(100, 8, 4_000), new(100, 16, 4_000)),
            new("levels, 16 to 32", new(100, 16, 4_000), new(100, 32, 4_000)),
            new("levels, 32 to 64", new(100, 32, 2_000), new(100, 64, 2_000)),
            new($"{BackgroundRows} background rows, levels, 8 to 16", new(100, 8, 200, IsAgainst: true),
                new(100, 16, 200, IsAgainst: true)),
            new($"{BackgroundRows} background rows, levels, 16 to 32", new(100, 16, 200, IsAgainst: true),
                new(100, 32, 200, IsAgainst: true)),
            new($"{BackgroundRows} background rows, levels, 32 to 64", new(100, 32, 100, IsAgainst: true),
                new(100, 64, 100, IsAgainst: true)),
        ])
        {
            var pair = Pair.Time(Work(once), Work(twice), seconds);
            Console.WriteLine($"{name,-60} {pair.Ratio,10:0.00}  ({pair.Low:0.00}–{pair.High:0.00})");
        }
    }

    private sealed record Growth(string Name, Amount Once, Amount Twice);

    private sealed record Amount(int Trees, int Depth, int Rows, bool IsAgainst = false);

    private static Action Work(Amount amount)
    {
        const int features = 100;
        const int leaves = 128;
        // A full tree of so many leaves has 7 levels; a trunk brings it to the depth, and takes a leaf for each of its splits.
        var ensemble = SeededTrees.Ensemble(amount.Trees, amount.Depth, leaves, features, trunk: amount.Depth - 7);
        var (rows, values) = (SeededTrees.Rows(amount.Rows, features), new double[amount.Rows * features]);
        var shap = new TreeShap(ensemble,
            new() { Precision = TreeShapPrecision.Single, Background = amount.IsAgainst ? rows[..(BackgroundRows * features)] : null });
        return () => shap.Values(rows, values);
    }

    private static double Seconds(Action action)
    {
        var start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
