using Microsoft.ML.Introspection.Onnx;
using static Microsoft.ML.Introspection.Tests.Differentiation.Operand;

namespace Microsoft.ML.Introspection.Tests.Differentiation.Cases;

/// <summary>Transposed convolutions in one to three dimensions.</summary>
internal static class TransposedConvolutionCases
{
    public static IEnumerable<RuleCase> All => [.. Lines(), .. Planes(), .. Volumes(), .. Groups(), .. Shapes(), .. AutomaticPadding()];

    private static IEnumerable<RuleCase> Lines() =>
        from kernel in (long[])[1, 3]
        from stride in (long[])[1, 2, 3]
        from dilation in (long[])[1, 2]
        where kernel > 1 || dilation == 1
        from pads in (long[][])[[0, 0], [1, 0], [0, 1]]
        from extra in (long[])[0, 1]
        where extra < stride && (kernel - 1) * dilation + 1 + extra > pads.Sum()
        from rule in Both(
            [2, 2, 4], [2, 3, kernel], 3, ("strides", (long[])[stride]), ("dilations", (long[])[dilation]), ("pads", pads),
            ("output_padding", (long[])[extra]))
        select rule;

    private static IEnumerable<RuleCase> Planes() =>
        from strides in (long[][])[[1, 1], [2, 2], [3, 2]]
        from dilations in (long[][])[[1, 1], [2, 1]]
        from pads in (long[][])[[0, 0, 0, 0], [1, 1, 1, 1], [0, 1, 1, 0]]
        from extra in (long[][])[[0, 0], [1, 0], [1, 1]]
        where extra.Zip(strides).All(e => e.First < e.Second)
        from rule in Both([1, 2, 3, 4], [2, 2, 3, 2], 2, ("strides", strides), ("dilations", dilations), ("pads", pads),
            ("output_padding", extra))
        select rule;

    private static IEnumerable<RuleCase> Volumes() =>
        from strides in (long[][])[[1, 1, 1], [2, 2, 2], [1, 2, 3]]
        from pads in (long[][])[[0, 0, 0, 0, 0, 0], [1, 0, 0, 0, 1, 1]]
        from rule in Both([1, 2, 2, 3, 2], [2, 1, 2, 2, 3], 1, ("strides", strides), ("pads", pads))
        select rule;

    private static IEnumerable<RuleCase> Groups() =>
        from rank in (int[])[1, 2]
        from layout in ((long Inputs, long Outputs, long Groups)[])[(4, 2, 2), (4, 4, 4), (2, 4, 2)]
        from stride in (long[])[1, 2]
        from rule in Both(
            [2, layout.Inputs, .. Lists.Same(3, rank)], [layout.Inputs, layout.Outputs / layout.Groups, .. Lists.Same(3, rank)],
            layout.Outputs,
            ("strides", Lists.Same(stride, rank)), ("group", layout.Groups), ("pads", Lists.Same(1, 2 * rank)))
        select rule;

    private static IEnumerable<RuleCase> Shapes() =>
        from stride in (long[])[2, 3]
        from missing in (long[])[-1, 0, 1, 2, 3]
        let length = 2 * stride + 3 - missing
        from mode in (string?[])[null, "SAME_UPPER", "SAME_LOWER"]
        from rule in Both([1, 2, 3], [2, 1, 3], 1, ("strides", (long[])[stride]), ("output_shape", (long[])[length]), ("auto_pad", mode))
        select rule;

    private static IEnumerable<RuleCase> AutomaticPadding() =>
        from mode in (string[])["SAME_UPPER", "SAME_LOWER", "VALID"]
        from rank in (int[])[1, 2]
        from stride in (long[])[1, 2, 3]
        from kernel in (long[])[3, 4]
        from rule in Both([1, 2, .. Lists.Same(3, rank)], [2, 2, .. Lists.Same(kernel, rank)], 2, ("auto_pad", mode),
            ("strides", Lists.Same(stride, rank)))
        select rule;

    private static IEnumerable<RuleCase> Both(long[] x, long[] weights, long outputs, params (string Name, object? Value)[] attributes)
    {
        var label = $"{Lists.Text(x)} with {Lists.Text(weights)} {Attributes.Of(attributes)}";
        var rule = new RuleCase("ConvTranspose", label, Any(x), Any(weights), Any(outputs))
        {
            Attributes = Attributes.Of(attributes),
            IsMultilinear = true,
        };
        yield return rule;
        yield return rule with { Label = label + " trained", Operands = [Any(x), Any(weights).AsConstant, null] };
    }
}
