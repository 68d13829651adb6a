using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Onnx;

/// <summary>Nodes of every operator that is inferred, with the attributes that decide their shapes.</summary>
internal static class InferenceCases
{
    /// <summary>A node: tensors that are fed, constants it needs (null for inputs left out), attributes.</summary>
    public sealed record Case(string Operator, Tensor[] Fed, Tensor?[] Constants, params (string Name, object? Value)[] Settings)
    {
        public int Outputs { get; init; } = 1;

        public override string ToString() =>
            $"{Operator}({string.Join(", ", Fed.Select(f => f.ToString()).Concat(Constants.Select(Describe)))}) "
                + $"{{{Attributes.Of(Settings)}}}";

        private static string Describe(Tensor? tensor) => tensor switch
        {
            null => "-",
            { Count: <= 8 } => $"{tensor} {{{string.Join(' ', tensor.ToDouble())}}}",
            _ => tensor.ToString(),
        };
    }

    public static IEnumerable<Case> All() =>
        [.. Elementwise(), .. Broadcasting(), .. Convolving(), .. Deconvolving(), .. Pools(), .. Products(), .. Summing(), .. Reducing(),
            .. Picking(), .. Rearranging()];

    public static IEnumerable<Case> Elementwise()
    {
        foreach (var name in ("Abs Neg Sign Exp Log Sqrt Reciprocal Erf Sin Cos Tan Asin Acos Atan Sinh Cosh Tanh Asinh Acosh Atanh "
            + "Floor Ceil Round " +
            "Relu LeakyRelu Elu Selu Celu Sigmoid HardSigmoid HardSwish Softplus Softsign Gelu Mish ThresholdedRelu Clip Identity "
                + "Dropout " +
            "Softmax LogSoftmax Hardmax Trilu IsNaN IsInf RandomNormalLike RandomUniformLike").Split(' '))
            yield return new(name, [Samples.Positives(2, 3, 4)], []);
        yield return new("Not", [Tensor.From([true, false], 2, 1)], []);
        yield return new("CumSum", [Samples.Floats(2, 3)], [Tensor.Scalar(1)]);
        yield return new("Clip", [Samples.Floats(2, 3)], [null, Tensor.Scalar(1f)]);
        yield return new("RandomNormalLike", [Samples.Floats(2, 3)], [], ("dtype", (long)ElementType.Double));
        foreach (var type in (ElementType[])[ElementType.Double, ElementType.Int64, ElementType.Bool, ElementType.Float16])
            yield return new("Cast", [Samples.Floats(2, 3)], [], ("to", (long)type));
        yield return new("BatchNormalization", [Samples.Floats(2, 3, 4)],
            [Samples.Floats(3), Samples.Floats(3), Samples.Floats(3), Samples.Positives(3)]);
    }

    public static IEnumerable<Case> Broadcasting()
    {
        foreach (var (left, right) in ((Tensor, Tensor)[])[
            (Samples.Positives(2, 3, 4), Samples.Positives(2, 1, 4)), (Samples.Positives(2, 3), Samples.Positives(4, 1, 3)),
            (Samples.Positives(), Samples.Positives(2)), (Samples.Positives(1), Samples.Positives(3, 1))])
        {
            foreach (var name in "Add Sub Mul Div Pow Max Min Sum Mean Equal Greater GreaterOrEqual Less LessOrEqual".Split(' '))
                yield return new(name, [left, right], []);
        }
        yield return new("Pow", [Samples.Positives(2, 3)], [Tensor.Scalar(2L)]);
        yield return new("Mod", [Tensor.From([5L, 6, 7, 8], 2, 2)], [Tensor.Vector(3L, 4)]);
        yield return new("PRelu", [Samples.Floats(2, 3, 4)], [Samples.Floats(3, 1)]);
        yield return new("Max", [Samples.Floats(2, 3), Samples.Floats(2, 1)], [Samples.Floats(1, 3)]);
        foreach (var name in "And Or Xor".Split(' '))
            yield return new(name, [Tensor.From([true, false], 2, 1)], [Tensor.Vector(true, false, true)]);
        yield return new("Where", [Tensor.From([true, false], 2, 1)], [Samples.Floats(3), Samples.Floats(4, 1, 1)]);
    }

    public static IEnumerable<Case> Convolving()
    {
        foreach (var (extents, channels, kernel, groups) in ((long[], long, long[], long)[])[
            ([9], 4, [3], 1), ([9], 4, [4], 2), ([8, 7], 2, [3, 2], 1), ([8, 7], 4, [3, 3], 4), ([5, 6, 7], 2, [2, 3, 1], 1)])
        {
            var (x, weights) = (Samples.Floats([2, channels, .. extents]), Samples.Floats([4, channels / groups, .. kernel]));
            foreach (var window in Windows(extents.Length, ceilMode: false))
            {
                // ONNX Runtime refuses this pair.
                if (window.Any(a => a.Item1 == "auto_pad" && a.Item2 is not "VALID")
                    && window.Any(a => a.Item1 == "dilations" && ((long[])a.Item2!)[0] > 1))
                    continue;
                yield return new("Conv", [x], [weights], [.. window, ("group", groups)]);
            }
        }
        yield return new("Conv", [Samples.Floats(2, 3, 8, 8)], [Samples.Floats(4, 3, 3, 3), Samples.Floats(4)],
            ("kernel_shape", new long[] { 3, 3 }));
        yield return new("Conv", [Samples.Floats(2, 3, 8, 8)], [Samples.Floats(4, 3, 1, 1)], ("auto_pad", "NOTSET"),
            ("strides", new long[] { 3, 2 }));
    }

    public static IEnumerable<Case> Deconvolving()
    {
        foreach (var (extents, kernel, groups) in ((long[], long[], long)[])[([5], [3], 1), ([5], [4], 2), ([4, 5], [3, 2], 1),
            ([3, 4, 2], [2, 3, 3], 1)])
        {
            var rank = extents.Length;
            var (x, weights) = (Samples.Floats([2, 4, .. extents]), Samples.Floats([4, 3, .. kernel]));
            foreach (var stride in (long[])[1, 2, 3])
            {
                foreach (var dilation in (long[])[1, 2])
                {
                    foreach (var extra in (long[])[0, 1])
                    {
                        if (extra >= stride)
                            continue;
                        (string, object?)[] shared = [
                            ("strides", All(rank, stride)), ("dilations", All(rank, dilation)), ("output_padding", All(rank, extra)),
                            ("group", groups)];
                        yield return new("ConvTranspose", [x], [weights], shared);
                        yield return new("ConvTranspose", [x], [weights], [.. shared, ("pads", All(2 * rank, 1))]);
                        yield return new("ConvTranspose", [x], [weights],
                            [.. shared, ("pads", (long[])[.. All(rank, 0), .. All(rank, 1)])]);
                        foreach (var auto in (string[])["VALID", "SAME_UPPER", "SAME_LOWER"])
                            yield return new("ConvTranspose", [x], [weights], [.. shared, ("auto_pad", auto)]);
                        yield return new("ConvTranspose", [x], [weights],
                            [.. shared, ("output_shape", extents.Select(e => e * stride + 1).ToArray())]);
                        yield return new(
                            "ConvTranspose", [x], [weights],
                            [.. shared, ("output_shape", extents.Select(e => e * stride).ToArray()), ("auto_pad", "SAME_UPPER")]);
                    }
                }
            }
        }
    }

    public static IEnumerable<Case> Pools()
    {
        foreach (var extents in (long[][])[[9], [10], [8, 7], [5, 6, 7]])
        {
            var x = Samples.Floats([2, 3, .. extents]);
            foreach (var kernel in (long[])[2, 3])
            {
                foreach (var window in Windows(extents.Length, ceilMode: true))
                {
                    (string, object?)[] attributes = [.. window, ("kernel_shape", All(extents.Length, kernel))];
                    // From 1.30 on, ONNX Runtime refuses the maximum of windows that end before the last element.
                    if (!EndsEarly(window, extents, kernel))
                        yield return new("MaxPool", [x], [], attributes);
                    yield return new("AveragePool", [x], [], attributes);
                }
                yield return new("MaxPool", [x], [], ("kernel_shape", All(extents.Length, kernel)),
                    ("strides", All(extents.Length, 2))) { Outputs = 2 };
                yield return new("LpPool", [x], [], ("kernel_shape", All(extents.Length, kernel)), ("strides", All(extents.Length, 2)));
            }
            foreach (var name in (string[])["GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool"])
                yield return new(name, [x], []);
        }
    }

    /// <summary>Whether windows laid out by <c>auto_pad</c> would need negative padding.</summary>
    private static bool EndsEarly((string Name, object? Value)[] window, long[] extents, long kernel)
    {
        var stride = window.Select(a => a.Value).OfType<long[]>().First()[0];
        return window.Any(a => a.Value is "SAME_UPPER" or "SAME_LOWER")
            && extents.Any(e => ((e + stride - 1) / stride - 1) * stride + kernel < e);
    }

    /// <summary>Every way of padding, with strides and dilations.</summary>
    private static IEnumerable<(string, object?)[]> Windows(int rank, bool ceilMode)
    {
        foreach (var stride in (long[])[1, 2, 3])
        {
            foreach (var dilation in (long[])[1, 2])
            {
                foreach (var ceil in ceilMode ? (long[])[0, 1] : [0])
                {
                    (string, object?)[] shared =
                        [("strides", All(rank, stride)), ("dilations", All(rank, dilation)), ("ceil_mode", ceil == 0 ? null : ceil)];
                    yield return shared;
                    yield return [.. shared, ("pads", All(2 * rank, 1))];
                    yield return [.. shared, ("pads", (long[])[.. All(rank, 0), .. All(rank, 1)])];
                    if (ceil != 0)
                        continue;
                    foreach (var auto in (string[])["VALID", "SAME_UPPER", "SAME_LOWER"])
                        yield return [.. shared, ("auto_pad", auto)];
                }
            }
        }
    }

    public static IEnumerable<Case> Products()
    {
        foreach (var (left, right) in ((long[], long[])[])[
            ([2, 3], [3, 4]), ([5, 2, 3], [3, 4]), ([5, 2, 3], [5, 3, 4]), ([5, 1, 2, 3], [6, 3, 4]),
            ([3], [3, 4]), ([2, 3], [3]), ([3], [3]), ([3], [5, 3, 4]), ([5, 2, 3], [3])])
            yield return new("MatMul", [Samples.Floats(left)], [Samples.Floats(right)]);
        foreach (var (a, b) in ((bool, bool)[])[(false, false), (true, false), (false, true), (true, true)])
            yield return new("Gemm", [Samples.Floats(a ? [3, 2] : [2, 3])], [Samples.Floats(b ? [4, 3] : [3, 4]), Samples.Floats(4)],
                ("transA", a), ("transB", b));
    }

    public static IEnumerable<Case> Summing()
    {
        foreach (var equation in (string[])["ijk->kji", "ijk->j", "ijk->", "...k->k...", "i...->...", "ijk"])
            yield return new("Einsum", [Samples.Floats(2, 3, 4)], [], ("equation", equation));
        foreach (var equation in (string[])["bij,bjk->bik", "...ij,...jk->...ki", "bij,bjk", "bij,ajk->ik"])
            yield return new("Einsum", [Samples.Floats(2, 3, 4)], [Samples.Floats(2, 4, 5)], ("equation", equation));
        yield return new("Einsum", [Samples.Floats(3, 3)], [], ("equation", "ii->i"));
        foreach (var (time, batch) in ((long, long)[])[(0, 1), (1, 0)])
            yield return new("ReverseSequence", [Samples.Floats(3, 3, 2)], [Tensor.Vector(1L, 3L, 2L)], ("time_axis", time),
                ("batch_axis", batch));
    }

    public static IEnumerable<Case> Reducing()
    {
        foreach (var name in ("ReduceSum ReduceMean ReduceMax ReduceMin ReduceProd ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp "
            + "ReduceSumSquare").Split(' '))
        {
            foreach (var keep in (bool[])[true, false])
            {
                foreach (var axes in (long[][])[[0], [1], [-1], [0, 2], [-2, 0], [0, 1, 2]])
                    yield return new(name, [Samples.Positives(2, 3, 4)], [Tensor.Vector<long>(axes)], ("keepdims", keep));
                yield return new(name, [Samples.Positives(2, 3, 4)], [], ("keepdims", keep));
                yield return new(name, [Samples.Positives(2, 3, 4)], [], ("keepdims", keep), ("noop_with_empty_axes", 1));
                yield return new(name, [Samples.Positives(2, 3, 4)], [Tensor.Vector<long>()], ("keepdims", keep));
            }
        }
        foreach (var name in (string[])["ArgMax", "ArgMin"])
        {
            yield return new(name, [Samples.Floats(2, 3, 4)], []);
            foreach (var axis in (long[])[0, 1, -1])
            {
                yield return new(name, [Samples.Floats(2, 3, 4)], [], ("axis", axis), ("keepdims", 0));
                yield return new(name, [Samples.Floats(2, 3, 4)], [], ("axis", axis));
            }
        }
    }

    public static IEnumerable<Case> Picking()
    {
        var x = Samples.Floats(2, 3, 4);
        foreach (var axis in (long[])[0, 1, 2, -1, -3])
        {
            yield return new("Gather", [x], [Tensor.Scalar(1L)], ("axis", axis));
            yield return new("Gather", [x], [Tensor.From([1L, 0, -1, 0, 1, 1], 2, 3)], ("axis", axis));
            yield return new("GatherElements", [x], [Samples.Integers(0, 2, 2, 2, 2)], ("axis", axis));
            yield return new("ScatterElements", [x], [Samples.Integers(0, 2, 2, 2, 2), Samples.Floats(2, 2, 2)], ("axis", axis),
                ("reduction", "add"));
            yield return new("TopK", [x], [Tensor.Vector(2L)], ("axis", axis)) { Outputs = 2 };
        }
        yield return new("Gather", [x], [Tensor.Vector(1L)]);
        yield return new("GatherND", [x], [Samples.Integers(0, 2, 5, 2)]);
        yield return new("GatherND", [x], [Samples.Integers(0, 2, 2, 6, 1)], ("batch_dims", 1));
        yield return new("ScatterND", [x], [Samples.Integers(0, 2, 5, 2), Samples.Floats(5, 4)], ("reduction", "add"));
        foreach (var axis in (long[])[-1, 0, 1, 2, -3])
            yield return new("OneHot", [Samples.Integers(0, 5, 2, 3)], [Tensor.Scalar(5L), Tensor.Vector(0f, 1)], ("axis", axis));
        yield return new("OneHot", [Samples.Integers(0, 5, 2)], [Tensor.Vector(5L), Tensor.Vector(0L, 1)]);
    }

    public static IEnumerable<Case> Rearranging()
    {
        var x = Samples.Floats(2, 3, 4);
        foreach (var target in (long[][])[[24], [-1], [4, 6], [0, 12], [0, 0, -1], [-1, 0, 2], [2, -1, 2, 2], [0, -1]])
            yield return new("Reshape", [x], [Tensor.Vector<long>(target)]);
        foreach (var axis in (long[])[0, 1, 2, 3, -1, -2])
            yield return new("Flatten", [x], [], ("axis", axis));
        yield return new("Flatten", [x], []);
        foreach (var order in (long[][])[[0, 1, 2], [2, 1, 0], [1, 2, 0]])
            yield return new("Transpose", [x], [], ("perm", order));
        yield return new("Transpose", [x], []);
        yield return new("Squeeze", [Samples.Floats(2, 1, 3, 1)], [Tensor.Vector(1L, -1)]);
        yield return new("Squeeze", [Samples.Floats(2, 1, 3, 1)], []);
        foreach (var axes in (long[][])[[0], [3], [-1], [0, 4], [-1, 0], [1, -2]])
            yield return new("Unsqueeze", [x], [Tensor.Vector<long>(axes)]);
        foreach (var target in (long[][])[[2, 3, 4], [5, 2, 3, 4], [1], [1, 3, 1]])
            yield return new("Expand", [x], [Tensor.Vector<long>(target)]);
        foreach (var axis in (long[])[0, 1, -1])
            yield return new("Concat", [x, Samples.Floats(2, 3, 4)], [], ("axis", axis));
        yield return new("Concat", [x], [Samples.Floats(2, 5, 4)], ("axis", 1));
        yield return new("Split", [Samples.Floats(2, 6)], [Tensor.Vector(1L, 2, 3)], ("axis", 1)) { Outputs = 3 };
        yield return new("Split", [Samples.Floats(2, 6)], [], ("axis", -1), ("num_outputs", 3)) { Outputs = 3 };
        yield return new("Split", [Samples.Floats(2, 7)], [], ("axis", 1), ("num_outputs", 3)) { Outputs = 3 };
        foreach (var (start, end, step) in ((long, long, long)[])[
            (0, long.MaxValue, 1), (1, 3, 1), (-1, -5, -1), (0, 100, 2), (-2, long.MaxValue, 1), (3, 1, 1), (-1, long.MinValue, -3)])
        {
            yield return new("Slice", [x], [Tensor.Vector(start), Tensor.Vector(end), Tensor.Vector(2L), Tensor.Vector(step)]);
            yield return new("Slice", [x], [Tensor.Vector(start), Tensor.Vector(end), Tensor.Vector(-2L), Tensor.Vector(step)]);
            yield return new("Slice", [x], [Tensor.Vector(start), Tensor.Vector(end), null, Tensor.Vector(step)]);
        }
        yield return new("Slice", [x], [Tensor.Vector(0L, 1), Tensor.Vector(1L, 2)]);
        yield return new("Pad", [x], [Tensor.Vector(0L, 1, 2, 0, 2, 1)]);
        yield return new("Pad", [x], [Tensor.Vector(0L, -1, 2, 0, 2, -1), Tensor.Scalar(1f)]);
        yield return new("Pad", [x], [Tensor.Vector(1L, 2, 2, 1), null, Tensor.Vector(-1L, 1)]);
        yield return new("Tile", [x], [Tensor.Vector(1L, 2, 3)]);
        foreach (var mode in (string[])["DCR", "CRD"])
            yield return new("DepthToSpace", [Samples.Floats(2, 8, 2, 3)], [], ("blocksize", 2), ("mode", mode));
        yield return new("SpaceToDepth", [Samples.Floats(2, 3, 4, 6)], [], ("blocksize", 2));
        foreach (var scale in (float[])[2, 1.5f, 0.5f, 0.7f, 1.1f, 3.3f, 0.1f])
            yield return new("Resize", [Samples.Floats(2, 1, 10, 7)], [null, Tensor.Vector(1, 1, scale, 1)], ("mode", "linear"));
        yield return new("Resize", [Samples.Floats(2, 1, 10, 7)], [null, null, Tensor.Vector(2L, 1, 3, 20)], ("mode", "nearest"));
        yield return new("Shape", [x], []);
        yield return new("Shape", [x], [], ("start", 1));
        yield return new("Shape", [x], [], ("start", -2), ("end", -1));
        yield return new("Size", [x], []);
    }

    private static long[] All(int count, long value) => [.. Enumerable.Repeat(value, count)];
}
