using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators;

namespace Microsoft.ML.Introspection.Benchmarks;

/// <summary>Rows through pools and streams against one engine, and one view, on the same rows.</summary>
internal static class StreamBenchmark
{
    private const int Width = 30, Count = 20_000;

    public static void Run(double seconds)
    {
        var (ml, random) = (new MLContext(seed: 1), new Random(1));
        Row[] rows = [.. Enumerable.Range(0, Count).Select(_ => new Row
        {
            Features = [.. Enumerable.Range(0, Width).Select(_ => random.NextSingle())],
        })];
        foreach (var row in rows)
            row.Label = row.Features[0] * row.Features[1] + row.Features[2];
        var data = ml.Data.LoadFromEnumerable(rows);
        var model = ml.Regression.Trainers.FastTree(numberOfTrees: 100, numberOfLeaves: 6).Fit(data);
        using var explained = ml.Transforms.Explain(model).Fit(data);
        using var engine = ml.Model.CreateExplanationEngine<Row>(explained);
        using var pool = ml.Model.CreateExplanationPool<Row>(explained);

        Console.WriteLine();
        Console.WriteLine("Rows with reasons, 100 trees, 30 numbers           pool/stream       one     pool/one  (quartiles)");
        Told("a pool's stream, one engine", Pair.Time(
            () => { foreach (var row in rows) engine.Explain(row); },
            () => Drain(pool.ExplainAsync(rows.ToAsyncEnumerable())), seconds));
        Told("many callers of a pool, one engine", Pair.Time(
            () => { foreach (var row in rows) engine.Explain(row); },
            () => Parallel.ForEachAsync(rows, async (row, stop) => await pool.ExplainAsync(row, stop)).GetAwaiter().GetResult(), seconds));
        Told("scores: TransformAsync, CreateEnumerable", Pair.Time(
            () => { foreach (var _ in ml.Data.CreateEnumerable<Scored>(model.Transform(data), reuseRowObject: false)) { } },
            () => Drain(ml.Data.TransformAsync<Row, Scored>(model, rows.ToAsyncEnumerable())), seconds));
    }

    private static void Told(string name, Pair pair) => Console.WriteLine(
        $"{name,-48} {Count / pair.Second,12:N0}/s {Count / pair.First,10:N0}/s "
            + $"{pair.First / pair.Second,8:0.00}  ({1 / pair.High:0.00}–{1 / pair.Low:0.00})");

    private static void Drain<T>(IAsyncEnumerable<T> rows) => Task.Run(async () =>
    {
        await foreach (var _ in rows)
        {
        }
    }).GetAwaiter().GetResult();

    private sealed class Row
    {
        [VectorType(Width)]
        public float[] Features { get; set; } = [];

        public float Label { get; set; }
    }

    private sealed class Scored
    {
        public float Score { get; set; }
    }
}
