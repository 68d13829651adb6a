using Microsoft.ML.Introspection.Onnx;
using static Microsoft.ML.Introspection.Tests.Differentiation.Operand;

namespace Microsoft.ML.Introspection.Tests.Differentiation.Cases;

/// <summary>Pooling with windows that tile, overlap, leave gaps, hang over the edge.</summary>
internal static class PoolingCases
{
    public static IEnumerable<RuleCase> All => [.. Maxima(), .. Averages(), .. Norms(), .. Global()];

    private static IEnumerable<RuleCase> Maxima() =>
    [
        .. Grid("MaxPool", Distinct),
        .. from order in (long[])[0, 1]
           from strides in (long[][])[[1, 1], [2, 2]]
           let pool = Pool("MaxPool", Distinct, [2, 2, 4, 5], ("kernel_shape", (long[])[2, 2]), ("strides", strides),
               ("storage_order", order))
           select pool with { Outputs = 2, Unused = [1] },
    ];

    private static IEnumerable<RuleCase> Averages() =>
        from countPadding in (long[])[0, 1]
        from rule in Grid("AveragePool", Any, ("count_include_pad", countPadding))
        select rule with { IsMultilinear = true };

    private static IEnumerable<RuleCase> Norms() =>
        from p in (long[])[1, 2, 3]
        from kernel in (long[])[2, 3]
        from stride in (long[])[1, 2]
        from pad in (long[])[0, 1]
        from rank in (int[])[1, 2]
        select Pool(
            "LpPool", Any, [1, 2, .. Lists.From(5, rank)], ("p", p), ("kernel_shape", Lists.Same(kernel, rank)),
            ("strides", Lists.Same(stride, rank)), ("pads", Lists.Same(pad, 2 * rank)));

    private static IEnumerable<RuleCase> Global()
    {
        foreach (var shape in (long[][])[[2, 2, 4], [2, 2, 3, 2], [1, 2, 2, 2, 3], [2, 3, 1, 1]])
        {
            yield return new RuleCase("GlobalAveragePool", Lists.Text(shape), Any(shape)) { IsMultilinear = true };
            yield return new RuleCase("GlobalMaxPool", Lists.Text(shape), Distinct(shape));
            foreach (var p in (long[])[1, 2, 3])
                yield return new RuleCase("GlobalLpPool", $"{Lists.Text(shape)}, p {p}", Any(shape))
                {
                    Attributes = Attributes.Of(("p", p)),
                };
        }
    }

    private static IEnumerable<RuleCase> Grid(string name, Func<long[], Operand> numbers, params (string Name, object? Value)[] further) =>
    [
        .. from kernel in (long[])[1, 2, 3]
           from stride in (long[])[1, 2, 3]
           from dilation in (long[])[1, 2]
           where kernel > 1 || dilation == 1
           from pads in (long[][])[[0, 0], [1, 1], [0, 1]]
           where pads[1] < kernel
           from ceil in (long[])[0, 1]
           select Pool(name, numbers, [2, 2, 7],
               [.. further, ("kernel_shape", (long[])[kernel]), ("strides", (long[])[stride]), ("dilations", (long[])[dilation]),
                   ("pads", pads), ("ceil_mode", ceil)]),
        .. from window in ((long[] Kernel, long[] Strides)[])[([2, 2], [2, 2]), ([3, 3], [2, 2]), ([2, 3], [1, 2]), ([1, 2], [2, 3]),
            ([3, 2], [3, 2])]
           from pads in (long[][])[[0, 0, 0, 0], [0, 1, 0, 0], [0, 1, 0, 1]]
           from ceil in (long[])[0, 1]
           from extents in (long[][])[[6, 6], [7, 5]]
           select Pool(name, numbers, [1, 2, .. extents],
               [.. further, ("kernel_shape", window.Kernel), ("strides", window.Strides), ("pads", pads), ("ceil_mode", ceil)]),
        .. from window in ((long[] Kernel, long[] Strides)[])[([2, 2, 2], [2, 2, 2]), ([2, 1, 3], [1, 1, 2]), ([2, 3, 2], [2, 2, 2])]
           from pads in (long[][])[[0, 0, 0, 0, 0, 0], [1, 0, 0, 0, 0, 1]]
           from ceil in (long[])[0, 1]
           select Pool(name, numbers, [1, 1, 4, 4, 6],
               [.. further, ("kernel_shape", window.Kernel), ("strides", window.Strides), ("pads", pads), ("ceil_mode", ceil)]),
        .. from mode in (string[])["SAME_UPPER", "SAME_LOWER", "VALID"]
           from rank in (int[])[1, 2]
           from stride in (long[])[1, 2]
           from kernel in (long[])[2, 3]
           select Pool(name, numbers, [1, 2, .. Lists.From(5, rank)],
               [.. further, ("auto_pad", mode), ("kernel_shape", Lists.Same(kernel, rank)), ("strides", Lists.Same(stride, rank))]),
    ];

    private static RuleCase Pool(string name, Func<long[], Operand> numbers, long[] x, params (string Name, object? Value)[] attributes) =>
        new(name, $"{Lists.Text(x)} {Attributes.Of(attributes)}", numbers(x)) { Attributes = Attributes.Of(attributes) };
}
