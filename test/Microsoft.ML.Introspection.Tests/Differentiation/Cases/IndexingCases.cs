using Microsoft.ML.Introspection.Onnx;
using static Microsoft.ML.Introspection.Tests.Differentiation.Operand;

namespace Microsoft.ML.Introspection.Tests.Differentiation.Cases;

/// <summary>Elements picked and placed by position.</summary>
internal static class IndexingCases
{
    public static IEnumerable<RuleCase> All => [.. Gathers(), .. GatherElements(), .. Scatters()];

    private static IEnumerable<RuleCase> Gathers()
    {
        (string Label, Tensor Indices)[] picks =
        [
            ("a scalar", Tensor.Scalar(1L)), ("a negative scalar", Tensor.Scalar(-1L)), ("the first", Tensor.Scalar(0L)),
            ("a list of one", Tensor.Vector(1L)),
            ("a matrix of one", Tensor.From([1L], 1, 1)), ("a list", Tensor.Vector(2L, 0L)), ("repeated", Tensor.Vector(1L, 1L, 0L, 1L)),
            ("negative", Tensor.Vector(-1L, 0L, -3L)), ("a matrix", Tensor.From([0L, 2L, 2L, 1L, -1L, 0L], 2, 3)),
            ("32-bit", Tensor.Vector(2, 1)),
        ];
        foreach (var axis in (long[])[0, 1, -1])
            foreach (var (label, indices) in picks)
                yield return new RuleCase("Gather", $"{label} along axis {axis}", Any(3, 3, 3), Fixed(indices))
                {
                    Attributes = Attributes.Of(("axis", axis)),
                    IsMultilinear = true,
                };
        yield return new RuleCase("Gather", "of a vector", Any(5), Fixed(Tensor.Vector(4L, 0L, 4L))) { IsMultilinear = true };
        yield return new RuleCase("Gather", "one of a vector", Any(5), Fixed(Tensor.Scalar(3L))) { IsMultilinear = true };
    }

    private static IEnumerable<RuleCase> GatherElements()
    {
        var indices = Fixed(Tensor.From([0L, 2L, 1L, 1L, -1L, 0L], 2, 3));
        foreach (var axis in (long[])[0, 1, -1])
            yield return new RuleCase("GatherElements", $"axis {axis}", Any(3, 3), indices)
            {
                Attributes = Attributes.Of(("axis", axis)),
                IsMultilinear = true,
            };
    }

    private static IEnumerable<RuleCase> Scatters()
    {
        var once = Fixed(Tensor.From([0L, 2L, 1L, 1L, -1L, 0L], 2, 3));
        var twice = Fixed(Tensor.From([0L, 2L, 2L, 1L, 0L, 1L], 2, 3));
        foreach (var axis in (long[])[1, -1])
        {
            yield return new RuleCase("ScatterElements", $"placed, axis {axis}", Any(3, 3), once, Any(2, 3))
            {
                Attributes = Attributes.Of(("axis", axis)),
                IsMultilinear = true,
            };
            yield return new RuleCase("ScatterElements", $"added, axis {axis}", Any(3, 3), twice, Any(2, 3))
            {
                Attributes = Attributes.Of(("axis", axis), ("reduction", "add")),
                IsMultilinear = true,
            };
        }
        yield return new RuleCase("ScatterElements", "added, axis 0", Any(3, 3), twice, Any(2, 3))
        {
            Attributes = Attributes.Of(("reduction", "add")),
            IsMultilinear = true,
        };
        yield return new RuleCase("ScatterElements", "placed in a constant", Any(3, 3).AsConstant, once, Any(2, 3))
        {
            Attributes = Attributes.Of(("axis", 1)),
            IsMultilinear = true,
        };
        // The ends of a range are numbers too: off and on.
        foreach (var axis in (long[])[-1, 0])
            yield return new RuleCase("OneHot", $"its two numbers, axis {axis}", Fixed(Tensor.Vector(2L, 0L, -1L)),
                Fixed(Tensor.Scalar(3L)), Any(2))
            {
                Attributes = Attributes.Of(("axis", axis)),
                IsMultilinear = true,
            };
    }
}
