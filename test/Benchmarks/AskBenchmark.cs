using System.Diagnostics;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Benchmarks;

/// <summary>
/// Several questions: one graph that answers all of them against a graph for each; how many elements of variants are computed at once; and
/// how long what is compiled takes to compile.
/// </summary>
internal static class AskBenchmark
{
    private static readonly Ask[] Asks =
    [
        new(new Saliency(), null, "Saliency"), new(new InputXGradient(), null, "Product"), new(new GuidedBackprop(), null, "Guided"),
        new(new GradCam(), null, "Map"),
    ];

    public static void Run(double seconds)
    {
        Console.WriteLine();
        Console.WriteLine($"{"Four questions, 224×224",-50} {"four graphs",11} {"one graph",11} {"ratio",8}  (quartiles)");
        // VGG-16 four times over takes more memory than a small machine has.
        var images = Network.From(SeededNetworks.ResNet18());
        var each = Asks.Select(ask => new FilledModel(Explanation.Compile(images, ask).Model, 1)).ToList();
        using (var all = new FilledModel(Explanation.Compile(images, Asks).Model, 1))
            Print("ResNet-18", Pair.Time(() => each.ForEach(e => e.Run()), all.Run, seconds));
        each.ForEach(e => e.Dispose());

        Console.WriteLine();
        Console.WriteLine($"{"Elements at once, integrated gradients of 50 steps",-50} {"default",11} {"others",11} {"ratio",8}  (quartiles)");
        foreach (var (name, model) in ((string, OnnxModel)[])[("30 numbers", Dense(30, 64)), ("784 numbers", Dense(784, 256)),
            ("image of 3×32×32", SmallImages())])
        {
            var network = Network.From(model);
            foreach (var batch in (int[])[1, 32])
            {
                FilledModel Of(long portion) => new(
                    Explanation.Compile(network, new IntegratedGradients(50), null, new ExplanationOptions { Portion = portion }), batch);
                using var usual = Of(CompilationOptions.DefaultPortion);
                foreach (var power in (int[])[12, 14, 15, 16, 18])
                {
                    using var other = Of(1L << power);
                    Print($"{name}, batch {batch}, 2^{power}", Pair.Time(usual.Run, other.Run, seconds / 4));
                }
            }
        }

        Console.WriteLine();
        foreach (var features in (int[])[100, 400, 784])
        {
            var network = Network.From(Dense(features, 64));
            var start = Stopwatch.GetTimestamp();
            Explanation.Compile(network, new Occlusion([1]));
            Console.WriteLine(
                $"{$"occlusion of {features} numbers compiles in",-50} {Stopwatch.GetElapsedTime(start).TotalMilliseconds,8:0} ms");
        }
    }

    private static void Print(string name, Pair pair) =>
        Console.WriteLine($"{name,-50} {1000 * pair.First,8:0.0} ms {1000 * pair.Second,8:0.0} ms {pair.Ratio,8:0.00}  "
            + $"({pair.Low:0.00}–{pair.High:0.00})");

    private static OnnxModel Dense(int inputs, int hidden)
    {
        var graph = new Graph();
        var x = graph.Input("x", ElementType.Float, new Shape(Dimension.Symbol("batch"), inputs));
        var y = x.MatMul(Weights(graph, 1, inputs, hidden)).Tanh().MatMul(Weights(graph, 2, hidden, hidden)).Relu()
            .MatMul(Weights(graph, 3, hidden, 10));
        return graph.ToModel([("y", y)]);
    }

    private static OnnxModel SmallImages()
    {
        var graph = new Graph();
        var x = graph.Input("x", ElementType.Float, new Shape(Dimension.Symbol("batch"), 3, 32, 32));
        Value Layer(Value from, int seed, int channels) =>
            from.Conv(Weights(graph, seed, channels, (int)from.Shape[1].Value, 3, 3), [1, 1], [1, 1], [1, 1, 1, 1]).Relu();
        var features = Layer(Layer(x, 1, 16).MaxPool([2, 2], [2, 2]), 2, 32).MaxPool([2, 2], [2, 2]);
        return graph.ToModel([("y", features.ReduceMean([2, 3], keepDimensions: false).MatMul(Weights(graph, 3, 32, 10)))]);
    }

    private static Value Weights(Graph graph, int seed, params long[] extents)
    {
        var random = new Random(seed);
        var (count, fan) = ((int)extents.Aggregate(1L, (p, e) => p * e), extents.Length == 2 ? extents[0] : extents[1] * 9);
        var scale = Math.Sqrt(6.0 / fan);
        return graph.Constant(
            Tensor.From([.. Enumerable.Range(0, count).Select(_ => (float)((2 * random.NextDouble() - 1) * scale))], extents));
    }
}
