using System.Numerics.Tensors;

namespace Microsoft.ML.Introspection.Numerics;

/// <summary>
/// Pixels of a picture made up from those around them: each the weighted mean of its neighbours, 1/6 for the direct ones and 1/12 for the
/// diagonal ones, of which those outside the picture do not count. Rong et al. 2022, arXiv:2202.00449.
/// </summary>
public static class NoisyImputation
{
    private static readonly (int Y, int X, double Weight)[] Around =
    [
        (-1, 0, 1 / 6.0), (1, 0, 1 / 6.0), (0, -1, 1 / 6.0), (0, 1, 1 / 6.0),
        (-1, -1, 1 / 12.0), (-1, 1, 1 / 12.0), (1, -1, 1 / 12.0), (1, 1, 1 / 12.0),
    ];

    /// <summary>Makes up pixels in place, all channels of each.</summary>
    /// <param name="picture">Shape [channels, height, width].</param>
    /// <param name="extents">These three.</param>
    /// <param name="removed">The pixels, row by row; not all of them.</param>
    /// <param name="noise">What is added to them afterwards, shape of the picture; empty for nothing.</param>
    public static void Impute(Span<double> picture, IReadOnlyList<int> extents, ReadOnlySpan<int> removed,
        ReadOnlySpan<double> noise = default)
    {
        ArgumentNullException.ThrowIfNull(extents);
        var (height, width, count) = (extents[1], extents[2], removed.Length);
        if (count >= height * width)
            throw new ArgumentException("All pixels are removed: nothing is left to make them up from.", nameof(removed));
        var unknown = new int[height * width];
        Array.Fill(unknown, -1);
        for (var i = 0; i < count; i++)
            unknown[removed[i]] = i;
        // The weights are symmetric: times their sums, the system is positive definite.
        var (diagonal, neighbours, weights) = (new double[count], new int[count * Around.Length], new double[count * Around.Length]);
        for (var i = 0; i < count; i++)
        {
            var (y, x) = (removed[i] / width, removed[i] % width);
            for (var k = 0; k < Around.Length; k++)
            {
                var (ny, nx) = (y + Around[k].Y, x + Around[k].X);
                var inside = ny >= 0 && ny < height && nx >= 0 && nx < width;
                neighbours[i * Around.Length + k] = inside ? ny * width + nx : -1;
                diagonal[i] += weights[i * Around.Length + k] = inside ? Around[k].Weight : 0;
            }
        }
        var (right, solution) = (new double[count], new double[count]);
        for (var channel = 0; channel < extents[0]; channel++)
        {
            var plane = picture.Slice(channel * height * width, height * width);
            var mean = 0.0;
            for (var p = 0; p < plane.Length; p++)
                mean += unknown[p] < 0 ? plane[p] / (plane.Length - count) : 0;
            Array.Clear(right);
            for (var n = 0; n < neighbours.Length; n++)
                if (neighbours[n] >= 0 && unknown[neighbours[n]] < 0)
                    right[n / Around.Length] += weights[n] * plane[neighbours[n]];
            Array.Fill(solution, mean);
            Solve(diagonal, neighbours, weights, unknown, right, solution);
            for (var i = 0; i < count; i++)
                plane[removed[i]] = solution[i] + (noise.IsEmpty ? 0 : noise[channel * height * width + removed[i]]);
        }
    }

    // Conjugate gradients, preconditioned by the diagonal (Hestenes, Stiefel 1952).
    private static void Solve(double[] diagonal, int[] neighbours, double[] weights, int[] unknown, double[] right, double[] x)
    {
        var (count, scale) = (right.Length, TensorPrimitives.Norm<double>(right));
        if (scale == 0)
        {
            Array.Clear(x);
            return;
        }
        var (residual, direction, image, scaled) = (new double[count], new double[count], new double[count], new double[count]);
        Times(x, image);
        TensorPrimitives.Subtract<double>(right, image, residual);
        TensorPrimitives.Divide<double>(residual, diagonal, scaled);
        scaled.CopyTo(direction, 0);
        var product = TensorPrimitives.Dot<double>(residual, scaled);
        for (var turn = 0; turn < 10 * count + 100 && TensorPrimitives.Norm<double>(residual) > 1e-15 * scale; turn++)
        {
            Times(direction, image);
            var curvature = TensorPrimitives.Dot<double>(direction, image);
            if (!(curvature > 0))
                return;
            var step = product / curvature;
            TensorPrimitives.MultiplyAdd<double>(direction, step, x, x);
            TensorPrimitives.MultiplyAdd<double>(image, -step, residual, residual);
            TensorPrimitives.Divide<double>(residual, diagonal, scaled);
            var next = TensorPrimitives.Dot<double>(residual, scaled);
            TensorPrimitives.MultiplyAdd<double>(direction, next / product, scaled, direction);
            product = next;
        }

        void Times(double[] vector, double[] into)
        {
            for (var i = 0; i < count; i++)
            {
                var sum = diagonal[i] * vector[i];
                for (var n = i * Around.Length; n < (i + 1) * Around.Length; n++)
                    if (neighbours[n] >= 0 && unknown[neighbours[n]] is >= 0 and var other)
                        sum -= weights[n] * vector[other];
                into[i] = sum;
            }
        }
    }
}
