using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Imaging;
using SkiaSharp;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>Writes images as PNG (ISO/IEC 15948): 8 bits a channel, not interlaced, filtered row by row.</summary>
public static class PngWriter
{
    private const int Compression = 6;

    /// <summary>Writes a file, which appears whole or not at all.</summary>
    public static void Save(Raster image, string path) => AtomicFile.Write(path, stream => Write(image, stream));

    /// <summary>The bytes of a file.</summary>
    public static byte[] Encode(Raster image)
    {
        using var data = Encoded(image);
        return data.ToArray();
    }

    /// <summary>Writes to a stream, which is left open and need not be able to seek.</summary>
    public static void Write(Raster image, Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        using var data = Encoded(image);
        data.SaveTo(stream);
    }

    private static unsafe SKData Encoded(Raster image)
    {
        ArgumentNullException.ThrowIfNull(image);
        // Skia takes three channels as four.
        var bytes = image.Format == PixelFormat.Rgb ? WithFourth(image) : image.Pixels;
        var info = new SKImageInfo(image.Width, image.Height, image.Format == PixelFormat.Gray ? SKColorType.Gray8 : SKColorType.Rgba8888,
            image.Format == PixelFormat.Rgba ? SKAlphaType.Unpremul : SKAlphaType.Opaque);
        fixed (byte* start = bytes)
        {
            using var pixels = new SKPixmap(info, (nint)start);
            return pixels.Encode(new SKPngEncoderOptions(SKPngEncoderFilterFlags.AllFilters, Compression))
                ?? throw new InvalidOperationException($"An image of {image.Width} × {image.Height} could not be written as PNG.");
        }
    }

    private static byte[] WithFourth(Raster image)
    {
        var from = image.Pixels;
        var pixels = new byte[image.Width * image.Height * 4];
        for (int i = 0, to = 0; i < from.Length; i += 3, to += 4)
            (pixels[to], pixels[to + 1], pixels[to + 2], pixels[to + 3]) = (from[i], from[i + 1], from[i + 2], byte.MaxValue);
        return pixels;
    }
}
