using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.OnnxRuntime;

namespace Microsoft.ML.Introspection.Benchmarks;

/// <summary>Rows per second through the ML.NET column against ONNX Runtime called directly with the same graph and batch.</summary>
internal static class ColumnBenchmark
{
    private const int BatchSize = 32;

    public static void Run(double seconds)
    {
        Console.WriteLine();
        Console.WriteLine("Saliency column against direct calls, batch 32     direct       column   column/direct  (quartiles)");
        Measure("dense, 30-256-256-2", SeededNetworks.Mlp(30, 2, 256, 256), 30, 50_000, seconds);
        Measure("ResNet-18 at 32×32", SeededNetworks.ResNet18(32), 3 * 32 * 32, 256, seconds);
    }

    private sealed class Row
    {
        public float[] Features { get; set; } = [];
    }

    private static void Measure(string name, OnnxModel network, int features, int count, double seconds)
    {
        var random = new Random(1);
        var rows =
            Enumerable.Range(0, count)
                .Select(_ => new Row { Features = [.. Enumerable.Range(0, features).Select(_ => random.NextSingle())] }).ToArray();

        var file = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.onnx");
        network.Save(file);
        try
        {
            var mlContext = new MLContext();
            var definition = SchemaDefinition.Create(typeof(Row));
            definition[nameof(Row.Features)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, features);
            var data = mlContext.Data.LoadFromEnumerable(rows, definition);
            using var transformer = mlContext.Transforms.Saliency("Saliency", "Features", file).Fit(data);
            var explained = transformer.Transform(data);
            using var direct = new Direct(Explanation.Compile(Network.From(network), new Saliency()), features);

            var pair = Pair.Time(() => Read(explained), () => direct.Run(rows), seconds);
            Console.WriteLine($"{name,-42} {count / pair.Second,10:N0}/s {count / pair.First,10:N0}/s {pair.Ratio,10:0.00}  "
                + $"({pair.Low:0.00}–{pair.High:0.00})");
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static float Read(IDataView explained)
    {
        var column = explained.Schema["Saliency"];
        using var cursor = explained.GetRowCursor([column]);
        var getter = cursor.GetGetter<VBuffer<float>>(column);
        var (value, sum) = (default(VBuffer<float>), 0f);
        while (cursor.MoveNext())
        {
            getter(ref value);
            sum += value.GetValues()[0];
        }
        return sum;
    }

    /// <summary>The loop that a careful user of ONNX Runtime would write: buffers made once, a copy in, a copy out.</summary>
    private sealed class Direct : IDisposable
    {
        private readonly InferenceSession _session;
        private readonly RunOptions _options = new();
        private readonly float[] _input;
        private readonly float[] _row;
        private readonly int _features;

        public Direct(OnnxModel explanation, int features)
        {
            _session = new InferenceSession(explanation.ToArray());
            (_features, _input, _row) = (features, new float[BatchSize * features], new float[features]);
        }

        public float Run(Row[] rows)
        {
            var sum = 0f;
            for (var start = 0; start < rows.Length; start += BatchSize)
            {
                var count = Math.Min(BatchSize, rows.Length - start);
                for (var i = 0; i < count; i++)
                    rows[start + i].Features.CopyTo(_input, i * _features);
                sum += Batch(count);
            }
            return sum;
        }

        private float Batch(int count)
        {
            var extents = _session.InputMetadata["input"].Dimensions.Select(d => d < 0 ? count : (long)d).ToArray();
            using var input =
                OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, _input.AsMemory(0, count * _features), extents);
            using var results = _session.Run(_options, ["input"], [input], ["attribution"]);
            var attributions = results[0].GetTensorDataAsSpan<float>();
            var sum = 0f;
            for (var i = 0; i < count; i++)
            {
                attributions.Slice(i * _features, _features).CopyTo(_row);
                sum += _row[0];
            }
            return sum;
        }

        public void Dispose()
        {
            _options.Dispose();
            _session.Dispose();
        }
    }
}
