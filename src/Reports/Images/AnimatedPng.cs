using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Imaging;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>
/// Writes films as animated PNG (PNG, third edition, 2025): what every browser plays, and what shows the first picture elsewhere.
/// </summary>
public static class AnimatedPng
{
    private const int SignatureLength = 8;

    /// <summary>Writes a file, which appears whole or not at all.</summary>
    /// <param name="frames">Pictures of one size and format; one at least.</param>
    /// <param name="path">The file.</param>
    /// <param name="milliseconds">How long each is seen: 10 to 60,000.</param>
    /// <exception cref="ArgumentException">They differ, or there is none.</exception>
    public static void Save(IReadOnlyList<Raster> frames, string path, int milliseconds = 100) =>
        AtomicFile.Write(path, stream => stream.Write(Encode(frames, milliseconds)));

    /// <summary>The bytes of a film that begins anew when it is over.</summary>
    /// <param name="frames">Pictures of one size and format; one at least.</param>
    /// <param name="milliseconds">How long each is seen: 10 to 60,000.</param>
    /// <exception cref="ArgumentException">They differ, or there is none.</exception>
    public static byte[] Encode(IReadOnlyList<Raster> frames, int milliseconds = 100)
    {
        ArgumentNullException.ThrowIfNull(frames);
        if (frames.Count == 0 || frames.Any(f => (f.Width, f.Height, f.Format) != (frames[0].Width, frames[0].Height, frames[0].Format)))
            throw new ArgumentException("Frames of one size and format were expected, one at least.", nameof(frames));
        if (milliseconds is < 10 or > 60_000)
            throw new ArgumentOutOfRangeException(nameof(milliseconds), milliseconds, "Between 10 and 60,000 milliseconds were expected.");
        using var file = new MemoryStream();
        var sequence = 0u;
        for (var frame = 0; frame < frames.Count; frame++)
        {
            var png = PngWriter.Encode(frames[frame]);
            if (frame == 0)
            {
                file.Write(png.AsSpan(0, SignatureLength));
                foreach (var (name, data) in Chunks(png).TakeWhile(c => c.Name != "IDAT"))
                    Write(file, name, data.Span);
                Write(file, "acTL", Numbers((uint)frames.Count, 0));
            }
            // Whole pictures one after the other, each for some thousandths of a second.
            Write(file, "fcTL", [.. Numbers(sequence++, (uint)frames[0].Width, (uint)frames[0].Height, 0, 0,
                (uint)milliseconds << 16 | 1000), 0, 0]);
            foreach (var (_, data) in Chunks(png).Where(c => c.Name == "IDAT"))
            {
                if (frame == 0)
                    Write(file, "IDAT", data.Span);
                else
                    Write(file, "fdAT", [.. Numbers(sequence++), .. data.Span]);
            }
        }
        Write(file, "IEND", []);
        return file.ToArray();
    }

    private static IEnumerable<(string Name, ReadOnlyMemory<byte> Data)> Chunks(byte[] png)
    {
        for (var at = SignatureLength; at < png.Length;)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(at));
            yield return (Encoding.ASCII.GetString(png, at + 4, 4), png.AsMemory(at + 8, length));
            at += length + 12;
        }
    }

    private static void Write(MemoryStream file, string name, ReadOnlySpan<byte> data)
    {
        byte[] body = [.. Encoding.ASCII.GetBytes(name), .. data];
        file.Write(Numbers((uint)data.Length));
        file.Write(body);
        file.Write(Numbers(Crc32.HashToUInt32(body)));
    }

    private static byte[] Numbers(params ReadOnlySpan<uint> numbers)
    {
        var bytes = new byte[4 * numbers.Length];
        for (var i = 0; i < numbers.Length; i++)
            BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(4 * i), numbers[i]);
        return bytes;
    }
}
