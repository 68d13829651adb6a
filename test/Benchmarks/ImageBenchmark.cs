using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Imaging;
using Microsoft.ML.Introspection.Jobs;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Reports;
using Microsoft.ML.Introspection.Rows;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Benchmarks;

/// <summary>Files of images through Grad-CAM of a ResNet-18 against the same graph on numbers in memory.</summary>
internal static class ImageBenchmark
{
    private const int Side = 224;
    private const int Count = 64;

    public static void Run(double seconds)
    {
        var folder = Directory.CreateTempSubdirectory("images-");
        try
        {
            var images = Enumerable.Range(0, Count).Select(i => new LabelledImage(Path.Combine(folder.FullName, $"{i}.png"))).ToArray();
            foreach (var (i, image) in images.Index())
                PngWriter.Save(Raster.Create(Side, Side, (x, y) => new Rgb((byte)(x + i), (byte)(y * 3 + x / 7 * i), (byte)(x * y / 97))),
                    image.Path);
            var network = Network.From(SeededNetworks.ResNet18(Side));
            var graph = Explanation.Compile(network, new GradCam());
            var preprocessing = Preprocessing.Named("plain", PictureInput.Of(network));
            var numbers = images.SelectMany(image => preprocessing.Apply(ImageFile.Read(image.Path).Image)).ToArray();
            var array = Files.NpyArray.From(numbers, Count, 3, Side, Side);
            var runtime = new RuntimeOptions { BatchSize = 8 };

            var pair = Pair.Time(
                () => Explain(ArrayRows.Of("memory", [KeyValuePair.Create(network.DefaultInput.Name, array)]), graph, runtime),
                () => Explain(new ImageRows(images, preprocessing), graph, runtime), seconds);

            Console.WriteLine();
            Console.WriteLine("Grad-CAM of a ResNet-18 at 224×224, batch 8       in memory        files   files/memory  (quartiles)");
            Console.WriteLine($"{Count} PNG files, 2 threads a core ahead{"",10} {Count / pair.First,8:N1}/s {Count / pair.Second,10:N1}/s "
                + $"{1 / pair.Ratio,10:0.00}  ({1 / pair.High:0.00}–{1 / pair.Low:0.00})");
            Console.WriteLine($"largest memory of the process: {System.Diagnostics.Process.GetCurrentProcess().PeakWorkingSet64 >> 20:N0} MiB");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static void Explain(RowSource rows, OnnxModel graph, RuntimeOptions runtime)
    {
        using (rows)
        using (var work = new GraphWork(graph, runtime, rows, _ => new InputRows(0)))
        using (var sink = new NoSink())
            new Job(rows, work).Run(sink);
    }

    private sealed class NoSink : IRowSink
    {
        public IReadOnlyList<string> Paths => [];

        public bool Carries => false;

        public void Append(long first, int rows, IReadOnlyList<string[]> carried) { }

        public void Prepare() { }

        public void Complete() { }

        public void Dispose() { }
    }
}
