using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Features;

/// <summary>What is optimised, and how it becomes an image: pixels, a spectrum, levels of a pyramid, phases.</summary>
public abstract record Parametrisation
{
    /// <summary>The extents of the parameters of one image.</summary>
    /// <param name="image">The extents of an image, channels first.</param>
    internal abstract long[] Row(long[] image);

    /// <summary>Parameters to begin with, one draw for each image.</summary>
    /// <param name="seeds">A number for each image, shape [N].</param>
    /// <param name="image">The extents of an image, channels first.</param>
    /// <param name="type">The type of the image.</param>
    internal virtual Value Start(Value seeds, long[] image, ElementType type) =>
        SeededNoise.Normal(seeds, Row(image), StartSeed, type).Squeeze(1) * Deviation;

    /// <summary>The images of some parameters.</summary>
    /// <param name="parameters">Shape [N, …].</param>
    /// <param name="image">The extents of an image, channels first.</param>
    internal abstract Value Image(Value parameters, long[] image);

    /// <summary>The operator set that it needs.</summary>
    internal virtual int Opset => 0;

    /// <summary>The parameters whose images some images are: what an optimisation starts from that begins with these.</summary>
    /// <param name="images">Shape [N, channels, …], channels first.</param>
    /// <returns>Double precision, shape [N, …].</returns>
    /// <exception cref="NotSupportedException">This parametrisation cannot be turned round.</exception>
    public Tensor ParametersOf(Tensor images)
    {
        ArgumentNullException.ThrowIfNull(images);
        long[] image = [.. images.Dimensions[1..]];
        long[] row = Row(image);
        var (values, size) = (images.ToDouble(), (int)Sizes.Count(image));
        return Tensor.From([.. Enumerable.Range(0, values.Length / Math.Max(size, 1)).SelectMany(i =>
            Parameters(values[(i * size)..((i + 1) * size)], image))], [images.Dimensions[0], .. row]);
    }

    /// <summary>The parameters of one image.</summary>
    internal virtual double[] Parameters(double[] image, long[] extents) => throw new NotSupportedException(
        $"{GetType().Name} makes some images only, so that no parameters are those of a given one; take Fourier, Pixels or a pyramid.");

    /// <summary>The parameters after a step: as they are, or brought back to where they may be.</summary>
    internal virtual Value Settled(Value parameters) => parameters;

    /// <summary>The standard deviation of what is drawn to begin with.</summary>
    internal abstract double Deviation { get; }

    private const int StartSeed = 0x57A27;
}

/// <summary>How numbers without bounds become values that images have.</summary>
public enum ValueRange
{
    /// <summary>They stay as they are.</summary>
    Free,

    /// <summary>A sigmoid, from the low bound to the high.</summary>
    Sigmoid,

    /// <summary>A sigmoid, then each image is stretched so that it reaches both bounds.</summary>
    Stretched,

    /// <summary>What lies beyond a bound is brought to it after each step.</summary>
    Clipped,
}

/// <summary>How colours that are optimised apart become red, green and blue, which go together in photographs.</summary>
public enum ColorCorrelation
{
    /// <summary>Colours are optimised as they are; what other numbers of channels have.</summary>
    None,

    /// <summary>The root of the correlation of colours in ImageNet that lucid and lucent take.</summary>
    Lucid,

    /// <summary>That which Xplique takes.</summary>
    Xplique,
}

/// <summary>The last steps to an image: colours, and the range of values.</summary>
/// <param name="Colors">How colours go together.</param>
/// <param name="Range">How values get their bounds.</param>
/// <param name="Low">The lowest value.</param>
/// <param name="High">The highest value.</param>
public sealed record ImageValues(
    ColorCorrelation Colors = ColorCorrelation.None, ValueRange Range = ValueRange.Sigmoid, double Low = 0, double High = 1)
{
    // What a sigmoid does not reach in single precision need not be asked for.
    private const double NearBound = 1e-4;

    private static readonly double[] Lucid = [0.26, 0.09, 0.02, 0.27, 0, -0.05, 0.27, -0.09, 0.03];

    private static readonly double[] Xplique =
        [0.56282854, 0.58447580, 0.58447580, 0.19482528, 0, -0.19482528, 0.04329450, -0.10823626, 0.06494176];

    /// <summary>The highest value.</summary>
    public double High { get; } = double.IsFinite(Low) && double.IsFinite(High) && High > Low ? High
        : throw new ArgumentOutOfRangeException(nameof(High), High, $"A finite number above {Low} was expected.");

    /// <summary>Writes the steps.</summary>
    /// <param name="x">Shape [N, channels, …].</param>
    internal Value Of(Value x)
    {
        if (Colors != ColorCorrelation.None)
            x = Mixed(x);
        return Range switch
        {
            ValueRange.Sigmoid => Scaled(x.Sigmoid()),
            ValueRange.Stretched => Scaled(Stretched(x.Sigmoid())),
            _ => x,
        };
    }

    /// <summary>What becomes an image by these steps; values at a bound or beyond it are moved within first.</summary>
    internal double[] Before(double[] image, long channels)
    {
        double[] values = Range switch
        {
            ValueRange.Sigmoid or ValueRange.Stretched => Array.ConvertAll(image, v =>
            {
                var share = Math.Clamp((v - Low) / (High - Low), NearBound, 1 - NearBound);
                return Math.Log(share / (1 - share));
            }),
            ValueRange.Clipped => Array.ConvertAll(image, v => Math.Clamp(v, Low, High)),
            _ => image,
        };
        if (Colors == ColorCorrelation.None)
            return values;
        var (inverse, size) = (Inverse(Matrix(channels)), values.Length / 3);
        return [.. Enumerable.Range(0, values.Length).Select(i =>
            Enumerable.Range(0, 3).Sum(c => inverse[i / size * 3 + c] * values[c * size + i % size]))];
    }

    /// <summary>Brings values back to their bounds, where these are kept so.</summary>
    internal Value Settled(Value x) => Range == ValueRange.Clipped ? x.Clip(Low, High) : x;

    private Value Mixed(Value x)
    {
        var matrix = Matrix(x.Shape[1].Value);
        var flat = x.Reshape(-1, 3, x.Shape.Skip(2).Aggregate(1L, (size, d) => size * d.Value));
        var mixed = x.Graph.Constant(Tensor.FromDoubles(x.Type, matrix, 3, 3)).MatMul(flat);
        return mixed.Reshape([-1, .. x.Shape.Skip(1).Select(d => d.Value)]);
    }

    private double[] Matrix(long channels)
    {
        if (channels != 3)
            throw new ArgumentException($"Colours that go together are for images of 3 channels; this has {channels}. "
                + "Take ColorCorrelation.None.");
        // Rows are what a colour is made of: t·Mᵀ for lucid, whose largest column has norm 1; t·M for Xplique.
        var largest = Enumerable.Range(0, 3).Max(c => Math.Sqrt(Enumerable.Range(0, 3).Sum(r => Lucid[3 * r + c] * Lucid[3 * r + c])));
        return Colors == ColorCorrelation.Lucid ? [.. Lucid.Select(v => v / largest)]
            : [.. Enumerable.Range(0, 9).Select(i => Xplique[i % 3 * 3 + i / 3])];
    }

    // By cofactors.
    private static double[] Inverse(double[] m)
    {
        double Minor(int row, int column)
        {
            int[] r = [(row + 1) % 3, (row + 2) % 3], c = [(column + 1) % 3, (column + 2) % 3];
            return m[3 * r[0] + c[0]] * m[3 * r[1] + c[1]] - m[3 * r[0] + c[1]] * m[3 * r[1] + c[0]];
        }
        var determinant = Enumerable.Range(0, 3).Sum(c => m[c] * Minor(0, c));
        return [.. Enumerable.Range(0, 9).Select(i => Minor(i % 3, i / 3) / determinant)];
    }

    private Value Scaled(Value x) => x * (High - Low) + Low;

    private static Value Stretched(Value x)
    {
        long[] all = [.. Enumerable.Range(1, x.Rank - 1).Select(i => (long)i)];
        var (low, high) = (x.ReduceMin(all), x.ReduceMax(all));
        return (x - low) / (high - low);
    }
}

/// <summary>The elements of the image themselves.</summary>
public sealed record Pixels : Parametrisation
{
    /// <summary>The last steps to an image.</summary>
    public ImageValues Values { get; init; } = new(Range: ValueRange.Free);

    /// <summary>What they are to begin with, but for noise.</summary>
    public double Mean { get; init; }

    /// <summary>The standard deviation of the noise to begin with.</summary>
    public double Noise { get; init; } = 0.01;

    internal override double Deviation => Noise;

    internal override long[] Row(long[] image) => image;

    internal override Value Start(Value seeds, long[] image, ElementType type) => base.Start(seeds, image, type) + Mean;

    internal override Value Image(Value parameters, long[] image) => Values.Of(parameters);

    internal override double[] Parameters(double[] image, long[] extents) => Values.Before(image, extents[0]);

    internal override Value Settled(Value parameters) => Values.Settled(parameters);
}
