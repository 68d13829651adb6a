using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Imaging;
using Microsoft.ML.Transforms.Image;

namespace Microsoft.ML.Introspection.Images.Tests.Support;

internal sealed class PathRow
{
    public string File { get; set; } = "";
}

internal sealed class BytesRow
{
    public byte[] Image { get; set; } = [];
}

internal sealed class ImageRow
{
    [ImageType(100, 100)]
    public MLImage? Image { get; set; }
}

internal sealed class WhyRow
{
    public float[] Why { get; set; } = [];
}

internal sealed class PngRow
{
    public byte[] Png { get; set; } = [];
}

/// <summary>Pipelines and pictures for tests.</summary>
internal static class Scenes
{
    public static string Files => Path.Combine(AppContext.BaseDirectory, "data", "images", "files");

    public static string Bad => Path.Combine(AppContext.BaseDirectory, "data", "images", "bad");

    public static IDataView Paths(MLContext mlContext, params string[] files) =>
        mlContext.Data.LoadFromEnumerable(files.Select(f => new PathRow { File = f }));

    public static MLImage Image(Raster raster)
    {
        var pixels = new byte[raster.Width * raster.Height * 4];
        for (var i = 0; i < raster.Width * raster.Height; i++)
        {
            var (red, green, blue) = raster[i % raster.Width, i / raster.Width];
            (pixels[4 * i], pixels[4 * i + 1], pixels[4 * i + 2], pixels[4 * i + 3]) = (red, green, blue, 255);
        }
        return MLImage.CreateFromPixels(raster.Width, raster.Height, MLPixelFormat.Rgba32, pixels);
    }

    public static Raster Raster(MLImage image)
    {
        var from = image.Pixels;
        var (red, blue) = image.PixelFormat == MLPixelFormat.Bgra32 ? (2, 0) : (0, 2);
        var pixels = new byte[image.Width * image.Height * 3];
        for (var i = 0; i < image.Width * image.Height; i++)
            (pixels[3 * i], pixels[3 * i + 1], pixels[3 * i + 2]) = (from[4 * i + red], from[4 * i + 1], from[4 * i + blue]);
        return new Raster(image.Width, image.Height, PixelFormat.Rgb, pixels);
    }
}
