namespace Microsoft.ML.Introspection.Imaging;

/// <summary>
/// Lays a map over the image that it explains. Maps are of the image's size and scaled already (<see cref="MapScaling"/>): from 0 to 1, or,
/// signed, from −1 to 1. Where a map is NaN (nothing was seen there) the image shows as it is.
/// </summary>
public static class Overlay
{
    // What pytorch-grad-cam adds to the range, so that a flat map is not divided by zero.
    private const double Tiny = 1e-7;

    /// <summary>The colours of a map, without the image; NaN is transparent.</summary>
    /// <param name="map">height × width numbers.</param>
    /// <param name="height">Rows.</param>
    /// <param name="width">Numbers in a row.</param>
    /// <param name="colors">The colours.</param>
    /// <param name="signed">Whether the map reaches from −1 to 1: 0 then has the middle colour.</param>
    /// <returns>An image with opacity.</returns>
    public static Raster Heat(ReadOnlySpan<double> map, int height, int width, ColorMap colors, bool signed)
    {
        ArgumentNullException.ThrowIfNull(colors);
        Raster.CheckSize(width, height);
        Check(map, width, height);
        var pixels = new byte[width * height * 4];
        for (var i = 0; i < map.Length; i++)
        {
            var (red, green, blue, alpha) = colors.Exactly(Position(map[i], signed));
            (pixels[4 * i], pixels[4 * i + 1]) = (Rounded(red * 255), Rounded(green * 255));
            (pixels[4 * i + 2], pixels[4 * i + 3]) = (Rounded(blue * 255), Rounded(alpha * 255));
        }
        return Raster.Owning(width, height, PixelFormat.Rgba, pixels);
    }

    /// <summary>Image and colours mixed everywhere alike.</summary>
    /// <param name="image">The image.</param>
    /// <param name="map">A number for each pixel.</param>
    /// <param name="colors">The colours.</param>
    /// <param name="signed">Whether the map reaches from −1 to 1.</param>
    /// <param name="alpha">The share of the colours, from 0 to 1.</param>
    /// <param name="grey">Whether the image loses its own colours: the mean of its channels.</param>
    public static Raster Blend(Raster image, ReadOnlySpan<double> map, ColorMap colors, bool signed, double alpha = 0.5, bool grey = false)
    {
        if (!(alpha is >= 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(alpha), alpha, "A share from 0 to 1 was expected.");
        return Mixed(image, map, colors, signed, grey, value => double.IsNaN(value) ? 0 : alpha);
    }

    /// <summary>Colours as opaque as the map is strong: what has no say shows as it is.</summary>
    /// <inheritdoc cref="Blend"/>
    public static Raster BlendByValue(Raster image, ReadOnlySpan<double> map, ColorMap colors, bool signed, bool grey = false) =>
        Mixed(image, map, colors, signed, grey, value => double.IsNaN(value) ? 0 : Math.Min(1, Math.Abs(value)));

    /// <summary>
    /// Grad-CAM's usual picture (pytorch-grad-cam): the map stretched to its range, in colours, added to the image, as bright as possible.
    /// </summary>
    /// <param name="image">The image.</param>
    /// <param name="map">A number for each pixel, of any range.</param>
    /// <param name="weight">The share of the image, from 0 to 1.</param>
    /// <param name="colors">The colours; null for OpenCV's jet.</param>
    public static Raster GradCam(Raster image, ReadOnlySpan<double> map, double weight = 0.5, ColorMap? colors = null)
    {
        if (!(weight is >= 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(weight), weight, "A share from 0 to 1 was expected.");
        var mixed = Base(image, map, grey: false);
        colors ??= ColorMap.Named("cv2_jet");
        double[] finite = [.. map.ToArray().Where(double.IsFinite).DefaultIfEmpty()];
        var (low, high) = (finite.Min(), finite.Max());
        for (var i = 0; i < map.Length; i++)
        {
            // Bytes choose among 256 colours.
            var entry = double.IsNaN(map[i]) ? 0 : Math.Floor(255 * ((map[i] - low) / (Tiny + (high - low))));
            var (red, green, blue, _) = colors.Exactly((entry + 0.5) / ColorMap.TableSize);
            double[] color = [red, green, blue];
            for (var c = 0; c < 3; c++)
                mixed[3 * i + c] = (1 - weight) * color[c] + weight * mixed[3 * i + c] / 255;
        }
        var brightest = mixed.Max();
        return Rgb(image, mixed, v => brightest > 0 ? (byte)(v / brightest * 255) : (byte)0);
    }

    /// <summary>The image as bright as the map's positive values: what has no say is black.</summary>
    /// <inheritdoc cref="Contour"/>
    public static Raster Mask(Raster image, ReadOnlySpan<double> map)
    {
        var pixels = Base(image, map, grey: false);
        for (var i = 0; i < pixels.Length; i++)
            pixels[i] *= Opacity(map[i / 3]);
        return Rgb(image, pixels, v => (byte)v);
    }

    /// <summary>The image as opaque as the map's positive values.</summary>
    /// <inheritdoc cref="Contour"/>
    public static Raster AlphaScaling(Raster image, ReadOnlySpan<double> map)
    {
        var colors = Base(image, map, grey: false);
        var pixels = new byte[map.Length * 4];
        for (var i = 0; i < map.Length; i++)
        {
            for (var c = 0; c < 3; c++)
                pixels[4 * i + c] = (byte)colors[3 * i + c];
            pixels[4 * i + 3] = (byte)(Opacity(map[i]) * 255);
        }
        return Raster.Owning(image.Width, image.Height, PixelFormat.Rgba, pixels);
    }

    /// <summary>The image sharp where the map is strong and blurred where it is not.</summary>
    /// <param name="image">The image.</param>
    /// <param name="map">A number for each pixel; its magnitude counts.</param>
    /// <param name="sigma">The deviation of the Gaussian that blurs, in pixels; above 0, at most 256.</param>
    public static Raster BlurByImportance(Raster image, ReadOnlySpan<double> map, double sigma = 8)
    {
        if (!(sigma is > 0 and <= 256))
            throw new ArgumentOutOfRangeException(nameof(sigma), sigma, "A deviation above 0 and up to 256 pixels was expected.");
        var sharp = Base(image, map, grey: false);
        var blurred = GaussianBlur.Of(sharp, image.Width, image.Height, sigma);
        for (var i = 0; i < sharp.Length; i++)
        {
            var share = double.IsNaN(map[i / 3]) ? 1 : Math.Min(1, Math.Abs(map[i / 3]));
            sharp[i] = share * sharp[i] + (1 - share) * blurred[i];
        }
        return Rgb(image, sharp, Rounded);
    }

    /// <summary>Lines around what lies above levels of the map's magnitude, each in the colour of its level.</summary>
    /// <param name="image">The image.</param>
    /// <param name="map">A number for each pixel.</param>
    /// <param name="colors">The colours.</param>
    /// <param name="signed">Whether the map reaches from −1 to 1.</param>
    /// <param name="levels">Where lines are drawn, between 0 and 1; of a signed map on both sides of 0.</param>
    /// <exception cref="ArgumentException">The map is not of the image's size.</exception>
    public static Raster Contour(Raster image, ReadOnlySpan<double> map, ColorMap colors, bool signed, params IReadOnlyList<double> levels)
    {
        ArgumentNullException.ThrowIfNull(colors);
        ArgumentNullException.ThrowIfNull(levels);
        if (levels.Any(l => !(l is > 0 and < 1)))
            throw new ArgumentException("Levels between 0 and 1 were expected.", nameof(levels));
        var pixels = Base(image, map, grey: false);
        double[] all = [.. levels.Order(), .. signed ? levels.Order().Select(l => -l) : []];
        foreach (var level in all)
        {
            var (red, green, blue, _) = colors.Exactly(Position(level, signed));
            for (var i = 0; i < map.Length; i++)
                if (IsEdge(map, image.Width, i, level))
                    (pixels[3 * i], pixels[3 * i + 1], pixels[3 * i + 2]) = (red * 255, green * 255, blue * 255);
        }
        return Rgb(image, pixels, Rounded);
    }

    // Within, beside something that is not.
    private static bool IsEdge(ReadOnlySpan<double> map, int width, int pixel, double level)
    {
        if (!Within(map[pixel], level))
            return false;
        var x = pixel % width;
        return x > 0 && !Within(map[pixel - 1], level) || x < width - 1 && !Within(map[pixel + 1], level)
            || pixel >= width && !Within(map[pixel - width], level)
            || pixel + width < map.Length && !Within(map[pixel + width], level);
    }

    private static bool Within(double value, double level) => level > 0 ? value >= level : value <= level;

    private static Raster Mixed(Raster image, ReadOnlySpan<double> map, ColorMap colors, bool signed, bool grey, Func<double, double> share)
    {
        ArgumentNullException.ThrowIfNull(colors);
        var pixels = Base(image, map, grey);
        for (var i = 0; i < map.Length; i++)
        {
            var alpha = share(map[i]);
            var (red, green, blue, _) = colors.Exactly(Position(map[i], signed));
            pixels[3 * i] = (1 - alpha) * pixels[3 * i] + alpha * 255 * red;
            pixels[3 * i + 1] = (1 - alpha) * pixels[3 * i + 1] + alpha * 255 * green;
            pixels[3 * i + 2] = (1 - alpha) * pixels[3 * i + 2] + alpha * 255 * blue;
        }
        return Rgb(image, pixels, Rounded);
    }

    private static double[] Base(Raster image, ReadOnlySpan<double> map, bool grey)
    {
        ArgumentNullException.ThrowIfNull(image);
        Check(map, image.Width, image.Height);
        var pixels = new double[map.Length * 3];
        for (var i = 0; i < map.Length; i++)
        {
            var (red, green, blue) = image[i % image.Width, i / image.Width];
            var mean = (red + green + blue) / 3.0;
            (pixels[3 * i], pixels[3 * i + 1], pixels[3 * i + 2]) = grey ? (mean, mean, mean) : (red, green, blue);
        }
        return pixels;
    }

    private static void Check(ReadOnlySpan<double> map, int width, int height)
    {
        if (map.Length != width * height)
            throw new ArgumentException($"A map of the image's size, {width} × {height}, has {width * height} numbers; {map.Length} given. "
                + $"Coarse maps are enlarged first: {nameof(Resizing)}.", nameof(map));
    }

    private static Raster Rgb(Raster image, double[] pixels, Func<double, byte> toByte) =>
        Raster.Owning(image.Width, image.Height, PixelFormat.Rgb, Array.ConvertAll(pixels, v => toByte(v)));

    private static double Position(double value, bool signed) => signed ? (value + 1) / 2 : value;

    private static double Opacity(double value) => double.IsNaN(value) ? 0 : Math.Clamp(value, 0, 1);

    private static byte Rounded(double value) => (byte)Math.Clamp(Math.Floor(value + 0.5), 0, 255);
}
