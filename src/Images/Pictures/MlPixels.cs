using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Imaging;

namespace Microsoft.ML.Introspection.Images.Pictures;

/// <summary>ML.NET's images, and ours.</summary>
internal static class MlPixels
{
    private const int Channels = 4;

    /// <summary>The colours of an image, as ML.NET has them: opacity multiplied in, and dropped.</summary>
    public static Raster ToRaster(MLImage image)
    {
        var from = image.Pixels;
        var (red, blue) = image.PixelFormat == MLPixelFormat.Bgra32 ? (2, 0) : (0, 2);
        var pixels = new byte[image.Width * image.Height * 3];
        for (int i = 0, at = 0; i < pixels.Length; i += 3, at += Channels)
            (pixels[i], pixels[i + 1], pixels[i + 2]) = (from[at + red], from[at + 1], from[at + blue]);
        return Raster.Owning(image.Width, image.Height, PixelFormat.Rgb, pixels);
    }

    /// <summary>An image as ML.NET has it.</summary>
    public static MLImage ToImage(Raster image)
    {
        var from = image.Pixels;
        var pixels = new byte[image.Width * image.Height * Channels];
        for (int i = 0, at = 0; i < pixels.Length; i += Channels, at += (int)image.Format)
        {
            var alpha = image.Format == PixelFormat.Rgba ? from[at + 3] : byte.MaxValue;
            pixels[i] = Times(from[at], alpha);
            pixels[i + 1] = Times(from[image.Format == PixelFormat.Gray ? at : at + 1], alpha);
            pixels[i + 2] = Times(from[image.Format == PixelFormat.Gray ? at : at + 2], alpha);
            pixels[i + 3] = alpha;
        }
        return MLImage.CreateFromPixels(image.Width, image.Height, MLPixelFormat.Rgba32, pixels);
    }

    private static byte Times(byte value, byte alpha) => alpha == byte.MaxValue ? value
        : (byte)((value * alpha + byte.MaxValue / 2) / byte.MaxValue);
}
