using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>First principal components of feature maps, as positions × channels.</summary>
internal static class PrincipalComponent
{
    // Squared that often, a matrix has been applied 2¹⁴ times: what is a thousandth smaller than the largest eigenvalue is gone.
    private const int Squarings = 14;

    // Squaring larger matrices costs more than applying them to a vector again and again.
    private const int MostSquared = 512, Iterations = 200;

    /// <summary>Maps [N, channels, D₁, …] as matrices of positions × channels, each channel less its mean over the positions.</summary>
    public static Value Centered(Value maps) => Matrix(maps - maps.MeanOverSpace());

    /// <summary>
    /// A number for each position, [N, positions, 1], as a map [N, 1, D₁, …] whose entry of the largest size is positive.
    /// </summary>
    public static Value Signed(Value positions, Value maps)
    {
        var map = positions.Reshape([-1, 1, .. maps.Shape.Skip(2).Select(d => d.Value)]);
        return map.ReduceMax(map.Space()).Less(-map.ReduceMin(map.Space())).Where(-map, map);
    }

    /// <summary>A matrix times its first right singular vector, [N, positions, 1].</summary>
    /// <param name="matrix">Shape [N, positions, channels].</param>
    public static Value Projection(Value matrix)
    {
        var turned = matrix.TransposeMatrix();
        // The smaller of both squares tells the same.
        if (matrix.Shape[2].Value <= matrix.Shape[1].Value)
            return matrix.MatMul(Leading(turned.MatMul(matrix)));
        return matrix.MatMul(Unit(turned.MatMul(Leading(matrix.MatMul(turned)))));
    }

    /// <summary>The unit eigenvector of the eigenvalue of the largest size of symmetric matrices [N, n, n]: [N, n, 1].</summary>
    public static Value Leading(Value symmetric)
    {
        var (graph, start) = (symmetric.Graph, Start(symmetric));
        var vector = symmetric.Shape[2].Value > MostSquared
            ? graph.Loop(graph.Constant((long)Iterations), [Unit(symmetric.MatMul(start))],
                (_, v) => new LoopStep([Unit(symmetric.MatMul(v[0]))], []))[0]
            : Unit(graph.Loop(graph.Constant((long)Squarings), [Scaled(symmetric)],
                (_, m) => new LoopStep([Scaled(m[0].MatMul(m[0]))], []))[0].MatMul(start));
        for (var i = 0; i < 2; i++)
            vector = Unit(symmetric.MatMul(vector));
        return vector;
    }

    /// <summary>vᵀ·K·v, [N, 1, 1].</summary>
    public static Value Rayleigh(Value symmetric, Value vector) => vector.TransposeMatrix().MatMul(symmetric.MatMul(vector));

    /// <summary>Vectors [N, n, 1] of length 1; one of zeros stays one.</summary>
    public static Value Unit(Value v)
    {
        // Divided by the largest first, so that no square overflows or vanishes.
        var scaled = v.OverOrZero(v.Abs().ReduceMax([1]));
        return scaled.OverOrZero(scaled.TransposeMatrix().MatMul(scaled).Sqrt());
    }

    private static Value Matrix(Value maps) => maps.Reshape(0, 0, -1).TransposeMatrix();

    private static Value Scaled(Value matrix) => matrix.OverOrZero(matrix.Abs().ReduceMax([1, 2]));

    // Any vector will do that is not at a right angle to the component; fractions of multiples of the golden ratio line up with nothing.
    private static Value Start(Value symmetric)
    {
        var fractions = Enumerable.Range(1, (int)symmetric.Shape[2].Value).Select(k => 0.5 + k * 0.6180339887498949 % 1).ToArray();
        return symmetric.Graph.Constant(Tensor.FromDoubles(symmetric.Type, fractions, 1, fractions.Length, 1));
    }
}
