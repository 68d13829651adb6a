using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators;

namespace Microsoft.ML.Introspection.Benchmarks;

/// <summary>
/// Single predictions with reasons (SHAP values of the row) against the same without: ML.NET's prediction engine over boosted trees.
/// </summary>
internal static class ReasonsBenchmark
{
    private const int Slots = 30, Predictions = 2_000;

    public static void Run(double seconds)
    {
        Console.WriteLine();
        Console.WriteLine($"{"PredictionEngine with reasons",-42} {"plain",12} {"with reasons",14}   reasons/plain  (quartiles)");
        Measure("FastTree, 100 trees of 20 leaves", 100, 20, seconds);
        Measure("FastTree, 500 trees of 32 leaves", 500, 32, seconds);
    }

    private static void Measure(string name, int trees, int leaves, double seconds)
    {
        var (mlContext, random) = (new MLContext(1), new Random(1));
        var rows =
            Enumerable.Range(0, 2_000).Select(_ => new Row { Features = [.. Enumerable.Range(0, Slots).Select(_ => random.NextSingle())] })
                .ToArray();
        foreach (var row in rows)
            row.Label = row.Features[0] * row.Features[1] + row.Features[2] > 0.7f != random.NextSingle() < 0.1f;
        var data = mlContext.Data.LoadFromEnumerable(rows);
        var model = mlContext.BinaryClassification.Trainers.FastTree(numberOfTrees: trees, numberOfLeaves: leaves).Fit(data);
        using var shap = mlContext.Transforms.Shap("Reasons", model, new ShapOptions { BaseValueColumnName = "Base" }).Fit(data);
        using var plain = mlContext.Model.CreatePredictionEngine<Row, Scored>(model);
        using var reasons = mlContext.Model.CreatePredictionEngine<Row, Reasoned>(new TransformerChain<ITransformer>(model, shap));

        var (scored, reasoned) = (new Scored(), new Reasoned());
        var pair = Pair.Time(() => Predict(reasons, ref reasoned), () => Predict(plain, ref scored), seconds);
        var (plainBytes, bytes) = (Allocated(() => Predict(plain, ref scored)), Allocated(() => Predict(reasons, ref reasoned)));
        Console.WriteLine(
            $"{name,-42} {Predictions / pair.Second,10:N0}/s {Predictions / pair.First,12:N0}/s {pair.Ratio,15:0.00}  "
                + $"({pair.Low:0.00}–{pair.High:0.00}); {plainBytes} and {bytes} bytes a prediction");

        static long Allocated(Action predict)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            predict();
            return (GC.GetAllocatedBytesForCurrentThread() - before) / Predictions;
        }

        void Predict<T>(PredictionEngine<Row, T> engine, ref T result) where T : class, new()
        {
            for (var i = 0; i < Predictions; i++)
                engine.Predict(rows[i], ref result);
        }
    }

    private sealed class Row
    {
        [VectorType(Slots)]
        public float[] Features { get; set; } = [];

        public bool Label { get; set; }
    }

    private class Scored
    {
        public float Score { get; set; }

        public float Probability { get; set; }
    }

    private sealed class Reasoned : Scored
    {
        public float[] Reasons { get; set; } = [];

        public float[] Base { get; set; } = [];
    }
}
