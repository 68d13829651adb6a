namespace Microsoft.ML.Introspection.Imaging;

/// <summary>Weighs pixels by a Gaussian around each, up to four deviations away; beyond an edge stands its last pixel again.</summary>
internal static class GaussianBlur
{
    public static double[] Of(double[] pixels, int width, int height, double sigma)
    {
        var reach = (int)Math.Ceiling(4 * sigma);
        double[] weights = [.. Enumerable.Range(-reach, 2 * reach + 1).Select(d => Math.Exp(-d * d / (2 * sigma * sigma)))];
        var sum = weights.Sum();
        weights = Array.ConvertAll(weights, w => w / sum);
        var across = Along(pixels, height, width, 3, width * 3, weights, reach);
        return Along(across, width, height, width * 3, 3, weights, reach);
    }

    private static double[] Along(double[] pixels, int lines, int length, int step, int stride, double[] weights, int reach)
    {
        var result = new double[pixels.Length];
        for (var line = 0; line < lines; line++)
            for (var i = 0; i < length; i++)
                for (var j = 0; j < weights.Length; j++)
                {
                    var (to, from) = (line * stride + i * step, line * stride + Math.Clamp(i + j - reach, 0, length - 1) * step);
                    for (var c = 0; c < 3; c++)
                        result[to + c] += weights[j] * pixels[from + c];
                }
        return result;
    }
}
