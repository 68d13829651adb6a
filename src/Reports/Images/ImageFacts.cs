using System.Buffers.Binary;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>What a file of an image says of itself, read without a decoder.</summary>
/// <param name="Format">Its format, for people.</param>
/// <param name="IsWhole">Whether it goes on to its end mark, where its format has one that is looked for.</param>
/// <param name="MustEnd">Whether without an end mark pixels may be missing that no decoder misses.</param>
/// <param name="Orientation">How it is turned, by EXIF's numbers; null to ask the decoder.</param>
internal sealed record ImageFacts(string Format, bool IsWhole = true, bool MustEnd = false, int? Orientation = null)
{
    /// <summary>Whether the format has an end that is looked for; of others a decoder alone knows whether pixels are missing.</summary>
    public bool TellsItsEnd { get; init; } = true;

    /// <summary>Tells the format by the first bytes, and checks sizes and what a decoder would not.</summary>
    /// <exception cref="ImageFormatException">It cannot be read.</exception>
    public static ImageFacts Read(ReadOnlySpan<byte> file, ImageProblem problem)
    {
        if (file.IsEmpty)
            throw problem.Of("the file is empty (0 bytes)", "write it again");
        if (file.StartsWith(PngCheck.Signature))
            return PngCheck.Read(file, problem);
        if (file is [0xFF, 0xD8, ..])
            return JpegCheck.Read(file, problem);
        if (file.StartsWith("GIF8"u8))
            return Sized("GIF", file, 10, problem, f => (U16(f[6..]), U16(f[8..])));
        if (file.StartsWith("BM"u8))
            return Sized("BMP", file, 26, problem, BmpSize);
        if (file.StartsWith("RIFF"u8) && file.Length >= 12 && file[8..].StartsWith("WEBP"u8))
            return WebP(file, problem);
        throw problem.NoImage(file);
    }

    private delegate (long Width, long Height) Sizes(ReadOnlySpan<byte> file);

    private static ImageFacts Sized(string format, ReadOnlySpan<byte> file, int least, ImageProblem problem, Sizes sizes)
    {
        if (file.Length < least)
            throw problem.HeaderOnly(format);
        var (width, height) = sizes(file);
        problem.CheckSize(width, height);
        return new ImageFacts(format) { TellsItsEnd = false };
    }

    private static ImageFacts WebP(ReadOnlySpan<byte> file, ImageProblem problem)
    {
        if (file.Length < 30)
            throw problem.HeaderOnly("WebP");
        var kind = file[12..16];
        var body = file[20..];
        if (kind.SequenceEqual("VP8X"u8))
            problem.CheckSize(1 + U24(body[4..]), 1 + U24(body[7..]));
        else if (kind.SequenceEqual("VP8L"u8) && BinaryPrimitives.ReadUInt32LittleEndian(body[1..]) is var bits)
            problem.CheckSize(1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF));
        else if (kind.SequenceEqual("VP8 "u8))
            problem.CheckSize(U16(body[6..]) & 0x3FFF, U16(body[8..]) & 0x3FFF);
        else
            throw problem.Damaged("WebP");
        if (BinaryPrimitives.ReadUInt32LittleEndian(file[4..]) + 8L > file.Length)
            throw problem.EndsEarly(file.Length, "WebP");
        return new ImageFacts("WebP", Orientation: kind.SequenceEqual("VP8X"u8) ? ExifOf(file[12..]) : null);
    }

    // Chunks: a name, a length, data, and a byte of filling behind an odd length.
    private static int ExifOf(ReadOnlySpan<byte> chunks)
    {
        while (chunks.Length >= 8)
        {
            long length = BinaryPrimitives.ReadUInt32LittleEndian(chunks[4..]);
            var next = 8 + length + length % 2;
            if (8 + length > chunks.Length)
                return 1;
            var data = chunks.Slice(8, (int)length);
            if (chunks.StartsWith("EXIF"u8))
                return Upright.Orientation(data.StartsWith("Exif\0\0"u8) ? data[6..] : data);
            if (next > chunks.Length)
                return 1;
            chunks = chunks[(int)next..];
        }
        return 1;
    }

    // Of the oldest header 16 bits a side; of others 32, a height below 0 for rows from the top.
    private static (long Width, long Height) BmpSize(ReadOnlySpan<byte> file) => BinaryPrimitives.ReadUInt32LittleEndian(file[14..]) == 12
        ? (U16(file[18..]), U16(file[20..]))
        : (BinaryPrimitives.ReadInt32LittleEndian(file[18..]), Math.Abs((long)BinaryPrimitives.ReadInt32LittleEndian(file[22..])));

    private static int U16(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt16LittleEndian(bytes);

    private static int U24(ReadOnlySpan<byte> bytes) => bytes[0] | bytes[1] << 8 | bytes[2] << 16;
}
