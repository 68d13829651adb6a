using System.Diagnostics;
using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Images;
using Microsoft.ML.Introspection.Imaging;
using Microsoft.ML.Introspection.Reports;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Benchmarks;

/// <summary>
/// Files of images through an ML.NET column of Grad-CAM of the featurizer's ResNet-18 against the same graph on numbers in memory.
/// </summary>
internal static class ImageColumnBenchmark
{
    private const int Side = 224;
    private const int Count = 64;
    private const int Batch = 4;

    /// <summary>Both in turn, over 64 files.</summary>
    public static void Run(double seconds) => InFolder(files =>
    {
        using var transformer = Transformer(files);
        var numbers = Numbers();
        using var session = new ModelSession(transformer.Explanation);
        using var runner = new BatchRunner(session, transformer.Explanation, Batch);
        var data = Data(files, Count);

        var pair = Pair.Time(() => Bare(runner, numbers, Count), () => Read(transformer, data), seconds);

        Console.WriteLine();
        Console.WriteLine("Grad-CAM of ML.NET's ResNet-18 at 224×224, batch 4    in memory       column  column/memory  (quartiles)");
        Console.WriteLine($"{Count} PNG files through LoadImages and ExplainImage{"",4} {Count / pair.First,8:N1}/s {Count / pair.Second,10:N1}/s "
            + $"{1 / pair.Ratio,12:0.00}  ({1 / pair.High:0.00}–{1 / pair.Low:0.00})");
    });

    /// <summary>One of the two alone, once: how fast, and how much memory this process has come to.</summary>
    /// <param name="count">How many images.</param>
    /// <param name="bare">Whether the graph runs on numbers in memory, or the column on files.</param>
    public static void Stream(int count, bool bare) => InFolder(files =>
    {
        using var transformer = Transformer(files);
        var before = ForgottenPeak();
        var watch = Stopwatch.StartNew();
        if (bare)
        {
            using var session = new ModelSession(transformer.Explanation);
            using var runner = new BatchRunner(session, transformer.Explanation, Batch);
            var numbers = Numbers();
            watch.Restart();
            Bare(runner, numbers, count);
        }
        else
        {
            Read(transformer, Data(files, count));
        }
        Console.WriteLine($"{count:N0} images {(bare ? "in memory" : "from files")}: {count / watch.Elapsed.TotalSeconds:N1}/s, largest memory of "
            + $"the process {Peak():N0} MiB meanwhile, {before:N0} MiB before, when the pipeline was fitted and the explanation compiled");
    });

    // What fitting took is over; Linux can begin to count anew.
    private static long ForgottenPeak()
    {
        var peak = Peak();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        if (OperatingSystem.IsLinux())
            File.WriteAllText("/proc/self/clear_refs", "5");
        return peak;
    }

    private static long Peak() => Process.GetCurrentProcess().PeakWorkingSet64 >> 20;

    private static void InFolder(Action<string[]> run)
    {
        var folder = Directory.CreateTempSubdirectory("images-");
        try
        {
            string[] files = [.. Enumerable.Range(0, Count).Select(i => Path.Combine(folder.FullName, $"{i}.png"))];
            foreach (var (i, file) in files.Index())
                PngWriter.Save(Raster.Create(Side, Side, (x, y) => Pixel(i, x, y)), file);
            run(files);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static Rgb Pixel(int image, int x, int y) => new((byte)(x + image), (byte)(y * 3 + x / 7 * image), (byte)(x * y / 97));

    private static ImageExplanationTransformer Transformer(string[] files)
    {
        var mlContext = new MLContext(1);
        var data = Data(files, 1);
        var model = mlContext.Transforms.LoadImages("Image", "", nameof(Row.File)).Append(mlContext.Transforms.ResizeImages("Image", Side, Side))
            .Append(mlContext.Transforms.ExtractPixels("Pixels", "Image")).Append(mlContext.Transforms.DnnFeaturizeImage("Features",
                input => input.ModelSelector.ResNet18(mlContext, input.OutputColumn, input.InputColumn), "Pixels")).Fit(data);
        try
        {
            return mlContext.Transforms.ExplainImage(model, new GradCam(), options: new()
            {
                Runtime = new RuntimeOptions { BatchSize = Batch },
            }).Fit(data);
        }
        finally
        {
            model.Dispose();
        }
    }

    private static IDataView Data(string[] files, int count) =>
        new MLContext().Data.LoadFromEnumerable(Enumerable.Range(0, count).Select(i => new Row { File = files[i % files.Length] }));

    private static float[] Numbers()
    {
        var numbers = new float[Batch * 3 * Side * Side];
        for (var i = 0; i < numbers.Length; i++)
        {
            var (red, green, blue) = Pixel(i / (3 * Side * Side), i % Side, i / Side % Side);
            numbers[i] = (i / (Side * Side) % 3) switch { 0 => red, 1 => green, _ => blue };
        }
        return numbers;
    }

    private static void Bare(BatchRunner runner, float[] numbers, int count)
    {
        var size = runner.InputSize(0);
        for (var start = 0; start < count; start += Batch)
        {
            var rows = Math.Min(Batch, count - start);
            for (var row = 0; row < rows; row++)
                numbers.AsSpan(row * size, size).CopyTo(runner.InputRow<float>(0, row));
            runner.Run(rows);
        }
    }

    private static void Read(ImageExplanationTransformer transformer, IDataView data)
    {
        var explained = transformer.Transform(data);
        var column = explained.Schema["Why"];
        using var cursor = explained.GetRowCursor([column]);
        var getter = cursor.GetGetter<VBuffer<float>>(column);
        VBuffer<float> map = default;
        while (cursor.MoveNext())
            getter(ref map);
    }

    private sealed class Row
    {
        public string File { get; set; } = "";
    }
}
