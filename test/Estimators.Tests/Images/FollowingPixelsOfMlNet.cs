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
        foreach (var name in ImageReferences.MlNet.Names.Where(n => n.StartsWith("skia87|", StringComparison.Ordinal)))
        {
            var parts = name["skia87|".Length..].Split('.');
            var (source, expected) = (ImageReferences.Resizing.Picture($"source.{parts[0]}"), ImageReferences.MlNet.Picture(name));
            var kind = Enum.Parse<ImageResizingEstimator.ResizingKind>(parts[1]);
            var anchor = Enum.Parse<ImageResizingEstimator.Anchor>(parts[2]);

            var resized = Resized(source, expected.Width, expected.Height, kind, anchor);

            PictureAssert.Near(expected, resized, 1, name);
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
    public void Extracted_pixels_are_those_that_we_prepare()
    {
        var mlContext = new MLContext();
        var source = ImageReferences.Resizing.Picture("source.tall");
        var data = mlContext.Data.LoadFromEnumerable([new Row { Image = Made(source) }]);
        foreach (var interleaved in (bool[])[false, true])
        {
            var pipeline = mlContext.Transforms.ExtractPixels("Pixels", nameof(Row.Image), interleavePixelColors: interleaved,
                offsetImage: 127.5f, scaleImage: 1 / 127.5f);
            var pixels = pipeline.Fit(data).Transform(data).GetColumn<float[]>("Pixels").Single();
            var prepared = new Preprocessing(source.Width, source.Height)
            {
                Scale = 1 / 127.5, Mean = [1], Layout = interleaved ? PixelLayout.ChannelsLast : PixelLayout.ChannelsFirst,
            };
            Near.Equal(prepared.Apply(source), pixels, 1e-6);
        }
    }

    private static Raster Resized(
        Raster source, int width, int height, ImageResizingEstimator.ResizingKind kind, ImageResizingEstimator.Anchor anchor)
    {
        var mlContext = new MLContext();
        var data = mlContext.Data.LoadFromEnumerable([new Row { Image = Made(source) }]);
        var pipeline = mlContext.Transforms.ResizeImages("Resized", width, height, nameof(Row.Image), kind, anchor);
        var image = pipeline.Fit(data).Transform(data).GetColumn<MLImage>("Resized").Single();
        return Raster.Create(image.Width, image.Height, (x, y) => Color(image, y * image.Width + x));
    }

    private static Rgb Color(MLImage image, int pixel)
    {
        var bytes = image.Pixels.Slice(4 * pixel, 4);
        return image.PixelFormat == MLPixelFormat.Bgra32 ? new Rgb(bytes[2], bytes[1], bytes[0]) : new Rgb(bytes[0], bytes[1], bytes[2]);
    }

    private static MLImage Made(Raster source)
    {
        var pixels = new byte[source.Width * source.Height * 4];
        for (var i = 0; i < source.Width * source.Height; i++)
        {
            var (red, green, blue) = source[i % source.Width, i / source.Width];
            (pixels[4 * i], pixels[4 * i + 1], pixels[4 * i + 2], pixels[4 * i + 3]) = (blue, green, red, 255);
        }
        return MLImage.CreateFromPixels(source.Width, source.Height, MLPixelFormat.Bgra32, pixels);
    }

    private sealed class Row
    {
        [ImageType]
        public MLImage? Image { get; set; }
    }
}
