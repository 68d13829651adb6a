namespace Microsoft.ML.Introspection.Onnx;

public static partial class Operators
{
    /// <summary>Matrix product over the last two axes; the others broadcast.</summary>
    public static Value MatMul(this Value left, Value right) => Emit("MatMul", left, right);

    /// <summary>α·A·B of two matrices, either transposed if asked.</summary>
    public static Value Gemm(this Value a, Value b, bool transposeA = false, bool transposeB = false, float alpha = 1) =>
        Emit("Gemm", Attributes.Of(("transA", transposeA), ("transB", transposeB), ("alpha", alpha)), a, b);

    /// <summary>
    /// Every line along an axis multiplied by a matrix: element j of the result is the sum over i of element i times matrix[i, j].
    /// </summary>
    /// <param name="x">The value.</param>
    /// <param name="axis">The axis, counted from the front.</param>
    /// <param name="matrix">Shape [extent of the axis, new extent].</param>
    public static Value Along(this Value x, int axis, Tensor matrix)
    {
        var weights = x.Graph.Constant(matrix);
        if (axis == x.Rank - 1)
            return x.MatMul(weights);
        if (axis == x.Rank - 2)
            return weights.TransposeMatrix().MatMul(x);
        int[] exchange = [.. Enumerable.Range(0, x.Rank)];
        (exchange[axis], exchange[^1]) = (exchange[^1], exchange[axis]);
        return x.Transpose(exchange).MatMul(weights).Transpose(exchange);
    }

    /// <summary>Convolution.</summary>
    /// <param name="x">Shape [N, C, D₁, …].</param>
    /// <param name="weights">Shape [M, C/groups, k₁, …].</param>
    /// <param name="strides">A stride for each spatial axis.</param>
    /// <param name="dilations">A dilation for each spatial axis.</param>
    /// <param name="pads">Padding before each spatial axis, then behind each.</param>
    /// <param name="groups">Number of groups.</param>
    public static Value Conv(this Value x, Value weights, long[] strides, long[] dilations, long[] pads, long groups = 1) => Emit(
        "Conv",
        Attributes.Of(("kernel_shape", Kernel(weights)), ("strides", strides), ("dilations", dilations), ("pads", pads), ("group", groups)),
        x, weights);

    /// <summary>Transposed convolution: the adjoint of <see cref="Conv"/> with the same weights and parameters.</summary>
    /// <param name="x">Shape [N, M, D₁, …].</param>
    /// <param name="weights">Shape [M, C/groups, k₁, …].</param>
    /// <param name="strides">A stride for each spatial axis.</param>
    /// <param name="dilations">A dilation for each spatial axis.</param>
    /// <param name="pads">Padding taken away before each spatial axis, then behind each.</param>
    /// <param name="outputPadding">Elements added at the end of each spatial axis.</param>
    /// <param name="groups">Number of groups.</param>
    public static Value ConvTranspose(this Value x, Value weights, long[] strides, long[] dilations, long[] pads, long[] outputPadding,
        long groups = 1) => Emit(
        "ConvTranspose",
        Attributes.Of(
            ("kernel_shape", Kernel(weights)), ("strides", strides), ("dilations", dilations), ("pads", pads),
            ("output_padding", Array.TrueForAll(outputPadding, p => p == 0) ? null : outputPadding), ("group", groups)),
        x, weights);

    /// <summary>Mean over windows, padding counted.</summary>
    public static Value AveragePool(this Value x, long[] kernel, long[] strides) => Emit(
        "AveragePool", Attributes.Of(("kernel_shape", kernel), ("strides", strides)), x);

    /// <summary>Maximum over windows.</summary>
    public static Value MaxPool(this Value x, long[] kernel, long[] strides) => Emit(
        "MaxPool", Attributes.Of(("kernel_shape", kernel), ("strides", strides)), x);

    private static long[] Kernel(Value weights) => [.. weights.Shape.Skip(2).Select(d => d.Value)];
}
