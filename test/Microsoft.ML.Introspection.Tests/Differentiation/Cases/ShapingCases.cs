using Microsoft.ML.Introspection.Onnx;
using static Microsoft.ML.Introspection.Tests.Differentiation.Operand;

namespace Microsoft.ML.Introspection.Tests.Differentiation.Cases;

/// <summary>Operators that move elements.</summary>
internal static class ShapingCases
{
    public static IEnumerable<RuleCase> All =>
        new[] { Reshapes(), Transposes(), Concats(), Splits(), Slices(), Pads(), Tiles(), Blocks(), Triangles(), Enlargements() }
            .SelectMany(cases => cases).Select(c => c with { IsMultilinear = true });

    private static IEnumerable<RuleCase> Reshapes()
    {
        foreach (var target in (long[][])[[6], [3, 2], [-1, 3], [0, -1], [1, 2, 3, 1], [0, 0]])
            yield return new RuleCase("Reshape", $"to {Lists.Text(target)}", Any(2, 3), Integers(target));
        yield return new RuleCase("Reshape", "to a scalar", Any(1, 1), Integers());
        foreach (var axis in (long[])[0, 1, 2, 3, -1, -3])
            yield return new RuleCase("Flatten", $"axis {axis}", Any(2, 3, 2)) { Attributes = Attributes.Of(("axis", axis)) };
        yield return new RuleCase("Squeeze", "no axes", Any(1, 3, 1, 2));
        foreach (var axes in (long[][])[[0], [2], [0, 2], [-2]])
            yield return new RuleCase("Squeeze", $"axes {Lists.Text(axes)}", Any(1, 3, 1, 2), Integers(axes));
        foreach (var axes in (long[][])[[0], [2], [0, 3], [-1], [1, -1]])
            yield return new RuleCase("Unsqueeze", $"axes {Lists.Text(axes)}", Any(2, 3), Integers(axes));
        (long[] From, long[] To)[] expansions =
        [
            ([3, 1], [2, 3, 4]), ([3, 1], [1, 4]), ([2, 3], [1]), ([1], [2, 2]), ([], [3]), ([1, 3], [2, 1]), ([2, 3], [2, 3]),
        ];
        foreach (var (from, to) in expansions)
            yield return new RuleCase("Expand", $"{Lists.Text(from)} to {Lists.Text(to)}", Any(from), Integers(to));
    }

    private static IEnumerable<RuleCase> Transposes()
    {
        yield return new RuleCase("Transpose", "all axes turned round", Any(2, 3, 2));
        foreach (var order in (long[][])[[0, 1, 2], [0, 2, 1], [1, 2, 0], [2, 0, 1]])
            yield return new RuleCase("Transpose", $"order {Lists.Text(order)}", Any(2, 3, 4))
            {
                Attributes = Attributes.Of(("perm", order)),
            };
    }

    private static IEnumerable<RuleCase> Concats()
    {
        yield return new RuleCase("Concat", "one", Any(2, 3)) { Attributes = Attributes.Of(("axis", 1)) };
        yield return new RuleCase("Concat", "first axis", Any(2, 3), Any(1, 3)) { Attributes = Attributes.Of(("axis", 0)) };
        yield return new RuleCase("Concat", "three, last axis", Any(2, 3), Any(2, 1),
            Any(2, 2)) { Attributes = Attributes.Of(("axis", -1)) };
        yield return new RuleCase("Concat", "a constant between", Any(2, 2, 2), Any(2, 1, 2).AsConstant, Any(2, 3, 2))
        {
            Attributes = Attributes.Of(("axis", -2)),
        };
    }

    private static IEnumerable<RuleCase> Splits()
    {
        yield return new RuleCase("Split", "equal parts", Any(2, 6)) { Attributes = Attributes.Of(("axis", 1), ("num_outputs", 3)),
            Outputs = 3 };
        yield return new RuleCase("Split", "a smaller last part", Any(2, 5))
        {
            Attributes = Attributes.Of(("axis", 1), ("num_outputs", 2)),
            Outputs = 2,
        };
        yield return new RuleCase("Split", "uneven parts", Any(6, 2), Integers(1, 3, 2)) { Outputs = 3 };
        yield return new RuleCase("Split", "an unused part", Any(2, 6), Integers(1, 3, 2))
        {
            Attributes = Attributes.Of(("axis", -1)),
            Outputs = 3,
            Unused = [1],
        };
        yield return new RuleCase("Split", "only the last part used", Any(2, 6), Integers(4, 2))
        {
            Attributes = Attributes.Of(("axis", -1)),
            Outputs = 2,
            Unused = [0],
        };
        yield return new RuleCase("Split", "one part", Any(2, 3)) { Attributes = Attributes.Of(("num_outputs", 1)) };
    }

    private static IEnumerable<RuleCase> Slices()
    {
        (string Label, long[] Starts, long[] Ends, long[]? Axes, long[]? Steps)[] ranges =
        [
            ("no axes", [1, 0], [3, 4], null, null), ("one axis", [1], [4], [1], null), ("a negative axis", [2], [5], [-1], null),
            ("to the end", [1], [long.MaxValue], [2], null), ("from the end", [-3], [-1], [2], null),
            ("beyond both ends", [-99], [99], [1], null),
            ("step 2", [0], [6], [2], [2]), ("step 3 from 1", [1], [6], [2], [3]), ("step 5 over one", [2], [6], [2], [5]),
            ("turned round", [-1], [long.MinValue], [2], [-1]), ("back by 2", [5], [0], [2], [-2]),
            ("back by 3 from the last but one", [-2], [-99], [2], [-3]), ("several axes", [0, 1, 4], [3, 5, 0], [0, 1, 2], [2, 1, -2]),
            ("axes out of order", [1, 0], [6, 1], [2, 0], [2, 1]), ("nothing left", [3], [3], [2], null), ("all of it", [0], [6], [2], [1]),
        ];
        foreach (var (label, starts, ends, axes, steps) in ranges)
        {
            var (alongAxes, withSteps) = (axes is null ? null : Integers(axes), steps is null ? null : Integers(steps));
            yield return new RuleCase("Slice", label, Any(3, 5, 6), Integers(starts), Integers(ends), alongAxes, withSteps);
        }
    }

    private static IEnumerable<RuleCase> Pads()
    {
        foreach (var mode in (string[])["constant", "edge", "reflect", "wrap"])
        {
            var attributes = Attributes.Of(("mode", mode));
            yield return new RuleCase("Pad", $"{mode}, both axes", Any(3, 4), Integers(1, 2, 0, 3)) { Attributes = attributes };
            yield return new RuleCase("Pad", $"{mode}, behind only", Any(3, 4), Integers(0, 0, 2, 1)) { Attributes = attributes };
            yield return new RuleCase("Pad", $"{mode}, axes given", Any(2, 3, 4), Integers(1, 2, 1, 0), null, Integers(-1, 1))
            {
                Attributes = attributes,
            };
            yield return new RuleCase("Pad", $"{mode}, nothing to do", Any(2, 3), Integers(0, 0, 0, 0)) { Attributes = attributes };
        }
        yield return new RuleCase("Pad", "with a number", Any(2, 3), Integers(1, 0, 0, 2), Of([0.7]).AsConstant);
        yield return new RuleCase("Pad", "with a variable", Any(2, 3), Integers(1, 0, 0, 2), Of([0.7]));
        yield return new RuleCase("Pad", "cutting off", Any(4, 5), Integers(-1, 0, -1, -2));
        yield return new RuleCase("Pad", "cutting off and adding", Any(4, 5), Integers(-1, 2, 1, -3));
        yield return new RuleCase("Pad", "cutting off with a variable beside", Any(4, 5), Integers(-1, 2, 1, -3), Of([0.7]));
    }

    private static IEnumerable<RuleCase> Tiles()
    {
        foreach (var times in (long[][])[[1, 1], [2, 1], [1, 3], [2, 3]])
            yield return new RuleCase("Tile", Lists.Text(times), Any(2, 3), Integers(times));
    }

    private static IEnumerable<RuleCase> Blocks()
    {
        foreach (var mode in (string?[])[null, "DCR", "CRD"])
        {
            yield return new RuleCase("DepthToSpace", $"{mode ?? "as it is"}, 2", Any(2, 8, 2, 1))
            {
                Attributes = Attributes.Of(("blocksize", 2), ("mode", mode)),
            };
            yield return new RuleCase("DepthToSpace", $"{mode ?? "as it is"}, 3", Any(1, 9, 1, 2))
            {
                Attributes = Attributes.Of(("blocksize", 3), ("mode", mode)),
            };
        }
        yield return new RuleCase("SpaceToDepth", "2", Any(2, 2, 4, 2)) { Attributes = Attributes.Of(("blocksize", 2)) };
        yield return new RuleCase("SpaceToDepth", "3", Any(1, 1, 3, 6)) { Attributes = Attributes.Of(("blocksize", 3)) };
    }

    private static IEnumerable<RuleCase> Triangles()
    {
        foreach (var upper in (bool[])[true, false])
        {
            yield return new RuleCase("Trilu", upper ? "upper" : "lower", Any(2, 3, 4)) { Attributes = Attributes.Of(("upper", upper)) };
            foreach (var diagonal in (long[])[1, -1])
                yield return new RuleCase("Trilu", $"{(upper ? "upper" : "lower")}, diagonal {diagonal}", Any(3, 3),
                    Fixed(Tensor.Scalar(diagonal)))
                {
                    Attributes = Attributes.Of(("upper", upper)),
                };
        }
    }

    private static IEnumerable<RuleCase> Enlargements()
    {
        var attributes = Attributes.Of(("mode", "nearest"), ("coordinate_transformation_mode", "asymmetric"), ("nearest_mode", "floor"));
        foreach (var factors in (float[][])[[1, 1, 2], [1, 1, 2, 3], [1, 1, 1, 2], [1, 1, 2, 1, 2]])
            yield return new RuleCase(
                "Resize", $"nearest, {string.Join('×', factors.Skip(2))}",
                Any([2, 2, .. factors.Skip(2).Select((_, i) => 2L + i % 2)]), null, Fixed(Tensor.Vector<float>(factors)))
            {
                Attributes = attributes,
            };
    }
}
