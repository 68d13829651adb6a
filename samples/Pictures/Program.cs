// Where is what the network says? Pictures through an ImageNet ResNet-18 and a head that is trained here, explained in ML.NET.
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Images;
using Microsoft.ML.Introspection.Imaging;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Reports;
using Microsoft.ML.Transforms.Image;
using Pictures;

if (args is not ([] or ["--output", not ""]))
{
    Console.Error.WriteLine("Usage: Pictures [--output DIR]\n\n  --output DIR   where pictures go (artifacts/pictures here unless given; "
        + "made if need be)");
    return args is ["--help" or "-h"] ? 0 : 2;
}
var output = Directory.CreateDirectory(args is [_, var folder] ? folder : Path.Combine("artifacts", "pictures")).FullName;

// Scenes with a disc, a chequered board or stripes somewhere: some to learn from, and others that have all three.
var training = Scene.Draw(Path.Combine(output, "training"), count: 45);
var unseen = Scene.DrawTogether(Path.Combine(output, "unseen"), count: 3);

// What the network makes of pictures: 512 numbers each.
var mlContext = new MLContext(seed: 1);
var features = mlContext.Transforms.LoadImages("Image", "", nameof(Scene.Path))
    .Append(mlContext.Transforms.ResizeImages("Image", 224, 224, resizing: ImageResizingEstimator.ResizingKind.IsoPad))
    .Append(mlContext.Transforms.ExtractPixels("Pixels", "Image"))
    .Append(mlContext.Transforms.DnnFeaturizeImage("Features", input =>
        input.ModelSelector.ResNet18(mlContext, input.OutputColumn, input.InputColumn), "Pixels"));
var rows = mlContext.Data.LoadFromEnumerable(training);
var featurizer = features.Fit(rows);

// A linear head that tells the shapes apart.
var labelled = mlContext.Data.Cache(featurizer.Transform(rows), "Features", nameof(Scene.Label));
var head = mlContext.Transforms.Conversion.MapValueToKey("Key", nameof(Scene.Label))
    .Append(mlContext.MulticlassClassification.Trainers.LbfgsMaximumEntropy("Key", "Features")).Fit(labelled);
var model = new TransformerChain<ITransformer>(featurizer, head);

// Where in the picture each of the shapes is, and where the network looks for what it finds likeliest.
string[] shapes = [.. training.Select(s => s.Label).Distinct()];
var explain = mlContext.Transforms.ExplainImage(model, e =>
{
    e.Add("Why", new GradCam(), ImageForm.Png);
    foreach (var shape in shapes)
        e.Add(shape, new GradCam(), ImageForm.Png, Target.Class(shape));
}, options: new ImageExplanationOptions
{
    TargetColumnName = "Class", Style = new OverlayStyle { Colors = ColorMap.Named("viridis") },
});
var data = mlContext.Data.LoadFromEnumerable(unseen);
using var transformer = explain.Fit(data);
var explained = transformer.Transform(data);
foreach (var (scene, likeliest) in unseen.Zip(mlContext.Data.CreateEnumerable<Explained>(explained, reuseRowObject: false)))
{
    var name = Path.GetFileNameWithoutExtension(scene.Path);
    Console.WriteLine($"{name}: {shapes[likeliest.Class]} is likeliest");
    File.WriteAllBytes(Path.Combine(output, $"{name}.why.png"), likeliest.Why);
    var drawn = shapes.Zip([likeliest.Disc, likeliest.Board, likeliest.Stripes]).Select(s => (Shape: s.First, Png: s.Second)).ToList();
    foreach (var (shape, png) in drawn)
        File.WriteAllBytes(Path.Combine(output, $"{name}.{shape}.png"), png);
    var white = new Rgb(255, 255, 255);
    PngWriter.Save(Raster.SideBySide(8, white, [ImageFile.Read(scene.Path).Image, .. drawn.Select(d => ImageFile.Decode(d.Png, d.Shape).Image)]),
        Path.Combine(output, $"{name}.sheet.png"));
}
// The same as one file, which the command line explains: introspect explain shapes.zip --images FOLDER --method grad-cam --output FOLDER
mlContext.Model.Save(model, rows.Schema, Path.Combine(output, "shapes.zip"));
Console.WriteLine($"Pictures in {output}, the pipeline in {Path.Combine(output, "shapes.zip")}");
return 0;
