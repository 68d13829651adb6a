namespace Microsoft.ML.Introspection.Numerics;

/// <summary>
/// The edges of a picture, ½|gₓ| + ½|g_y| of Sobel's 3×3 kernels, the border reflected without repeating it: an "explanation" that knows
/// nothing of a network. Sobel, Feldman 1968; as a control in Adebayo et al. 2018, arXiv:1810.03292.
/// </summary>
public static class Edges
{
    /// <summary>The edges, shape [height, width].</summary>
    /// <param name="picture">Shape [height, width].</param>
    /// <param name="width">The width.</param>
    public static double[] Of(ReadOnlySpan<double> picture, int width)
    {
        if (width < 1 || picture.Length % width != 0)
            throw new ArgumentException($"{picture.Length} pixels are no picture of width {width}.", nameof(picture));
        var (height, edges) = (picture.Length / width, new double[picture.Length]);
        for (var y = 0; y < height; y++)
        {
            var (up, down) = (Reflected(y - 1, height) * width, Reflected(y + 1, height) * width);
            for (var x = 0; x < width; x++)
            {
                var (left, right, line) = (Reflected(x - 1, width), Reflected(x + 1, width), y * width);
                var across = picture[up + right] - picture[up + left] + 2 * (picture[line + right] - picture[line + left])
                    + picture[down + right] - picture[down + left];
                var along = picture[down + left] - picture[up + left] + 2 * (picture[down + x] - picture[up + x])
                    + picture[down + right] - picture[up + right];
                edges[line + x] = (Math.Abs(across) + Math.Abs(along)) / 2;
            }
        }
        return edges;
    }

    private static int Reflected(int place, int extent) =>
        extent == 1 ? 0 : place < 0 ? -place : place >= extent ? 2 * extent - 2 - place : place;
}
