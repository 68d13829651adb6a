// What do networks look for in the 21 cm sky? Two of Keras, one trained on simulations, one on mock observations, side by side.
using Microsoft.ML.Introspection.Attribution;
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

if (Arguments.Read(args, "light-cones", ("size", 32, 24, Cone.Side, "pixels of the sky along each side, of 140 in all"),
    ("samples", 5, 1, 100, "samples of SmoothGrad")) is not { } arguments)
    return 2;
var size = arguments["size"];
// A convolution of the whole sky unfolds into gigabytes, which are given back at once.
var lean = new RuntimeOptions { KeepMemory = false };
string[] parameters = ["m_WDM", "Ω_m", "L_X", "E₀", "T_vir", "ζ"];

// The brightness of neutral hydrogen against the background, in mK: two axes on the sky, one along the line of sight, towards the past.
var cone = Cone.Field(Given("coarse.npy"), size);
var scaled = Tensor.From(Array.ConvertAll(cone, mK => mK / 1250), 1, 1, size, size, Cone.Length);
Dictionary<string, Tensor> Input(Network network) => new() { [network.DefaultInput.Name] = scaled };

// The same weights through both importers: HDF5, and TensorFlow's SavedModel.
var (simulation, mock, saved) = (Open("sim.h5"), Open("optmock.h5"), Open("optmock_saved_model"));
var (told, agree) = (Weights(mock), Weights(saved));
Console.WriteLine($"optmock as HDF5 and as SavedModel: {told.Sum(w => w.Length):N0} weights of kernels and layers, "
    + (told.Zip(agree).All(pair => pair.First.AsSpan().SequenceEqual(pair.Second)) ? "equal to the bit" : "DIFFERENT"));
var (scores, again) = (Logits(mock), Logits(saved));
var apart = scores.Zip(again, (one, other) => Math.Abs(one - other)).Max();
Console.WriteLine(FormattableString.Invariant($"largest difference of their logits: {apart:0.0e0}"));
(string Name, float[] Logits)[] outputs = [("sim", Logits(simulation)), ("mock", scores), ("mock, SavedModel", again)];
foreach (var (name, logits) in outputs)
    Console.WriteLine($"{name}: {string.Join(", ", parameters.Zip(logits, (p, l) =>
        FormattableString.Invariant($"{p} {1 / (1 + Math.Exp(-l)):0.000}")))}");
NpyArray.From([.. outputs.SelectMany(t => t.Logits)], outputs.Length, parameters.Length).Save(arguments.File("logits.npy"));

// Filters, layer by layer; those of the first, 3 × 3 × 102, averaged over the sky are curves along the line of sight.
FilterReport.Of("Filters of the simulation's network", [.. LayerFilters.LayersOf(simulation).Select(l => LayerFilters.Of(simulation, l))])
    .Save(arguments.File("filters.html"));
var (ofSimulation, ofMock) = (First(simulation), First(mock));
var averaged = new[] { ofSimulation, ofMock }.Select(f => f.AveragedOver(1, 2, 3)).ToArray();
int[] shown = [0, 1, 2, 4, 5, 26];
File.WriteAllText(arguments.File("filters.svg"), new PictureTable(["first slice", "averaged over the sky, along the line of sight"],
    [.. new[] { ("sim", ofSimulation, averaged[0]), ("mock", ofMock, averaged[1]) }.Select(f => new PictureLine(f.Item1,
        TileSheet.Of(Singles(f.Item2.SliceAt(4, 0)), 32, 3, 3, new() { Columns = 8, Heatmap = new() { Scale = 8, Symmetric = true } }),
        new Heatmap(Singles(f.Item3), 32, 102, new() { Scale = 4, Symmetric = true }).Draw()))]) { PictureWidth = 400 }.ToSvg());
var curves = new LineChart(shown.Select(i => new ChartLine($"filter {i}", averaged[0].ToDouble()[(102 * i)..(102 * i + 102)])))
{
    XTitle = "redshift pixel", YTitle = "mean weight",
};
File.WriteAllText(arguments.File("curves.svg"), curves.ToSvg());

// Feature maps: what the convolutions make of the cone.
string[] convolutions = [.. LayerFilters.LayersOf(simulation).Where(l => !LayerFilters.Of(simulation, l).IsDense)];
using (var session = new ModelSession(NetworkOutputs.Compile(simulation, [], convolutions), lean))
{
    var maps = session.Run(Input(simulation));
    var layers = convolutions.Select(l => new LayerMaps(l, WithoutBatch(maps[l]))).ToList();
    MapReport.Of("Feature maps of the simulation's network", layers, Sky(cone, 588, 70)).Save(arguments.File("maps.html"));
    PngWriter.Save(MapReport.Picture(layers[0]), arguments.File("maps.png"));
}

// Why each parameter? Gradients, smoothed gradients and Grad-CAM of its logit.
(string Name, AttributionMethod Method)[] methods =
[
    ("saliency", new Saliency(SaliencyForm.Absolute)),
    ("SmoothGrad", new Smooth(new Saliency(SaliencyForm.Absolute), arguments["samples"], 0.2)),
    ("Grad-CAM", new GradCam()),
];
var why = new[] { simulation, mock }.Select(network => methods.Select(m => Explained(network, m.Method)).ToArray()).ToArray();
var sky = Sky(cone, 588, 70);
var empty = methods.Skip(1).Select(_ => (Raster?)null);
PictureTable Table(int network) => new([.. methods.Select(m => m.Name)],
    [new PictureLine("light-cone", [sky, .. empty]), .. parameters.Select((p, i) => new PictureLine(p, [.. why[network].Select(m => Hot(m[i]))]))])
{
    PictureWidth = 294, Caption = "The slice in the middle; the past is at the right. Each map on its own scale, from black to white.",
};
var against = new PictureTable(["sim", "mock"],
    [new PictureLine("light-cone", sky, sky), .. parameters.Select((p, i) => new PictureLine(p, Hot(why[0][0][i]), Hot(why[1][0][i])))])
{
    PictureWidth = 400, Caption = "Saliency in both networks.",
};
new Report("Light-cones", $"{size} × {size} × {Cone.Length} voxels of a made-up sky, and why two networks say what they say")
{
    new Section("Trained on simulations") { Table(0) },
    new Section("Trained on mock observations") { Table(1) },
    new Section("Simulations against mocks") { against },
    new Section("Filters along the line of sight") { curves },
}.Save(arguments.File("light-cones.html"));
File.WriteAllText(arguments.File("why.svg"), Table(0).ToSvg());
File.WriteAllText(arguments.File("against.svg"), against.ToSvg());
NpyArray.From([.. why[0][0].SelectMany(slice => slice)], parameters.Length, size, Cone.Length).Save(arguments.File("saliency.npy"));
return arguments.Done();

static string Given(string name) => Path.Combine(AppContext.BaseDirectory, "light-cones", name);

// Trained on 140 × 140 pixels of the sky; convolutions and a mean over all places take any part of it.
Network Open(string name)
{
    var model = ModelFile.ReadNetwork(Given(name), translation: new TranslationOptions { ChannelsFirst = true });
    return Network.From(model, new NetworkOptions
    {
        ReplacesExtents = true,
        RowShapes = new Dictionary<string, IReadOnlyList<long>> { [model.Inputs[0].Name] = [1, size, size, Cone.Length] },
    });
}

float[] Logits(Network network)
{
    using var session = new ModelSession(NetworkOutputs.Compile(network), lean);
    return session.Run(Input(network))[network.OutputNames[0]].As<float>().ToArray();
}

// The slice in the middle of a map for each parameter. The parameter is an input, so that one session serves all.
float[][] Explained(Network network, AttributionMethod method)
{
    using var session = new ModelSession(Explanation.Compile(network, method, Target.Label("parameter")), lean);
    return [.. Enumerable.Range(0, parameters.Length).Select(p =>
    {
        var feeds = Input(network);
        feeds["parameter"] = Tensor.From([(long)p], 1, 1);
        return session.Run(feeds)["attribution"].As<float>().Slice(size / 2 * size * Cone.Length, size * Cone.Length).ToArray();
    })];
}

static LayerFilters First(Network network) => LayerFilters.Of(network, LayerFilters.LayersOf(network)[0]);

static double[][] Weights(Network network) =>
    [.. LayerFilters.LayersOf(network).Select(l => LayerFilters.Of(network, l).Weights.ToDouble())];

static float[] Singles(Tensor values) => Array.ConvertAll(values.ToDouble(), v => (float)v);

static Tensor WithoutBatch(Tensor values) => Tensor.From(values.As<float>(), values.Dimensions[1..]);

Raster Sky(float[] whole, int width, int height) =>
    Strip(new Heatmap(whole.AsSpan(size / 2 * size * Cone.Length, size * Cone.Length), size, Cone.Length,
        new() { Range = (-150, 30), Colors = Cone.Colors }), width, height);

Raster Hot(float[] map) => Strip(new Heatmap(map, size, Cone.Length, new() { Colors = ColorMap.Named("hot"), Percentile = 99.8 }), 588, 70);

static Raster Strip(Heatmap map, int width, int height) => new Resizing(ResizeRule.Pillow, ResizeFilter.Box).Apply(map.Draw(), width, height);
