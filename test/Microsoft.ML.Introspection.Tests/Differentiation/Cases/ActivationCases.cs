using Microsoft.ML.Introspection.Onnx;
using static Microsoft.ML.Introspection.Tests.Differentiation.Operand;

namespace Microsoft.ML.Introspection.Tests.Differentiation.Cases;

/// <summary>Activations, on both sides of their kinks.</summary>
internal static class ActivationCases
{
    // None of the kinks of the activations below (0, ±½, ±0.7, ±1, ±2.5, ±3) is nearer than two steps.
    private static readonly Operand X = Of([-3.4, -2.1, -1.3, -0.6, -0.3, -0.1, 0.2, 0.4, 0.8, 1.4, 2.2, 3.6], 3, 4);

    public static IEnumerable<RuleCase> All => [.. Plain(), .. WithParameters(), .. Swishes(), .. Slopes(), .. AlongAxis()];

    private static IEnumerable<RuleCase> Plain() =>
        from name in ("Relu LeakyRelu ThresholdedRelu Elu Celu Selu Sigmoid Tanh Softplus Softsign HardSigmoid HardSwish Gelu Mish "
            + "Shrink").Split(' ')
        select new RuleCase(name, "as it is", X) { Result = name == "Shrink" ? Shape.Of(3, 4) : null, IsAlwaysSingle = name == "Shrink" };

    private static IEnumerable<RuleCase> WithParameters() =>
        from entry in ((string Operator, Attributes Attributes)[])
        [
            ("LeakyRelu", Attributes.Of(("alpha", 0.3f))),
            ("ThresholdedRelu", Attributes.Of(("alpha", 0.5f))),
            ("Elu", Attributes.Of(("alpha", 0.7f))),
            ("Celu", Attributes.Of(("alpha", 1.7f))),
            ("Selu", Attributes.Of(("alpha", 1.2f), ("gamma", 0.8f))),
            ("HardSigmoid", Attributes.Of(("alpha", 1f / 6), ("beta", 0.5f))),
            ("HardSigmoid", Attributes.Of(("alpha", 0.5f), ("beta", 0.4f))),
            ("Gelu", Attributes.Of(("approximate", "tanh"))),
            ("Gelu", Attributes.Of(("approximate", "none"))),
            ("Shrink", Attributes.Of(("lambd", 0.7f), ("bias", 0.25f))),
        ]
        select new RuleCase(entry.Operator, entry.Attributes.ToString(), X)
        {
            Attributes = entry.Attributes,
            Result = entry.Operator == "Shrink" ? Shape.Of(3, 4) : null,
            IsAlwaysSingle = entry.Operator == "Shrink",
        };

    // Of operator set 24, which is newer than some ONNX Runtimes.
    private static IEnumerable<RuleCase> Swishes() =>
        from alpha in (float[])[1, 1.7f]
        select new RuleCase("Swish", $"alpha {alpha}", X)
        {
            Attributes = Attributes.Of(("alpha", alpha)),
            Result = Shape.Of(3, 4),
            Equivalent = x => x * (alpha * x).Sigmoid(),
        };

    private static IEnumerable<RuleCase> Slopes()
    {
        foreach (var slope in (long[][])[[], [1], [3, 1, 1], [3, 2, 2], [1, 3, 2, 2], [2]])
            yield return new RuleCase("PRelu", $"slopes {Lists.Text(slope)}", Any(2, 3, 2, 2), Positive(slope));
        yield return new RuleCase("PRelu", "constant slopes", Any(2, 3, 2, 2), Positive(3, 1, 1).AsConstant);
    }

    private static IEnumerable<RuleCase> AlongAxis()
    {
        foreach (var name in (string[])["Softmax", "LogSoftmax"])
        {
            yield return new RuleCase(name, "last axis", Any(2, 4));
            foreach (var axis in (long[])[0, 1, 2, -1, -2])
                yield return new RuleCase(name, $"axis {axis} of three", Any(2, 3, 2)) { Attributes = Attributes.Of(("axis", axis)) };
        }
    }
}
