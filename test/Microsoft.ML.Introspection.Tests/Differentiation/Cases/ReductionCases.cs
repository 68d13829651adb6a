using Microsoft.ML.Introspection.Onnx;
using static Microsoft.ML.Introspection.Tests.Differentiation.Operand;

namespace Microsoft.ML.Introspection.Tests.Differentiation.Cases;

/// <summary>Reductions over every kind of axes.</summary>
internal static class ReductionCases
{
    private static readonly (string Operator, Func<long[], Operand> Numbers)[] Reductions =
    [
        ("ReduceSum", Any), ("ReduceMean", Any), ("ReduceMax", Distinct), ("ReduceMin", Distinct), ("ReduceProd", Any), ("ReduceL1", Any),
        ("ReduceL2", Any), ("ReduceSumSquare", Any), ("ReduceLogSum", Positive), ("ReduceLogSumExp", Any),
    ];

    public static IEnumerable<RuleCase> All => [.. Reduced(), .. Products(), .. Cumulated()];

    private static IEnumerable<RuleCase> Reduced()
    {
        foreach (var (name, numbers) in Reductions)
        {
            foreach (var axes in (long[][])[[0], [1], [-1], [0, 2], [2, 1], [0, 1, 2]])
            {
                foreach (var keep in (bool[])[true, false])
                {
                    yield return new RuleCase(name, $"axes {Lists.Text(axes)}, {(keep ? "kept" : "dropped")}", numbers([2, 3, 2]),
                        Integers(axes))
                    {
                        Attributes = Attributes.Of(("keepdims", keep)),
                    };
                }
            }
            foreach (var keep in (bool[])[true, false])
            {
                var (attributes, label) = (Attributes.Of(("keepdims", keep)), keep ? "kept" : "dropped");
                yield return new RuleCase(name, $"no axes given, {label}", numbers([2, 3])) { Attributes = attributes };
                yield return new RuleCase(name, $"empty axes, {label}", numbers([2, 3]), Integers()) { Attributes = attributes };
            }
            yield return new RuleCase(name, "an axis of 1", numbers([2, 1, 3]), Integers(1));
            yield return new RuleCase(name, "a vector", numbers([4]), Integers(0)) { Attributes = Attributes.Of(("keepdims", false)) };
        }
        // What the others make of single elements that are not reduced, runtimes see differently.
        foreach (var name in (string[])["ReduceSum", "ReduceMean", "ReduceMax"])
        {
            yield return new RuleCase(name, "empty axes, nothing to do", Distinct(2, 3), Integers())
            {
                Attributes = Attributes.Of(("noop_with_empty_axes", 1)),
            };
            yield return new RuleCase(name, "no axes, nothing to do",
                Distinct(2, 3)) { Attributes = Attributes.Of(("noop_with_empty_axes", 1)) };
        }
    }

    private static IEnumerable<RuleCase> Products()
    {
        // The second derivative at a zero is another formula than the one written.
        yield return new RuleCase("ReduceProd", "zeros among the factors", Of([1.5, 0, 2, 0, -1.2, 0, 0.5, -0.7, 1.1], 3, 3), Integers(1))
        {
            HasSecondDerivative = false,
        };
    }

    private static IEnumerable<RuleCase> Cumulated()
    {
        foreach (var axis in (long[])[0, 1, -1])
            foreach (var (exclusive, reverse) in ((bool, bool)[])[(false, false), (true, false), (false, true), (true, true)])
                foreach (var name in (string[])["CumSum", "CumProd"])
                    yield return new RuleCase(name, $"axis {axis}{(exclusive ? ", exclusive" : "")}{(reverse ? ", reverse" : "")}",
                        Any(2, 4), Fixed(Tensor.Scalar(axis)))
                    {
                        Attributes = Attributes.Of(("exclusive", exclusive), ("reverse", reverse)),
                        IsMultilinear = true,
                        Opset = name == "CumProd" ? 26 : Graph.MinimumOpset,
                        Result = name == "CumProd" ? Shape.Of(2, 4) : null,
                    };
        yield return new RuleCase("CumProd", "zeros among the factors", Of([1.5, 0, 2, -1.2, 0, 0.5], 2, 3), Fixed(Tensor.Scalar(1L)))
        {
            IsMultilinear = true,
            HasSecondDerivative = false,
            Opset = 26,
            Result = Shape.Of(2, 3),
        };
    }
}
