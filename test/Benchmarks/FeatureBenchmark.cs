using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Features;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Jobs;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Rows;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Benchmarks;

/// <summary>
/// Passes that look at the maps of all convolutions over the plain pass of the same rows, and activation maximisation over gradients.
/// </summary>
internal static class FeatureBenchmark
{
    private const int Examples = 9, Concepts = 12, Steps = 512, Side = 128;

    public static void Run(double seconds)
    {
        Console.WriteLine();
        Console.WriteLine($"{"Looking at all convolutions over plain pass",-50} {"plain",11} {"look",11} {"ratio",8}  (quartiles)");
        var tiny = Path.Combine(AppContext.BaseDirectory, "models", "resnet_tiny.onnx");
        Passes("resnet_tiny, 32×32, 1024 rows", Network.Load(tiny), 1024, 32, 32, seconds);
        Passes("ResNet-18, 224×224, 32 rows", Network.From(SeededNetworks.ResNet18()), 32, 8, 224, seconds);
        Console.WriteLine();
        Console.WriteLine($"{$"ResNet-18, {Side}×{Side}, one channel",-50} {"gradients",11} {"found",11} {"ratio",8}  (quartiles)");
        Maximisation(seconds);
    }

    private static void Passes(string name, Network network, int count, int batch, int side, double seconds)
    {
        var random = new Random(1);
        var pixels = new float[count * 3 * side * side];
        foreach (ref var pixel in pixels.AsSpan())
            pixel = (float)random.NextDouble();
        var images = NpyArray.From(pixels, count, 3, side, side);
        ArrayRows Rows() => ArrayRows.Of("images", [new(network.Inputs[0].Name, images)]);
        InputRows Feed(TensorInfo input) => new(0);
        var runtime = new RuntimeOptions { BatchSize = batch };
        var layers = Dissection.LayersOf(network);
        var plain = NetworkOutputs.Compile(network);
        var shown = NetworkOutputs.Compile(network, [], layers);
        var labels = Labels(count, side / 2);
        // Thresholds are of a pass of their own; of a sample, or known beforehand, it costs little.
        // As much of the memory for quantiles as so many of ten thousand rows have.
        var memory = Math.Max(1 << 20, new StatisticsOptions().QuantileMemory * count / 10_000);
        var numbers = new StatisticsOptions { Layers = layers, ByClass = false, QuantileMemory = memory };
        var options = new DissectionOptions
        {
            Layers = layers, Examples = Examples, ThresholdRows = count / 8, Statistics = numbers, QuantileMemory = memory,
        };
        var thresholds = Dissection.Take(network, Rows, labels, options, runtime, Feed).Layers.ToDictionary(l => l.Layer, l => l.Thresholds.ToArray());
        void Pass(OnnxModel graph)
        {
            using var rows = Rows();
            using var work = new GraphWork(graph, runtime, rows, Feed);
            using var sink = new Nothing();
            new Job(rows, work).Run(sink);
        }

        void With(Action<RowSource> look)
        {
            using var rows = Rows();
            look(rows);
        }

        (string What, Action Look)[] looks =
        [
            ("their maps as outputs, unread", () => Pass(shown)),
            ("statistics", () => With(rows => NetworkStatistics.Take(network, rows, numbers, runtime, Feed))),
            ($"top {Examples}", () => With(rows => TopExamples.Find(
                network, rows, new TopExamplesOptions { Layers = layers, Count = Examples }, runtime, Feed))),
            ($"top {Examples}, statistics", () => With(rows => TopExamples.Find(
                network, rows, new TopExamplesOptions { Layers = layers, Count = Examples, Statistics = numbers }, runtime, Feed))),
            ("dissection, all three, thresholds given", () => Dissection.Take(
                network, Rows, labels, options with { Thresholds = thresholds, ThresholdRows = null }, runtime, Feed)),
            ("all three, thresholds of an eighth of the rows", () => Dissection.Take(network, Rows, labels, options, runtime, Feed)),
        ];
        Console.WriteLine(name);
        foreach (var (what, look) in looks)
            Print($"  {what}", Pair.Time(() => Pass(plain), look, seconds));
    }

    // Blobs, as people label them.
    private static ConceptArray Labels(int rows, int side)
    {
        var (random, labels) = (new Random(2), new byte[rows * Concepts * side * side]);
        for (var map = 0; map < rows * Concepts; map++)
        {
            var (y, x, size) = (random.Next(side), random.Next(side), random.Next(side / 2) + 1);
            for (var i = 0; i < side * side; i++)
                labels[map * side * side + i] = (byte)(Math.Abs(i / side - y) < size && Math.Abs(i % side - x) < size ? 1 : 0);
        }
        return new ConceptArray([.. Enumerable.Range(0, Concepts).Select(i => ($"concept {i}", i % 2 == 0 ? "object" : "part"))], rows, [side, side], labels);
    }

    private static void Maximisation(double seconds)
    {
        var network = Network.From(SeededNetworks.ResNet18(Side));
        var layer = Dissection.LayersOf(network)[^2];
        var options = new MaximizationOptions { Parametrisation = new Pixels(), Transformations = [] };
        var whole = new MaximizationOptions();
        var gradient = Explanation.Compile(network, new Saliency(), Target.Channel(layer, 5));
        using var forward = new FilledModel(gradient, 1);
        foreach (var (what, how) in ((string, MaximizationOptions)[])[("pixels, no transformations", options), ("as by default", whole)])
        {
            using var session = new ModelSession(Maximization.Compile(network, Objective.Channel(layer), how));
            MaximizationRun Asked(int steps, params IEnumerable<long> channels) => new() { Steps = steps, Targets = [.. channels] };
            Print($"  {Steps} steps, {what}", Pair.Time(() => Times(Steps, forward.Run),
                () => Maximization.Run(session, how, Asked(Steps, 5)), seconds, minimum: 1));
            Print($"  64 channels in a batch over 64 alone, {what}", Pair.Time(
                () => Times(64, number => Maximization.Run(session, how, Asked(2, number))),
                () => Maximization.Run(session, how, Asked(2, Enumerable.Range(0, 64).Select(c => (long)c))), seconds, minimum: 1));
        }
    }

    private static void Times(int count, Action run) => Times(count, _ => run());

    private static void Times(int count, Action<int> run)
    {
        for (var i = 0; i < count; i++)
            run(i);
    }

    private static void Print(string name, Pair pair) => Console.WriteLine($"{name,-50} {1000 * pair.First,8:0} ms {1000 * pair.Second,8:0} ms "
        + $"{pair.Ratio,8:0.00}  ({pair.Low:0.00}–{pair.High:0.00})");

    private sealed class Nothing : IRowSink
    {
        public IReadOnlyList<string> Paths => [];

        public bool Carries => false;

        public void Append(long first, int rows, IReadOnlyList<string[]> carried) { }

        public void Prepare() { }

        public void Complete() { }

        public void Dispose() { }
    }
}
