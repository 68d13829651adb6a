using Microsoft.ML.Introspection.Imaging;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>A direction through a <see cref="Volume"/>.</summary>
public enum VolumeAxis
{
    /// <summary>The first: slices are height × width.</summary>
    Depth,

    /// <summary>The second: slices are depth × width.</summary>
    Height,

    /// <summary>The third: slices are depth × height.</summary>
    Width,
}

/// <summary>How a volume is seen through along a direction.</summary>
public enum VolumeProjection
{
    /// <summary>Of the numbers behind one another that with the largest magnitude, with its sign.</summary>
    Strongest,

    /// <summary>The mean of the magnitudes behind one another: never negative.</summary>
    MeanMagnitude,
}

/// <summary>Numbers in three dimensions, such as a scan or an attribution for each of its voxels. Never changes.</summary>
public sealed class Volume
{
    /// <summary>The largest volume, in numbers.</summary>
    public const int MaximumValues = 1 << 26;

    private readonly float[] _values;

    /// <summary>A volume from its numbers.</summary>
    /// <param name="values">depth × height × width numbers; copied.</param>
    /// <param name="depth">Size of the first dimension.</param>
    /// <param name="height">Size of the second.</param>
    /// <param name="width">Size of the third.</param>
    /// <exception cref="ArgumentException">The size is not that of the numbers, or beyond <see cref="MaximumValues"/>.</exception>
    public Volume(ReadOnlySpan<float> values, int depth, int height, int width)
        : this(Checked(values, 1, depth, height, width).ToArray(), depth, height, width)
    {
    }

    private Volume(float[] values, int depth, int height, int width) =>
        (_values, Depth, Height, Width) = (values, depth, height, width);

    /// <summary>Size of the first dimension.</summary>
    public int Depth { get; }

    /// <summary>Size of the second dimension.</summary>
    public int Height { get; }

    /// <summary>Size of the third dimension.</summary>
    public int Width { get; }

    /// <summary>All numbers, those along the width together.</summary>
    public ReadOnlySpan<float> Values => _values;

    /// <summary>The number of a voxel.</summary>
    public float this[int z, int y, int x] => _values[(z * Height + y) * Width + x];

    /// <summary>A volume from an attribution with channels: the sum over them, which keeps the total.</summary>
    /// <param name="values">channels × depth × height × width numbers.</param>
    /// <param name="channels">Number of channels.</param>
    /// <param name="depth">Size of the first dimension after the channels.</param>
    /// <param name="height">Size of the second.</param>
    /// <param name="width">Size of the third.</param>
    /// <inheritdoc cref="Volume(ReadOnlySpan{float}, int, int, int)" path="/exception"/>
    public static Volume SumChannels(ReadOnlySpan<float> values, int channels, int depth, int height, int width)
    {
        _ = Checked(values, channels, depth, height, width);
        return new Volume(Heatmap.SumChannels(values, channels, depth * height, width), depth, height, width);
    }

    /// <summary>The number of slices across a direction.</summary>
    public int CountAlong(VolumeAxis axis) => axis switch
    {
        VolumeAxis.Depth => Depth,
        VolumeAxis.Height => Height,
        VolumeAxis.Width => Width,
        _ => throw new ArgumentOutOfRangeException(nameof(axis), axis, "Depth, Height or Width was expected."),
    };

    /// <summary>Rows and columns of the slices across a direction.</summary>
    public (int Height, int Width) SliceSize(VolumeAxis axis) => axis switch
    {
        VolumeAxis.Depth => (Height, Width),
        VolumeAxis.Height => (Depth, Width),
        VolumeAxis.Width => (Depth, Height),
        _ => throw new ArgumentOutOfRangeException(nameof(axis), axis, "Depth, Height or Width was expected."),
    };

    /// <summary>One slice, rows from the top.</summary>
    /// <param name="axis">The direction it lies across.</param>
    /// <param name="index">Which, from 0.</param>
    public float[] Slice(VolumeAxis axis, int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, CountAlong(axis));
        var (rows, columns) = SliceSize(axis);
        var slice = new float[rows * columns];
        for (var row = 0; row < rows; row++)
        {
            for (var column = 0; column < columns; column++)
            {
                slice[row * columns + column] = axis switch
                {
                    VolumeAxis.Depth => this[index, row, column],
                    VolumeAxis.Height => this[row, index, column],
                    _ => this[row, column, index],
                };
            }
        }

        return slice;
    }

    /// <summary>
    /// The maximum projection along a direction: of the numbers behind one another that with the largest magnitude, with its
    /// sign; of two equally large, the first. NaN is passed over where there is anything else.
    /// </summary>
    /// <returns>A number for every place of a slice.</returns>
    public float[] Project(VolumeAxis axis)
    {
        var projection = Slice(axis, 0);
        for (var index = 1; index < CountAlong(axis); index++)
        {
            var slice = Slice(axis, index);
            for (var i = 0; i < slice.Length; i++)
            {
                if (float.IsNaN(projection[i]) || MathF.Abs(slice[i]) > MathF.Abs(projection[i]))
                    projection[i] = slice[i];
            }
        }

        return projection;
    }

    /// <summary>A projection along a direction; NaN is passed over where there is anything else.</summary>
    /// <param name="axis">The direction.</param>
    /// <param name="kind">What is shown of the numbers behind one another.</param>
    /// <returns>A number for every place of a slice.</returns>
    public float[] Project(VolumeAxis axis, VolumeProjection kind)
    {
        if (kind == VolumeProjection.Strongest)
            return Project(axis);
        if (kind != VolumeProjection.MeanMagnitude)
            throw new ArgumentOutOfRangeException(nameof(kind), kind, "Strongest or MeanMagnitude was expected.");
        var (rows, columns) = SliceSize(axis);
        var (sums, counts) = (new double[rows * columns], new int[rows * columns]);
        for (var index = 0; index < CountAlong(axis); index++)
            foreach (var (place, value) in Slice(axis, index).Index())
                if (!float.IsNaN(value))
                {
                    sums[place] += Math.Abs((double)value);
                    counts[place]++;
                }
        return [.. sums.Zip(counts, (sum, count) => count > 0 ? (float)(sum / count) : float.NaN)];
    }

    /// <summary>The means over blocks of so many voxels in each direction; those at the far ends may be smaller.</summary>
    internal Volume InBlocks(int size)
    {
        if (size == 1)
            return this;
        var (depth, height, width) = ((Depth + size - 1) / size, (Height + size - 1) / size, (Width + size - 1) / size);
        var (sums, counts) = (new double[depth * height * width], new int[depth * height * width]);
        for (var (z, i) = (0, 0); z < Depth; z++)
            for (var y = 0; y < Height; y++)
                for (var x = 0; x < Width; x++, i++)
                {
                    var place = (z / size * height + y / size) * width + x / size;
                    sums[place] += _values[i];
                    counts[place]++;
                }
        return new Volume([.. sums.Zip(counts, (sum, count) => (float)(sum / count))], depth, height, width);
    }

    /// <summary>Depth, height, and width.</summary>
    public override string ToString() => $"{Depth} × {Height} × {Width}";

    /// <summary>The slice at a place between others, as when a coarse volume is laid over a fine one.</summary>
    /// <param name="axis">The direction it lies across.</param>
    /// <param name="index">Which of the slices of the fine one.</param>
    /// <param name="count">How many the fine one has.</param>
    /// <param name="interpolation">Whether the nearest slice is taken, or a mean of two.</param>
    internal float[] Slice(VolumeAxis axis, int index, int count, Interpolation interpolation)
    {
        var own = CountAlong(axis);
        if (interpolation == Interpolation.Nearest)
            return Slice(axis, (int)((2L * index + 1) * own / (2L * count)));
        var place = Math.Clamp((index + 0.5) * own / count - 0.5, 0, own - 1);
        var first = (int)place;
        var share = (float)(place - first);
        return share == 0 ? Slice(axis, first) : [.. Slice(axis, first).Zip(Slice(axis, first + 1), (a, b) => a + (b - a) * share)];
    }

    private static ReadOnlySpan<float> Checked(ReadOnlySpan<float> values, int channels, int depth, int height, int width)
    {
        var isPositive = channels >= 1 && depth >= 1 && height >= 1 && width >= 1;
        var expected = isPositive ? (Int128)channels * depth * height * width : 0;
        if (!isPositive || expected != values.Length)
        {
            throw new ArgumentException(
                $"A volume of {channels} × {depth} × {height} × {width} (channels, depth, height, width), each at least 1, " +
                $"has {expected} values; {values.Length} given.",
                nameof(values));
        }

        return expected / channels <= MaximumValues
            ? values
            : throw new ArgumentException($"A volume of {MaximumValues} values at most was expected; {values.Length} given.",
                nameof(values));
    }
}
