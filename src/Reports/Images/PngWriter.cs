using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;
using Microsoft.ML.Introspection.Files;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>Writes images as PNG (ISO/IEC 15948): 8 bits a channel, not interlaced, filtered row by row.</summary>
public static class PngWriter
{
    private const int MaximumChunk = 1 << 20;

    private static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>Writes a file, which appears whole or not at all.</summary>
    public static void Save(Raster image, string path) => AtomicFile.Write(path, stream => Write(image, stream));

    /// <summary>The bytes of a file.</summary>
    public static byte[] Encode(Raster image)
    {
        using var stream = new MemoryStream();
        Write(image, stream);
        return stream.ToArray();
    }

    /// <summary>Writes to a stream, which is left open and need not be able to seek.</summary>
    public static void Write(Raster image, Stream stream)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(stream);

        Span<byte> header = stackalloc byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, image.Width);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], image.Height);
        header[8] = 8;
        header[9] = image.Format switch { PixelFormat.Gray => 0, PixelFormat.Rgb => 2, _ => 6 };
        header[10..].Clear();

        stream.Write(Signature);
        WriteChunk(stream, "IHDR"u8, header);
        foreach (var part in Compress(image).Chunk(MaximumChunk))
            WriteChunk(stream, "IDAT"u8, part);
        WriteChunk(stream, "IEND"u8, []);
    }

    private static byte[] Compress(Raster image)
    {
        using var compressed = new MemoryStream();
        using (var zlib = new ZLibStream(compressed, CompressionLevel.Optimal, leaveOpen: true))
        {
            var filter = new PngRowFilter(image.Row(0).Length, (int)image.Format);
            for (var y = 0; y < image.Height; y++)
                zlib.Write(filter.Apply(image.Row(y)));
        }

        return compressed.ToArray();
    }

    private static void WriteChunk(Stream stream, ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        stream.Write(number);
        stream.Write(type);
        stream.Write(data);

        var check = new Crc32();
        check.Append(type);
        check.Append(data);
        BinaryPrimitives.WriteUInt32BigEndian(number, check.GetCurrentHashAsUInt32());
        stream.Write(number);
    }
}
