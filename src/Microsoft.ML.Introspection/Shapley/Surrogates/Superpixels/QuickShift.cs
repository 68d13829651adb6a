using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Shapley;

/// <summary>
/// Every pixel points at the nearest one, in colour and place, around which there are more like it; what hangs together is a region.
/// Vedaldi, Soatto 2008, doi:10.1007/978-3-540-88693-8_52.
/// </summary>
internal static class QuickShift
{
    /// <summary>Finds the regions.</summary>
    /// <param name="colours">Shape [channels, height, width].</param>
    /// <param name="channels">How many channels.</param>
    /// <param name="height">The height.</param>
    /// <param name="width">The width.</param>
    /// <param name="kernel">The deviation of the Gaussian by which like pixels are counted.</param>
    /// <param name="furthest">How far a pixel may point.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <returns>The region of each pixel, from 0, in the order in which they are met.</returns>
    public static long[] Run(double[] colours, int channels, int height, int width, double kernel, double furthest,
        CancellationToken cancellation)
    {
        var reach = (int)Math.Ceiling(3 * kernel);
        var densities = new double[height * width];
        SharedWork.Run(height, -1, row =>
        {
            var y = (int)row;
            for (var x = 0; x < width; x++)
                for (var v = Math.Max(y - reach, 0); v <= Math.Min(y + reach, height - 1); v++)
                    for (var u = Math.Max(x - reach, 0); u <= Math.Min(x + reach, width - 1); u++)
                        densities[y * width + x] += Math.Exp(-Distance(y, x, v, u) / (2 * kernel * kernel));
        }, cancellation);
        var parents = new int[densities.Length];
        SharedWork.Run(height, -1, row =>
        {
            var y = (int)row;
            for (var x = 0; x < width; x++)
            {
                var (pixel, nearest) = (y * width + x, furthest * furthest);
                parents[pixel] = pixel;
                for (var v = Math.Max(y - reach, 0); v <= Math.Min(y + reach, height - 1); v++)
                {
                    for (var u = Math.Max(x - reach, 0); u <= Math.Min(x + reach, width - 1); u++)
                    {
                        // Of equals the earlier one stands higher, so that nothing points in a circle.
                        var other = v * width + u;
                        if (densities[other] < densities[pixel] || densities[other] == densities[pixel] && other >= pixel)
                            continue;
                        if (Distance(y, x, v, u) is var distance && distance < nearest)
                            (nearest, parents[pixel]) = (distance, other);
                    }
                }
            }
        }, cancellation);
        return Regions(parents);

        double Distance(int y, int x, int v, int u)
        {
            var (own, other, distance) = (y * width + x, v * width + u, (double)((v - y) * (v - y) + (u - x) * (u - x)));
            for (var c = 0; c < channels; c++)
            {
                var away = colours[c * height * width + own] - colours[c * height * width + other];
                distance += away * away;
            }
            return distance;
        }
    }

    private static long[] Regions(int[] parents)
    {
        var (regions, names) = (new long[parents.Length], new Dictionary<int, long>());
        for (var pixel = 0; pixel < parents.Length; pixel++)
        {
            var root = pixel;
            while (parents[root] != root)
                root = parents[root];
            // The way is cut short for those that come after.
            for (var at = pixel; parents[at] != root && at != root;)
                (at, parents[at]) = (parents[at], root);
            if (!names.TryGetValue(root, out var name))
                names.Add(root, name = names.Count);
            regions[pixel] = name;
        }
        return regions;
    }
}
