using Microsoft.ML.Introspection.Onnx;
using static Microsoft.ML.Introspection.Tests.Differentiation.Operand;

namespace Microsoft.ML.Introspection.Tests.Differentiation.Cases;

/// <summary>Arithmetic, element by element, with every kind of broadcasting.</summary>
internal static class ElementwiseCases
{
    private static readonly (long[] Left, long[] Right)[] Pairs =
    [
        ([2, 3], [2, 3]), ([2, 3], []), ([], [2, 3]), ([2, 3, 4], [4]), ([2, 3, 4], [3, 1]), ([3, 1], [2, 3, 4]),
        ([2, 1, 4], [3, 1]), ([1, 3], [2, 1]), ([1], [2, 2]), ([2, 2], [1, 1, 1, 2]), ([2, 1], [2, 1]),
    ];

    public static IEnumerable<RuleCase> All =>
    [
        .. Unary(), .. Binary(), .. Variadic(), .. Powers(), .. Clips(), .. Choices(), .. Casts(),
    ];

    private static IEnumerable<RuleCase> Unary()
    {
        foreach (var name in "Abs Asinh Atan Cos Cosh Erf Exp Identity Neg Reciprocal Sin Sinh".Split(' '))
            yield return new RuleCase(name, "both signs", Any(2, 3));
        foreach (var name in "Log Sqrt Reciprocal".Split(' '))
            yield return new RuleCase(name, "positive", Positive(2, 3));
        foreach (var name in "Acos Asin Atanh Tan".Split(' '))
            yield return new RuleCase(name, "inside (-0.8, 0.8)", Between(-0.8, 0.8, 2, 3));
        yield return new RuleCase("Acosh", "above 1", Between(1.3, 3, 2, 3));
        yield return new RuleCase("Identity", "a scalar", Any());
        yield return new RuleCase("Dropout", "in inference", Any(2, 3)) { Unused = [1] };
        yield return new RuleCase("Dropout", "in inference, a ratio given", Any(2, 3), Fixed(Tensor.Scalar(0.3f)),
            Fixed(Tensor.Scalar(false)));
    }

    private static IEnumerable<RuleCase> Binary()
    {
        foreach (var (left, right) in Pairs)
        {
            var label = $"{Lists.Text(left)} with {Lists.Text(right)}";
            yield return new RuleCase("Add", label, Any(left), Any(right));
            yield return new RuleCase("Sub", label, Any(left), Any(right));
            yield return new RuleCase("Mul", label, Any(left), Any(right));
            yield return new RuleCase("Div", label, Any(left), Positive(right));
            yield return new RuleCase("Pow", label, Positive(left), Any(right));
            // Quotients stay clear of whole numbers, where the remainder jumps.
            yield return new RuleCase("Mod", label, Between(2.2, 2.8, left), Between(0.95, 1.05, right))
            {
                Attributes = Attributes.Of(("fmod", 1)),
            };
        }
        yield return new RuleCase("Div", "by negative numbers", Any(2, 3), Between(-2, -0.5, 3));
        yield return new RuleCase("Div", "of a constant", Any(2, 3).AsConstant, Positive(3));
        yield return new RuleCase("Mul", "by a constant", Any(2, 3), Any(3).AsConstant);
        yield return new RuleCase("Mod", "of negative numbers", Between(-2.8, -2.2, 4), Between(0.95, 1.05, 4))
        {
            Attributes = Attributes.Of(("fmod", 1)),
        };
    }

    private static IEnumerable<RuleCase> Variadic()
    {
        foreach (var name in (string[])["Sum", "Mean", "Max", "Min"])
        {
            yield return new RuleCase(name, "of one", Any(2, 3));
            yield return new RuleCase(name, "of two", Between(-1, 0.3, 2, 3), Between(0.5, 1, 2, 3));
            yield return new RuleCase(name, "of three, broadcast", Of([1.1, -0.7, 0.4, 2.3, -1.9, 0.2], 2, 3), Of([0.8, -0.3, 1.7], 3),
                Of([0.5, -1.2], 2, 1));
            yield return new RuleCase(name, "of four, one a constant", Of([1.1, -0.7], 2), Of([0.8, -0.3], 2), Of([0.6], 1).AsConstant,
                Of([-2.5]));
        }
    }

    private static IEnumerable<RuleCase> Powers()
    {
        foreach (var exponent in (double[])[-1.5, -1, 0, 0.5, 1, 2, 3, 2.5])
            yield return new RuleCase("Pow", $"exponent {exponent}", Positive(2, 3), Of([exponent]).AsConstant);
        foreach (var exponent in (double[])[-2, 1, 2, 3])
            yield return new RuleCase("Pow", $"exponent {exponent}, both signs", Any(2, 3), Of([exponent]).AsConstant);
        yield return new RuleCase("Pow", "integer exponent", Any(2, 3), Fixed(Tensor.Scalar(3L)));
        yield return new RuleCase("Pow", "integer exponents", Any(2, 3), Integers(1, 2, 3));
        yield return new RuleCase("Pow", "constant exponents", Positive(2, 3), Of([0.5, 2, -1], 3).AsConstant);
        yield return new RuleCase("Pow", "constant base", Positive(2, 3).AsConstant, Any(3));
        yield return new RuleCase("Pow", "a square at 0", Of([0, 1, -1], 3), Of([2]).AsConstant);
        yield return new RuleCase("Pow", "exponents 1 and 2 at 0", Of([0, 0], 2), Of([1, 2], 2).AsConstant);
        yield return new RuleCase("Pow", "exponent 0 at 0", Of([0, 1.5], 2), Of([0, 0], 2).AsConstant);
    }

    private static IEnumerable<RuleCase> Clips()
    {
        var x = Of([-1.5, -0.4, 0.3, 0.9, 2.1, -0.8], 2, 3);
        yield return new RuleCase("Clip", "two bounds", x, Of([-0.6]), Of([0.7]));
        yield return new RuleCase("Clip", "constant bounds", x, Of([-0.6]).AsConstant, Of([0.7]).AsConstant);
        yield return new RuleCase("Clip", "a lower bound", x, Of([-0.6]));
        yield return new RuleCase("Clip", "an upper bound", x, null, Of([0.7]));
        yield return new RuleCase("Clip", "no bound", x);
        yield return new RuleCase("Clip", "bounds that cross", x, Of([0.7]), Of([-0.6]));
        yield return new RuleCase("Clip", "constant bounds that cross", x, Of([0.7]).AsConstant, Of([-0.6]).AsConstant);
    }

    private static IEnumerable<RuleCase> Choices()
    {
        (long[] Condition, long[] Then, long[] Else)[] shapes =
        [
            ([2, 3], [2, 3], [2, 3]), ([3], [2, 3], []), ([2, 1], [3], [2, 3]), ([2, 3], [], []), ([], [2, 3], [3]),
            ([2, 1, 1], [3, 1], [4]),
        ];
        foreach (var (condition, then, otherwise) in shapes)
        {
            var truths = new bool[condition.Aggregate(1L, (p, d) => p * d)];
            for (var i = 0; i < truths.Length; i++)
                truths[i] = i % 3 != 1;
            yield return new RuleCase(
                "Where", $"{Lists.Text(condition)} chooses from {Lists.Text(then)} and {Lists.Text(otherwise)}",
                Fixed(Tensor.From(truths, condition)), Any(then), Any(otherwise));
        }
    }

    private static IEnumerable<RuleCase> Casts()
    {
        yield return new RuleCase("Cast", "to single precision", Any(2, 3))
        {
            Attributes = Attributes.Of(("to", (long)ElementType.Float)),
            IsMultilinear = true,
            IsAlwaysSingle = true,
        };
        yield return new RuleCase("Range", "start and step", Of([0.5]), Of([2.9]).AsConstant, Of([0.7])) { Result = Shape.Of(4) };
        yield return new RuleCase("CastLike", "to its own type", Any(2, 3), Any(1)) { Result = Shape.Of(2, 3) };
    }
}
