using System.Numerics.Tensors;

namespace Microsoft.ML.Introspection.Features;

/// <summary>How the points of an atlas lie in the unit square, and the cells that they fall into.</summary>
public static class AtlasLayout
{
    private const double Lowest = 0.01, Highest = 0.99, Margin = 0.1;

    /// <summary>
    /// Brings a layout into the unit square, axis by axis: what lies far outside the first and last hundredth comes to the rim, with a
    /// margin of a tenth.
    /// </summary>
    /// <param name="points">x and y of each point.</param>
    /// <returns>The same, from 0 to 1; an axis on which all are equal becomes 0.</returns>
    public static double[] ToUnit(ReadOnlySpan<double> points)
    {
        if (points.Length == 0 || points.Length % 2 != 0)
            throw new ArgumentException($"x and y of each point were expected; {points.Length} numbers were given.", nameof(points));
        var unit = points.ToArray();
        for (var axis = 0; axis < 2; axis++)
        {
            double[] values = [.. unit.Where((_, i) => i % 2 == axis)];
            double[] sorted = [.. values.Order()];
            var (low, high) = (Quantile(sorted, Lowest), Quantile(sorted, Highest));
            low -= Margin * (high - low);
            high += Margin * (high - low);
            values = Array.ConvertAll(values, v => Math.Clamp(v, low, high));
            var (least, most) = (values.Min(), values.Max());
            for (var i = 0; i < values.Length; i++)
                unit[2 * i + axis] = most > least ? (values[i] - least) / (most - least) : 0;
        }
        return unit;
    }

    /// <summary>The cell of each point of the unit square, from 0, row by row from the smallest y on.</summary>
    /// <param name="unit">x and y of each point, from 0 to 1.</param>
    /// <param name="grid">How many cells a side has.</param>
    public static int[] Cells(ReadOnlySpan<double> unit, int grid)
    {
        if (grid < 1)
            throw new ArgumentOutOfRangeException(nameof(grid), grid, "A side of at least one cell was expected.");
        var cells = new int[unit.Length / 2];
        for (var i = 0; i < cells.Length; i++)
            cells[i] = Place(unit[2 * i + 1]) * grid + Place(unit[2 * i]);
        return cells;

        int Place(double at) => Math.Clamp((int)Math.Floor(at * grid), 0, grid - 1);
    }

    /// <summary>The matrix that whitens directions: the inverse of the mean product of the vectors' elements, not centred.</summary>
    /// <param name="vectors">Vectors one behind the other.</param>
    /// <param name="width">How long each is.</param>
    /// <returns>width × width.</returns>
    /// <exception cref="ArgumentException">They span fewer dimensions than they have.</exception>
    public static double[] Whitening(ReadOnlySpan<double> vectors, int width)
    {
        var (count, products) = (vectors.Length / width, new double[width * width]);
        for (var row = 0; row < count; row++)
        {
            var vector = vectors.Slice(row * width, width);
            for (var i = 0; i < width; i++)
                TensorPrimitives.MultiplyAdd(
                    vector, vector[i], products.AsSpan(i * width, width), products.AsSpan(i * width, width));
        }
        TensorPrimitives.Divide(products, count, products);
        return Inverse(products, width);
    }

    // Gauss and Jordan, by the largest pivot.
    private static double[] Inverse(double[] a, int size)
    {
        var (inverse, largest) = (new double[size * size], a.Max(Math.Abs));
        for (var i = 0; i < size; i++)
            inverse[i * size + i] = 1;
        for (var column = 0; column < size; column++)
        {
            var pivot = Enumerable.Range(column, size - column).MaxBy(r => Math.Abs(a[r * size + column]));
            if (!(Math.Abs(a[pivot * size + column]) > 1e-13 * largest))
                throw new ArgumentException($"The vectors span fewer than {size} dimensions (some channels are silent, or there are too "
                    + "few vectors), so that nothing whitens them.");
            foreach (var matrix in new[] { a, inverse })
            {
                var one = matrix.AsSpan(pivot * size, size);
                var other = matrix.AsSpan(column * size, size);
                if (pivot != column)
                    for (var k = 0; k < size; k++)
                        (one[k], other[k]) = (other[k], one[k]);
            }
            var scale = a[column * size + column];
            TensorPrimitives.Divide(a.AsSpan(column * size, size), scale, a.AsSpan(column * size, size));
            TensorPrimitives.Divide(inverse.AsSpan(column * size, size), scale, inverse.AsSpan(column * size, size));
            for (var row = 0; row < size; row++)
                if (row != column && a[row * size + column] is not 0 and var factor)
                    foreach (var matrix in new[] { a, inverse })
                        TensorPrimitives.MultiplyAdd(matrix.AsSpan(column * size, size), -factor,
                            matrix.AsSpan(row * size, size), matrix.AsSpan(row * size, size));
        }
        return inverse;
    }

    // Linear between the numbers.
    private static double Quantile(double[] sorted, double share)
    {
        var at = share * (sorted.Length - 1);
        var below = (int)at;
        return below + 1 < sorted.Length ? sorted[below] + (at - below) * (sorted[below + 1] - sorted[below]) : sorted[below];
    }
}
