using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Features;

/// <summary>Linear interpolation along an axis as a matrix, known beforehand or computed in the graph.</summary>
internal static class Resampling
{
    /// <summary>The matrix that enlarges or shrinks a line: [from, to].</summary>
    /// <param name="type">The type of its elements.</param>
    /// <param name="from">The extent before.</param>
    /// <param name="to">The extent behind.</param>
    /// <param name="alignsCorners">Whether the outermost elements lie on one another; otherwise elements are areas.</param>
    public static Tensor Matrix(ElementType type, long from, long to, bool alignsCorners = false)
    {
        var matrix = new double[from * to];
        for (var i = 0L; i < to; i++)
        {
            var at = alignsCorners ? to == 1 ? 0 : (double)i * (from - 1) / (to - 1)
                : Math.Clamp((i + 0.5) * from / to - 0.5, 0, from - 1);
            var below = Math.Min((long)at, from - 1);
            matrix[below * to + i] += 1 - (at - below);
            if (below + 1 < from)
                matrix[(below + 1) * to + i] += at - below;
        }
        return Tensor.FromDoubles(type, matrix, from, to);
    }

    /// <summary>The matrix that shows the middle share of a line at its full extent: [extent, extent].</summary>
    public static Tensor Zoom(long extent, double share)
    {
        var matrix = new double[extent * extent];
        for (var i = 0L; i < extent; i++)
        {
            var at = Math.Clamp((i - (extent - 1) / 2.0) * share + (extent - 1) / 2.0, 0, extent - 1);
            var below = Math.Min((long)at, extent - 1);
            matrix[below * extent + i] += 1 - (at - below);
            if (below + 1 < extent)
                matrix[(below + 1) * extent + i] += at - below;
        }
        return Tensor.From(matrix, extent, extent);
    }

    /// <summary>Every line along an axis multiplied by a matrix, on the host.</summary>
    /// <param name="values">Numbers of the extents.</param>
    /// <param name="extents">The extents.</param>
    /// <param name="axis">The axis.</param>
    /// <param name="matrix">Double precision, [from, to].</param>
    public static double[] Along(double[] values, long[] extents, int axis, Tensor matrix)
    {
        var weights = matrix.As<double>();
        var (from, to) = ((int)matrix.Dimensions[0], (int)matrix.Dimensions[1]);
        var stride = (int)Sizes.Count(extents.AsSpan(axis + 1));
        var lines = values.Length / from / stride;
        var result = new double[lines * to * stride];
        for (var line = 0; line < lines; line++)
            for (var i = 0; i < from; i++)
            {
                var own = values.AsSpan((line * from + i) * stride, stride);
                for (var j = 0; j < to; j++)
                    if (weights[i * to + j] is not 0 and var weight)
                    {
                        var into = result.AsSpan((line * to + j) * stride, stride);
                        System.Numerics.Tensors.TensorPrimitives.MultiplyAdd(own, weight, into, into);
                    }
            }
        return result;
    }

    /// <summary>A line read at places that are computed; what lies outside of it is 0.</summary>
    /// <param name="x">Shape [N, channels, D₁, …].</param>
    /// <param name="axis">The axis.</param>
    /// <param name="places">Where to read, shape [N or 1, to], in elements from 0.</param>
    public static Value Read(Value x, int axis, Value places)
    {
        var (from, to) = (x.Shape[axis].Value, places.Shape[1].Value);
        var elements = DirectionObjective.Constant(places, [.. Enumerable.Range(0, (int)from).Select(i => (double)i)], 1, 1, from);
        // [N or 1, to, from]: each place between two elements has a share of both.
        var matrix = (1 - (places.Unsqueeze(2) - elements).Abs()).Relu().Cast(x.Type);
        if (axis == x.Rank - 1)
            return Over(x, matrix.TransposeMatrix().Unsqueeze(Between(x.Rank)), isRight: true);
        if (axis == x.Rank - 2)
            return Over(x, matrix.Unsqueeze(Between(x.Rank)), isRight: false);
        int[] exchange = [.. Enumerable.Range(0, x.Rank)];
        (exchange[axis], exchange[^1]) = (exchange[^1], exchange[axis]);
        return Over(x.Transpose(exchange), matrix.TransposeMatrix().Unsqueeze(Between(x.Rank)), isRight: true).Transpose(exchange);
    }

    private static Value Over(Value x, Value matrix, bool isRight) => isRight ? x.MatMul(matrix) : matrix.MatMul(x);

    // A matrix for each image stands for all of its channels, and for the axes before the last two.
    private static long[] Between(int rank) => [.. Enumerable.Range(1, rank - 3).Select(i => (long)i)];
}
