using Microsoft.ML.Introspection.Onnx;
using static Microsoft.ML.Introspection.Tests.Differentiation.Operand;

namespace Microsoft.ML.Introspection.Tests.Differentiation.Cases;

/// <summary>Sequences turned round, patches, crops, unpooling, choices.</summary>
internal static class RearrangingCases
{
    public static IEnumerable<RuleCase> All => [.. Turned(), .. Unpooled(), .. Cropped(), .. Patches(), .. Chosen()];

    private static IEnumerable<RuleCase> Turned()
    {
        foreach (var (time, batch) in ((long, long)[])[(0, 1), (1, 0)])
            yield return new RuleCase("ReverseSequence", $"along axis {time}", Any(3, 3, 2), Fixed(Tensor.Vector(3L, 1L, 2L)))
            {
                Attributes = Attributes.Of(("time_axis", time), ("batch_axis", batch)),
                IsMultilinear = true,
            };
    }

    private static IEnumerable<RuleCase> Unpooled()
    {
        yield return new RuleCase("MaxUnpool", "planes", Any(1, 2, 2, 2), Fixed(Tensor.From([0L, 3, 9, 14, 17, 18, 24, 31], 1, 2, 2, 2)))
        {
            Attributes = Attributes.Of(("kernel_shape", (long[])[2, 2]), ("strides", (long[])[2, 2])),
            Result = Shape.Of(1, 2, 4, 4),
            IsMultilinear = true,
        };
    }

    private static IEnumerable<RuleCase> Cropped()
    {
        foreach (var wanted in (long[][])[[2, 7], [5, 2], [1, 1], [4, 5], [3, 4]])
            yield return new RuleCase("CenterCropPad", string.Join('×', wanted), Any(3, 4, 2), Integers(wanted))
            {
                Attributes = Attributes.Of(("axes", (long[])[0, 1])),
                Result = Shape.Of([.. wanted, 2]),
                IsMultilinear = true,
            };
    }

    private static IEnumerable<RuleCase> Patches()
    {
        yield return new RuleCase("Col2Im", "apart", Any(1, 5, 5), Integers(5, 5), Integers(1, 5)) { Result = Shape.Of(1, 1, 5, 5),
            IsMultilinear = true };
        yield return new RuleCase("Col2Im", "overlapping, padded", Any(2, 8, 12), Integers(5, 2), Integers(2, 2))
        {
            Attributes = Attributes.Of(("pads", (long[])[0, 1, 0, 1]), ("strides", (long[])[1, 1])),
            Result = Shape.Of(2, 2, 5, 2),
            IsMultilinear = true,
        };
        yield return new RuleCase("Col2Im", "strides and dilations", Any(1, 4, 6), Integers(7, 5), Integers(2, 2))
        {
            Attributes = Attributes.Of(("strides", (long[])[2, 2]), ("dilations", (long[])[2, 1])),
            Result = Shape.Of(1, 1, 7, 5),
            IsMultilinear = true,
        };
    }

    private static IEnumerable<RuleCase> Chosen()
    {
        var choice = Fixed(Tensor.Vector(false, true, true));
        yield return new RuleCase("Compress", "along an axis", Any(2, 3, 2), choice) { Attributes = Attributes.Of(("axis", 1)),
            Result = Shape.Of(2, 2, 2), IsMultilinear = true };
        yield return new RuleCase("Compress", "of all elements", Any(2, 3), choice) { Result = Shape.Of(2), IsMultilinear = true };
    }
}
