using Microsoft.ML.Introspection.Imaging;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>An image, and what a network sees of it.</summary>
/// <param name="Own">The image as it is, without opacity.</param>
/// <param name="Seen">The picture that the network sees, in colours from 0 to 255.</param>
public sealed record SeenImage(Raster Own, Raster Seen);

/// <summary>
/// How files of images become rows for a network, and how maps of what it sees come back to the images: by a
/// <see cref="Preprocessing"/> (<see cref="By"/>), or as a pipeline of ML.NET does it. For several threads at once.
/// </summary>
public abstract class ImageReading
{
    /// <summary>Says what the network sees.</summary>
    /// <param name="width">Pixels in a row of it.</param>
    /// <param name="height">Its rows.</param>
    /// <param name="channels">How many numbers a pixel has.</param>
    /// <param name="layout">How they lie.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is none.</exception>
    protected ImageReading(int width, int height, int channels, PixelLayout layout)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(channels, 1);
        (Width, Height, Channels, Layout) = (width, height, channels, layout);
    }

    /// <summary>Pixels in a row of what the network sees.</summary>
    public int Width { get; }

    /// <summary>Rows of what the network sees.</summary>
    public int Height { get; }

    /// <summary>How many numbers a pixel has.</summary>
    public int Channels { get; }

    /// <summary>How they lie.</summary>
    public PixelLayout Layout { get; }

    /// <summary>What is done to an image, for people.</summary>
    public abstract string Description { get; }

    /// <summary>Images that a preprocessing makes rows of, upright as their files want it.</summary>
    /// <param name="preprocessing">What is done to each.</param>
    public static ImageReading By(Preprocessing preprocessing)
    {
        ArgumentNullException.ThrowIfNull(preprocessing);
        return new Prepared(preprocessing);
    }

    /// <summary>Reads a file as a row for the network.</summary>
    /// <param name="path">The file.</param>
    /// <param name="maximumPixels">The largest image, in pixels.</param>
    /// <param name="sized">Is told about how many pixels there are, before memory is taken for them; null for nobody.</param>
    /// <returns>Width × Height × Channels numbers, and what is odd about the file, if anything is.</returns>
    /// <exception cref="ImageFormatException">It cannot be used.</exception>
    public abstract (float[] Numbers, string? Warning) Read(string path, int maximumPixels, Action<long>? sized = null);

    /// <summary>Reads a file to be drawn on: the image as it is, without opacity.</summary>
    /// <param name="path">The file.</param>
    /// <param name="maximumPixels">The largest image, in pixels.</param>
    /// <exception cref="ImageFormatException">It cannot be used.</exception>
    public abstract Raster Own(string path, int maximumPixels);

    /// <summary>Reads a file to be shown beside what the network sees.</summary>
    /// <param name="path">The file.</param>
    /// <param name="maximumPixels">The largest image, in pixels.</param>
    /// <exception cref="ImageFormatException">It cannot be used.</exception>
    public abstract SeenImage Show(string path, int maximumPixels);

    /// <summary>Carries a map of what the network sees to an image; NaN lies on what it saw nothing of.</summary>
    /// <param name="map">Height × Width numbers.</param>
    /// <param name="imageHeight">Rows of the image.</param>
    /// <param name="imageWidth">Columns of it.</param>
    public abstract double[] CarryBack(double[] map, int imageHeight, int imageWidth);

    private sealed class Prepared(Preprocessing preprocessing)
        : ImageReading(preprocessing.Width, preprocessing.Height, preprocessing.ChannelCount, preprocessing.Layout)
    {
        public override string Description => preprocessing.Description;

        public override (float[] Numbers, string? Warning) Read(string path, int maximumPixels, Action<long>? sized)
        {
            var (image, warning) = ImageFile.Read(path, maximumPixels, sized);
            return (preprocessing.Apply(image), warning);
        }

        public override Raster Own(string path, int maximumPixels) => ImageFile.Read(path, maximumPixels).Image.WithoutAlpha();

        public override SeenImage Show(string path, int maximumPixels)
        {
            var image = Own(path, maximumPixels);
            return new SeenImage(image, preprocessing.Fit(image));
        }

        public override double[] CarryBack(double[] map, int imageHeight, int imageWidth) =>
            preprocessing.Frame(imageWidth, imageHeight).CarryBack(map, Height, Width, imageHeight, imageWidth);
    }
}
