using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Differentiation.Rules;

/// <summary>Products of matrices.</summary>
internal static class Linear
{
    public static readonly Dictionary<string, BackwardRule> Rules = new()
    {
        ["Gemm"] = Gemm,
        ["MatMul"] = MatMul,
    };

    // Y = α·op(A)·op(B) + β·C. The weights are used as they lie; no transposed copy is made.
    private static Value Gemm(Adjoint a)
    {
        var (transposedA, transposedB) = (a.Attributes.Int("transA") != 0, a.Attributes.Int("transB") != 0);
        var alpha = a.Attributes.Float("alpha", 1);
        return a.Input switch
        {
            0 when !transposedA => a.Dy.Gemm(a.At(1), false, !transposedB, alpha),
            0 => a.At(1).Gemm(a.Dy, transposedB, true, alpha),
            1 when !transposedB => a.At(0).Gemm(a.Dy, !transposedA, false, alpha),
            1 => a.Dy.Gemm(a.At(0), true, transposedA, alpha),
            _ => a.Dy * a.Attributes.Float("beta", 1),
        };
    }

    // Vectors stand for a row (left) or a column (right).
    private static Value MatMul(Adjoint a)
    {
        var (left, right, dy) = (a.At(0), a.At(1), a.Dy);
        var (isRow, isColumn) = (left.Rank == 1, right.Rank == 1);
        if (isRow)
            left = left.Unsqueeze(0);
        if (isColumn)
            right = right.Unsqueeze(1);
        if (isColumn)
            dy = dy.Unsqueeze(dy.Rank);
        if (isRow)
            dy = dy.Unsqueeze(dy.Rank - 1);
        if (a.Input == 0)
        {
            var gradient = dy.MatMul(right.TransposeMatrix()).SumTo(left.Shape);
            return isRow ? gradient.Squeeze(0) : gradient;
        }
        else
        {
            var gradient = left.TransposeMatrix().MatMul(dy).SumTo(right.Shape);
            return isColumn ? gradient.Squeeze(1) : gradient;
        }
    }
}
