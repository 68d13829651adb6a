using Microsoft.ML.Introspection.Differentiation.Relevance;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Differentiation.Rules;

/// <summary>Elementwise arithmetic. Broadcasting is undone by the loop that calls these.</summary>
internal static class Arithmetic
{
    public static readonly Dictionary<string, BackwardRule> Rules = new()
    {
        ["Identity"] = a => a.Dy,
        ["Dropout"] = Dropout,
        ["Add"] = a => a.Dy,
        ["Sum"] = a => a.Dy,
        ["Mean"] = a => a.Dy / a.Node.Inputs.Count,
        ["Sub"] = a => a.Input == 0 ? a.Dy : -a.Dy,
        ["Neg"] = a => -a.Dy,
        ["Mul"] = a => a.Dy * a.At(1 - a.Input),
        ["Div"] = a => Counted(a, a.Input == 0 ? a.Dy / a.At(1) : -a.Dy * a.Y / a.At(1), a.At(1)),
        ["Reciprocal"] = a => Counted(a, -a.Dy * a.Y * a.Y, a.X),
        ["Pow"] = Pow,
        ["Sqrt"] = a => a.Dy * 0.5 / (Signs.IsPositive(a.Y) ? a.Y : a.Y.Maximum(a.Y.Like(Math.Sqrt(Smallest(a.Y.Type))))),
        ["Exp"] = a => Signs.IsBounded(a.X) ? a.Dy * a.Y : Counted(a, a.Dy * a.Y),
        ["Log"] = a => Counted(a, a.Dy / a.X, a.X),
        ["Abs"] = a => a.Dy * a.X.Sign(),
        ["Erf"] = a => a.Dy * (2 / Math.Sqrt(Math.PI)) * (-(a.X * a.X)).Exp(),
        ["Sin"] = a => a.Dy * a.X.Cos(),
        ["Cos"] = a => -a.Dy * a.X.Sin(),
        ["Tan"] = a => a.Dy * (1 + a.Y * a.Y),
        ["Asin"] = a => Counted(a, a.Dy / (1 - a.X * a.X).Sqrt()),
        ["Acos"] = a => Counted(a, -a.Dy / (1 - a.X * a.X).Sqrt()),
        ["Atan"] = a => a.Dy / (1 + a.X * a.X),
        ["Sinh"] = a => Counted(a, a.Dy * Operators.Emit("Cosh", a.X)),
        ["Cosh"] = a => Counted(a, a.Dy * Operators.Emit("Sinh", a.X)),
        ["Asinh"] = a => a.Dy / (a.X * a.X + 1).Sqrt(),
        ["Acosh"] = a => Counted(a, a.Dy / (a.X * a.X - 1).Sqrt()),
        ["Atanh"] = a => Counted(a, a.Dy / (1 - a.X * a.X)),
        ["Max"] = Extreme,
        ["Min"] = Extreme,
        ["Mod"] = a => a.Input == 0 ? a.Dy : -a.Dy * ((a.At(0) - a.Y) / a.At(1)),
        ["Where"] = a => a.Input == 1 ? a.At(0).Where(a.Dy, a.Dy.Like(0)) : a.At(0).Where(a.Dy.Like(0), a.Dy),
        ["Range"] = Range,
        ["Cast"] = Cast,
        ["CastLike"] = a => a.Input == 0 ? Cast(a) : null,
        ["Clip"] = Clip,
    };

    // Where nothing is asked of a result, its operands get nothing, however steep it is there: 0·∞ is 0 here. What cannot vanish is left
    // as it is.
    private static Value Counted(Adjoint a, Value gradient, Value? steepAtZero = null)
    {
        if (steepAtZero is not null && Signs.IsPositive(steepAtZero) || IsNever0(steepAtZero) || IsNever0(a.Dy))
            return gradient;
        return UntakenBranches.Asked(a.Dy, gradient);

        static bool IsNever0(Value? value) => value?.Constant is { Opaque: null } constant && !constant.ToDouble().Contains(0);
    }

    // Roots are infinitely steep at 0, where norms and deviations meet slopes of 0: as steep as at the smallest number is steep enough.
    private static double Smallest(ElementType type) => type switch
    {
        ElementType.Double => 2.2250738585072014e-308,
        ElementType.Float16 => 5.960464477539063e-8,
        _ => 1.1754943508222875e-38,
    };

    // In training it draws what it drops, anew at every run.
    private static Value? Dropout(Adjoint a) => a.Input != 0 ? null
        : a.Given(2) is null || a.At(2).Constant is { } training && training.ToDouble() is [0] ? a.Dy
        : throw new UnsupportedOperatorException($"The {a.Node.Describe()} is in training mode. Export the network for inference.");

    // Integers get a gradient only where they stand for real numbers, and it is a real number.
    private static Value Cast(Adjoint a) => a.X.Type.IsFloating() ? a.Dy.Cast(a.X.Type) : a.Dy;

    // d xᵖ = p·xᵖ⁻¹ dx + xᵖ·ln x dp
    private static Value Pow(Adjoint a)
    {
        var (x, exponent) = (a.At(0), a.At(1));
        if (a.Input == 1)
        {
            // Where the base is 0 the power does not change with a positive exponent.
            var safe = x.EqualTo(x.Like(0)).Where(x.Like(1), x);
            return Counted(a, a.Dy * a.Y * safe.Log().Cast(a.Y.Type));
        }
        if (exponent.Constant is { Count: 1 } constant)
        {
            var p = constant.ToDouble()[0];
            if (p is > 0 and < 1 && !Signs.IsPositive(x))
                x = x.Maximum(x.Like(Smallest(x.Type)));
            return p == 0 ? a.Dy * 0 : p > 0 ? a.Dy * p * x.Pow(p - 1) : Counted(a, a.Dy * p * x.Pow(p - 1), x);
        }
        var power = exponent.Cast(x.Type);
        // The exponent 0 gives 0 whatever the base, where 0·0⁻¹ would not be a number.
        var lowered =
            exponent.Constant?.ToDouble().Contains(0) == false ? power - 1 : power.EqualTo(power.Like(0)).Where(power.Like(1), power - 1);
        return Counted(a, a.Dy * power * x.Pow(lowered));
    }

    // start + i·delta; where it ends changes only how many there are.
    private static Value? Range(Adjoint a) => a.Input switch
    {
        0 => a.Dy.ReduceSum([0], keepDimensions: false),
        2 => (a.Dy * ((a.Y - a.At(0)) / a.At(2))).ReduceSum([0], keepDimensions: false),
        _ => null,
    };

    // Operands that tie share the gradient, so that the shares of all sum to it.
    private static Value Extreme(Adjoint a)
    {
        var inputs = a.Node.Inputs.Select(i => i!).ToList();
        if (inputs.Count == 1)
            return a.Dy;
        var chosen = a.X.EqualTo(a.Y).AsNumber(a.Y.Type);
        var count = inputs.Select(i => i.EqualTo(a.Y).AsNumber(a.Y.Type)).Aggregate((sum, i) => sum + i);
        return a.Dy * chosen / count;
    }

    // Inside the bounds, the bounds themselves counted, the gradient passes; outside it belongs to the bound (of two crossed, the upper).
    private static Value Clip(Adjoint a)
    {
        var (x, low, high) = (a.At(0), a.Given(1), a.Given(2));
        var below = low is null ? null : x.Less(low);
        var isOrdered = low is null || low.Constant is { } least && high?.Constant is { } most && least.ToDouble()[0] <= most.ToDouble()[0];
        var above = high is null ? null : (isOrdered ? x : x.Maximum(low!)).Greater(high);
        var zero = a.Dy.Like(0);
        if (a.Input == 1)
            return above is null ? below!.Where(a.Dy, zero) : above.Where(zero, below!.Where(a.Dy, zero));
        if (a.Input == 2)
            return above!.Where(a.Dy, zero);
        var inside = below is null ? a.Dy : below.Where(zero, a.Dy);
        return above is null ? inside : above.Where(zero, inside);
    }
}
