namespace Microsoft.ML.Introspection.Imaging;

/// <summary>
/// The pixels that ML.NET's <c>ResizeImages</c> gives with SkiaSharp 2.88 (releases 3.0 to 5.0): mip maps with bilinear where an image
/// shrinks, Mitchell's cubic where it grows, a copy where it does neither; nearest for Fill. Around it stands opaque black.
/// </summary>
internal static class MlNetResizing
{
    /// <summary>The image stretched to a size, each pixel from the nearest; of two equally near ones from the first.</summary>
    public static Raster Fill(Raster image, int width, int height) =>
        ByteResampler.AtOnce(image, AxisWeights.NearestOrFirst(image.Width, width), AxisWeights.NearestOrFirst(image.Height, height));

    /// <summary>The image drawn into a rectangle of a picture, which it may reach out of.</summary>
    public static Raster Draw(Raster image, int width, int height, ImageFrame frame)
    {
        var shrink = Math.Sqrt((double)frame.Width / image.Width * frame.Height / image.Height);
        var levels = (int)Math.Max(0, Math.Floor(Math.Log2(1 / shrink)));
        for (var i = 0; i < levels && (image.Width > 1 || image.Height > 1); i++)
            image = Halved(image);
        var grows = frame.Width > image.Width && levels == 0 || frame.Height > image.Height && levels == 0;
        Func<int, int, AxisWeights> weights = grows ? Mitchell : AxisWeights.Linear;
        return ByteResampler.AtOnce(image, weights(image.Width, frame.Width), weights(image.Height, frame.Height))
            .Placed(frame.Left, frame.Top, width, height);
    }

    private static AxisWeights Mitchell(int from, int to) => AxisWeights.Four(from, to, x =>
    {
        x = Math.Abs(x);
        return x < 1 ? (7 * x * x * x - 12 * x * x + 16.0 / 3) / 6 : (-7.0 / 3 * x * x * x + 12 * x * x - 20 * x + 32.0 / 3) / 6;
    });

    // Both sides by two: an even one takes means of two, an odd one (a + 2b + c) / 4; cut to whole numbers behind both.
    private static Raster Halved(Raster image)
    {
        var (columns, rows) = (Halves(image.Width), Halves(image.Height));
        var channels = (int)image.Format;
        var pixels = new byte[columns.Length * rows.Length * channels];
        for (var y = 0; y < rows.Length; y++)
        {
            for (var x = 0; x < columns.Length; x++)
            {
                for (var c = 0; c < channels; c++)
                {
                    var sum = 0;
                    foreach (var (dy, wy) in rows[y])
                        foreach (var (dx, wx) in columns[x])
                            sum += wy * wx * image.Row(dy)[dx * channels + c];
                    pixels[(y * columns.Length + x) * channels + c] = (byte)(sum / 16);
                }
            }
        }
        return Raster.Owning(columns.Length, rows.Length, image.Format, pixels);
    }

    private static (int Place, int Weight)[][] Halves(int side) => side == 1 ? [[(0, 4)]]
        : [.. Enumerable.Range(0, side / 2).Select(i => side % 2 == 0
            ? ((int, int)[])[(2 * i, 2), (2 * i + 1, 2)]
            : [(2 * i, 1), (2 * i + 1, 2), (2 * i + 2, 1)])];
}
