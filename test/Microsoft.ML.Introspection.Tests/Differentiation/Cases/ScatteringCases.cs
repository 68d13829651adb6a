using Microsoft.ML.Introspection.Onnx;
using static Microsoft.ML.Introspection.Tests.Differentiation.Operand;

namespace Microsoft.ML.Introspection.Tests.Differentiation.Cases;

/// <summary>Elements and slices picked and placed by coordinates, with every reduction; the largest and smallest.</summary>
internal static class ScatteringCases
{
    public static IEnumerable<RuleCase> All => [.. Gathered(), .. ByCoordinates(), .. ByElement(), .. Winners()];

    private static IEnumerable<RuleCase> Gathered()
    {
        (string Label, Tensor Indices, long Batch)[] picks =
        [
            ("elements", Tensor.From([0L, 2, 1, 1, 0, 1, -1, 0, -1], 3, 3), 0),
            ("an element twice", Tensor.From([1L, 1, 1, 1, 1, 1], 2, 3), 0),
            ("rows", Tensor.From([1L, 2, 0, 0], 2, 2), 0), ("slices", Tensor.From([1L, 0, 1], 3, 1), 0),
            ("a matrix of picks", Tensor.From([1L, 2, 0, 0, 1, -1, 0, 1], 2, 2, 2), 0),
            ("one batch axis", Tensor.From([2L, 1], 2, 1), 1),
            ("one batch axis, elements", Tensor.From([2L, 1, 0, -2, 2, 1, 0, 0], 2, 2, 2), 1),
            ("one batch axis, one twice", Tensor.From([2L, 2, 0, 1], 2, 2, 1), 1),
            ("two batch axes", Tensor.From([1L, 0, 1, -1, 0, 1], 2, 3, 1), 2),
        ];
        foreach (var (label, indices, batch) in picks)
            yield return new RuleCase("GatherND", label, Any(2, 3, 2), Fixed(indices)) { Attributes = Attributes.Of(("batch_dims", batch)),
                IsMultilinear = true };
    }

    private static IEnumerable<RuleCase> ByCoordinates()
    {
        var once = Fixed(Tensor.From([1L, 2, 0, 0], 2, 2));
        var twice = Fixed(Tensor.From([1L, 2, 0, 0, 1, 2], 3, 2));
        yield return new RuleCase("ScatterND", "placed", Any(2, 3, 2), once, Any(2, 2)) { IsMultilinear = true };
        yield return new RuleCase("ScatterND", "slices placed", Any(2, 3, 2), Fixed(Tensor.From([-1L], 1, 1)),
            Any(1, 3, 2)) { IsMultilinear = true };
        foreach (var reduction in (string[])["add", "mul", "min", "max"])
            yield return new RuleCase("ScatterND", reduction, Distinct(2, 3, 2), twice,
                Of([0.6, -0.3, 0.45, -0.9, 1.05, 0.15], 3, 2)) { Attributes = Attributes.Of(("reduction", reduction)) };
    }

    private static IEnumerable<RuleCase> ByElement()
    {
        var twice = Fixed(Tensor.From([0L, 2, 2, 1, 0, 1], 2, 3));
        foreach (var reduction in (string[])["mul", "min", "max"])
            foreach (var axis in (long[])[0, 1])
                yield return new RuleCase("ScatterElements", $"{reduction}, axis {axis}", Distinct(3, 3), twice,
                    Of([0.6, -0.3, 0.45, -0.9, 1.05, 0.15], 2, 3)) { Attributes = Attributes.Of(("axis", axis), ("reduction", reduction)) };
    }

    private static IEnumerable<RuleCase> Winners()
    {
        foreach (var largest in (bool[])[true, false])
            foreach (var axis in (long[])[-1, 0, 1])
                yield return new RuleCase("TopK", $"{(largest ? "largest" : "smallest")}, axis {axis}", Distinct(3, 4, 3), Integers(2))
                {
                    Attributes = Attributes.Of(("axis", axis), ("largest", largest)),
                    Outputs = 2,
                    Unused = [1],
                };
        yield return new RuleCase("TopK", "unsorted", Distinct(2, 5), Integers(3)) { Attributes = Attributes.Of(("sorted", 0)), Outputs = 2,
            Unused = [1] };
    }
}
