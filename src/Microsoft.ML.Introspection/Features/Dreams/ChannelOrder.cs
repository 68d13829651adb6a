using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Features;

/// <summary>Numbers whose channels are the last axis, and those whose channels stand behind the batch.</summary>
internal static class ChannelOrder
{
    /// <summary>[N, …, channels] becomes [N, channels, …].</summary>
    public static double[] First(double[] values, long channels, long count) =>
        Moved(values, count, values.Length / count / channels, channels);

    /// <summary>[N, channels, …] becomes [N, …, channels].</summary>
    public static double[] Last(double[] values, long channels, long count) =>
        Moved(values, count, channels, values.Length / count / channels);

    /// <inheritdoc cref="First(double[], long, long)"/>
    public static Tensor First(Tensor images)
    {
        var extents = images.Dimensions.ToArray();
        return Tensor.From(First(images.ToDouble(), extents[^1], extents[0]), [extents[0], extents[^1], .. extents[1..^1]]);
    }

    // Each [rows, columns] is turned.
    private static double[] Moved(double[] values, long count, long rows, long columns)
    {
        var moved = new double[values.Length];
        for (var number = 0L; number < count; number++)
            for (var row = 0L; row < rows; row++)
                for (var column = 0L; column < columns; column++)
                    moved[(number * columns + column) * rows + row] = values[(number * rows + row) * columns + column];
        return moved;
    }
}
