namespace Microsoft.ML.Introspection.Imaging;

/// <summary>What a pixel of a <see cref="Raster"/> consists of; the number is that of its bytes.</summary>
public enum PixelFormat
{
    /// <summary>One byte of brightness.</summary>
    Gray = 1,

    /// <summary>Red, green, blue.</summary>
    Rgb = 3,

    /// <summary>Red, green, blue, opacity.</summary>
    Rgba = 4,
}

/// <summary>An image in memory, 8 bits a channel, top row first. Never changes; every operation gives a new one.</summary>
public sealed class Raster
{
    /// <summary>The largest image, in pixels.</summary>
    public const int MaximumPixels = 1 << 26;

    private readonly byte[] _pixels;

    /// <summary>An image from its bytes.</summary>
    /// <param name="width">Pixels in a row.</param>
    /// <param name="height">Number of rows.</param>
    /// <param name="format">What a pixel consists of.</param>
    /// <param name="pixels">height × width × channels bytes; copied.</param>
    /// <exception cref="ArgumentException">The size is not that of the bytes, or beyond <see cref="MaximumPixels"/> pixels.</exception>
    public Raster(int width, int height, PixelFormat format, ReadOnlySpan<byte> pixels)
        : this(width, height, format, pixels.ToArray())
    {
    }

    /// <summary>An image of bytes that nobody else changes: they are not copied.</summary>
    /// <inheritdoc cref="Raster(int, int, PixelFormat, ReadOnlySpan{byte})"/>
    public static Raster Owning(int width, int height, PixelFormat format, byte[] pixels)
    {
        ArgumentNullException.ThrowIfNull(pixels);
        return new Raster(width, height, format, pixels);
    }

    private Raster(int width, int height, PixelFormat format, byte[] pixels)
    {
        var expected = SizeOf(width, height, format);
        if (pixels.Length != expected)
        {
            throw new ArgumentException(
                $"An image of {width} × {height} {format} pixels takes {expected} bytes; {pixels.Length} given.",
                nameof(pixels));
        }

        (Width, Height, Format, _pixels) = (width, height, format, pixels);
    }

    /// <summary>Pixels in a row.</summary>
    public int Width { get; }

    /// <summary>Number of rows.</summary>
    public int Height { get; }

    /// <summary>What a pixel consists of.</summary>
    public PixelFormat Format { get; }

    /// <summary>All bytes: rows from the top, pixels from the left, channels together.</summary>
    public ReadOnlySpan<byte> Pixels => _pixels;

    private int Channels => (int)Format;

    /// <summary>The colour of a pixel, regardless of its opacity.</summary>
    public Rgb this[int x, int y]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(x);
            ArgumentOutOfRangeException.ThrowIfNegative(y);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(x, Width);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(y, Height);
            var pixel = _pixels.AsSpan((y * Width + x) * Channels, Channels);
            return Format == PixelFormat.Gray ? new Rgb(pixel[0], pixel[0], pixel[0]) : new Rgb(pixel[0], pixel[1], pixel[2]);
        }
    }

    /// <summary>An RGB image from a colour for every pixel.</summary>
    public static Raster Create(int width, int height, Func<int, int, Rgb> color)
    {
        ArgumentNullException.ThrowIfNull(color);
        var pixels = new byte[SizeOf(width, height, PixelFormat.Rgb)];
        for (var i = 0; i < pixels.Length; i += 3)
            (pixels[i], pixels[i + 1], pixels[i + 2]) = color(i / 3 % width, i / 3 / width);
        return new Raster(width, height, PixelFormat.Rgb, pixels);
    }

    /// <summary>An image as networks take it.</summary>
    /// <param name="values">channels × height × width numbers.</param>
    /// <param name="channels">1 (gray) or 3 (red, green, blue).</param>
    /// <param name="height">Number of rows.</param>
    /// <param name="width">Pixels in a row.</param>
    /// <param name="black">The number that means black; lower ones are black too.</param>
    /// <param name="white">The number that means white; higher ones are white too. NaN is drawn black.</param>
    public static Raster FromPlanes(ReadOnlySpan<float> values, int channels, int height, int width, float black = 0, float white = 1)
    {
        var format = channels switch
        {
            1 => PixelFormat.Gray,
            3 => PixelFormat.Rgb,
            _ => throw new ArgumentException($"An image of 1 or 3 channels was expected; found {channels}.", nameof(channels)),
        };
        if (!(white > black) || !float.IsFinite(white - black))
            throw new ArgumentOutOfRangeException(nameof(white), white,
                FormattableString.Invariant($"White must be above black, {black}."));

        var plane = (int)SizeOf(width, height, PixelFormat.Gray);
        if (values.Length != (long)plane * channels)
        {
            throw new ArgumentException(
                $"An image of {channels} × {height} × {width} (channels, height, width) has {(long)plane * channels} values; " +
                $"{values.Length} given.",
                nameof(values));
        }

        var pixels = new byte[values.Length];
        for (var channel = 0; channel < channels; channel++)
        {
            for (var i = 0; i < plane; i++)
            {
                var level = (values[channel * plane + i] - black) / (white - black);
                pixels[i * channels + channel] = float.IsNaN(level) ? (byte)0 : (byte)MathF.Round(Math.Clamp(level, 0, 1) * 255);
            }
        }

        return new Raster(width, height, format, pixels);
    }

    /// <summary>The images in a row on a common ground, each centred vertically.</summary>
    /// <param name="gap">Pixels between them.</param>
    /// <param name="ground">The colour of what they do not cover.</param>
    /// <param name="images">One image at least; transparent ones are laid on the ground.</param>
    public static Raster SideBySide(int gap, Rgb ground, params IReadOnlyList<Raster> images)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentOutOfRangeException.ThrowIfNegative(gap);
        if (images.Count == 0)
            throw new ArgumentException("One image at least was expected.", nameof(images));

        var height = images.Max(image => image.Height);
        var width = images.Sum(image => (long)image.Width) + (long)gap * (images.Count - 1);
        var pixels = Ground(width, height, ground);

        var left = 0;
        foreach (var image in images)
        {
            var opaque = image.OnGround(ground);
            var top = (height - image.Height) / 2;
            for (var y = 0; y < image.Height; y++)
                opaque.Row(y).CopyTo(pixels.AsSpan((int)(((top + y) * width + left) * 3)));
            left += image.Width + gap;
        }

        return new Raster((int)width, height, PixelFormat.Rgb, pixels);
    }

    /// <summary>The images one below the other on a common ground, each at its left.</summary>
    /// <param name="gap">Pixels between them.</param>
    /// <param name="ground">The colour of what they do not cover.</param>
    /// <param name="images">One image at least; transparent ones are laid on the ground.</param>
    public static Raster Stacked(int gap, Rgb ground, params IReadOnlyList<Raster> images)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentOutOfRangeException.ThrowIfNegative(gap);
        if (images.Count == 0)
            throw new ArgumentException("One image at least was expected.", nameof(images));

        var width = images.Max(image => image.Width);
        var height = images.Sum(image => (long)image.Height) + (long)gap * (images.Count - 1);
        var pixels = Ground(width, height, ground);

        var top = 0;
        foreach (var opaque in images.Select(image => image.OnGround(ground)))
        {
            for (var y = 0; y < opaque.Height; y++)
                opaque.Row(y).CopyTo(pixels.AsSpan((top + y) * width * 3));
            top += opaque.Height + gap;
        }

        return new Raster(width, (int)height, PixelFormat.Rgb, pixels);
    }

    /// <summary>The bytes of one row.</summary>
    public ReadOnlySpan<byte> Row(int y) => _pixels.AsSpan(y * Width * Channels, Width * Channels);

    /// <summary>The image made larger by a whole factor, in sharp squares.</summary>
    public Raster Enlarge(int factor)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(factor, 1);
        _ = SizeOf((long)Width * factor, (long)Height * factor, Format);
        return factor == 1 ? this : Resize(Width * factor, Height * factor, Interpolation.Nearest);
    }

    /// <summary>
    /// The image at another size. Interpolation is meant for enlarging: shrinking with it skips pixels, which <see cref="Resizing"/> can
    /// avoid.
    /// </summary>
    public Raster Resize(int width, int height, Interpolation interpolation = Interpolation.Bilinear) =>
        Resizing.For(interpolation).Apply(this, width, height);

    /// <summary>The image without colour.</summary>
    public Raster ToGray()
    {
        if (Format == PixelFormat.Gray)
            return this;
        var pixels = new byte[Width * Height];
        for (var i = 0; i < pixels.Length; i++)
            pixels[i] = new Rgb(_pixels[i * Channels], _pixels[i * Channels + 1], _pixels[i * Channels + 2]).Luma;
        return new Raster(Width, Height, PixelFormat.Gray, pixels);
    }

    /// <summary>The image in red, green and blue, its opacity dropped: colours are as they were stored.</summary>
    public Raster WithoutAlpha()
    {
        if (Format == PixelFormat.Rgb)
            return this;
        var pixels = new byte[Width * Height * 3];
        for (int i = 0, from = 0; i < pixels.Length; i += 3, from += Channels)
        {
            var second = Format == PixelFormat.Gray ? 0 : 1;
            (pixels[i], pixels[i + 1], pixels[i + 2]) = (_pixels[from], _pixels[from + second], _pixels[from + 2 * second]);
        }
        return new Raster(Width, Height, PixelFormat.Rgb, pixels);
    }

    /// <summary>The image in a picture of another size: what reaches out of it is cropped, what it leaves is black and opaque.</summary>
    /// <param name="left">The column where the image begins; negative where columns are cropped.</param>
    /// <param name="top">The row where it begins.</param>
    /// <param name="width">Pixels in a row of the picture.</param>
    /// <param name="height">Its rows.</param>
    public Raster Placed(int left, int top, int width, int height)
    {
        var pixels = new byte[SizeOf(width, height, Format)];
        if ((left, top, width, height) == (0, 0, Width, Height))
            return this;
        if (Format == PixelFormat.Rgba)
            for (var i = 3; i < pixels.Length; i += 4)
                pixels[i] = byte.MaxValue;
        var (first, end) = (Math.Max(0, left), (int)Math.Min(width, (long)left + Width));
        for (var y = Math.Max(0, top); y < Math.Min(height, (long)top + Height) && first < end; y++)
            Row(y - top)[((first - left) * Channels)..((end - left) * Channels)].CopyTo(pixels.AsSpan((y * width + first) * Channels));
        return new Raster(width, height, Format, pixels);
    }

    /// <summary>This image with another of the same size laid over it.</summary>
    /// <param name="over">The upper image; its own opacity counts too.</param>
    /// <param name="opacity">From 0 (nothing of it) to 1 (all of it).</param>
    /// <returns>An RGB image; where this one is transparent, black shows.</returns>
    public Raster Blend(Raster over, double opacity)
    {
        ArgumentNullException.ThrowIfNull(over);
        if (!(opacity is >= 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(opacity), opacity, "An opacity between 0 and 1 was expected.");
        if ((over.Width, over.Height) != (Width, Height))
        {
            throw new ArgumentException(
                $"Images of one size were expected; found {Width} × {Height} and {over.Width} × {over.Height}.",
                nameof(over));
        }

        var lower = OnGround(default);
        return Create(Width, Height, (x, y) =>
        {
            var alpha = over.Format == PixelFormat.Rgba ? over._pixels[(y * Width + x) * 4 + 3] / 255.0 : 1;
            return Rgb.Mix(lower[x, y], over[x, y], opacity * alpha);
        });
    }

    private Raster OnGround(Rgb ground) => Format switch
    {
        PixelFormat.Rgb => this,
        PixelFormat.Gray => Create(Width, Height, (x, y) => this[x, y]),
        _ => Create(Width, Height, (x, y) => Rgb.Mix(ground, this[x, y], _pixels[(y * Width + x) * 4 + 3] / 255.0)),
    };

    /// <summary>Refuses sizes that no image has.</summary>
    /// <exception cref="ArgumentException">A side is below 1, or there are more than <see cref="MaximumPixels"/> pixels.</exception>
    internal static void CheckSize(long width, long height) => SizeOf(width, height, PixelFormat.Gray);

    private static byte[] Ground(long width, long height, Rgb color)
    {
        var pixels = new byte[SizeOf(width, height, PixelFormat.Rgb)];
        for (var i = 0; i < pixels.Length; i += 3)
            (pixels[i], pixels[i + 1], pixels[i + 2]) = color;
        return pixels;
    }

    private static long SizeOf(long width, long height, PixelFormat format)
    {
        if (!Enum.IsDefined(format))
            throw new ArgumentOutOfRangeException(nameof(format), format, "Gray, Rgb or Rgba was expected.");
        if (width < 1 || height < 1 || width > MaximumPixels || height > MaximumPixels || width * height > MaximumPixels)
        {
            throw new ArgumentException(
                $"An image of {width} × {height} pixels was asked for; at least 1 × 1 and at most {MaximumPixels} pixels in all are " +
                "possible.");
        }

        return width * height * (int)format;
    }
}
