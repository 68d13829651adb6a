using System.Numerics.Tensors;

namespace Microsoft.ML.Introspection.Features;

/// <summary>
/// Random rotations: orthogonal matrices of independent normal numbers (their QR decomposition with a positive diagonal, which is uniform:
/// Mezzadri 2007, arXiv:math-ph/0609050).
/// </summary>
internal static class ChannelRotation
{
    /// <summary>The matrix [size, size] of a seed.</summary>
    public static float[] Of(int size, int seed)
    {
        var (random, rows) = (new Random(seed), new double[size][]);
        for (var i = 0; i < size; i++)
        {
            var row = rows[i] = new double[size];
            for (var j = 0; j < size; j++)
                row[j] = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
            // Twice is enough to lose no digits (Gram, Schmidt; Kahan, Parlett).
            for (var pass = 0; pass < 2; pass++)
                for (var other = 0; other < i; other++)
                    TensorPrimitives.MultiplyAdd<double>(rows[other],
                        -TensorPrimitives.Dot<double>(rows[other], row), row, row);
            var norm = Math.Sqrt(TensorPrimitives.Dot<double>(row, row));
            TensorPrimitives.Divide<double>(row, norm, row);
        }
        return [.. rows.SelectMany(r => r).Select(v => (float)v)];
    }
}
