using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Jobs;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Benchmarks;

/// <summary>Saliency of pixels through a featurizer and the head behind it, one network, against that network's forward pass.</summary>
internal static class FusedBenchmark
{
    private const int Rows = 12;

    private sealed class Row
    {
        [VectorType(3, 224, 224)]
        public float[] Pixels { get; set; } = [];

        public string Label { get; set; } = "";
    }

    public static void Run(double seconds)
    {
        var (ml, random) = (new MLContext(1), new Random(1));
        var data = ml.Data.LoadFromEnumerable(Enumerable.Range(0, Rows).Select(i => new Row
        {
            Pixels = [.. Enumerable.Range(0, 3 * 224 * 224).Select(_ => 255 * random.NextSingle())], Label = $"{i % 3}",
        }).ToList());
        var featurizer = ml.Transforms.DnnFeaturizeImage("Features", m => m.ModelSelector.ResNet18(ml, m.OutputColumn, m.InputColumn), "Pixels");
        var pipeline = featurizer.Append(ml.Transforms.Conversion.MapValueToKey("Key", "Label"))
            .Append(ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy("Key", "Features")).Fit(data);
        var network = ml.Model.ToNetwork(pipeline, data.Schema);
        var forward = NetworkOutputs.Compile(network);

        Console.WriteLine();
        Console.WriteLine($"{"ML.NET's ResNet-18 and a linear head, one network",-50} {"forward",11} {"method",11} {"ratio",8}  (quartiles)");
        foreach (var batch in (int[])[1, 8])
            foreach (var (name, method) in ((string, AttributionMethod)[])[("saliency", new Saliency()), ("Grad-CAM", new GradCam())])
            {
                using var plain = new FilledModel(forward, batch);
                using var explained = new FilledModel(Explanation.Compile(network, method), batch);
                var pair = Pair.Time(plain.Run, explained.Run, seconds);
                Console.WriteLine($"{$"batch {batch}, {name}",-50} {1000 * pair.First,8:0.0} ms {1000 * pair.Second,8:0.0} ms {pair.Ratio,8:0.00}  "
                    + $"({pair.Low:0.00}–{pair.High:0.00})");
            }
    }
}
