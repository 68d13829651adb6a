namespace Microsoft.ML.Introspection.Imaging;

/// <summary>
/// The pixels that ML.NET's <c>ResizeImages</c> gives with SkiaSharp 2.88 (releases 3.0 to 5.0): mip maps with bilinear where an image
/// shrinks, Mitchell's cubic where both of its sides grow, bilinear where one does; nearest for Fill. Around it stands opaque black.
/// </summary>
internal static class MlNetResizing
{
    // The shares of four pixels in bilinear are whole 256ths.
    private const int Whole = 256;

    /// <summary>The image stretched to a size, each pixel from the nearest; of two equally near ones from the first.</summary>
    public static Raster Fill(Raster image, int width, int height) =>
        ByteResampler.AtOnce(image, AxisWeights.NearestOrFirst(image.Width, width), AxisWeights.NearestOrFirst(image.Height, height));

    /// <summary>The image drawn into a rectangle of a picture, which it may reach out of; nothing where a side of it is 0.</summary>
    public static Raster Draw(Raster image, int width, int height, ImageFrame frame)
    {
        if (frame.Width == 0 || frame.Height == 0)
            return image.Placed(width, height, width, height);
        var (across, down) = (new Axis(image.Width, frame.Left, frame.Width), new Axis(image.Height, frame.Top, frame.Height));
        var levels = Levels(across, down);
        var drawn = Grows(across, down) ? ByteResampler.AtOnce(image, Mitchell(across), Mitchell(down))
            : Bilinear(Enumerable.Range(0, levels).Aggregate(image, (level, _) => Halved(level)), across, down);
        return drawn.Placed(frame.Left, frame.Top, width, height);
    }

    /// <summary>What pixels of the drawn image are made of, along one axis: what is done to it, one after the other.</summary>
    /// <param name="width">Columns of the image.</param>
    /// <param name="height">Its rows.</param>
    /// <param name="frame">Where it is drawn.</param>
    /// <param name="across">Whether the columns are asked for, or the rows.</param>
    public static IEnumerable<AxisWeights> Weights(int width, int height, ImageFrame frame, bool across)
    {
        var (columns, rows) = (new Axis(width, frame.Left, frame.Width), new Axis(height, frame.Top, frame.Height));
        var axis = across ? columns : rows;
        if (Grows(columns, rows))
        {
            yield return Mitchell(axis);
            yield break;
        }
        var side = axis.Side;
        for (var i = Levels(columns, rows); i > 0 && side > 1; i--, side /= 2)
            yield return AxisWeights.Of(side, Halves(side));
        yield return AxisWeights.Linear(side, axis.Drawn);
    }

    // One axis of the image and where its drawing lies, in Skia's single precision: the rectangle's transformation and its inverse.
    private readonly record struct Axis(int Side, int Start, int Drawn)
    {
        public float Step => 1 / ((float)Drawn / Side);

        // The place of a drawn pixel's middle in the image, or in a smaller level of it.
        public float Place(int pixel, int side)
        {
            var level = (float)side / Side;
            return (pixel + Start + 0.5f) * (Step * level) - Start * Step * level;
        }
    }

    // By the side that shrinks more.
    private static int Levels(Axis across, Axis down)
    {
        var shrink = 1 / MathF.Max(across.Step, down.Step);
        return Math.Min((int)MathF.Max(0, MathF.Floor(-MathF.Log2(shrink))), (int)Math.Log2(Math.Max(across.Side, down.Side)));
    }

    private static bool Grows(Axis across, Axis down) => across.Drawn > across.Side && down.Drawn > down.Side;

    // Which four pixels are met is said for each by itself: rounding may skip one where a place lies on a border.
    private static AxisWeights Mitchell(Axis axis)
    {
        return AxisWeights.Of(axis.Side, [.. Enumerable.Range(0, axis.Drawn).Select(i =>
        {
            var place = axis.Place(i, axis.Side);
            var t = place + 0.5f - MathF.Floor(place + 0.5f);
            var at = place - 1.5f;
            var first = Math.Clamp((int)MathF.Floor(at), 0, axis.Side - 1);
            var weights = new double[Math.Min(5, axis.Side - first)];
            foreach (var away in (ReadOnlySpan<double>)[t + 1, t, 1 - t, 2 - t])
            {
                weights[Math.Clamp((int)MathF.Floor(at), 0, axis.Side - 1) - first] += Weight(away);
                at += 1;
            }
            return (first, weights);
        })]);

        static double Weight(double x) =>
            x < 1 ? (7 * x * x * x - 12 * x * x + 16.0 / 3) / 6 : (-7.0 / 3 * x * x * x + 12 * x * x - 20 * x + 32.0 / 3) / 6;
    }

    // In single precision, the shares of three of the four pixels cut to 256ths, the fourth with what they leave. Other builds of Skia do
    // not cut: where that makes two levels or more, one level is given way, so that this is within one of ML.NET's and, mostly, of theirs.
    private static Raster Bilinear(Raster image, Axis across, Axis down)
    {
        var (width, height) = (across.Drawn, down.Drawn);
        if ((width, height) == (image.Width, image.Height))
            return image;
        var channels = (int)image.Format;
        var (columns, rows) = (Pairs(across, image.Width), Pairs(down, image.Height));
        var pixels = new byte[width * height * channels];
        var to = 0;
        foreach (var (top, bottom, lower) in rows)
        {
            var above = image.Row(top);
            var below = image.Row(bottom);
            foreach (var (left, right, righter) in columns)
            {
                var topLeft = (int)((1 - righter) * (1 - lower) * Whole);
                var topRight = (int)(righter * (1 - lower) * Whole);
                var bottomLeft = (int)((1 - righter) * lower * Whole);
                var bottomRight = Whole - topLeft - topRight - bottomLeft;
                for (var c = 0; c < channels; c++)
                {
                    var (a, b, d, e) = (above[left * channels + c], above[right * channels + c], below[left * channels + c],
                        below[right * channels + c]);
                    var cut = (topLeft * a + topRight * b + bottomLeft * d + bottomRight * e + Whole / 2) / Whole;
                    var exact = (int)((1 - lower) * (a + righter * (b - a)) + lower * (d + righter * (e - d)) + 0.5f);
                    pixels[to++] = (byte)(cut + Math.Clamp((exact - cut) / 2, -1, 1));
                }
            }
        }
        return Raster.Owning(width, height, image.Format, pixels);
    }

    // The two pixels around each place, and the share of the second.
    private static (int First, int Second, float Share)[] Pairs(Axis axis, int side) =>
        [.. Enumerable.Range(0, axis.Drawn).Select(i =>
        {
            var place = axis.Place(i, side);
            var (first, second) = (MathF.Floor(place - 0.5f), MathF.Floor(place + 0.5f));
            return (Math.Clamp((int)first, 0, side - 1), Math.Clamp((int)second, 0, side - 1), place + 0.5f - second);
        })];

    // Both sides by two: an even one takes means of two, an odd one (a + 2b + c) / 4; cut to whole numbers behind both.
    private static Raster Halved(Raster image)
    {
        var (columns, rows) = (Halves(image.Width), Halves(image.Height));
        var channels = (int)image.Format;
        var pixels = new byte[columns.Length * rows.Length * channels];
        var to = 0;
        foreach (var (top, down) in rows)
        {
            foreach (var (left, across) in columns)
            {
                for (var c = 0; c < channels; c++)
                {
                    var sum = 0.0;
                    for (var y = 0; y < down.Length; y++)
                        for (var x = 0; x < across.Length; x++)
                            sum += down[y] * across[x] * image.Row(top + y)[(left + x) * channels + c];
                    pixels[to++] = (byte)sum;
                }
            }
        }
        return Raster.Owning(columns.Length, rows.Length, image.Format, pixels);
    }

    private static (int First, double[] Weights)[] Halves(int side) => side == 1 ? [(0, [1.0])]
        : [.. Enumerable.Range(0, side / 2).Select(i => (2 * i, side % 2 == 0 ? (double[])[0.5, 0.5] : [0.25, 0.5, 0.25]))];
}
