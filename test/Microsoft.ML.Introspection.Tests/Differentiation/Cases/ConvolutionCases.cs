using Microsoft.ML.Introspection.Onnx;
using static Microsoft.ML.Introspection.Tests.Differentiation.Operand;

namespace Microsoft.ML.Introspection.Tests.Differentiation.Cases;

/// <summary>Convolutions in one to three dimensions, with trained (constant) and with variable weights.</summary>
internal static class ConvolutionCases
{
    public static IEnumerable<RuleCase> All => [.. Lines(), .. Planes(), .. Volumes(), .. Groups(), .. AutomaticPadding(), .. Edges()];

    private static IEnumerable<RuleCase> Lines() =>
        from kernel in (long[])[1, 3]
        from stride in (long[])[1, 2, 3]
        from dilation in (long[])[1, 2]
        where kernel > 1 || dilation == 1
        from pads in (long[][])[[0, 0], [1, 0], [0, 2], [2, 1]]
        from rule in Both([2, 2, 8], [3, 2, kernel], ("strides", (long[])[stride]), ("dilations", (long[])[dilation]), ("pads", pads))
        select rule;

    private static IEnumerable<RuleCase> Planes() =>
        from kernel in (long[][])[[1, 1], [3, 3], [2, 3]]
        from strides in (long[][])[[1, 1], [2, 2], [3, 3], [2, 1]]
        from dilations in (long[][])[[1, 1], [1, 2]]
        from pads in (long[][])[[0, 0, 0, 0], [1, 1, 1, 1], [0, 1, 2, 0]]
        from rule in Both([1, 2, 7, 6], [2, 2, .. kernel], ("strides", strides), ("dilations", dilations), ("pads", pads))
        select rule;

    private static IEnumerable<RuleCase> Volumes() =>
        from strides in (long[][])[[1, 1, 1], [2, 2, 2], [1, 2, 3]]
        from dilations in (long[][])[[1, 1, 1], [1, 2, 1]]
        from pads in (long[][])[[0, 0, 0, 0, 0, 0], [1, 0, 1, 0, 2, 1]]
        from rule in Both([1, 1, 4, 5, 4], [2, 1, 2, 3, 2], ("strides", strides), ("dilations", dilations), ("pads", pads))
        select rule;

    private static IEnumerable<RuleCase> Groups() =>
        from rank in (int[])[1, 2, 3]
        from layout in ((long Channels, long Outputs, long Groups)[])[(4, 2, 2), (4, 4, 4), (2, 4, 2), (3, 6, 3)]
        from stride in (long[])[1, 2]
        from pad in (long[])[0, 1]
        let spatial = Lists.Same(rank == 3 ? 3 : 5, rank)
        from rule in Both(
            [2, layout.Channels, .. spatial], [layout.Outputs, layout.Channels / layout.Groups, .. Lists.Same(rank == 3 ? 2 : 3, rank)],
            ("strides", Lists.Same(stride, rank)), ("pads", Lists.Same(pad, 2 * rank)), ("group", layout.Groups))
        select rule;

    private static IEnumerable<RuleCase> AutomaticPadding() =>
        from mode in (string[])["SAME_UPPER", "SAME_LOWER", "VALID"]
        from rank in (int[])[1, 2]
        from stride in (long[])[1, 2, 3]
        from dilation in (long[])[1, 2]
        // ONNX Runtime knows no automatic padding of dilated windows but none at all.
        where dilation == 1 || mode == "VALID"
        from kernel in (long[])[2, 3]
        from rule in Both(
            [1, 2, .. Lists.From(6, rank)], [2, 2, .. Lists.Same(kernel, rank)],
            ("auto_pad", mode), ("strides", Lists.Same(stride, rank)), ("dilations", Lists.Same(dilation, rank)))
        select rule;

    private static IEnumerable<RuleCase> Edges() =>
        new[]
        {
            // No attributes at all; a window longer than the input; padding beyond the window's reach; a stride beyond the input.
            Both([2, 1, 5], [1, 1, 2]),
            Both([1, 2, 2], [2, 2, 3], ("pads", (long[])[1, 1])),
            Both([1, 1, 4], [2, 1, 1], ("pads", (long[])[2, 1])),
            Both([1, 1, 4], [1, 1, 2], ("pads", (long[])[3, 3])),
            Both([1, 1, 3, 3], [1, 1, 2, 2], ("pads", (long[])[3, 2, 2, 3]), ("strides", (long[])[2, 2])),
            Both([1, 1, 3], [1, 1, 2], ("strides", (long[])[5])),
            Both([1, 1, 8], [1, 1, 2], ("strides", (long[])[4])),
            Both([1, 1, 8, 8], [1, 1, 2, 2], ("strides", (long[])[4, 4])),
            Both([1, 1, 7, 8], [1, 1, 5, 4], ("strides", (long[])[3, 3]), ("pads", (long[])[2, 1, 1, 2])),
            Both([1, 16, 5, 4], [2, 16, 3, 3], ("strides", (long[])[2, 2]), ("pads", (long[])[1, 1, 1, 1])),
            Both([1, 20, 4, 4], [3, 20, 2, 2], ("strides", (long[])[2, 2])),
        }.SelectMany(cases => cases);

    /// <summary>With all three operands variable, and with trained weights.</summary>
    private static IEnumerable<RuleCase> Both(long[] x, long[] weights, params (string Name, object? Value)[] attributes)
    {
        var label = $"{Lists.Text(x)} with {Lists.Text(weights)} {Attributes.Of(attributes)}";
        var rule = new RuleCase("Conv", label, Any(x), Any(weights), Any(weights[0]))
        {
            Attributes = Attributes.Of(attributes),
            IsMultilinear = true,
        };
        yield return rule;
        yield return rule with { Label = label + " trained", Operands = [Any(x), Any(weights).AsConstant, null] };
    }
}
