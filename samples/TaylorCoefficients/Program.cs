// Does a network use one feature, its square, or two features together? Taylor coefficients, over the plane and over the training.
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Imaging;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Reports;
using Microsoft.ML.Introspection.Runtime;
using Samples;

if (Arguments.Read(args, "taylor-coefficients", ("steps", 1000, 10, 100_000, "how many steps of Adam"),
    ("rows", 8000, 1000, 1_000_000, "rows of each class")) is not { } arguments)
    return 2;

// Signal and background are Gaussians of two features. What tells them apart: their means, their correlation, their width.
(string Name, Gaussian Signal, Gaussian Background)[] tasks =
[
    ("means", new(0.5, 0.5, 1, 0), new(-0.5, -0.5, 1, 0)),
    ("correlation", new(0, 0, 1, 0.6), new(0, 0, 1, -0.6)),
    ("width", new(0, 0, 0.7, 0), new(0, 0, 1.3, 0)),
    ("means and correlation", new(0.4, 0.4, 1, 0.5), new(-0.4, -0.4, 1, -0.5)),
];
string[] coefficients = ["x₁", "x₂", "x₁²", "x₂²", "x₁·x₂"];
var (report, lines) = (new Report("Taylor coefficients", "Of tanh networks that tell two Gaussians apart"), new List<PictureLine>());
foreach (var (name, signal, background) in tasks)
{
    var (x, y) = Drawn(signal, background, arguments["rows"], new Random(1));
    var (test, _) = Drawn(signal, background, 1000, new Random(2));
    using var training = new TanhNetwork(seed: 1, 2, 32);

    // While it learns: looked at ever more rarely, for what is learnt first is learnt fast.
    var (stops, curves, losses) = (new List<double>(), coefficients.Select(_ => new List<double>()).ToArray(), new List<double>());
    for (int step = 0, stride = 1; step < arguments["steps"]; step += stride, stride = Math.Max(1, step / 3))
    {
        losses.Add(training.Train(x, y, stride, y.Length / 10));
        stops.Add(Math.Log10(step + stride));
        foreach (var (place, size) in Sizes(training.Checkpoint(probabilities: true), test).Index())
            curves[place].Add(size);
    }
    var network = training.Checkpoint(probabilities: true);
    var (learnt, ideal) = (Sizes(network, test), Sizes(Best(signal, background), test));
    Console.WriteLine($"{name}:");
    foreach (var place in Enumerable.Range(0, 5).OrderByDescending(i => learnt[i]))
        Console.WriteLine(FormattableString.Invariant($"  {coefficients[place],-6} {learnt[place]:0.0000}   {ideal[place]:0.0000} of the best there can be"));

    var chart = new LineChart(coefficients.Select((c, i) => new ChartLine(c, curves[i])).Append(new ChartLine("loss", losses)))
    {
        Places = stops, XTitle = "log₁₀ of the steps", YTitle = "mean |coefficient|",
    };
    var maps = OverPlane(network);
    lines.Add(new PictureLine(name, maps) { Notes = ["", .. learnt.Select(size => FormattableString.Invariant($"{size:0.000}"))] });
    report.Add(new Section($"Apart by {name}", "mean sizes over a thousand rows of each class")
    {
        new AttributionBars(coefficients.Zip(learnt, (c, size) => new FeatureAttribution(c, size))),
        chart,
        Table(new PictureLine("", maps)),
    });
    if (name == tasks[^1].Name)
        File.WriteAllText(arguments.File("training.svg"), chart.ToSvg());
}
report.Save(arguments.File("taylor.html"));
File.WriteAllText(arguments.File("plane.svg"), Table([.. lines]).ToSvg());
return arguments.Done();

PictureTable Table(params PictureLine[] of) => new(["network", .. coefficients], of) { PictureWidth = 92 };

// Mean sizes over rows, in the order of the names above.
double[] Sizes(Network network, float[] rows)
{
    var names = new TaylorCoefficients().Names(["x₁", "x₂"]);
    var ranking = TaylorRanking.Of(network, rows.Chunk(2).Select(row => (ReadOnlyMemory<float>)row), ["x₁", "x₂"], target: Target.Class(0),
        batchSize: 500).ToDictionary(c => c.Name, c => c.MeanAbsolute);
    return [.. names.Select(name => ranking[name])];
}

// The network and its coefficients at every place of the plane, each on its own scale.
static Raster[] OverPlane(Network network, int side = 64)
{
    float[] rows = [.. Enumerable.Range(0, side * side).SelectMany(i => new[] { At(i % side), -At(i / side) })];
    var model = Explanation.Compile(network, new TaylorCoefficients(), Target.Class(0));
    using var session = new ModelSession(model);
    var result = session.Run(new Dictionary<string, Tensor> { ["x"] = Tensor.From(rows, side * side, 2) });
    var (scores, values) = (result["score"].As<float>().ToArray(), result["attribution"].As<float>().ToArray());
    return
    [
        Heatmap.Render(scores, side, side, new() { Range = (0, 1), Colors = ColorMap.Diverging }),
        .. Enumerable.Range(0, 5).Select(c => Heatmap.Render([.. Enumerable.Range(0, scores.Length).Select(i => values[5 * i + c])], side, side,
            new() { Symmetric = true })),
    ];

    float At(int place) => 6f * place / (side - 1) - 3;
}

// The classifier that knows the densities: the sigmoid of their log-ratio, a quadratic form. No network can do better.
static Network Best(Gaussian signal, Gaussian background)
{
    var graph = new Graph();
    var x = graph.Input("x", ElementType.Float, new Shape(Dimension.Symbol("N"), 2));
    var logit = signal.LogDensity(x) - background.LogDensity(x);
    return Network.From(graph.ToModel([("probability", logit.Sigmoid())]), new NetworkOptions { KeepFinalActivation = true });
}

static (float[] X, float[] Y) Drawn(Gaussian signal, Gaussian background, int rows, Random random)
{
    var (x, y) = (new float[4 * rows], new float[2 * rows]);
    for (var i = 0; i < 2 * rows; i++)
    {
        y[i] = i % 2;
        (x[2 * i], x[2 * i + 1]) = (i % 2 == 1 ? signal : background).Draw(random);
    }
    return (x, y);
}

/// <summary>A Gaussian of two features that have one width.</summary>
internal sealed record Gaussian(double X, double Y, double Width, double Correlation)
{
    public (float X, float Y) Draw(Random random)
    {
        var (radius, angle) = (Width * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())), 2 * Math.PI * random.NextDouble());
        var (first, second) = (radius * Math.Cos(angle), radius * Math.Sin(angle));
        return ((float)(X + first), (float)(Y + Correlation * first + Math.Sqrt(1 - Correlation * Correlation) * second));
    }

    public Value LogDensity(Value rows)
    {
        var (x, y) = (rows.Slice([0], [1], [1]) - X, rows.Slice([1], [2], [1]) - Y);
        var (variance, rest) = (Width * Width, 1 - Correlation * Correlation);
        return (x * x + y * y - 2 * Correlation * x * y) * (-0.5 / (variance * rest)) - Math.Log(variance * Math.Sqrt(rest));
    }
}
