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

    /// <summary>The image drawn into a rectangle of a picture, which it may reach out of.</summary>
    public static Raster Draw(Raster image, int width, int height, ImageFrame frame)
    {
        var levels = Levels(image.Width, image.Height, frame);
        if (Grows(image.Width, image.Height, frame, levels))
            return ByteResampler.AtOnce(image, Mitchell(image.Width, frame.Width), Mitchell(image.Height, frame.Height))
                .Placed(frame.Left, frame.Top, width, height);
        for (var i = 0; i < levels; i++)
            image = Halved(image);
        return Bilinear(image, frame.Width, frame.Height).Placed(frame.Left, frame.Top, width, height);
    }

    /// <summary>What pixels of the drawn image are made of, along one axis: what is done to it, one after the other.</summary>
    /// <param name="width">Columns of the image.</param>
    /// <param name="height">Its rows.</param>
    /// <param name="frame">Where it is drawn.</param>
    /// <param name="across">Whether the columns are asked for, or the rows.</param>
    public static IEnumerable<AxisWeights> Weights(int width, int height, ImageFrame frame, bool across)
    {
        var (side, drawn) = across ? (width, frame.Width) : (height, frame.Height);
        var levels = Levels(width, height, frame);
        if (Grows(width, height, frame, levels))
        {
            yield return Mitchell(side, drawn);
            yield break;
        }
        for (var i = 0; i < levels && side > 1; i++, side /= 2)
            yield return AxisWeights.Of(side, Halves(side));
        yield return AxisWeights.Linear(side, drawn);
    }

    private static int Levels(int width, int height, ImageFrame frame)
    {
        var shrink = Math.Sqrt((double)frame.Width / width * frame.Height / height);
        return Math.Min((int)Math.Max(0, Math.Floor(Math.Log2(1 / shrink))), (int)Math.Log2(Math.Max(width, height)));
    }

    private static bool Grows(int width, int height, ImageFrame frame, int levels) =>
        levels == 0 && frame.Width > width && frame.Height > height;

    private static AxisWeights Mitchell(int from, int to) => AxisWeights.Four(from, to, x =>
    {
        x = Math.Abs(x);
        return x < 1 ? (7 * x * x * x - 12 * x * x + 16.0 / 3) / 6 : (-7.0 / 3 * x * x * x + 12 * x * x - 20 * x + 32.0 / 3) / 6;
    });

    // In single precision, the shares of three of the four pixels cut to 256ths, the fourth with what they leave. Other builds of Skia do
    // not cut: where that makes two levels or more, the one between is within one of both.
    private static Raster Bilinear(Raster image, int width, int height)
    {
        if ((width, height) == (image.Width, image.Height))
            return image;
        var channels = (int)image.Format;
        var (columns, rows) = (Pairs(image.Width, width), Pairs(image.Height, height));
        var pixels = new byte[width * height * channels];
        var to = 0;
        foreach (var (top, bottom, down) in rows)
        {
            var above = image.Row(top);
            var below = image.Row(bottom);
            foreach (var (left, right, across) in columns)
            {
                var topLeft = (int)((1 - across) * (1 - down) * Whole);
                var topRight = (int)(across * (1 - down) * Whole);
                var bottomLeft = (int)((1 - across) * down * Whole);
                var bottomRight = Whole - topLeft - topRight - bottomLeft;
                for (var c = 0; c < channels; c++)
                {
                    var (a, b, d, e) = (above[left * channels + c], above[right * channels + c], below[left * channels + c],
                        below[right * channels + c]);
                    var cut = (topLeft * a + topRight * b + bottomLeft * d + bottomRight * e + Whole / 2) / Whole;
                    var exact = (int)((1 - down) * (a + across * (b - a)) + down * (d + across * (e - d)) + 0.5f);
                    pixels[to++] = (byte)Math.Clamp(cut, exact - 1, exact + 1);
                }
            }
        }
        return Raster.Owning(width, height, image.Format, pixels);
    }

    // The two pixels around each place, and the share of the second.
    private static (int First, int Second, float Share)[] Pairs(int from, int to)
    {
        var scale = (float)from / to;
        var pairs = new (int, int, float)[to];
        for (var i = 0; i < to; i++)
        {
            var place = (i + 0.5f) * scale + 0.5f;
            var second = MathF.Floor(place);
            pairs[i] = (Math.Clamp((int)second - 1, 0, from - 1), Math.Clamp((int)second, 0, from - 1), place - second);
        }
        return pairs;
    }

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
