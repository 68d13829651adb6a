using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Estimators;
using Microsoft.ML.Introspection.Imaging;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Reports;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Transforms.Image;
using Pictures;

namespace Gallery;

/// <summary>
/// A test with a known answer: half of the pictures have a white box, and a head on the ResNet-18 learns to tell which. So the box is all
/// that a map may show.
/// </summary>
internal static class ClosureTest
{
    private const int Side = 224, Box = 56, Unseen = 3, Drawn = 150;

    private static readonly (string Name, AttributionMethod Method)[] Methods =
    [
        ("gradient", new Saliency()), ("SmoothGrad", new Smooth(new Saliency(), 8, 0.1)), ("input × gradient", new InputXGradient()),
        ("LRP", new LayerwiseRelevance()), ("Grad-CAM", new GradCam()),
    ];

    /// <summary>Draws, trains, explains.</summary>
    /// <param name="folder">Where pictures go.</param>
    /// <param name="count">Pictures of each kind to learn from.</param>
    public static PictureTable Of(string folder, int count)
    {
        var mlContext = new MLContext(seed: 1);
        var pictures = Scene.Draw(folder, 2 * count + Unseen).Select((scene, i) => Marked(scene, i, i % 2 == 0 || i >= 2 * count)).ToList();
        var training = mlContext.Data.LoadFromEnumerable(pictures.Take(2 * count).Select(p => p.Scene));
        var features = mlContext.Transforms.LoadImages("Image", "", nameof(Scene.Path))
            .Append(mlContext.Transforms.ResizeImages("Image", Side, Side, resizing: ImageResizingEstimator.ResizingKind.Fill))
            .Append(mlContext.Transforms.ExtractPixels("Pixels", "Image"))
            .Append(mlContext.Transforms.DnnFeaturizeImage("Features", input =>
                input.ModelSelector.ResNet18(mlContext, input.OutputColumn, input.InputColumn), "Pixels")).Fit(training);
        var table = mlContext.Data.Cache(features.Transform(training), "Features", nameof(Scene.Label));
        var head = mlContext.Transforms.Conversion.MapValueToKey("Key", nameof(Scene.Label))
            .Append(mlContext.MulticlassClassification.Trainers.LbfgsMaximumEntropy("Key", "Features")).Fit(table);

        // Head and ResNet-18 as one network, from pixels to scores.
        var whole = new PipelineNetwork(new TransformerChain<ITransformer>(features, head), training.Schema);
        var box = whole.ClassNames!.ToList().IndexOf("box");
        var unseen = pictures.Skip(2 * count).ToList();
        var rows = whole.Prepare(mlContext.Data.LoadFromEnumerable(unseen.Select(p => p.Scene)));
        var input = whole.Network.DefaultInput;
        var pixels = rows.GetColumn<VBuffer<float>>(input.Name).SelectMany(v => v.DenseValues()).ToArray();
        var feeds = new Dictionary<string, Tensor> { [input.Name] = Tensor.From(pixels, [unseen.Count, .. input.Shape!.Skip(1).Select(d => d.Value)]) };

        var lines = unseen.Select(p => new List<Raster?> { p.Picture.Resize(Drawn, Drawn) }).ToList();
        var notes = unseen.Select(_ => new List<string> { "" }).ToList();
        foreach (var (name, method) in Methods)
        {
            using var session = new ModelSession(Explanation.Compile(whole.Network, method, Target.Difference(box, 1 - box)));
            var all = session.Run(feeds)["attribution"].As<float>().ToArray();
            var length = all.Length / unseen.Count;
            for (var i = 0; i < unseen.Count; i++)
            {
                var map = Heatmap.SumChannels(all.AsSpan(i * length, length), length / (Side * Side), Side, Side);
                var share = InBox(map, unseen[i].Left, unseen[i].Top);
                lines[i].Add(new Resizing(ResizeRule.Pillow, ResizeFilter.Box).Apply(
                    Heatmap.Render(map, Side, Side, new() { Percentile = 99.5 }), Drawn, Drawn));
                notes[i].Add(FormattableString.Invariant($"{share:P0} in the box"));
            }
        }
        var area = (double)Box * Box / (unseen[0].Picture.Width * unseen[0].Picture.Height);
        return new PictureTable(["", .. Methods.Select(m => m.Name)], lines.Select((line, i) => new PictureLine("", line) { Notes = notes[i] }))
        {
            PictureWidth = Drawn,
            Caption = FormattableString.Invariant($"How much of a map's magnitude lies in the box, which is {area:P0} of the picture."),
        };
    }

    private static (Scene Scene, Raster Picture, int Left, int Top) Marked(Scene scene, int number, bool isMarked)
    {
        var (random, picture) = (new Random(500 + number), ImageFile.Read(scene.Path).Image);
        var (left, top) = (random.Next(picture.Width - Box), random.Next(picture.Height - Box));
        var plain = picture;
        if (isMarked)
            picture = Raster.Create(picture.Width, picture.Height, (x, y) =>
                x >= left && x < left + Box && y >= top && y < top + Box ? new Rgb(255, 255, 255) : plain[x, y]);
        PngWriter.Save(picture, scene.Path);
        return (new Scene { Path = scene.Path, Label = isMarked ? "box" : "none" }, picture, left, top);
    }

    // Pictures of 320 × 240 were stretched to a square.
    private static double InBox(float[] map, int left, int top)
    {
        var (inside, all) = (0.0, 0.0);
        for (var i = 0; i < map.Length; i++)
        {
            var (x, y) = (i % Side * 320.0 / Side, i / Side * 240.0 / Side);
            all += Math.Abs(map[i]);
            inside += x >= left && x < left + Box && y >= top && y < top + Box ? Math.Abs(map[i]) : 0;
        }
        return inside / all;
    }
}
