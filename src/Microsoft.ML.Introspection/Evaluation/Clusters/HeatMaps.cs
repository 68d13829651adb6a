using System.Numerics;
using System.Numerics.Tensors;

namespace Microsoft.ML.Introspection.Evaluation.Clusters;

/// <summary>
/// Attributions of rows of one shape, made ready to be compared: summed over channels, and divided by the sum of their absolute values, so
/// that maps of strong and weak scores are alike. A map of zeros stays one.
/// </summary>
public sealed class HeatMaps
{
    private HeatMaps(double[] values, int count, int height, int width) => (Values, Count, Height, Width) = (values, count, height, width);

    /// <summary>The maps, shape [count, height, width].</summary>
    public double[] Values { get; }

    /// <summary>How many maps.</summary>
    public int Count { get; }

    /// <summary>Their rows of pixels.</summary>
    public int Height { get; }

    /// <summary>Their columns of pixels; numbers of a table are one line.</summary>
    public int Width { get; }

    /// <summary>Makes attributions ready.</summary>
    /// <param name="attributions">Shape [rows, channels, height, width].</param>
    /// <param name="channels">The channels.</param>
    /// <param name="height">The rows of pixels; 1 for a table.</param>
    /// <param name="width">The columns of pixels.</param>
    /// <exception cref="ArgumentException">The numbers are no whole maps, or some are not finite.</exception>
    public static HeatMaps Of(ReadOnlySpan<float> attributions, int channels, int height, int width) =>
        Made(attributions, channels, height, width);

    /// <inheritdoc cref="Of(ReadOnlySpan{float}, int, int, int)"/>
    public static HeatMaps Of(ReadOnlySpan<double> attributions, int channels, int height, int width) =>
        Made(attributions, channels, height, width);

    private static HeatMaps Made<T>(ReadOnlySpan<T> attributions, int channels, int height, int width)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(channels, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        var (area, size) = ((long)height * width, (long)channels * height * width);
        if (attributions.IsEmpty || attributions.Length % size != 0)
            throw new ArgumentException($"Maps of {channels} × {height} × {width} were expected; {attributions.Length} numbers were "
                + "given.", nameof(attributions));
        var count = (int)(attributions.Length / size);
        var values = new double[count * area];
        for (var row = 0; row < count; row++)
        {
            var map = values.AsSpan((int)(row * area), (int)area);
            for (var i = 0; i < size; i++)
            {
                var number = attributions[(int)(row * size) + i];
                if (!T.IsFinite(number))
                    throw new ArgumentException($"Finite attributions were expected; row {row} holds {number}. Leave the row out, or ask "
                        + "another method.", nameof(attributions));
                map[(int)(i % area)] += double.CreateTruncating(number);
            }
            var sum = TensorPrimitives.SumOfMagnitudes<double>(map);
            if (sum > 0)
                TensorPrimitives.Divide(map, sum, map);
        }
        return new(values, count, height, width);
    }

    /// <summary>The maps of some rows.</summary>
    /// <param name="rows">Which.</param>
    public HeatMaps Only(IReadOnlyList<int> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        var size = Height * Width;
        var values = new double[rows.Count * size];
        for (var i = 0; i < rows.Count; i++)
            Values.AsSpan(rows[i] * size, size).CopyTo(values.AsSpan(i * size));
        return new(values, rows.Count, Height, Width);
    }

    /// <summary>The sums of blocks; blocks at the lower and right edge may be smaller.</summary>
    /// <param name="block">Their side in pixels; no longer than the map in either direction.</param>
    public HeatMaps Pooled(int block)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(block, 1);
        var (down, across) = (Math.Min(block, Height), Math.Min(block, Width));
        var (height, width) = ((Height + down - 1) / down, (Width + across - 1) / across);
        var values = new double[Count * height * width];
        for (var line = 0; line < Count * Height; line++)
        {
            var (map, y) = (line / Height, line % Height / down);
            for (var x = 0; x < Width; x++)
                values[(map * height + y) * width + x / across] += Values[line * Width + x];
        }
        return new(values, Count, height, width);
    }

    /// <summary>
    /// The maps at another size: linear between pixel centres; where they shrink, blurred before by a Gaussian of (factor − 1) / 2 pixels,
    /// cut at four of these, with borders mirrored about the edge pixel.
    /// </summary>
    /// <param name="height">The rows of pixels.</param>
    /// <param name="width">The columns of pixels.</param>
    public HeatMaps Resized(int height, int width)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        var (down, across) = (Weights(Height, height), Weights(Width, width));
        var (values, lines) = (new double[Count * height * width], new double[Height * width]);
        for (var map = 0; map < Count; map++)
        {
            for (var y = 0; y < Height; y++)
                for (var x = 0; x < width; x++)
                    lines[y * width + x] = TensorPrimitives.Dot<double>(across[x], Values.AsSpan((map * Height + y) * Width, Width));
            for (var y = 0; y < height; y++)
            {
                var line = values.AsSpan((map * height + y) * width, width);
                for (var from = 0; from < Height; from++)
                    if (down[y][from] != 0)
                        TensorPrimitives.MultiplyAdd(lines.AsSpan(from * width, width), down[y][from], line, line);
            }
        }
        return new(values, Count, height, width);
    }

    // What each old pixel adds to each new one along an axis.
    private static double[][] Weights(int from, int to)
    {
        var factor = (double)from / to;
        var sigma = Math.Max(0, (factor - 1) / 2);
        var radius = (int)(4 * sigma + 0.5);
        double[] kernel = [.. Enumerable.Range(-radius, 2 * radius + 1)
            .Select(i => sigma > 0 ? Math.Exp(-0.5 * i * i / (sigma * sigma)) : 1)];
        TensorPrimitives.Divide(kernel, kernel.Sum(), kernel);
        var weights = new double[to][];
        for (var i = 0; i < to; i++)
        {
            weights[i] = new double[from];
            var place = (i + 0.5) * factor - 0.5;
            var low = (int)Math.Floor(place);
            for (var k = -radius; k <= radius; k++)
            {
                weights[i][Mirrored(Mirrored(low, from) + k, from)] += (1 - place + low) * kernel[k + radius];
                weights[i][Mirrored(Mirrored(low + 1, from) + k, from)] += (place - low) * kernel[k + radius];
            }
        }
        return weights;
    }

    private static int Mirrored(int i, int length)
    {
        if (length == 1)
            return 0;
        i = Math.Abs(i) % (2 * (length - 1));
        return i < length ? i : 2 * (length - 1) - i;
    }
}
