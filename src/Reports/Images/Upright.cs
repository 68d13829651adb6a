using System.Buffers.Binary;
using Microsoft.ML.Introspection.Imaging;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>Turns images as EXIF's orientation says.</summary>
internal static class Upright
{
    private const int OrientationTag = 0x0112;

    /// <summary>The orientation in EXIF data, from 1 to 8; 1, as it is, where none is told.</summary>
    public static int Orientation(ReadOnlySpan<byte> exif)
    {
        if (exif.Length < 14 || !(exif.StartsWith("II"u8) || exif.StartsWith("MM"u8)))
            return 1;
        var little = exif[0] == 'I';
        var start = little ? BinaryPrimitives.ReadUInt32LittleEndian(exif[4..]) : BinaryPrimitives.ReadUInt32BigEndian(exif[4..]);
        if (start > exif.Length - 2)
            return 1;
        var entries = U16(exif[(int)start..], little);
        for (var i = 0; i < entries && start + 2 + 12 * (i + 1) <= exif.Length; i++)
        {
            var entry = exif[(int)(start + 2 + 12 * i)..];
            if (U16(entry, little) == OrientationTag)
                return U16(entry[8..], little) is >= 1 and <= 8 and var orientation ? orientation : 1;
        }
        return 1;
    }

    /// <summary>An image that was stored in an orientation, upright.</summary>
    public static Raster Turned(Raster image, int orientation)
    {
        if (orientation is < 2 or > 8)
            return image;
        var channels = (int)image.Format;
        var from = image.Pixels;
        var (width, height) = orientation < 5 ? (image.Width, image.Height) : (image.Height, image.Width);
        var (right, bottom) = (image.Width - 1, image.Height - 1);
        var pixels = new byte[from.Length];
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                var (u, v) = orientation switch
                {
                    2 => (right - x, y),
                    3 => (right - x, bottom - y),
                    4 => (x, bottom - y),
                    5 => (y, x),
                    6 => (y, bottom - x),
                    7 => (right - y, bottom - x),
                    _ => (right - y, x),
                };
                from.Slice((v * image.Width + u) * channels, channels).CopyTo(pixels.AsSpan((y * width + x) * channels));
            }
        }
        return Raster.Owning(width, height, image.Format, pixels);
    }

    private static int U16(ReadOnlySpan<byte> bytes, bool little) =>
        little ? BinaryPrimitives.ReadUInt16LittleEndian(bytes) : BinaryPrimitives.ReadUInt16BigEndian(bytes);
}
