using System.Buffers.Binary;
using Microsoft.ML.Introspection.Imaging;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>
/// A PNG whose pixels are numbers of labels: red + 256 · green in colours, the level in gray, the number of the colour in a palette. 0 is
/// nothing.
/// </summary>
/// <param name="Height">Its rows.</param>
/// <param name="Width">Its columns.</param>
/// <param name="Numbers">The numbers, rows from the top.</param>
internal sealed record LabelMap(int Height, int Width, int[] Numbers)
{
    private const int TypeOffset = 25, DepthOffset = 24;

    /// <summary>Reads a file.</summary>
    /// <exception cref="ImageFormatException">It is damaged, too large, or no PNG of labels.</exception>
    public static LabelMap Read(string path, int maximumPixels)
    {
        if (!File.Exists(path))
            throw new FileNotFoundException($"The label image '{path}' does not exist.", path);
        if (new FileInfo(path).Length > ImageFile.MaximumBytes)
            throw new ImageFormatException($"'{path}' is larger than {ImageFile.MaximumBytes:N0} bytes; make it smaller.");
        var file = File.ReadAllBytes(path);
        if (!file.AsSpan().StartsWith(PngCheck.Signature))
            throw new ImageFormatException($"'{path}' is no PNG; labels must be stored without loss.");
        var image = ImageFile.Decode(file, path, maximumPixels).Image;
        var (kind, depth) = (file[TypeOffset], file[DepthOffset]);
        if (depth > 8)
            throw new ImageFormatException(
                $"'{path}' has {depth} bits a channel; 8 were expected: numbers above 255 are red + 256 · green.");
        var palette = kind == 3 ? Palette(file, path) : null;
        var numbers = new int[image.Width * image.Height];
        for (var y = 0; y < image.Height; y++)
        {
            for (var x = 0; x < image.Width; x++)
            {
                var pixel = image[x, y];
                numbers[y * image.Width + x] = kind is 0 or 4 ? pixel.Red / (255 / ((1 << depth) - 1))
                    : palette is null ? pixel.Red + 256 * pixel.Green : palette[(pixel.Red << 16) | (pixel.Green << 8) | pixel.Blue];
            }
        }
        return new LabelMap(image.Height, image.Width, numbers);
    }

    /// <summary>The labels of what a network sees of the image: nearest ones, nothing where it sees beyond it.</summary>
    /// <param name="frame">Where the image lies in the picture that the network sees.</param>
    /// <param name="pictureWidth">The picture's columns.</param>
    /// <param name="pictureHeight">The picture's rows.</param>
    public LabelMap Seen(ImageFrame frame, int pictureWidth, int pictureHeight)
    {
        if (frame == new ImageFrame(0, 0, pictureWidth, pictureHeight))
            return this;
        var rows = Places(Height, frame.Top, frame.Height, pictureHeight);
        var columns = Places(Width, frame.Left, frame.Width, pictureWidth);
        var numbers = new int[Numbers.Length];
        for (var y = 0; y < Height; y++)
            for (var x = 0; x < Width; x++)
                numbers[y * Width + x] = rows[y] < 0 || columns[x] < 0 ? 0 : Numbers[rows[y] * Width + columns[x]];
        return this with { Numbers = numbers };
    }

    private static int[] Places(int labels, int start, int extent, int picture) => [.. Enumerable.Range(0, labels).Select(i =>
        ((i + 0.5) * picture / labels - start) / extent is >= 0 and < 1 and var share ? (int)(share * labels) : -1)];

    // Colours that stand twice are told apart by nothing; the first is meant.
    private static Dictionary<int, int> Palette(ReadOnlySpan<byte> file, string path)
    {
        for (var rest = file[8..]; rest.Length >= 12;)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(rest);
            if (length < 0 || length > rest.Length - 12)
                break;
            if (rest[4..].StartsWith("PLTE"u8))
            {
                var colors = new Dictionary<int, int>();
                for (var i = 0; i + 2 < length; i += 3)
                    colors.TryAdd((rest[8 + i] << 16) | (rest[9 + i] << 8) | rest[10 + i], i / 3);
                return colors;
            }
            rest = rest[(length + 12)..];
        }
        throw new ImageFormatException($"'{path}' has no palette although its header says so; the file is damaged.");
    }
}
