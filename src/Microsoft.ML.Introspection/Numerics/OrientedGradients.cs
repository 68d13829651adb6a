namespace Microsoft.ML.Introspection.Numerics;

/// <summary>
/// Histograms of oriented gradients: nine unsigned orientations for every square cell, normalised over blocks of 3×3 cells (of single cells
/// where a side has fewer than three) by L2, cut at 0.2, and by L2 again. Differences are those of the two neighbours, 0 at the border;
/// each pixel goes into one bin; what fills no cell is left out. Dalal, Triggs 2005, doi:10.1109/CVPR.2005.177.
/// </summary>
public static class OrientedGradients
{
    private const int Orientations = 9;

    /// <summary>The descriptor of a picture.</summary>
    /// <param name="picture">Shape [height, width].</param>
    /// <param name="width">The width.</param>
    /// <param name="cell">The side of a cell in pixels.</param>
    /// <returns>Blocks row by row, in each its cells, in each its orientations; empty where no cell fits.</returns>
    public static double[] Of(ReadOnlySpan<double> picture, int width, int cell)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(cell, 1);
        if (width < 1 || picture.Length % width != 0)
            throw new ArgumentException($"{picture.Length} pixels are no picture of width {width}.", nameof(picture));
        var height = picture.Length / width;
        var (rows, columns) = (height / cell, width / cell);
        var cells = new double[rows * columns * Orientations];
        for (var y = 0; y < rows * cell; y++)
            for (var x = 0; x < columns * cell; x++)
            {
                var down = y > 0 && y < height - 1 ? picture[(y + 1) * width + x] - picture[(y - 1) * width + x] : 0;
                var right = x > 0 && x < width - 1 ? picture[y * width + x + 1] - picture[y * width + x - 1] : 0;
                var degrees = Math.Atan2(down, right) * (180 / Math.PI);
                degrees = degrees < 0 ? degrees + 180 : degrees;
                var bin = degrees >= 180 ? 0 : Math.Min((int)(degrees / (180.0 / Orientations)), Orientations - 1);
                cells[(y / cell * columns + x / cell) * Orientations + bin] += Math.Sqrt(down * down + right * right) / (cell * cell);
            }
        var side = rows >= 3 && columns >= 3 ? 3 : 1;
        var descriptor = new List<double>();
        for (var y = 0; y + side <= rows; y++)
            for (var x = 0; x + side <= columns; x++)
            {
                var block = new double[side * side * Orientations];
                for (var i = 0; i < block.Length; i++)
                {
                    var (inner, line) = (i / Orientations, y + i / Orientations / side);
                    block[i] = cells[(line * columns + x + inner % side) * Orientations + i % Orientations];
                }
                Normalize(block);
                for (var i = 0; i < block.Length; i++)
                    block[i] = Math.Min(block[i], 0.2);
                Normalize(block);
                descriptor.AddRange(block);
            }
        return [.. descriptor];
    }

    private static void Normalize(double[] block)
    {
        var sum = 1e-10;
        foreach (var number in block)
            sum += number * number;
        System.Numerics.Tensors.TensorPrimitives.Divide<double>(block, Math.Sqrt(sum), block);
    }
}
