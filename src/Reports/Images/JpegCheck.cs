using System.Buffers.Binary;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>Walks through the segments of a JPEG file: the size, and whether it goes on to its end mark.</summary>
internal static class JpegCheck
{
    private const string Format = "JPEG";

    public static ImageFacts Read(ReadOnlySpan<byte> file, ImageProblem problem)
    {
        var (hasSize, hasPixels, progressive) = (false, false, false);
        var at = 2;
        while (true)
        {
            // Any number of fill bytes may stand before a marker.
            while (at + 1 < file.Length && file[at] == 0xFF && file[at + 1] == 0xFF)
                at++;
            if (at + 1 >= file.Length)
                return !hasPixels ? throw problem.HeaderOnly(Format) : new ImageFacts(Format, IsWhole: false, MustEnd: progressive);
            if (file[at] != 0xFF)
                throw problem.Damaged(Format);
            var marker = file[at + 1];
            at += 2;
            if (marker == 0xD9)
                return hasPixels ? new ImageFacts(Format) : throw problem.HeaderOnly(Format);
            if (marker is 0x01 or >= 0xD0 and <= 0xD7)
                continue;
            if (at + 2 > file.Length || BinaryPrimitives.ReadUInt16BigEndian(file[at..]) is var length && at + length > file.Length)
                return !hasPixels ? throw problem.HeaderOnly(Format) : new ImageFacts(Format, IsWhole: false, MustEnd: progressive);
            if (length < 2 || marker == 0)
                throw problem.Damaged(Format);
            if (IsSize(marker))
            {
                if (length < 8)
                    throw problem.Damaged(Format);
                problem.CheckSize(BinaryPrimitives.ReadUInt16BigEndian(file[(at + 5)..]),
                    BinaryPrimitives.ReadUInt16BigEndian(file[(at + 3)..]));
                (hasSize, progressive) = (true, marker is 0xC2 or 0xC6 or 0xCA or 0xCE);
            }
            at += length;
            if (marker != 0xDA)
                continue;
            if (!hasSize)
                throw problem.Damaged(Format);
            hasPixels = true;
            at = EndOfScan(file, at);
        }
    }

    private static bool IsSize(byte marker) => marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC);

    // Within compressed data 0xFF is followed by 0, or by the mark of a restart.
    private static int EndOfScan(ReadOnlySpan<byte> file, int at)
    {
        while (file[at..].IndexOf((byte)0xFF) is >= 0 and var ahead)
        {
            at += ahead;
            if (at + 1 >= file.Length || file[at + 1] is not (0 or 0xFF or >= 0xD0 and <= 0xD7))
                return at;
            at += file[at + 1] == 0xFF ? 1 : 2;
        }
        return file.Length;
    }
}
