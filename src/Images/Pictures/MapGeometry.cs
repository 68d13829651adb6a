using Microsoft.ML.Introspection.Images.Steps;
using Microsoft.ML.Introspection.Imaging;

namespace Microsoft.ML.Introspection.Images.Pictures;

/// <summary>Makes maps of attributions, and carries them back through the resizing of a pipeline.</summary>
internal sealed class MapGeometry
{
    private readonly PixelColumn _pixels;
    private readonly Preprocessing[] _resizes;
    private readonly MapCarrying _carrying;

    /// <exception cref="NotSupportedException">Sums cannot be held with the SkiaSharp that is there.</exception>
    public MapGeometry(PixelColumn pixels, MapCarrying carrying)
    {
        (_pixels, _carrying) = (pixels, carrying);
        _resizes = [.. pixels.Steps.Select(s => s.Resize).OfType<Preprocessing>()];
        if (carrying == MapCarrying.Shared && _resizes.Any(r => r.Fitting != PictureFitting.Stretch)
            && typeof(SkiaSharp.SKBitmap).Assembly.GetName().Version is { Major: not 2 } version)
            throw new NotSupportedException($"{nameof(MapCarrying)}.{nameof(MapCarrying.Shared)} knows how ResizeImages weighs pixels with "
                + $"SkiaSharp 2.88; this program has {version}. Take {nameof(MapCarrying)}.{nameof(MapCarrying.Interpolated)}.");
    }

    /// <summary>Rows of the picture that the network sees.</summary>
    public int Height => _pixels.Height;

    /// <summary>Pixels in a row of it.</summary>
    public int Width => _pixels.Width;

    /// <summary>A map of the picture that the network sees: the sum over the planes of each pixel; coarse maps are enlarged.</summary>
    /// <param name="attribution">A row of the attribution.</param>
    /// <param name="shape">Its extents.</param>
    public double[] Map(ReadOnlySpan<float> attribution, IReadOnlyList<long> shape)
    {
        var (planes, count) = (_pixels.Planes, Height * Width);
        if (attribution.Length == planes * count)
            return Summed(attribution, planes, count, _pixels.IsInterleaved);
        var (channels, height, width, last) = Extents(shape);
        var coarse = Summed(attribution, channels, height * width, last);
        return (height, width) == (Height, Width) ? coarse : new Resizing(ResizeRule.Torch).Apply(coarse, height, width, Height, Width);
    }

    /// <summary>The same in single precision, into an array that is used again.</summary>
    /// <param name="attribution">A row of the attribution.</param>
    /// <param name="shape">Its extents.</param>
    /// <param name="map">Takes a number for each pixel.</param>
    public void Map(ReadOnlySpan<float> attribution, IReadOnlyList<long> shape, Span<float> map)
    {
        var planes = _pixels.Planes;
        if (attribution.Length != planes * map.Length && attribution.Length != map.Length)
        {
            foreach (var (i, value) in Map(attribution, shape).Index())
                map[i] = (float)value;
            return;
        }
        planes = attribution.Length / map.Length;
        var (plane, next) = planes > 1 && _pixels.IsInterleaved ? (1, planes) : (map.Length, 1);
        for (var i = 0; i < map.Length; i++)
        {
            var sum = 0.0;
            for (var p = 0; p < planes; p++)
                sum += attribution[p * plane + i * next];
            map[i] = (float)sum;
        }
    }

    /// <summary>Refuses what is no map.</summary>
    /// <exception cref="NotSupportedException">It is none.</exception>
    public void Check(string name, IReadOnlyList<long> shape)
    {
        if (shape.Aggregate(1L, (a, b) => a * b) == (long)_pixels.Planes * Height * Width)
            return;
        var significant = shape.Where(e => e > 1).ToList();
        if (significant.Count is < 2 or > 3)
            throw new NotSupportedException($"The explanation '{name}' [{string.Join(", ", shape)}] is no map of an image of {Height} × "
                + $"{Width}; methods that attribute to the input, or make maps of activations, do.");
    }

    /// <summary>Carries a map of the picture back to an image; NaN is what nothing was seen of.</summary>
    public double[] CarryBack(double[] map, int imageHeight, int imageWidth)
    {
        // The sizes of the image before each resizing, and behind the last.
        var sizes = new List<(int Width, int Height)> { (imageWidth, imageHeight) };
        sizes.AddRange(_resizes.Select(r => (r.Width, r.Height)));
        for (var i = _resizes.Length - 1; i >= 0; i--)
        {
            var (width, height) = sizes[i];
            if (sizes[i] == sizes[i + 1])
                continue;
            map = _carrying == MapCarrying.Shared ? _resizes[i].ShareOut(map, width, height)
                : _resizes[i].Frame(width, height).CarryBack(map, sizes[i + 1].Height, sizes[i + 1].Width, height, width);
        }
        return map;
    }

    private static double[] Summed(ReadOnlySpan<float> values, int planes, int count, bool interleaved)
    {
        var map = new double[count];
        if (interleaved)
            for (var i = 0; i < values.Length; i++)
                map[i / planes] += values[i];
        else
            for (var p = 0; p < planes; p++)
                for (var i = 0; i < count; i++)
                    map[i] += values[p * count + i];
        return map;
    }

    // Maps of activations have one channel, or several before or behind the space, as the pixels have.
    private (int Channels, int Height, int Width, bool Last) Extents(IReadOnlyList<long> shape)
    {
        int[] extents = [.. shape.Select(e => (int)e)];
        while (extents.Length > 3 && extents[0] == 1)
            extents = extents[1..];
        return extents switch
        {
            [var height, var width] => (1, height, width, false),
            [1, var height, var width] => (1, height, width, false),
            [var height, var width, 1] => (1, height, width, true),
            [var height, var width, var channels] when _pixels.IsInterleaved => (channels, height, width, true),
            [var channels, var height, var width] => (channels, height, width, false),
            _ => throw new NotSupportedException($"[{string.Join(", ", shape)}] is no map."),
        };
    }
}
