using Microsoft.ML.Introspection.Imaging;
using SkiaSharp;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>An image out of a file.</summary>
/// <param name="Image">
/// The image, upright as its EXIF data want it; with its opacity where the file has one, colours as they were stored.
/// </param>
/// <param name="Warning">What is wrong with the file although all of the image is there; null where nothing is.</param>
public sealed record DecodedImage(Raster Image, string? Warning);

/// <summary>
/// Reads files of images: PNG, JPEG, WebP, GIF (its first picture) and BMP, told apart by their content. Of 16 bits a channel the high byte
/// is taken; colour profiles are left aside, as ML.NET, Pillow and OpenCV do. Files are untrusted: sizes are checked before memory is
/// taken, and a file that ends early is refused, where SkiaSharp and ML.NET give a picture with black in it.
/// </summary>
public static class ImageFile
{
    /// <summary>The largest file, in bytes.</summary>
    public const long MaximumBytes = 1L << 28;

    /// <summary>The endings of files that are read.</summary>
    public static IReadOnlyList<string> Endings { get; } = [".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp"];

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="maximumPixels">The largest image, in pixels; at most <see cref="Raster.MaximumPixels"/>.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="ImageFormatException">
    /// It is damaged, too large, or no image that can be read; the message says what to do.
    /// </exception>
    public static DecodedImage Read(string path, int maximumPixels = Raster.MaximumPixels) => Read(path, maximumPixels, null);

    /// <summary>Reads an image from memory.</summary>
    /// <param name="content">The content of a file.</param>
    /// <param name="name">What to call it in messages.</param>
    /// <param name="maximumPixels">The largest image, in pixels.</param>
    /// <exception cref="ImageFormatException">It is damaged, too large, or no image that can be read.</exception>
    public static DecodedImage Decode(ReadOnlySpan<byte> content, string name, int maximumPixels = Raster.MaximumPixels) =>
        Decode(content, name, maximumPixels, null);

    /// <summary>
    /// Refuses a file that another decoder, as ML.NET's, might take for a picture with parts of it missing. Pixels are decoded only where
    /// nothing else tells whether all are there.
    /// </summary>
    /// <param name="content">The content of a file.</param>
    /// <param name="name">What to call it in messages.</param>
    /// <param name="maximumPixels">The largest image, in pixels.</param>
    /// <exception cref="ImageFormatException">It is damaged, too large, or no image that can be read.</exception>
    public static void Check(ReadOnlySpan<byte> content, string name, int maximumPixels = Raster.MaximumPixels)
    {
        var facts = ImageFacts.Read(content, Problem(name, maximumPixels));
        if (!facts.IsWhole || !facts.TellsItsEnd)
            Decode(content, name, maximumPixels);
    }

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="maximumPixels">The largest image, in pixels.</param>
    /// <param name="sized">Is told how many pixels there are, before memory is taken for them.</param>
    internal static DecodedImage Read(string path, int maximumPixels, Action<long>? sized)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (new FileInfo(path) is var file && !file.Exists)
            throw new FileNotFoundException($"The image '{path}' does not exist.", path);
        if (file.Length > MaximumBytes)
            throw new ImageFormatException(
                $"'{path}' has {file.Length:N0} bytes, more than the limit of {MaximumBytes:N0}; make it smaller.");
        return Decode(File.ReadAllBytes(path), path, maximumPixels, sized);
    }

    private static DecodedImage Decode(ReadOnlySpan<byte> content, string name, int maximumPixels, Action<long>? sized)
    {
        var problem = Problem(name, maximumPixels);
        var facts = ImageFacts.Read(content, problem);
        using var data = SKData.CreateCopy(content);
        using var codec = SKCodec.Create(data) ?? throw problem.Damaged(facts.Format);
        // A frame may be larger than the header that was checked.
        problem.CheckSize(codec.Info.Width, codec.Info.Height);
        sized?.Invoke((long)codec.Info.Width * codec.Info.Height);
        var opaque = codec.Info.AlphaType == SKAlphaType.Opaque;
        var info = new SKImageInfo(codec.Info.Width, codec.Info.Height, SKColorType.Rgba8888,
            opaque ? SKAlphaType.Opaque : SKAlphaType.Unpremul);
        var pixels = new byte[info.BytesSize];
        SKCodecResult result;
        unsafe
        {
            fixed (byte* start = pixels)
                result = codec.GetPixels(info, (nint)start);
        }
        if (result == SKCodecResult.IncompleteInput || result == SKCodecResult.InvalidInput && !facts.IsWhole)
            throw problem.EndsEarly(content.Length, facts.Format);
        if (result != SKCodecResult.Success)
            throw problem.DamagedData(facts.Format);
        if (!facts.IsWhole && facts.MustEnd)
            throw problem.EndsEarly(content.Length, facts.Format);
        var image = Raster.Owning(info.Width, info.Height, PixelFormat.Rgba, pixels);
        return new DecodedImage(
            Upright.Turned(opaque ? image.WithoutAlpha() : image, facts.Orientation ?? (int)codec.EncodedOrigin),
            facts.IsWhole ? null : $"'{name}' lacks its end mark; all of its pixels are there.");
    }

    private static ImageProblem Problem(string name, int maximumPixels)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return maximumPixels is >= 1 and <= Raster.MaximumPixels ? new ImageProblem(name, maximumPixels)
            : throw new ArgumentOutOfRangeException(nameof(maximumPixels), maximumPixels,
                $"From 1 to {Raster.MaximumPixels} pixels were expected.");
    }
}
