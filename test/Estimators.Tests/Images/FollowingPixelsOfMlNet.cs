using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Imaging;
using Microsoft.ML.Introspection.Tests.Imaging;
using Microsoft.ML.Transforms.Image;

namespace Microsoft.ML.Introspection.Estimators.Tests.Images;

/// <summary>What ML.NET makes of pixels in the version that is referred to, and what we make of them.</summary>
[TestClass]
public sealed class FollowingPixelsOfMlNet
{
    [TestMethod]
    public void Resizing_gives_the_pixels_of_the_older_Skia_and_so_do_we()
    {
        var seen = 0;
        foreach (var name in ImageReferences.MlNet.Names.Where(n => n.StartsWith("skia", StringComparison.Ordinal)))
        {
            var parts = name.Split('|')[1].Split('.');
            var (source, expected) = (ImageReferences.Resizing.Picture($"source.{parts[0]}"), ImageReferences.MlNet.Picture(name));
            var kind = Enum.Parse<ImageResizingEstimator.ResizingKind>(parts[1]);

            var resized = Resized(parts[0], expected.Width, expected.Height, kind, Enum.Parse<ImageResizingEstimator.Anchor>(parts[2]));

            // The reference was made with Skia m87; SkiaSharp 2.88 is m88.
            PictureAssert.Near(expected, resized, 2, name);
            var preprocessing = new Preprocessing(expected.Width, expected.Height)
            {
                Fitting = kind switch
                {
                    ImageResizingEstimator.ResizingKind.IsoPad => PictureFitting.Pad,
                    ImageResizingEstimator.ResizingKind.IsoCrop => PictureFitting.Crop,
                    _ => PictureFitting.Stretch,
                },
                Anchor = Enum.Parse<PictureAnchor>(parts[2]),
                Resizing = new Resizing(ResizeRule.MlNet,
                    kind == ImageResizingEstimator.ResizingKind.Fill ? ResizeFilter.Nearest : ResizeFilter.Bilinear),
            };
            PictureAssert.Near(resized, preprocessing.Fit(source), 1, $"{name}, ours");
            seen++;
        }
        Finite.Above(20, seen);
    }

    [TestMethod]
    [DataRow(12, 19, 24, 20, "IsoPad", "Center")]
    [DataRow(12, 19, 24, 20, "IsoPad", "Left")]
    [DataRow(19, 12, 20, 24, "IsoPad", "Bottom")]
    [DataRow(23, 19, 24, 20, "IsoPad", "Top")]
    [DataRow(12, 40, 24, 41, "IsoPad", "Center")]
    [DataRow(30, 20, 29, 21, "IsoCrop", "Top")]
    [DataRow(17, 9, 24, 20, "IsoCrop", "Right")]
    [DataRow(201, 99, 24, 20, "IsoCrop", "Left")]
    [DataRow(4, 50, 13, 13, "IsoPad", "Center")]   // One pixel wide, from the level of the side that shrinks more.
    [DataRow(260, 4, 100, 100, "IsoPad", "Center")]
    [DataRow(61, 6, 32, 32, "IsoPad", "Center")]
    [DataRow(4, 54, 13, 13, "IsoPad", "Center")]   // Less than a pixel wide: nothing is drawn.
    [DataRow(3, 6, 13, 13, "IsoCrop", "Center")]   // Places on borders of pixels, in single precision.
    [DataRow(93, 183, 64, 100, "IsoPad", "Center")]
    [DataRow(179, 89, 100, 68, "IsoCrop", "Center")]
    public void Images_of_other_sizes_are_resized_alike(int width, int height, int newWidth, int newHeight, string kind, string anchor)
    {
        var noise = new byte[width * height * 3];
        new Random(3).NextBytes(noise);
        var source = new Raster(width, height, PixelFormat.Rgb, noise);
        var bytes = new byte[width * height * 4];
        for (var i = 0; i < width * height; i++)
            (bytes[4 * i], bytes[4 * i + 1], bytes[4 * i + 2], bytes[4 * i + 3]) = (noise[3 * i], noise[3 * i + 1], noise[3 * i + 2], 255);
        var mlContext = new MLContext();
        var data = mlContext.Data.LoadFromEnumerable(
            [new Picture { Image = MLImage.CreateFromPixels(width, height, MLPixelFormat.Rgba32, bytes) }]);
        var pipeline = mlContext.Transforms.ResizeImages("Image", newWidth, newHeight, "Image",
                Enum.Parse<ImageResizingEstimator.ResizingKind>(kind), Enum.Parse<ImageResizingEstimator.Anchor>(anchor))
            .Append(mlContext.Transforms.ExtractPixels("Pixels", "Image", interleavePixelColors: true));
        var pixels = pipeline.Fit(data).Transform(data).GetColumn<float[]>("Pixels").Single();

        var preprocessing = new Preprocessing(newWidth, newHeight)
        {
            Fitting = kind == "IsoPad" ? PictureFitting.Pad : PictureFitting.Crop,
            // ML.NET pads evenly, whatever the anchor.
            Anchor = kind == "IsoPad" ? PictureAnchor.Center : Enum.Parse<PictureAnchor>(anchor), Resizing = new Resizing(ResizeRule.MlNet),
        };
        PictureAssert.Near(new Raster(newWidth, newHeight, PixelFormat.Rgb, Array.ConvertAll(pixels, p => (byte)p)),
            preprocessing.Fit(source), 1, $"{width} × {height}");
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void Extracted_pixels_are_those_that_we_prepare(bool interleaved)
    {
        var mlContext = new MLContext();
        var data = Loaded(mlContext, "tall");
        // The size is not known before images are loaded.
        var source = ImageReferences.Resizing.Picture("source.tall");
        var sized = mlContext.Transforms.LoadImages("Image", "", nameof(Row.File))
            .Append(mlContext.Transforms.ResizeImages("Image", source.Width, source.Height))
            .Append(mlContext.Transforms.ExtractPixels(
                "Pixels", "Image", interleavePixelColors: interleaved, offsetImage: 127.5f, scaleImage: 1 / 127.5f));

        var pixels = sized.Fit(data).Transform(data).GetColumn<float[]>("Pixels").Single();

        var prepared = new Preprocessing(source.Width, source.Height)
        {
            Scale = 1 / 127.5, Mean = [1], Layout = interleaved ? PixelLayout.ChannelsLast : PixelLayout.ChannelsFirst,
        };
        Near.Equal(prepared.Apply(source), pixels, 1e-6);
    }

    private static Raster Resized(
        string source, int width, int height, ImageResizingEstimator.ResizingKind kind, ImageResizingEstimator.Anchor anchor)
    {
        var mlContext = new MLContext();
        var data = Loaded(mlContext, source);
        var pipeline = mlContext.Transforms.LoadImages("Image", "", nameof(Row.File))
            .Append(mlContext.Transforms.ResizeImages("Image", width, height, "Image", kind, anchor))
            .Append(mlContext.Transforms.ExtractPixels("Pixels", "Image", interleavePixelColors: true));
        var pixels = pipeline.Fit(data).Transform(data).GetColumn<float[]>("Pixels").Single();
        return new Raster(width, height, PixelFormat.Rgb, Array.ConvertAll(pixels, p => (byte)p));
    }

    private static IDataView Loaded(MLContext mlContext, string source) => mlContext.Data.LoadFromEnumerable(
        [new Row { File = Path.Combine(ImageReferences.Folder, "files", $"source_{source}.png") }]);

    private sealed class Picture
    {
        [ImageType(100, 100)]
        public MLImage? Image { get; set; }
    }

    private sealed class Row
    {
        public string File { get; set; } = "";
    }
}
