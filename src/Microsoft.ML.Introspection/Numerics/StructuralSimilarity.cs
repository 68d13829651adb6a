namespace Microsoft.ML.Introspection.Numerics;

/// <summary>
/// How alike two pictures are by means, deviations and covariance within a window that is moved over them: SSIM, −1 to 1, 1 of equal ones.
/// Mean over the places where the window lies wholly inside; NaN where a side is shorter than it. K₁ 0.01, K₂ 0.03. Wang et al. 2004,
/// doi:10.1109/TIP.2003.819861.
/// </summary>
public static class StructuralSimilarity
{
    private const int GaussianRadius = 5, UniformRadius = 3;

    /// <summary>By a Gaussian window of σ 1.5 and 11 taps, and population covariance.</summary>
    /// <param name="first">Shape [height, width].</param>
    /// <param name="second">The same.</param>
    /// <param name="width">The width.</param>
    /// <param name="range">How far values can lie apart.</param>
    public static double Gaussian(ReadOnlySpan<double> first, ReadOnlySpan<double> second, int width, double range = 1)
    {
        var taps = new double[2 * GaussianRadius + 1];
        var sum = 0.0;
        for (var i = 0; i < taps.Length; i++)
            sum += taps[i] = Math.Exp(-0.5 * (i - GaussianRadius) * (i - GaussianRadius) / (1.5 * 1.5));
        for (var i = 0; i < taps.Length; i++)
            taps[i] /= sum;
        return Of(first, second, width, range, taps, 1);
    }

    /// <summary>By an even window of 7×7, and sample covariance.</summary>
    /// <inheritdoc cref="Gaussian"/>
    public static double Uniform(ReadOnlySpan<double> first, ReadOnlySpan<double> second, int width, double range = 1)
    {
        var taps = new double[2 * UniformRadius + 1];
        Array.Fill(taps, 1.0 / taps.Length);
        double pixels = taps.Length * taps.Length;
        return Of(first, second, width, range, taps, pixels / (pixels - 1));
    }

    private static double Of(
        ReadOnlySpan<double> first, ReadOnlySpan<double> second, int width, double range, double[] taps, double covariance)
    {
        if (first.Length != second.Length || width < 1 || first.Length % width != 0)
            throw new ArgumentException($"Pictures of {first.Length} and {second.Length} pixels are none of equal size and width {width}.");
        var height = first.Length / width;
        var (lines, columns) = (height - taps.Length + 1, width - taps.Length + 1);
        if (lines < 1 || columns < 1)
            return double.NaN;
        var (c1, c2) = (Math.Pow(0.01 * range, 2), Math.Pow(0.03 * range, 2));
        var products = new double[first.Length];
        var (ux, uy) = (Window(first), Window(second));
        double[] xx = Window(Times(first, first)), yy = Window(Times(second, second)), xy = Window(Times(first, second));
        var sum = 0.0;
        for (var i = 0; i < ux.Length; i++)
        {
            var (vx, vy, vxy) = (covariance * (xx[i] - ux[i] * ux[i]), covariance * (yy[i] - uy[i] * uy[i]),
                covariance * (xy[i] - ux[i] * uy[i]));
            sum += (2 * ux[i] * uy[i] + c1) * (2 * vxy + c2) / ((ux[i] * ux[i] + uy[i] * uy[i] + c1) * (vx + vy + c2));
        }
        return sum / ux.Length;

        ReadOnlySpan<double> Times(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
        {
            System.Numerics.Tensors.TensorPrimitives.Multiply(a, b, products);
            return products;
        }

        double[] Window(ReadOnlySpan<double> picture)
        {
            var (across, means) = (new double[height * columns], new double[lines * columns]);
            for (var y = 0; y < height; y++)
                for (var x = 0; x < columns; x++)
                    for (var t = 0; t < taps.Length; t++)
                        across[y * columns + x] += taps[t] * picture[y * width + x + t];
            for (var y = 0; y < lines; y++)
                for (var x = 0; x < columns; x++)
                    for (var t = 0; t < taps.Length; t++)
                        means[y * columns + x] += taps[t] * across[(y + t) * columns + x];
            return means;
        }
    }
}
