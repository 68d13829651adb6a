using System.Text;
using Microsoft.ML.Introspection.Imaging;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>What is said of a file that is no image that can be used: which file, what was found, what to do.</summary>
/// <param name="name">The file.</param>
/// <param name="maximumPixels">The largest image.</param>
internal sealed class ImageProblem(string name, int maximumPixels)
{
    private const int ShownBytes = 16;
    private const int LookedAt = 1024;

    // Formats that are none of ours, by the characters that files have from some byte on.
    private static readonly (int At, string Begins, string Name)[] Others =
    [
        (0, "II*\0", "a TIFF"), (0, "MM\0*", "a TIFF"), (0, "II+\0", "a TIFF"), (0, "MM\0+", "a TIFF"),
        (4, "ftypavif", "an AVIF image"), (4, "ftypheic", "an HEIC image"), (4, "ftypheix", "an HEIC image"),
        (4, "ftypmif1", "an HEIF image"),
        (4, "jP  ", "a JPEG 2000 image"), (0, "\u00FF\u000A", "a JPEG XL image"), (4, "JXL ", "a JPEG XL image"),
        (0, "\0\0\u0001\0", "an icon (ICO)"), (0, "8BPS", "a Photoshop document"), (0, "%PDF", "a PDF document"),
        (128, "DICM", "a DICOM image"),
        (0, "PK\u0003\u0004", "a ZIP archive"), (0, "\u0093NUMPY", "a NumPy array (give it with --data)"),
    ];

    public ImageFormatException Of(string found, string advice) => new($"'{name}': {found}; {advice}.");

    public ImageFormatException EndsEarly(long bytes, string format) =>
        Of($"the file ends early, after {bytes:N0} bytes: a part of the {format} image is missing", "fetch or write it again");

    public ImageFormatException HeaderOnly(string format) =>
        Of($"a {format} image with its header only, no pixels", "fetch or write it again");

    public ImageFormatException Damaged(string format) => Of($"a damaged {format} image", "fetch or write it again");

    public ImageFormatException DamagedData(string format) =>
        Of($"the compressed data of the {format} image are damaged", "fetch or write it again");

    /// <summary>Refuses what has no pixels or too many, by its header.</summary>
    public void CheckSize(long width, long height)
    {
        if (width < 1 || height < 1)
            throw Of($"{(width < 1 ? $"width {width}" : $"height {height}")} is not allowed: the header is damaged", "write it again");
        if ((UInt128)(ulong)width * (ulong)height > (UInt128)maximumPixels)
        {
            var gigabytes = (double)width * height * 3 / 1e9;
            throw Of(FormattableString.Invariant(
                $"{width} x {height} pixels ({gigabytes:0.#} GB decoded) is more than the limit of {maximumPixels:N0}"), "make it smaller");
        }
    }

    /// <summary>Says what a file is that is no image that can be read.</summary>
    public ImageFormatException NoImage(ReadOnlySpan<byte> file)
    {
        foreach (var (at, begins, what) in Others)
            if (file.Length >= at + begins.Length && Encoding.Latin1.GetString(file.Slice(at, begins.Length)) == begins)
                return Of($"it is {what}, which is not read", "convert it to PNG");
        var text = Text(file[..Math.Min(file.Length, LookedAt)]);
        if (text is not null && text.Contains("<svg", StringComparison.OrdinalIgnoreCase))
            return Of("not a raster image but SVG", "convert it to PNG");
        if (text is not null && (text.Contains("<html", StringComparison.OrdinalIgnoreCase)
            || text.Contains("<!doctype html", StringComparison.OrdinalIgnoreCase)))
            return Of("not an image: it looks like HTML, a page in its place", "fetch the image itself");
        return text is not null
            ? Of($"not an image but text, which begins with \"{Shortened(text)}\"", "name images")
            : Of($"not an image: it begins with the bytes {Convert.ToHexString(file[..Math.Min(file.Length, ShownBytes)])}", "name images");
    }

    private static string? Text(ReadOnlySpan<byte> bytes)
    {
        if (bytes is [0xFF, 0xFE, ..])
            return Printable(Encoding.Unicode.GetString(bytes[2..]));
        if (bytes is [0xFE, 0xFF, ..])
            return Printable(Encoding.BigEndianUnicode.GetString(bytes[2..]));
        return Printable(Encoding.UTF8.GetString(bytes is [0xEF, 0xBB, 0xBF, ..] ? bytes[3..] : bytes));
    }

    // The last character may be cut in two.
    private static string? Printable(string text) => text.Length > 0
        && text.Take(text.Length - 1).All(c => c is '\t' or '\r' or '\n' || !char.IsControl(c) && c != '\uFFFD') ? text : null;

    private static string Shortened(string text)
    {
        var line = text.Split('\n')[0].Trim();
        return line.Length > 2 * ShownBytes ? line[..(2 * ShownBytes)] + "…" : line;
    }
}
