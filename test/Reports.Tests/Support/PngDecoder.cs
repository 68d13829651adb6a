using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Microsoft.ML.Introspection.Reports.Tests;

/// <summary>
/// Decodes 8-bit PNG files straight from the specification, checking every chunk; shares no code with the writer, not even
/// the way the check is computed (bit by bit instead of by table).
/// </summary>
internal sealed record PngDecoder(
    int Width, int Height, int Channels, byte[] Pixels, IReadOnlyList<string> Chunks, IReadOnlyList<byte> Filters)
{
    public static PngDecoder Decode(byte[] file)
    {
        CollectionAssert.AreEqual(new byte[] { 137, 80, 78, 71, 13, 10, 26, 10 }, file[..8]);
        var chunks = new List<string>();
        var header = Array.Empty<byte>();
        using var compressed = new MemoryStream();
        for (var at = 8; at < file.Length;)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(at));
            var type = Encoding.ASCII.GetString(file, at + 4, 4);
            var data = file[(at + 8)..(at + 8 + length)];
            var check = BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan(at + 8 + length));
            Assert.AreEqual(check, Check(file.AsSpan(at + 4, 4 + length)), $"check of {type}");
            chunks.Add(type);
            if (type == "IHDR")
                header = data;
            else if (type == "IDAT")
                compressed.Write(data);
            at += 12 + length;
        }

        Assert.AreEqual("IHDR", chunks[0]);
        Assert.AreEqual("IEND", chunks[^1]);
        CollectionAssert.AreEqual(new byte[] { 0, 0, 0 }, header[10..], "compression, filter and interlace methods");
        Assert.AreEqual(8, header[8]);
        var channels = header[9] switch { 0 => 1, 2 => 3, 6 => 4, _ => throw new InvalidDataException($"colour type {header[9]}") };
        var (width, height) = (BinaryPrimitives.ReadInt32BigEndian(header), BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(4)));

        compressed.Position = 0;
        using var inflated = new MemoryStream();
        using (var zlib = new ZLibStream(compressed, CompressionMode.Decompress))
            zlib.CopyTo(inflated);
        var rows = inflated.ToArray();
        var stride = width * channels;
        Assert.HasCount((stride + 1) * height, rows);
        return new(width, height, channels, Unfilter(rows, stride, height, channels, out var filters), chunks, filters);
    }

    private static byte[] Unfilter(byte[] rows, int stride, int height, int channels, out byte[] filters)
    {
        var pixels = new byte[stride * height];
        filters = new byte[height];
        for (var y = 0; y < height; y++)
        {
            filters[y] = rows[y * (stride + 1)];
            for (var x = 0; x < stride; x++)
            {
                var a = x >= channels ? pixels[y * stride + x - channels] : 0;
                var b = y > 0 ? pixels[(y - 1) * stride + x] : 0;
                var c = x >= channels && y > 0 ? pixels[(y - 1) * stride + x - channels] : 0;
                var p = a + b - c;
                var nearest = new[] { a, b, c }.MinBy(candidate => Math.Abs(p - candidate));
                var prediction = filters[y] switch
                {
                    0 => 0,
                    1 => a,
                    2 => b,
                    3 => (a + b) / 2,
                    4 => nearest,
                    _ => throw new InvalidDataException($"filter {filters[y]}"),
                };
                pixels[y * stride + x] = (byte)(rows[y * (stride + 1) + 1 + x] + prediction);
            }
        }

        return pixels;
    }

    private static uint Check(ReadOnlySpan<byte> data)
    {
        var crc = uint.MaxValue;
        foreach (var value in data)
        {
            for (var bit = 0; bit < 8; bit++)
                crc = (crc >> 1) ^ (((crc ^ (uint)(value >> bit)) & 1) * 0xEDB88320u);
        }

        return ~crc;
    }
}
