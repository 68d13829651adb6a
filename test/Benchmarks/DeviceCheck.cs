using System.Diagnostics;
using System.Numerics.Tensors;
using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Catalog;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;
using Tensor = Microsoft.ML.Introspection.Onnx.Tensor;

namespace Microsoft.ML.Introspection.Benchmarks;

/// <summary>
/// Every method of the catalog and a saved pipeline on a device against the processor, and how long a gradient takes there beside the
/// forward pass. For build/gpu.sh; on a machine without a GPU, <c>-- device cpu</c> holds the processor against itself.
/// </summary>
internal static class DeviceCheck
{
    private const int ImageSize = 32;
    private const int Batch = 4;

    // Devices round otherwise, and order sums otherwise; what is wrong is off by far more.
    private const double Tolerance = 2e-3;

    // What costs more by default than it says here.
    private static readonly Dictionary<string, string> Smaller = new()
    {
        ["masks"] = "200", ["samples"] = "100", ["permutations"] = "2", ["evaluations"] = "100", ["window"] = "8", ["steps"] = "20",
        ["order"] = "1",
    };

    /// <summary>Compares and times.</summary>
    /// <param name="device">Where.</param>
    /// <returns>Whether all agree.</returns>
    public static bool Run(Device device)
    {
        Console.WriteLine($"{device} against the CPU: largest difference over the largest magnitude, at most {Tolerance:G1}");
        var network = Network.From(SeededNetworks.ResNet18(ImageSize));
        // What takes all pixels for players of a game has too many of them.
        var quarters = Tensor.From([.. Enumerable.Range(0, 3 * ImageSize * ImageSize)
            .Select(i => (long)(i / ImageSize % ImageSize / 16 * 2 + i % ImageSize / 16))], 3, ImageSize, ImageSize);
        var agree = true;
        foreach (var description in MethodCatalog.All)
        {
            var options = description.Options.Where(o => Smaller.ContainsKey(o.Name)).ToDictionary(o => o.Name, o => Smaller[o.Name]);
            var method = MethodCatalog.Create(description.Name, options);
            if (method is Shapley.CoalitionMethod game)
                method = game with { Groups = quarters, Spread = true };
            if (method is FeatureAblation ablation)
                method = ablation with { Groups = quarters };
            agree &= Compare(description.Name, network, method, device);
        }
        agree &= SavedPipeline(device);
        Time(device);
        return agree;
    }

    private static bool Compare(string name, Network network, AttributionMethod method, Device device)
    {
        try
        {
            var model = Explanation.Compile(network, method);
            using var here = new FilledModel(model, Batch);
            using var there = new FilledModel(model, Batch, device);
            var (expected, found) = (here.Result(), there.Result());
            return Report(name, Error(expected, found));
        }
        catch (Exception e) when (e is UnsupportedOperatorException or ArgumentException)
        {
            Console.WriteLine($"{name,-24} not for this network: {e.Message}");
            return true;
        }
    }

    // ML.NET's own transformer, as which a saved pipeline comes back, on the device.
    private static bool SavedPipeline(Device device)
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            var (file, zip) = (Path.Combine(folder.FullName, "network.onnx"), Path.Combine(folder.FullName, "pipeline.zip"));
            SeededNetworks.Mlp(30, 2, 64, 32).Save(file);
            var mlContext = new MLContext(seed: 1);
            var random = new Random(1);
            var rows =
                Enumerable.Range(0, 100).Select(_ => new Row { Features = [.. Enumerable.Range(0, 30).Select(_ => random.NextSingle())] }).ToList();
            var data = mlContext.Data.LoadFromEnumerable(rows);
            using (var fitted = mlContext.Transforms.IntegratedGradients("Why", "Features", file).Fit(data))
                mlContext.Model.Save(fitted, data.Schema, zip);
            float[][] Scored(int? gpu)
            {
                var context = new MLContext(seed: 1) { GpuDeviceId = gpu, FallbackToCpu = false };
                var loaded = context.Model.Load(zip, out _);
                return [.. loaded.Transform(data).GetColumn<float[]>("Why")];
            }
            return Report("saved pipeline", Scored(null).Zip(Scored(device.CudaDevice)).Max(pair => Error(pair.First, pair.Second)));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static void Time(Device device)
    {
        foreach (var (name, model) in ((string, OnnxModel)[])[("ResNet-18", SeededNetworks.ResNet18()), ("VGG-16", SeededNetworks.Vgg16())])
            foreach (var batch in (int[])[1, 32])
            {
                using var forward = new FilledModel(model, batch, device);
                using var gradient = new FilledModel(Explanation.Compile(Network.From(model), new Saliency()), batch, device);
                var pair = Pair.Time(forward.Run, gradient.Run, seconds: 5);
                Console.WriteLine($"{name}, batch {batch,2}: forward {1000 * pair.First,7:0.0} ms, saliency {1000 * pair.Second,7:0.0} "
                    + $"ms, ratio {pair.Ratio:0.00}");
            }
    }

    private static bool Report(string name, double error)
    {
        var agrees = error <= Tolerance;
        Console.WriteLine($"{name,-24} {error:E1}{(agrees ? "" : "  DIFFERS")}");
        return agrees;
    }

    // NaN where either holds one, so that it is no agreement.
    private static double Error(ReadOnlySpan<float> expected, ReadOnlySpan<float> found)
    {
        var difference = new float[expected.Length];
        TensorPrimitives.Subtract(expected, found, difference);
        var (largest, error) = (TensorPrimitives.MaxMagnitude(expected), TensorPrimitives.MaxMagnitude<float>(difference));
        return error == 0 ? 0 : Math.Abs(error / largest);
    }

    private sealed class Row
    {
        [VectorType(30)]
        public float[] Features { get; set; } = [];
    }
}
