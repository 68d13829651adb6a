using System.Numerics.Tensors;

namespace Microsoft.ML.Introspection.Onnx;

public static partial class Operators
{
    /// <summary>
    /// Linear interpolation to other spatial extents, pixels being areas: their centres lie at ½, 1½, … (half-pixel, or
    /// <c>align_corners=False</c>), and what lies beyond the outermost centres is as these. As a product with a constant matrix
    /// for each axis, it works in any number of dimensions, on every device, and can be differentiated.
    /// </summary>
    /// <param name="x">Shape [N, C, D₁, …], known but for N.</param>
    /// <param name="extents">The new extent of each spatial axis.</param>
    public static Value Interpolate(this Value x, params ReadOnlySpan<long> extents) => Interpolate(x, false, extents);

    /// <summary>The same, with the outermost centres of the old elements at those of the new ones, where asked for.</summary>
    internal static Value Interpolate(this Value x, bool alignCorners, ReadOnlySpan<long> extents) =>
        Interpolate(x, extents, (from, to) => InterpolationWeights(from, to, alignCorners));

    /// <summary>The same by cubic splines (Keys, a = −½), the weights within the border made to sum to 1: TensorFlow's bicubic.</summary>
    internal static Value InterpolateCubic(this Value x, ReadOnlySpan<long> extents) => Interpolate(x, extents, CubicWeights);

    private static Value Interpolate(Value x, ReadOnlySpan<long> extents, Func<long, long, Tensor> weightsOf)
    {
        if (extents.Length != x.Rank - 2)
            throw new ArgumentException($"{x.Shape} has {x.Rank - 2} spatial axes; {extents.Length} extents were given.", nameof(extents));
        long[] row = [.. x.Shape.Skip(1).Select(d => d.Value)];
        var result = x;
        for (var axis = 0; axis < extents.Length; axis++)
        {
            var (from, to) = (row[axis + 1], extents[axis]);
            if (from == to)
                continue;
            row[axis + 1] = to;
            var within = row[(axis + 2)..].Aggregate(1L, (p, d) => p * d);
            var weights = x.Graph.Constant(weightsOf(from, to)).Cast(x.Type);
            result = within == 1
                ? result.Reshape([-1, from]).MatMul(weights.TransposeMatrix())
                : weights.MatMul(result.Reshape([-1, from, within]));
        }
        return ReferenceEquals(result, x) ? x : result.Reshape([-1, .. row]);
    }

    private static Tensor CubicWeights(long from, long to)
    {
        var weights = new double[to * from];
        for (var i = 0; i < to; i++)
        {
            var at = (i + 0.5) * from / to - 0.5;
            var row = weights.AsSpan((int)(i * from), (int)from);
            for (var j = Math.Max((int)Math.Floor(at) - 1, 0); j <= Math.Min((int)Math.Floor(at) + 2, from - 1); j++)
            {
                var d = Math.Abs(at - j);
                row[j] = d < 1 ? (1.5 * d - 2.5) * d * d + 1 : d < 2 ? ((-0.5 * d + 2.5) * d - 4) * d + 2 : 0;
            }
            TensorPrimitives.Divide(row, TensorPrimitives.Sum<double>(row), row);
        }
        return Tensor.From(weights, to, from);
    }

    // Row i holds the shares of the old elements in the new element i.
    private static Tensor InterpolationWeights(long from, long to, bool alignCorners)
    {
        var weights = new float[to * from];
        for (var i = 0; i < to; i++)
        {
            var at = alignCorners ? to == 1 ? 0 : (double)i * (from - 1) / (to - 1) : Math.Clamp((i + 0.5) * from / to - 0.5, 0, from - 1);
            var below = (long)at;
            weights[i * from + below] = (float)(1 - (at - below));
            if (below + 1 < from)
                weights[i * from + below + 1] = (float)(at - below);
        }
        return Tensor.From(weights, to, from);
    }
}
