// How does a small network learn to tell two spirals apart? Its units and weights, checkpoint by checkpoint.
using Microsoft.ML.Introspection.Features;
using Microsoft.ML.Introspection.Imaging;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Reports;
using Samples;

if (Arguments.Read(args, "playground", ("steps", 4000, 100, 100_000, "how many steps of Adam"), ("pixels", 96, 16, 256,
    "the side of a unit's picture")) is not { } arguments)
    return 2;

// Two spirals, one turn and a half each, a little noisy.
const int Points = 400;
var random = new Random(5);
var (x, y) = (new float[2 * Points], new float[Points]);
for (var i = 0; i < Points; i++)
{
    var (along, arm) = ((i / 2 + random.NextDouble()) / (Points / 2), i % 2);
    var (radius, angle) = (0.1 + 0.85 * along, 3 * Math.PI * along + Math.PI * arm);
    (x[2 * i], x[2 * i + 1]) = ((float)(radius * Math.Cos(angle) + 0.02 * Normal()), (float)(radius * Math.Sin(angle) + 0.02 * Normal()));
    y[i] = arm;
}

// Two layers of eight units, looked at while it learns.
using var training = new TanhNetwork(seed: 3, 2, 8, 8);
var plane = new PlaneOptions { RangeX = (-1.1f, 1.1f), RangeY = (-1.1f, 1.1f), Steps = arguments["pixels"] };
int[] stops = [0, .. new[] { 0.02, 0.1, 0.3, 1 }.Select(share => (int)(share * arguments["steps"]))];
var (checkpoints, losses, film) = (new List<(int Step, Network Network)>(), new List<double>(), new List<Raster>());
for (var (step, stride) = (0, Math.Max(1, arguments["steps"] / 50)); ; step += stride)
{
    var network = training.Checkpoint(probabilities: true);
    if (stops.Contains(step))
        checkpoints.Add((step, network));
    film.Add(Seen(network));
    if (step >= arguments["steps"])
        break;
    losses.Add(training.Train(x, y, stride, Points));
}
var (first, last) = (losses[0], losses[^1]);
Console.WriteLine(FormattableString.Invariant($"mean cross-entropy {first:0.000} at first, {last:0.000} at last"));

// Each unit as what it answers over the plane, joined by lines for the weights.
var report = new Report("Two spirals", "Units and weights of a network of 2, 8, 8 and 1 units while it learns");
report.Add(new LineChart(new ChartLine("mean cross-entropy", losses)) { XTitle = "fiftieths of the training", YTitle = "loss" });
foreach (var (step, network) in checkpoints)
    report.Add(new Section($"After {step} steps") { Units(network) });
var end = checkpoints[^1].Network;
report.Add(new Section("Weights at the end") { Lines(end) });
report.Save(arguments.File("playground.html"));
File.WriteAllText(arguments.File("units.svg"), Units(end).ToSvg());
File.WriteAllText(arguments.File("weights.svg"), Lines(end).ToSvg());
File.WriteAllText(arguments.File("training.svg"), new PictureTable([.. checkpoints.Select(c => $"{c.Step} steps")],
    new PictureLine("", [.. checkpoints.Select(c => Seen(c.Network))])) { PictureWidth = 150 }.ToSvg());
AnimatedPng.Save(film, arguments.File("film.apng"));
return arguments.Done();

// The layers by their operators: three products with weights; the units behind each tanh, and the one in front of the sigmoid.
static UnitDiagram Drawn(Network network, PlaneOptions plane, string caption)
{
    var units = network.Layers.Where((l, i) => l.Operator == "Tanh" || i == network.Layers.Count - 2).Select(l =>
        ResponsePlane.Of(network, l.Name, plane));
    var filters = LayerFilters.LayersOf(network).Select(name => LayerFilters.Of(network, name));
    return new UnitDiagram(["8 units", "8 units", "the arm"], filters.Zip(units)) { Caption = caption };
}

UnitDiagram Units(Network network) => Drawn(network, plane, "What each unit answers over the plane: red above zero, blue below.");

static WeightLines Lines(Network network)
{
    var second = LayerFilters.Of(network, LayerFilters.LayersOf(network)[1]);
    return new WeightLines(second.Weights.ToDouble(), second.Count, second.Inputs);
}

// The probability of the second arm, with the points over it.
Raster Seen(Network network)
{
    var answers = ResponsePlane.Of(network, network.DefaultOutput, plane).Values.As<float>().ToArray();
    var side = plane.Steps;
    var map = new Heatmap([.. Enumerable.Range(0, side).SelectMany(line => answers.Skip((side - 1 - line) * side).Take(side))], side, side,
        new() { Range = (0, 1), Colors = ColorMap.Diverging, Scale = 3 }).Draw();
    var dots = new Dictionary<(int, int), Rgb>();
    for (var i = 0; i < Points; i++)
    {
        var (column, line) = (Pixel(x[2 * i], map.Width), map.Height - 1 - Pixel(x[2 * i + 1], map.Height));
        for (var d = 0; d < 9; d++)
            dots[(column + d % 3 - 1, line + d / 3 - 1)] = y[i] == 1 ? new Rgb(0x74, 0x0D, 0x1A) : new Rgb(0x15, 0x38, 0x7D);
    }
    return Raster.Create(map.Width, map.Height, (column, line) => dots.TryGetValue((column, line), out var dot) ? dot : map[column, line]);
}

int Pixel(float value, int side) => (int)((value - plane.RangeX.From) / (plane.RangeX.To - plane.RangeX.From) * side);

double Normal() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
