namespace Microsoft.ML.Introspection.Imaging;

/// <summary>A way of changing an image's size, to the pixel as one library does it.</summary>
/// <param name="Rule">Whose way.</param>
/// <param name="Filter">By which kernel.</param>
/// <example><code>var small = new Resizing(ResizeRule.Pillow, ResizeFilter.Bicubic).Apply(image, 224, 224);</code></example>
public sealed record Resizing(ResizeRule Rule = ResizeRule.Pillow, ResizeFilter Filter = ResizeFilter.Bilinear)
{
    private static readonly Dictionary<ResizeRule, ResizeFilter[]> Known = new()
    {
        [ResizeRule.Pillow] =
        [
            ResizeFilter.Nearest, ResizeFilter.Bilinear, ResizeFilter.Bicubic, ResizeFilter.Box, ResizeFilter.Hamming, ResizeFilter.Lanczos,
        ],
        [ResizeRule.OpenCv] = [ResizeFilter.Nearest, ResizeFilter.Bilinear, ResizeFilter.Bicubic, ResizeFilter.Area],
        [ResizeRule.Torch] = [ResizeFilter.Nearest, ResizeFilter.Bilinear, ResizeFilter.Bicubic],
        [ResizeRule.MlNet] = [ResizeFilter.Bilinear, ResizeFilter.Nearest],
        [ResizeRule.TensorFlow] = [ResizeFilter.Bilinear],
    };

    /// <summary>Whose way.</summary>
    public ResizeRule Rule { get; } = Known.ContainsKey(Rule) ? Rule
        : throw new ArgumentOutOfRangeException(nameof(Rule), Rule, "There is no such rule.");

    /// <summary>By which kernel.</summary>
    public ResizeFilter Filter { get; } = Known[Rule].Contains(Filter) ? Filter : throw new ArgumentException(
        $"{Rule} does not resize by {Filter}; it has {string.Join(", ", Known[Rule])}.", nameof(Filter));

    /// <summary>Of PyTorch: whether the kernel widens when an image shrinks. Pillow always does that, OpenCV never.</summary>
    public bool Antialias
    {
        get;
        init => field = !value || Rule == ResizeRule.Torch && Filter != ResizeFilter.Nearest ? value : throw new ArgumentException(
            $"Antialiasing is an option of {ResizeRule.Torch} with bilinear or bicubic; given were {Rule} and {Filter}.",
            nameof(Antialias));
    }

    /// <summary>An image at another size, all of it stretched.</summary>
    /// <param name="image">The image.</param>
    /// <param name="width">Pixels in a row of the result.</param>
    /// <param name="height">Rows of the result.</param>
    /// <exception cref="ArgumentException">The size is beyond <see cref="Raster.MaximumPixels"/>.</exception>
    public Raster Apply(Raster image, int width, int height)
    {
        ArgumentNullException.ThrowIfNull(image);
        Raster.CheckSize(width, height);
        if (width == image.Width && height == image.Height)
            return image;
        if (Rule == ResizeRule.MlNet)
            return Filter == ResizeFilter.Nearest ? MlNetResizing.Fill(image, width, height)
                : MlNetResizing.Draw(image, width, height, new(0, 0, width, height));
        var (columns, rows) = (Weights(image.Width, width, image.Height, height), Weights(image.Height, height, image.Width, width));
        // What torchvision does with tensors of bytes; plain interpolation computes both axes in one go.
        var apart = Rule == ResizeRule.Pillow || Antialias;
        return apart ? ByteResampler.AxisByAxis(image, columns, rows, VerticalFirst(image, width, height))
            : ByteResampler.AtOnce(image, columns, rows);
    }

    /// <summary>Planes of numbers at another size, in double precision and not rounded.</summary>
    /// <param name="values">planes × height × width numbers.</param>
    /// <param name="height">Rows of a plane.</param>
    /// <param name="width">Numbers in a row.</param>
    /// <param name="newHeight">Rows of the result.</param>
    /// <param name="newWidth">Numbers in a row of the result.</param>
    /// <returns>planes × newHeight × newWidth numbers. A number of weight 0 has no say even if it is not finite.</returns>
    /// <exception cref="ArgumentException">Lengths do not fit; or the rule is ML.NET's, which is one for bytes.</exception>
    public double[] Apply(ReadOnlySpan<double> values, int height, int width, int newHeight, int newWidth)
    {
        if (Rule == ResizeRule.MlNet)
            throw new ArgumentException($"{ResizeRule.MlNet} resizes pictures of bytes; numbers were given.", nameof(values));
        Raster.CheckSize(width, height);
        Raster.CheckSize(newWidth, newHeight);
        if (values.Length % ((long)height * width) != 0)
            throw new ArgumentException($"Planes of {height} × {width} numbers were expected; found {values.Length} numbers.",
                nameof(values));
        var columns = Weights(width, newWidth, height, newHeight);
        var rows = Weights(height, newHeight, width, newWidth);
        var (planes, count) = (values.Length / (height * width), newHeight * newWidth);
        var result = new double[planes * count];
        var narrow = new double[height * newWidth];
        for (var p = 0; p < planes; p++)
        {
            var plane = values.Slice(p * height * width, height * width);
            for (var y = 0; y < height; y++)
                for (var x = 0; x < newWidth; x++)
                    narrow[y * newWidth + x] = columns.Sum(x, plane.Slice(y * width, width), 0, 1);
            for (var y = 0; y < newHeight; y++)
                for (var x = 0; x < newWidth; x++)
                    result[p * count + y * newWidth + x] = rows.Sum(y, narrow, x, newWidth);
        }
        return result;
    }

    /// <summary>What an interpolation between pixels means.</summary>
    public static Resizing For(Interpolation interpolation) => interpolation switch
    {
        Interpolation.Nearest => new Resizing(ResizeRule.Pillow, ResizeFilter.Nearest),
        Interpolation.Bilinear => new Resizing(ResizeRule.Torch, ResizeFilter.Bilinear),
        Interpolation.Bicubic => new Resizing(ResizeRule.Torch, ResizeFilter.Bicubic),
        _ => throw new ArgumentOutOfRangeException(nameof(interpolation), interpolation, "There is no such interpolation."),
    };

    internal AxisWeights Weights(int from, int to, int otherFrom, int otherTo) => (Rule, Filter) switch
    {
        (ResizeRule.MlNet, ResizeFilter.Nearest) => AxisWeights.NearestOrFirst(from, to),
        (ResizeRule.Pillow, ResizeFilter.Nearest) => AxisWeights.Nearest(from, to, centred: true),
        (_, ResizeFilter.Nearest) => AxisWeights.Nearest(from, to, centred: false),
        (_, ResizeFilter.Area) => from >= to && otherFrom >= otherTo ? AxisWeights.Area(from, to) : AxisWeights.GrownArea(from, to),
        (ResizeRule.Pillow, _) => AxisWeights.Widened(from, to, Kernel.Of(Filter)),
        _ when Antialias => AxisWeights.Widened(from, to, Kernel.Of(Filter)),
        (ResizeRule.TensorFlow, _) => AxisWeights.LinearFromCorner(from, to),
        (_, ResizeFilter.Bilinear) => AxisWeights.Linear(from, to),
        _ => AxisWeights.Cubic(from, to),
    };

    // Found by trials with Pillow 13: where the height shrinks more than twice as much as the width, the rows come first.
    private bool VerticalFirst(Raster image, int width, int height) => Rule == ResizeRule.Pillow && height < image.Height
        && 1 - (double)height / image.Height > 2 * (1 - (double)width / image.Width);
}
