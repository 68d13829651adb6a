using System.Globalization;

namespace Microsoft.ML.Introspection.Imaging;

/// <summary>
/// What is done to an image before a network sees it: resized, cropped or padded, its channels put in order, each number scaled to
/// (pixel × scale − mean) / std. Transparency is dropped.
/// </summary>
/// <param name="Width">Pixels in a row of what the network sees.</param>
/// <param name="Height">Rows of it.</param>
/// <example><code>
/// var preprocessing = Preprocessing.Named("torchvision", PictureInput.Of(network));
/// float[] row = preprocessing.Apply(image);
/// double[] map = preprocessing.Frame(image.Width, image.Height).CarryBack(attribution, 224, 224, image.Height, image.Width);
/// </code></example>
public sealed record Preprocessing(int Width, int Height)
{
    private const int Levels = 256;

    /// <summary>Pixels in a row of what the network sees.</summary>
    public int Width { get; } = Side(Width, Height, Width);

    /// <summary>Rows of what the network sees.</summary>
    public int Height { get; } = Side(Width, Height, Height);

    /// <summary>How an image becomes a picture of that size.</summary>
    public PictureFitting Fitting { get; init => field = Defined(value); }

    /// <summary>Which part stays, or where the image lies, where it does not fill the picture.</summary>
    public PictureAnchor Anchor { get; init => field = Defined(value); }

    /// <summary>
    /// Of <see cref="PictureFitting.Crop"/>: what the short side is resized to before the middle is cropped, as torchvision does; null for
    /// no more than it takes to cover the picture.
    /// </summary>
    public int? ShortSide
    {
        get;
        init => field = value is null || value >= Math.Max(Width, Height) && value <= 1 << 15 ? value
            : throw new ArgumentOutOfRangeException(nameof(ShortSide), value,
                $"A short side of {Math.Max(Width, Height)} at least was expected, to crop {Width} × {Height} from.");
    }

    /// <summary>How pixels are weighed.</summary>
    public Resizing Resizing { get; init => field = value ?? throw new ArgumentNullException(nameof(Resizing)); } = new();

    /// <summary>What pixels from 0 to 255 are multiplied by.</summary>
    public double Scale
    {
        get;
        init => field = double.IsFinite(value) && value != 0 ? value
            : throw new ArgumentOutOfRangeException(nameof(Scale), value, "A finite number but 0 was expected.");
    } = 1;

    /// <summary>What is subtracted then: one number, or one for each channel in the network's order.</summary>
    public IReadOnlyList<double> Mean
    {
        get;
        init => field = value is { Count: 1 or 3 } && value.All(double.IsFinite) ? [.. value]
            : throw new ArgumentException("One finite number, or three, were expected.", nameof(Mean));
    } = [0];

    /// <summary>What that is divided by: one number, or one for each channel.</summary>
    public IReadOnlyList<double> Deviation
    {
        get;
        init => field = value is { Count: 1 or 3 } && value.All(v => double.IsFinite(v) && v != 0) ? [.. value]
            : throw new ArgumentException("One finite number but 0, or three, were expected.", nameof(Deviation));
    } = [1];

    /// <summary>The channels, in the order of the network.</summary>
    public ChannelOrder Channels { get; init => field = Defined(value); }

    /// <summary>How they lie.</summary>
    public PixelLayout Layout { get; init => field = Defined(value); }

    /// <summary>What it is called: a name of <see cref="Names"/>, or a file.</summary>
    public string Name { get; init; } = "own";

    /// <summary>The names of <see cref="Named"/>.</summary>
    public static IReadOnlyList<string> Names { get; } = ["torchvision", "keras-caffe", "tf", "mlnet", "plain"];

    /// <summary>How many channels the network sees.</summary>
    public int ChannelCount => Channels == ChannelOrder.Gray ? 1 : 3;

    /// <summary>How many numbers a row has.</summary>
    public int Count => Width * Height * ChannelCount;

    /// <summary>A customary way.</summary>
    /// <param name="name">
    /// <c>torchvision</c>: the short side to 256/224 of the picture, its middle cropped, ImageNet's means and deviations;
    /// <c>keras-caffe</c>: stretched by the nearest pixel, BGR less ImageNet's means; <c>tf</c>: the same from −1 to 1; <c>mlnet</c>:
    /// ResizeImages and ExtractPixels with their defaults, from 0 to 255; <c>plain</c>: stretched, from 0 to 1.
    /// </param>
    /// <param name="input">What the network takes.</param>
    /// <exception cref="ArgumentException">There is no such name; or it is one for three channels and the network takes one.</exception>
    public static Preprocessing Named(string name, PictureInput input)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(input);
        var gray = input.Channels == 1;
        var plain = new Preprocessing(input.Width, input.Height)
        {
            Name = name, Layout = input.Layout, Channels = gray ? ChannelOrder.Gray : ChannelOrder.Rgb,
        };
        if (gray && name is "torchvision" or "keras-caffe")
            throw new ArgumentException($"The preprocessing '{name}' is for three channels; the input '{input.Name}' has one. Take tf, "
                + "mlnet, plain, or a JSON file.", nameof(name));
        var nearest = new Resizing(ResizeRule.Pillow, ResizeFilter.Nearest);
        return name switch
        {
            "torchvision" => plain with
            {
                Fitting = PictureFitting.Crop, ShortSide = (int)Math.Round(Math.Max(input.Width, input.Height) * 256.0 / 224),
                Scale = 1 / 255.0, Mean = [0.485, 0.456, 0.406], Deviation = [0.229, 0.224, 0.225],
            },
            "keras-caffe" => plain with
            {
                Resizing = nearest, Channels = ChannelOrder.Bgr, Mean = [103.939, 116.779, 123.68],
            },
            "tf" => plain with { Resizing = nearest, Scale = 1 / 127.5, Mean = [1] },
            "mlnet" => plain with { Fitting = PictureFitting.Crop, Resizing = new Resizing(ResizeRule.MlNet) },
            "plain" => plain with { Scale = 1 / 255.0 },
            _ => throw new ArgumentException($"There is no preprocessing '{name}'; there are {string.Join(", ", Names)}.", nameof(name)),
        };
    }

    /// <summary>Where all of an image of a size lies in the picture.</summary>
    /// <param name="width">Pixels in a row of the image.</param>
    /// <param name="height">Its rows.</param>
    public ImageFrame Frame(int width, int height)
    {
        Raster.CheckSize(width, height);
        if (Fitting == PictureFitting.Stretch)
            return new ImageFrame(0, 0, Width, Height);
        if (Fitting == PictureFitting.Crop && ShortSide is { } side)
        {
            var longSide = (int)((long)side * Math.Max(width, height) / Math.Min(width, height));
            var (wide, high) = width <= height ? (side, longSide) : (longSide, side);
            return new ImageFrame(-(int)Math.Round((wide - Width) / 2.0), -(int)Math.Round((high - Height) / 2.0), wide, high);
        }
        // In single precision and cut, not rounded, as ML.NET does.
        var (across, down) = ((float)Width / width, (float)Height / height);
        var scale = Fitting == PictureFitting.Pad ? Math.Min(across, down) : Math.Max(across, down);
        var (restX, restY) = (Width - width * scale, Height - height * scale);
        var aside = across == scale ? PictureAnchor.Top : PictureAnchor.Left;
        var anchor = Anchor is PictureAnchor.Center ? Anchor : IsAcross(Anchor) == IsAcross(aside) ? Anchor : PictureAnchor.Center;
        // Where less than a pixel is left of a side, ML.NET draws nothing.
        var least = Resizing.Rule == ResizeRule.MlNet ? 0 : 1;
        return new ImageFrame(
            across == scale ? 0 : Offset(restX, anchor), across == scale ? Offset(restY, anchor) : 0,
            Math.Max(least, (int)(width * scale)), Math.Max(least, (int)(height * scale)));
    }

    /// <summary>
    /// Carries a map of the picture back to the image so that sums hold: each number is shared among the pixels that its place was made of,
    /// by the weights of the resizing (its transpose), where <see cref="ImageFrame.CarryBack"/> looks up which number lies over a pixel.
    /// A gradient becomes that by the image's own pixels. What lies on padding is dropped, what was cropped away gets 0.
    /// </summary>
    /// <param name="map">Height × Width numbers of the picture.</param>
    /// <param name="imageWidth">Columns of the image.</param>
    /// <param name="imageHeight">Rows of the image.</param>
    /// <returns>imageHeight × imageWidth numbers. Rounding to bytes, which has no gradient, is left aside.</returns>
    public double[] ShareOut(ReadOnlySpan<double> map, int imageWidth, int imageHeight)
    {
        if (map.Length != Width * Height)
            throw new ArgumentException($"A map of {Height} × {Width} has {Height * Width} values; {map.Length} given.", nameof(map));
        var frame = Frame(imageWidth, imageHeight);
        if ((imageWidth, imageHeight) == (Width, Height) && ShortSide is null)
            return map.ToArray();
        if (frame.Width == 0 || frame.Height == 0)
            return new double[imageWidth * imageHeight];
        var drawn = new double[frame.Width * frame.Height];
        var (left, end) = (Math.Max(0, frame.Left), Math.Min(Width, frame.Left + frame.Width));
        for (var y = Math.Max(0, frame.Top); y < Math.Min(Height, frame.Top + frame.Height); y++)
            map[(y * Width + left)..(y * Width + end)].CopyTo(drawn.AsSpan((y - frame.Top) * frame.Width + left - frame.Left));
        var mlNet = Resizing.Rule == ResizeRule.MlNet && (Fitting != PictureFitting.Stretch || Resizing.Filter != ResizeFilter.Nearest);
        var columns = mlNet ? MlNetResizing.Weights(imageWidth, imageHeight, frame, across: true)
            : [Resizing.Weights(imageWidth, frame.Width, imageHeight, frame.Height)];
        var rows = mlNet ? MlNetResizing.Weights(imageWidth, imageHeight, frame, across: false)
            : [Resizing.Weights(imageHeight, frame.Height, imageWidth, frame.Width)];
        foreach (var weights in columns.Reverse())
            drawn = weights.Shared(drawn, frame.Height, 1);
        foreach (var weights in rows.Reverse())
            drawn = weights.Shared(drawn, imageWidth, imageWidth);
        return drawn;
    }

    /// <summary>An image as the network sees it, still in colours from 0 to 255.</summary>
    /// <param name="image">The image.</param>
    /// <exception cref="ArgumentException">It would become too large: a side is a great many times the other.</exception>
    public Raster Fit(Raster image)
    {
        ArgumentNullException.ThrowIfNull(image);
        var opaque = Channels == ChannelOrder.Gray ? image.ToGray() : image.WithoutAlpha();
        if ((opaque.Width, opaque.Height) == (Width, Height) && ShortSide is null)
            return opaque;
        var frame = Frame(opaque.Width, opaque.Height);
        if (Resizing.Rule == ResizeRule.MlNet && Fitting != PictureFitting.Stretch)
            return MlNetResizing.Draw(opaque, Width, Height, frame);
        return Resizing.Apply(opaque, frame.Width, frame.Height).Placed(frame.Left, frame.Top, Width, Height);
    }

    /// <summary>An image as the numbers that the network takes.</summary>
    /// <param name="image">The image.</param>
    public float[] Apply(Raster image)
    {
        var numbers = new float[Count];
        Write(Fit(image), numbers);
        return numbers;
    }

    /// <summary>Writes a fitted picture as numbers.</summary>
    /// <param name="picture">What <see cref="Fit"/> gave.</param>
    /// <param name="numbers">Takes <see cref="Count"/> numbers.</param>
    public void Write(Raster picture, Span<float> numbers)
    {
        ArgumentNullException.ThrowIfNull(picture);
        var channels = ChannelCount;
        if (numbers.Length != Count || (picture.Width, picture.Height, (int)picture.Format) != (Width, Height, channels))
            throw new ArgumentException($"A picture of {Width} × {Height} × {channels} and room for {Count} numbers were expected; "
                + $"given were {picture.Width} × {picture.Height} × {(int)picture.Format} and {numbers.Length}.", nameof(numbers));
        var pixels = picture.Pixels;
        var count = Width * Height;
        Span<float> levels = stackalloc float[Levels];
        for (var c = 0; c < channels; c++)
        {
            for (var v = 0; v < Levels; v++)
                levels[v] = (float)((v * Scale - Mean[Mean.Count == 1 ? 0 : c]) / Deviation[Deviation.Count == 1 ? 0 : c]);
            var from = Channels == ChannelOrder.Bgr ? 2 - c : c;
            var (start, step) = Layout == PixelLayout.ChannelsFirst ? (c * count, 1) : (c, channels);
            for (int i = 0, at = start; i < count; i++, at += step)
                numbers[at] = levels[pixels[i * channels + from]];
        }
    }

    /// <summary>In one line: what is done, for people.</summary>
    public string Description => string.Create(CultureInfo.InvariantCulture, $"{Name}: {Described} by {ResizerName}, {Channels} "
        + $"{(Layout == PixelLayout.ChannelsFirst ? "channels first" : "channels last")}, "
        + $"(pixel × {Scale:G6} − [{Listed(Mean)}]) / [{Listed(Deviation)}]");

    private string ResizerName => $"{Resizing.Rule} {Resizing.Filter}{(Resizing.Antialias ? " antialiased" : "")}".ToLowerInvariant();

    private string Described => Fitting switch
    {
        PictureFitting.Stretch => $"stretched to {Width} × {Height}",
        PictureFitting.Pad => $"fitted into {Width} × {Height}, black around",
        _ when ShortSide is { } side => $"short side to {side}, {Width} × {Height} cropped from the middle",
        _ => $"covering {Width} × {Height}, cropped",
    };

    private static string Listed(IReadOnlyList<double> numbers) =>
        string.Join(", ", numbers.Select(n => n.ToString("G6", CultureInfo.InvariantCulture)));

    private static bool IsAcross(PictureAnchor anchor) => anchor is PictureAnchor.Left or PictureAnchor.Right;

    private static int Offset(float rest, PictureAnchor anchor) => anchor switch
    {
        PictureAnchor.Left or PictureAnchor.Top => 0,
        PictureAnchor.Right or PictureAnchor.Bottom => (int)rest,
        _ => (int)(rest / 2),
    };

    private static int Side(int width, int height, int side)
    {
        Raster.CheckSize(width, height);
        return side;
    }

    private static T Defined<T>(T value) where T : struct, Enum => Enum.IsDefined(value) ? value
        : throw new ArgumentOutOfRangeException(typeof(T).Name, value, $"There is no such {typeof(T).Name}.");
}
