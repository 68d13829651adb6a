// What does a network look at, and which method tells? A small network of Keras, then an ImageNet ResNet-18 that is put to the test.
using Gallery;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Differentiation.Relevance;
using Microsoft.ML.Introspection.Features;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Imaging;
using Microsoft.ML.Introspection.Importers;
using Microsoft.ML.Introspection.Jobs;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Reports;
using Microsoft.ML.Introspection.Runtime;
using Samples;

if (Arguments.Read(args, "gallery", ("pictures", 20, 6, 500, "pictures of each kind that the ResNet-18 learns from"),
    ("steps", 32, 8, 1000, "steps of integrated gradients, and samples of SmoothGrad")) is not { } arguments)
    return 2;
const int Side = 32;

// Eight digits on photographs, and the network without and with its softmax.
var pixels = Array.ConvertAll(NpyArray.Load(Given("digits_on_photographs.npy")).ToSingles(), v => v / 255);
var count = pixels.Length / (Side * Side * 3);
var photographs = Enumerable.Range(0, count).Select(Photograph).ToArray();
var network = ModelFile.LoadNetwork(Given("keras_vgg_tiny.h5"));
var withSoftmax = ModelFile.LoadNetwork(Given("keras_vgg_tiny.h5"), new NetworkOptions { KeepFinalActivation = true });

// Filters and feature maps.
var layers = LayerFilters.LayersOf(network).Select(l => LayerFilters.Of(network, l)).ToArray();
FilterReport.Of("Filters of the small network", layers).Save(arguments.File("filters.html"));
using (var session = new ModelSession(NetworkOutputs.Compile(network, [], [.. layers.Where(l => !l.IsDense).Select(l => l.Layer)])))
{
    var maps = session.Run(new Dictionary<string, Tensor> { [network.DefaultInput.Name] = Tensor.From(pixels.AsSpan(0, Side * Side * 3), 1, Side, Side, 3) });
    MapReport.Of("Feature maps of the small network", [.. maps.Select(m => new LayerMaps(m.Key, Tensor.From(m.Value.As<float>(), m.Value.Dimensions[1..])))],
        photographs[0]).Save(arguments.File("maps.html"));
    PngWriter.Save(FilterReport.Picture(layers[0]), arguments.File("filters.png"));
    PngWriter.Save(MapReport.Picture(new LayerMaps(layers[0].Layer, Tensor.From(maps[layers[0].Layer].As<float>(), maps[layers[0].Layer].Dimensions[1..]))), arguments.File("maps.png"));
}

// Methods × images, each asked for the class that the network sees.
var steps = arguments["steps"];
(string Name, AttributionMethod Method)[] methods =
[
    ("gradient", new Saliency()),
    ("SmoothGrad", new Smooth(new Saliency(), steps, 0.1)),
    ("DeconvNet", new DeconvNet()),
    ("guided", new GuidedBackprop()),
    ("input × grad.", new InputXGradient()),
    ("integrated", new IntegratedGradients(steps)),
    ("LRP z", new LayerwiseRelevance(RelevanceComposite.Uniform(RelevanceRules.Zero))),
    ("LRP ε-plus", new LayerwiseRelevance(RelevanceComposite.EpsilonPlus(0.1))),
    ("deep Taylor", new LayerwiseRelevance(RelevanceComposite.DeepTaylorUnbounded())),
    ("Grad-CAM", new GradCam()),
];
var explained = methods.Select(m => Explained(network, m.Method, Target.ArgMax)).ToArray();
var (seen, sure) = (explained[0].Class, Explained(withSoftmax, new Saliency(), Target.ArgMax).Score);
var gallery = new PictureTable(["", .. methods.Select(m => m.Name)],
    Enumerable.Range(0, count).Select(i => new PictureLine($"{seen[i]} ({sure[i]:P0})", [photographs[i], .. explained.Select(e => Map(e.Maps[i]))])))
{
    PictureWidth = 72, Caption = "Each map on its own scale: red for the digit that the network sees, blue against it.",
};

// With the softmax, what a gradient tells is also that nothing else is likelier, and it fades where the network is sure.
var probability = Explained(withSoftmax, new Saliency(SaliencyForm.Absolute), Target.ArgMax);
var logit = Explained(network, new Saliency(SaliencyForm.Absolute), Target.ArgMax);
var softmax = new PictureTable(["", "of the probability", "of the logit"], Enumerable.Range(0, count).Select(i =>
    new PictureLine($"{seen[i]} ({sure[i]:P1})", photographs[i], Map(probability.Maps[i]), Map(logit.Maps[i]))
    {
        Notes = ["", $"largest {probability.Maps[i].Max():0.0e0}", $"{logit.Maps[i].Max():0.0}"],
    })) { PictureWidth = 96 };

// Neuron selection: the same picture, asked for each digit.
var digits = Enumerable.Range(0, 10).ToArray();
var neurons = new PictureTable(["", .. digits.Select(d => d.ToString())], new[] { methods[4], methods[7] }.Select(m => new PictureLine(m.Name,
    [photographs[4], .. digits.Select(d => Map(Explained(network, m.Method, Target.Class(d)).Maps[4]))]))) { PictureWidth = 72 };

// Perturbation: the regions that a method calls most important are greyed first. The faster the score falls, the more the method knew.
var random = new Random(1);
float[][] anything = [.. Enumerable.Range(0, count).Select(_ => Enumerable.Range(0, Side * Side).Select(_ => random.NextSingle()).ToArray())];
var curves = new LineChart(methods.Select((m, i) => (m.Name, explained[i].Maps)).Where(m => m.Name is not ("DeconvNet" or "guided" or "gradient"))
    .Append(("random", anything)).Select(m => new ChartLine(m.Item1, Perturbation.Curve(withSoftmax, pixels, m.Item2, seen, Side))))
{
    Caption = "Mean probability of the digit seen at first, while regions of 4 × 4 pixels are greyed.", XTitle = "regions greyed",
    YTitle = "mean probability",
};

// The closure test: a ResNet-18 of ImageNet learns to tell pictures with a white box from others. Where does each method look?
var closure = ClosureTest.Of(arguments.File("closure"), arguments["pictures"]);
new Report("Gallery", "What networks look at, by many methods")
{
    new Section("Methods and images") { gallery },
    new Section("With and without the softmax") { softmax },
    new Section("One picture, asked for each digit") { neurons },
    new Section("Greying what is called important") { curves },
    new Section("ResNet-18: does a method find the box?") { closure },
}.Save(arguments.File("gallery.html"));
foreach (var (name, drawing) in new (string, Drawing)[]
    { ("methods", gallery), ("softmax", softmax), ("neurons", neurons), ("perturbation", curves), ("closure", closure) })
    File.WriteAllText(arguments.File(name + ".svg"), drawing.ToSvg());
return arguments.Done();

static string Given(string name) => Path.Combine(AppContext.BaseDirectory, "gallery", name);

Raster Photograph(int number) => new(Side, Side, PixelFormat.Rgb,
    Array.ConvertAll(pixels[(number * Side * Side * 3)..((number + 1) * Side * Side * 3)], v => (byte)MathF.Round(255 * v)));

// Maps of all photographs, their channels (which stand last) summed; what was seen in them, and how strongly.
(float[][] Maps, long[] Class, float[] Score) Explained(Network of, AttributionMethod method, Target target)
{
    using var session = new ModelSession(Explanation.Compile(of, method, target));
    var result = session.Run(new Dictionary<string, Tensor> { [of.DefaultInput.Name] = Tensor.From(pixels, count, Side, Side, 3) });
    var channels = (int)result["attribution"].Dimensions[^1];
    var maps = result["attribution"].As<float>().ToArray().Chunk(channels).Select(c => c.Sum()).Chunk(Side * Side).ToArray();
    return (maps, result["target"].As<long>().ToArray(), result["score"].As<float>().ToArray());
}

static Raster Map(float[] map) => Heatmap.Render(map, Side, Side, new() { Percentile = 99.5 });
