using Microsoft.ML.Introspection.Onnx;
using static Microsoft.ML.Introspection.Tests.Differentiation.Operand;

namespace Microsoft.ML.Introspection.Tests.Differentiation.Cases;

/// <summary>Normalisation by the data's own statistics.</summary>
internal static class NormalizationCases
{
    public static IEnumerable<RuleCase> All =>
        [.. Layers(), .. Instances(), .. Groups(), .. RootMeanSquares(), .. Norms(), .. MeansAndVariances(), .. LocalResponses()];

    private static IEnumerable<RuleCase> Layers()
    {
        foreach (var (axis, extents) in ((long, long[])[])[(-1, [4]), (1, [3, 4]), (0, [2, 3, 4]), (-2, [3, 4])])
        {
            yield return new RuleCase("LayerNormalization", $"axis {axis}", Any(2, 3, 4), Any(extents), Any(extents))
            {
                Attributes = Attributes.Of(("axis", axis)),
                Result = Shape.Of(2, 3, 4),
            };
            yield return new RuleCase("LayerNormalization", $"axis {axis}, no bias", Any(2, 3, 4), Any(extents).AsConstant)
            {
                Attributes = Attributes.Of(("axis", axis), ("epsilon", 0.1f)),
                Result = Shape.Of(2, 3, 4),
            };
        }
        yield return new RuleCase("LayerNormalization", "mean and deviation too", Any(2, 3, 4), Any(4), Any(4))
        {
            Results = [Shape.Of(2, 3, 4), Shape.Of(2, 3, 1), Shape.Of(2, 3, 1)],
        };
    }

    private static IEnumerable<RuleCase> Instances()
    {
        foreach (var extents in (long[][])[[2, 3, 5], [2, 2, 3, 2], [1, 2, 2, 2, 2]])
            yield return new RuleCase("InstanceNormalization", $"rank {extents.Length}", Any(extents), Any(extents[1]), Any(extents[1]))
            {
                Attributes = Attributes.Of(("epsilon", 0.01f)),
                Result = Shape.Of(extents),
            };
    }

    private static IEnumerable<RuleCase> Groups()
    {
        foreach (var groups in (long[])[1, 2, 4])
            yield return new RuleCase("GroupNormalization", $"{groups} groups", Any(2, 4, 3, 2), Any(4), Any(4))
            {
                Attributes = Attributes.Of(("num_groups", groups), ("epsilon", 0.01f)),
                IsAlwaysSingle = true,
                Result = Shape.Of(2, 4, 3, 2),
            };
    }

    private static IEnumerable<RuleCase> RootMeanSquares()
    {
        foreach (var (axis, extents) in ((long, long[])[])[(-1, [4]), (1, [3, 4])])
            yield return new RuleCase("RMSNormalization", $"axis {axis}", Any(2, 3, 4), Any(extents))
            {
                Attributes = Attributes.Of(("axis", axis), ("epsilon", 0.01f)),
                Result = Shape.Of(2, 3, 4),
                Opset = 23,
            };
    }

    private static IEnumerable<RuleCase> Norms()
    {
        foreach (var p in (long[])[1, 2])
            foreach (var axis in (long[])[-1, 0, 1])
                yield return new RuleCase("LpNormalization", $"p {p}, axis {axis}", Any(2, 3, 4))
                {
                    Attributes = Attributes.Of(("p", p), ("axis", axis)),
                    Result = Shape.Of(2, 3, 4),
                };
    }

    private static IEnumerable<RuleCase> MeansAndVariances()
    {
        yield return new RuleCase("MeanVarianceNormalization", "as it is", Any(2, 3, 2, 3)) { Result = Shape.Of(2, 3, 2, 3) };
        yield return new RuleCase("MeanVarianceNormalization", "across channels", Any(1, 2, 2, 2))
        {
            Attributes = Attributes.Of(("axes", (long[])[0, 1, 2, 3])),
            Result = Shape.Of(1, 2, 2, 2),
        };
    }

    private static IEnumerable<RuleCase> LocalResponses()
    {
        foreach (var size in (long[])[1, 3, 5])
            yield return new RuleCase("LRN", $"over {size} channels", Any(2, 6, 2, 2))
            {
                Attributes = Attributes.Of(("size", size), ("alpha", 0.9f), ("beta", 0.6f), ("bias", 1.5f)),
                Result = Shape.Of(2, 6, 2, 2),
            };
        yield return new RuleCase("LRN", "as it is", Any(1, 4, 3, 2)) { Attributes = Attributes.Of(("size", 3)),
            Result = Shape.Of(1, 4, 3, 2) };
    }
}
