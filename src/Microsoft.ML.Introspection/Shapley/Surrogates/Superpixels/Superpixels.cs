using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Shapley;

/// <summary>
/// Cuts images into regions that count as one feature: a whole number for every pixel, from 0, of shape [1, height, width], to serve as
/// groups of an input [N, channels, height, width].
/// </summary>
public static class Superpixels
{
    private const int MaximumPixels = 1 << 26;

    /// <summary>A grid of equal cells, as nearly as the extents allow.</summary>
    /// <param name="height">The image's height in pixels.</param>
    /// <param name="width">Its width.</param>
    /// <param name="rows">How many cells one above the other.</param>
    /// <param name="columns">How many side by side.</param>
    public static Tensor Grid(int height, int width, int rows, int columns)
    {
        CheckExtents(height, width);
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        if (rows > height || columns > width)
            throw new ArgumentException($"{rows} × {columns} cells do not fit an image of {height} × {width} pixels.");
        var labels = new long[height * width];
        for (var i = 0; i < labels.Length; i++)
            labels[i] = (long)(i / width) * rows / height * columns + (long)(i % width) * columns / width;
        return Tensor.From(labels, 1, height, width);
    }

    /// <summary>
    /// SLIC: regions of like colour and even size, by k-means over colour and place, each centre looking for its pixels nearby only; what
    /// is cut off from its region joins a neighbour. Achanta, Shaji, Smith, Lucchi, Fua, Süsstrunk 2012, doi:10.1109/TPAMI.2012.120.
    /// </summary>
    /// <param name="image">
    /// Shape [channels, height, width], floats; three channels are taken as sRGB in [0, 1] and compared as CIELAB, others as they are,
    /// scaled to a range of 100.
    /// </param>
    /// <param name="regions">About how many regions.</param>
    /// <param name="compactness">
    /// What a distance of one grid step weighs against colour (from 0 to 100); larger makes regions squarer.
    /// </param>
    /// <param name="iterations">How often centres are moved.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="ArgumentException">The image is none, or holds numbers that are not finite.</exception>
    public static Tensor Slic(Tensor image, int regions = 50, double compactness = 10, int iterations = 10,
        CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(regions, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(iterations, 1);
        CheckPositive(compactness, nameof(compactness));
        var (colours, channels, height, width) = Colours(image);
        return Tensor.From(new SlicClustering(colours, channels, height, width, regions, compactness).Run(iterations, cancellation), 1,
            height, width);
    }

    /// <summary>
    /// Quick shift: every pixel follows the nearest of those with more pixels like them around; regions as the image has them, small ones
    /// and large ones, not always in one piece. What LIME's authors cut images with. Vedaldi, Soatto 2008,
    /// doi:10.1007/978-3-540-88693-8_52.
    /// </summary>
    /// <param name="image">Shape [channels, height, width]; see <see cref="Slic"/>.</param>
    /// <param name="kernel">
    /// How far like pixels are counted, a Gaussian's deviation in pixels; larger makes fewer regions. The work grows with its square.
    /// </param>
    /// <param name="furthest">How far a pixel may follow; larger makes fewer regions.</param>
    /// <param name="ratio">From 0 to 1: what colour (from 0 to 100) weighs against place.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="ArgumentException">The image is none, or holds numbers that are not finite.</exception>
    public static Tensor Quickshift(Tensor image, double kernel = 4, double furthest = 200, double ratio = 0.2,
        CancellationToken cancellation = default)
    {
        CheckPositive(kernel, nameof(kernel));
        CheckPositive(furthest, nameof(furthest));
        if (!(ratio is >= 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(ratio), ratio, "The ratio lies from 0 to 1.");
        var (colours, channels, height, width) = Colours(image);
        return Tensor.From(
            QuickShift.Run(Array.ConvertAll(colours, c => c * ratio), channels, height, width, kernel, furthest, cancellation), 1, height,
            width);
    }

    private static (double[] Colours, int Channels, int Height, int Width) Colours(Tensor image)
    {
        ArgumentNullException.ThrowIfNull(image);
        var extents = image.Dimensions.Length == 4 && image.Dimensions[0] == 1 ? image.Dimensions[1..] : image.Dimensions;
        if (extents.Length != 3 || extents[0] < 1)
            throw new ArgumentException($"An image of shape [channels, height, width] was expected; given was {image.Shape}.",
                nameof(image));
        var (height, width) = (Sizes.Extent(extents[1]), Sizes.Extent(extents[2]));
        CheckExtents(height, width);
        var pixels = image.ToDouble();
        if (!Array.TrueForAll(pixels, double.IsFinite))
            throw new ArgumentException("The image holds numbers that are not finite.", nameof(image));
        return (extents[0] == 3 ? CieLab.FromSrgb(pixels) : Scaled(pixels), (int)extents[0], height, width);
    }

    private static void CheckPositive(double value, string name)
    {
        if (!double.IsFinite(value) || value <= 0)
            throw new ArgumentOutOfRangeException(name, value, "A positive number was expected.");
    }

    private static double[] Scaled(double[] pixels)
    {
        var (low, high) = (pixels.Min(), pixels.Max());
        return high > low ? Array.ConvertAll(pixels, p => (p - low) / (high - low) * 100) : new double[pixels.Length];
    }

    private static void CheckExtents(int height, int width)
    {
        if (height < 1 || width < 1 || (long)height * width > MaximumPixels)
            throw new ArgumentException(
                $"An image of {height} × {width} pixels cannot be cut into regions; from 1 to {MaximumPixels:N0} pixels were expected.");
    }
}
