using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Imaging;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Rows;
using Microsoft.ML.Introspection.Shapley;

namespace Microsoft.ML.Introspection.Features;

/// <summary>Where a part of an image was cut out.</summary>
/// <param name="Row">The image's number.</param>
/// <param name="Top">The first line.</param>
/// <param name="Left">The first column.</param>
/// <param name="Height">Lines.</param>
/// <param name="Width">Columns.</param>
public readonly record struct ImagePart(long Row, int Top, int Left, int Height, int Width);

/// <summary>
/// Parts of images, each brought to the size of an image again, to be looked at by the same network: squares, as CRAFT takes them (Fel et
/// al. 2023), or regions of like colour on plain ground, as ACE does (Ghorbani, Wexler, Zou, Kim 2019, arXiv:1902.03129).
/// </summary>
/// <param name="Places">Where each lies.</param>
/// <param name="Pixels">The parts as the network takes them, shape [parts, channels, height, width].</param>
public sealed record ImageParts(IReadOnlyList<ImagePart> Places, NpyArray Pixels)
{
    private const long MostBytes = 1L << 30;

    private static readonly Resizing Linear = new(ResizeRule.Torch), Cubic = new(ResizeRule.Pillow, ResizeFilter.Bicubic);

    /// <summary>Squares that overlap, line by line over each image.</summary>
    /// <param name="images">The images, by their numbers.</param>
    /// <param name="side">The side of a square, in shares of the shorter side.</param>
    /// <param name="step">How far they lie apart, in shares of their side.</param>
    /// <exception cref="ArgumentException">The rows are no images, channels first.</exception>
    /// <exception cref="InvalidOperationException">There are so many that they do not fit into a GiB.</exception>
    public static ImageParts Squares(ExampleRows images, double side = 0.3, double step = 0.8)
    {
        ArgumentNullException.ThrowIfNull(images);
        if (!(side is > 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(side), side, "A share above 0, up to 1, was expected.");
        if (!(step is > 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(step), step, "A share above 0, up to 1, was expected.");
        var extents = Extents(images);
        var (height, width) = (extents[1], extents[2]);
        var square = Math.Max(1, (int)(side * Math.Min(height, width)));
        var apart = Math.Max(1, (int)(step * square));
        var places = (from row in images.Numbers
                      from top in Range(height)
                      from left in Range(width)
                      select new ImagePart(row, top, left, square, square)).ToList();
        return Cut(images, extents, places, null);

        IEnumerable<int> Range(int extent) => Enumerable.Range(0, (extent - square) / apart + 1).Select(i => i * apart);
    }

    /// <summary>
    /// Regions of like colour (SLIC) at several numbers of regions; what is smaller than a thousandth of the image, or much the same as a
    /// region before, is left out.
    /// </summary>
    /// <param name="images">The images, by their numbers.</param>
    /// <param name="regions">About how many regions, each time.</param>
    /// <param name="ground">What lies around a region, a number for each channel; null for the images' mean.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <inheritdoc cref="Squares" path="/exception"/>
    public static ImageParts Regions(ExampleRows images, IReadOnlyList<int>? regions = null, IReadOnlyList<double>? ground = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(images);
        var extents = Extents(images);
        var (channels, height, width) = (extents[0], extents[1], extents[2]);
        var (low, high) = (double.PositiveInfinity, double.NegativeInfinity);
        foreach (var row in images.Numbers)
            foreach (var value in images.Seen(row).ToDouble())
                (low, high) = (Math.Min(low, value), Math.Max(high, value));
        var (places, masks) = (new List<ImagePart>(), new List<bool[]>());
        foreach (var row in images.Numbers)
        {
            var values = images.Seen(row).ToDouble();
            float[] image = [.. values.Select(v => (float)((v - low) / Math.Max(high - low, 1e-30)))];
            var own = new List<bool[]>();
            foreach (var count in regions ?? [15, 50, 80])
            {
                var labels = Superpixels.Slic(Tensor.From(image, channels, height, width), count, 20, cancellation: cancellation).ToInt64();
                foreach (var label in labels.Distinct().Order())
                {
                    var mask = Array.ConvertAll(labels, l => l == label);
                    if (mask.Count(m => m) >= 0.001 * mask.Length && own.TrueForAll(o => Overlap(o, mask) <= 0.5))
                        own.Add(mask);
                }
            }
            foreach (var mask in own)
                Add(row, mask, width, places, masks);
        }
        return Cut(images, extents, places, masks, ground);
    }

    /// <summary>Given regions: of each image those of one label each, in the order of labels.</summary>
    /// <param name="images">The images, by their numbers.</param>
    /// <param name="labels">The label of each pixel, from the row of an image, height × width.</param>
    /// <param name="ground">What lies around a region, a number for each channel; null for the images' mean.</param>
    /// <inheritdoc cref="Squares" path="/exception"/>
    public static ImageParts Segments(ExampleRows images, Func<long, IReadOnlyList<long>> labels, IReadOnlyList<double>? ground = null)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(labels);
        var extents = Extents(images);
        var (places, masks) = (new List<ImagePart>(), new List<bool[]>());
        foreach (var row in images.Numbers)
        {
            var own = labels(row);
            if (own.Count != extents[1] * extents[2])
                throw new ArgumentException($"The image {row} has {own.Count} labels; {extents[1]} × {extents[2]} were expected.",
                    nameof(labels));
            foreach (var label in own.Distinct().Order())
                Add(row, [.. own.Select(l => l == label)], extents[2], places, masks);
        }
        return Cut(images, extents, places, masks, ground);
    }

    private static void Add(long row, bool[] mask, int width, List<ImagePart> places, List<bool[]> masks)
    {
        int[] on = [.. mask.Index().Where(m => m.Item).Select(m => m.Index)];
        var (top, left) = (on[0] / width, on.Min(i => i % width));
        places.Add(new ImagePart(row, top, left, on[^1] / width - top + 1, on.Max(i => i % width) - left + 1));
        masks.Add(mask);
    }

    /// <summary>The parts as rows of a network.</summary>
    /// <param name="network">The network, of one input.</param>
    public RowSource AsRows(Network network)
    {
        ArgumentNullException.ThrowIfNull(network);
        return ArrayRows.Of("parts of images", [new(network.Inputs[0].Name, Pixels)]);
    }

    private static double Overlap(bool[] a, bool[] b)
    {
        var (both, either) = (0, 0);
        for (var i = 0; i < a.Length; i++)
            (both, either) = (both + (a[i] && b[i] ? 1 : 0), either + (a[i] || b[i] ? 1 : 0));
        return (double)both / either;
    }

    private static ImageParts Cut(ExampleRows images, int[] extents, List<ImagePart> places, List<bool[]>? masks,
        IReadOnlyList<double>? given = null)
    {
        var (channels, height, width) = (extents[0], extents[1], extents[2]);
        var size = channels * height * width;
        if ((long)places.Count * size * sizeof(float) > MostBytes)
            throw new InvalidOperationException($"{places.Count} parts of {size} numbers take more than {MostBytes >> 20} MiB. Take fewer "
                + "images, or larger parts.");
        if (given is not null && given.Count != channels)
            throw new ArgumentException($"The ground has {given.Count} numbers; one for each of {channels} channels was expected.");
        var (ground, low, high) = (new double[channels], double.PositiveInfinity, double.NegativeInfinity);
        foreach (var row in masks is null ? [] : images.Numbers)
            foreach (var (i, value) in images.Seen(row).ToDouble().Index())
            {
                ground[i / (height * width)] += value / (height * width) / images.Numbers.Count;
                (low, high) = (Math.Min(low, value), Math.Max(high, value));
            }
        given?.ToArray().CopyTo(ground, 0);
        var pixels = new float[places.Count * size];
        var (last, seen) = (-1L, Array.Empty<double>());
        foreach (var (number, part) in places.Index())
        {
            if (part.Row != last)
                (last, seen) = (part.Row, images.Seen(part.Row).ToDouble());
            var cut = new double[channels * part.Height * part.Width];
            for (var i = 0; i < cut.Length; i++)
            {
                var (c, y, x) = (i / (part.Height * part.Width), part.Top + i / part.Width % part.Height, part.Left + i % part.Width);
                cut[i] = masks is null || masks[number][y * width + x] ? seen[(c * height + y) * width + x] : ground[c];
            }
            // As the authors have it: squares linearly, regions by a cubic that stays within what images hold.
            var large = masks is null ? Linear.Apply(cut, part.Height, part.Width, height, width)
                : Cubic.Apply(cut, part.Height, part.Width, height, width);
            for (var i = 0; i < size; i++)
                pixels[number * size + i] = (float)(masks is null ? large[i] : Math.Clamp(large[i], low, high));
        }
        return new ImageParts(places, NpyArray.From(pixels, places.Count, channels, height, width));
    }

    private static int[] Extents(ExampleRows images)
    {
        if (images.Numbers.Count == 0 || images.Seen(images.Numbers[0]) is not { Dimensions.Length: 3 } first)
            throw new ArgumentException("Images were expected, rows of shape [channels, height, width]; there are none.", nameof(images));
        return [.. first.Dimensions.ToArray().Select(d => checked((int)d))];
    }
}
