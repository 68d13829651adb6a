using Microsoft.ML.Introspection.Features;
using Microsoft.ML.Introspection.Imaging;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>Rows, or parts of them, as pictures on one scale: images, signals, tables.</summary>
internal sealed class ExamplePictures
{
    private const int Largest = 96, SignalHeight = 56, SignalWidth = 224;

    private readonly FoundImageForm _form;

    /// <summary>Rows of a network.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="channelsLast">Whether the channels of an image stand last.</param>
    public ExamplePictures(ExampleRows rows, bool channelsLast)
    {
        var (low, high) = (double.PositiveInfinity, double.NegativeInfinity);
        foreach (var row in rows.Numbers)
            foreach (var value in rows.Seen(row).ToDouble())
                if (double.IsFinite(value))
                    (low, high) = (Math.Min(low, value), Math.Max(high, value));
        Low = low < high ? low : low <= high ? low - 1 : 0;
        High = low < high ? high : low <= high ? low + 1 : 1;
        _form = new FoundImageForm { ChannelsLast = channelsLast, Range = (Low, High) };
    }

    /// <summary>The number that is black.</summary>
    public double Low { get; }

    /// <summary>The number that is white.</summary>
    public double High { get; }

    /// <summary>Whether a row is an image, or a volume, in one colour or three.</summary>
    public static bool IsImage(Tensor row, bool channelsLast) =>
        row.Dimensions.Length > 2 && row.Dimensions[channelsLast ? ^1 : 0] is 1 or 3;

    /// <summary>An image, or a part of one, as it is.</summary>
    public Raster Image(Tensor image) => Fitted(Picture(image, _form));

    /// <summary>What comes back to an image: nothing is gray, and the largest number, to either side, black or white.</summary>
    public Raster Figure(Tensor figure)
    {
        var size = Math.Max(figure.ToDouble().Select(Math.Abs).Where(double.IsFinite).DefaultIfEmpty().Max(), 1e-30);
        return Fitted(Picture(figure, _form with { Range = (-size, size) }));
    }

    /// <summary>An image in which all is dark but where a map is above a threshold.</summary>
    /// <param name="image">The image.</param>
    /// <param name="map">The map.</param>
    /// <param name="space">The map's extents.</param>
    /// <param name="threshold">The threshold.</param>
    public Raster Masked(Tensor image, float[] map, IReadOnlyList<int> space, double threshold)
    {
        var picture = Image(image).WithoutAlpha();
        if (space.Count != 2)
            return picture;
        var large = Resizing.For(Interpolation.Bilinear).Apply(
            Array.ConvertAll(map, v => (double)v), space[0], space[1], picture.Height, picture.Width);
        return Raster.Create(picture.Width, picture.Height, (x, y) => large[y * picture.Width + x] > threshold ? picture[x, y]
            : Rgb.Mix(picture[x, y], new Rgb(0, 0, 0), 0.75));
    }

    /// <summary>A signal as a curve, behind it the unit's activation at each step.</summary>
    /// <param name="signal">Shape [channels, length], [length], or [length, channels].</param>
    /// <param name="activations">The unit's numbers along it.</param>
    /// <param name="lengthFirst">Whether steps come before channels.</param>
    public Raster Signal(Tensor signal, float[] activations, bool lengthFirst)
    {
        var values = signal.ToDouble();
        var length = (int)(signal.Dimensions.Length == 1 ? signal.Dimensions[0] : signal.Dimensions[lengthFirst ? 0 : 1]);
        var channels = values.Length / length;
        var (low, high) = (activations.Min(), activations.Max());
        int Line(int x, int channel)
        {
            var step = Math.Min((int)((long)x * length / SignalWidth), length - 1);
            var value = values[lengthFirst ? step * channels + channel : channel * length + step];
            return (int)Math.Clamp((High - value) / (High - Low) * (SignalHeight - 3) + 1, 0, SignalHeight - 1);
        }
        var picture = new Rgb[SignalWidth * SignalHeight];
        for (var x = 0; x < SignalWidth; x++)
        {
            var at = activations[Math.Min((int)((long)x * activations.Length / SignalWidth), activations.Length - 1)];
            var ground = Rgb.Mix(new Rgb(255, 255, 255), ColorMap.Sequential.At(0.6), high > low ? (at - low) / (high - low) : 0);
            for (var y = 0; y < SignalHeight; y++)
                picture[y * SignalWidth + x] = ground;
            for (var channel = 0; channel < Math.Min(channels, 4); channel++)
            {
                var (from, to) = (Line(Math.Max(x - 1, 0), channel), Line(x, channel));
                for (var y = Math.Min(from, to); y <= Math.Max(from, to); y++)
                    picture[y * SignalWidth + x] = new Rgb(0x20, 0x24, 0x2c);
            }
        }
        return Raster.Create(SignalWidth, SignalHeight, (x, y) => picture[y * SignalWidth + x]);
    }

    private static Raster Picture(Tensor row, FoundImageForm form) => MaximizationReport.Pictures(
        Tensor.FromDoubles(ElementType.Double, row.ToDouble(), [1, .. row.Dimensions]), form)[0];

    private static Raster Fitted(Raster picture) => Math.Max(picture.Width, picture.Height) is var side && side <= 2 * Largest ? picture
        : picture.Resize(Math.Max(1, picture.Width * Largest / side), Math.Max(1, picture.Height * Largest / side));
}
