using System.Numerics.Tensors;

namespace Microsoft.ML.Introspection.Evaluation;

/// <summary>Means over rows of what is said of items: features, or coefficients.</summary>
/// <param name="MeanAbsolute">The mean of the absolute value of each.</param>
/// <param name="Mean">The mean, sign included.</param>
/// <param name="Error">The standard error of the mean absolute value: s/√n with s divided by n − 1; NaN of one row.</param>
public sealed record ItemMeans(IReadOnlyList<double> MeanAbsolute, IReadOnlyList<double> Mean, IReadOnlyList<double> Error)
{
    /// <summary>Averages rows.</summary>
    /// <param name="rows">Rows one behind the other.</param>
    /// <param name="count">How many.</param>
    /// <exception cref="ArgumentException">The rows do not have one length.</exception>
    public static ItemMeans Of(ReadOnlySpan<double> rows, int count)
    {
        if (count < 1 || rows.IsEmpty || rows.Length % count != 0)
            throw new ArgumentException($"Rows of equal length were expected: {count} rows of {rows.Length} numbers in all.", nameof(rows));
        var width = rows.Length / count;
        double[] sizes = new double[width], mean = new double[width], error = new double[width], size = new double[width];
        for (var row = 0; row < count; row++)
        {
            TensorPrimitives.Add(mean, rows.Slice(row * width, width), mean);
            TensorPrimitives.Abs(rows.Slice(row * width, width), size);
            TensorPrimitives.Add(sizes, size, sizes);
        }
        TensorPrimitives.Divide(mean, count, mean);
        TensorPrimitives.Divide(sizes, count, sizes);
        for (var row = 0; row < count; row++)
        {
            TensorPrimitives.Abs(rows.Slice(row * width, width), size);
            TensorPrimitives.Subtract(size, sizes, size);
            TensorPrimitives.MultiplyAdd(size, size, error, error);
        }
        TensorPrimitives.Divide(error, (double)count * (count - 1), error);
        TensorPrimitives.Sqrt(error, error);
        return new ItemMeans(sizes, mean, error);
    }
}
