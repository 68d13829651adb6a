using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>Walks through the chunks of a PNG file: sizes, check sums, the end mark, and how EXIF wants it turned.</summary>
internal static class PngCheck
{
    private const string Format = "PNG";

    // Behind the signature: a length, a name, 13 bytes of header, a check sum.
    private const int HeaderEnd = 33;
    private const int MostBytes = 1 << 28;

    public static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    public static ImageFacts Read(ReadOnlySpan<byte> file, ImageProblem problem)
    {
        if (file.Length < HeaderEnd)
            throw problem.EndsEarly(file.Length, Format);
        if (!file[12..].StartsWith("IHDR"u8))
            throw problem.Damaged(Format);
        problem.CheckSize(U32(file[16..]), U32(file[20..]));
        if (!IsSound(file[12..HeaderEnd]))
            throw problem.Of("the header's check sum is wrong: the file is damaged", "fetch it again");
        var (hasPixels, orientation) = (false, 1);
        for (var rest = file[HeaderEnd..]; ;)
        {
            if (rest.IsEmpty)
                return hasPixels ? new ImageFacts(Format, IsWhole: false, Orientation: orientation) : throw problem.HeaderOnly(Format);
            if (rest.Length < 12 || U32(rest) + 12 > rest.Length)
                throw problem.EndsEarly(file.Length, Format);
            var chunk = rest[4..(int)(U32(rest) + 12)];
            var (isPixels, isEnd) = (chunk.StartsWith("IDAT"u8), chunk.StartsWith("IEND"u8));
            // An upper-case letter: no picture without it.
            if ((chunk[0] & 0x20) == 0 && !IsSound(chunk))
                throw isPixels && IsDamaged(file) ? problem.DamagedData(Format) : problem.Of(
                    $"a check sum of {(isPixels ? "the data" : "a chunk")} is wrong: the file is damaged", "fetch it again");
            hasPixels |= isPixels;
            if (chunk.StartsWith("eXIf"u8))
                orientation = Upright.Orientation(chunk[4..^4]);
            if (isEnd)
                return hasPixels ? new ImageFacts(Format, Orientation: orientation) : throw problem.HeaderOnly(Format);
            rest = rest[(int)(U32(rest) + 12)..];
        }
    }

    // Whether more than the check sum is wrong: the pixels of all chunks together are one compressed stream.
    private static bool IsDamaged(ReadOnlySpan<byte> file)
    {
        using var compressed = new MemoryStream();
        for (var rest = file[HeaderEnd..]; rest.Length >= 12 && U32(rest) + 12 <= rest.Length; rest = rest[(int)(U32(rest) + 12)..])
            if (rest[4..].StartsWith("IDAT"u8))
                compressed.Write(rest.Slice(8, (int)U32(rest)));
        compressed.Position = 0;
        try
        {
            using var pixels = new ZLibStream(compressed, CompressionMode.Decompress);
            Span<byte> part = stackalloc byte[4096];
            for (var left = MostBytes; left > 0 && pixels.Read(part) is > 0 and var read; left -= read)
            {
            }
            return false;
        }
        catch (InvalidDataException)
        {
            return true;
        }
    }

    // A name, data, and their check sum.
    private static bool IsSound(ReadOnlySpan<byte> chunk) => Crc32.HashToUInt32(chunk[..^4]) == U32(chunk[^4..]);

    private static long U32(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt32BigEndian(bytes);
}
