using System.Runtime.CompilerServices;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Differentiation.Relevance;

/// <summary>
/// What can be told of the sign of a value from how it is made. Behind a ReLU half of many relevance rules is nothing, and
/// need not be computed.
/// </summary>
internal static class Signs
{
    private const int Depth = 24;

    private static readonly ConditionalWeakTable<Tensor, StrongBox<bool>> Constants = [];

    /// <summary>Whether no element can be below 0.</summary>
    public static bool IsNeverNegative(Value value) => IsNeverNegative(value, Depth);

    /// <summary>Whether every element is above 0, as far as it can be told.</summary>
    public static bool IsPositive(Value value)
    {
        if (value.Constant is { } constant)
            return constant is { Opaque: null, Count: <= 4096 } && Array.TrueForAll(constant.ToDouble(), v => v > 0);
        return value.OutputIndex == 0 && value.Producer is { Domain: "" } node && node.OperatorType switch
        {
            "Sqrt" or "Identity" or "Cast" or "Reshape" or "Expand" => IsPositive(node.Inputs[0]!),
            "Add" or "Max" => Enumerable.Range(0, 2).Any(i => IsPositive(node.Inputs[i]!)
                && (node.OperatorType == "Max" || IsNeverNegative(node.Inputs[1 - i]!))),
            "Clip" => node.Inputs.ElementAtOrDefault(1) is { } low && IsPositive(low)
                && (node.Inputs.ElementAtOrDefault(2) is not { } high || IsPositive(high)),
            _ => false,
        };
    }

    /// <summary>Whether no element can be far above 0, as far as it can be told: numbers less their maximum, or minus a square.</summary>
    public static bool IsBounded(Value value) => value.Constant is not null || value.Producer is { Domain: "" } node
        && node.OperatorType switch
    {
        "Neg" => IsNeverNegative(node.Inputs[0]!),
        "Sub" => node.Inputs[1]!.Producer is { OperatorType: "ReduceMax" } most && most.Inputs[0] == node.Inputs[0],
        "Mul" or "Div" => node.Inputs.Any(i => i!.Constant is { Opaque: null } factor && Array.TrueForAll(factor.ToDouble(), f => f <= 0))
            && node.Inputs.Any(i => i!.Constant is null && IsNeverNegative(i)),
        _ => false,
    };

    /// <summary>max(x, 0), or the value itself where that is the same.</summary>
    public static Value Positive(Value x) => IsNeverNegative(x) ? x : x.Relu();

    /// <summary>min(x, 0), or null where that is nothing.</summary>
    public static Value? Negative(Value x) => IsNeverNegative(x) ? null : x.Minimum(x.Like(0));

    /// <summary>
    /// A denominator kept from 0: z + ε·sign(z) with sign(0) = 1. With ε = 0 only zeros are replaced, by 1, for a share of
    /// nothing is nothing.
    /// </summary>
    public static Value Stabilised(Value z, double epsilon)
    {
        if (epsilon == 0)
            return z.EqualTo(z.Like(0)).Where(z.Like(1), z);
        return IsNeverNegative(z) ? z + epsilon : z + z.Less(0).Where(z.Like(-epsilon), z.Like(epsilon));
    }

    private static bool IsNeverNegative(Value value, int depth)
    {
        if (value.Constant is { } constant)
            return constant.Opaque is null
                && Constants.GetValue(constant, c => new StrongBox<bool>(Array.TrueForAll(c.ToDouble(), v => v >= 0))).Value;
        if (value.Producer is not { Domain: "" } node || depth == 0 || value.OutputIndex != 0)
            return false;
        return node.Facts?.Sign switch
        {
            // Squares.
            _ when node.OperatorType == "Mul" && node.Inputs[0] == node.Inputs[1] => true,
            _ when node.OperatorType == "Pow" => node.Inputs[1]!.Constant is { Count: 1 } power && power.ToDouble()[0] % 2 == 0,
            NotNegative.Always => true,
            NotNegative.AsFirst => Is(0),
            // What is below 0 is brought up to the lower bound, and then down to the upper.
            NotNegative.AsFirstOrBound => (Is(0) || Given(1) && Is(1)) && (!Given(2) || Is(2)),
            NotNegative.AsAny => Enumerable.Range(0, node.Inputs.Count).Any(Is),
            NotNegative.AsAll => Enumerable.Range(0, node.Inputs.Count).All(i => !Given(i) || Is(i))
                && node.Attributes.Float("alpha", 1) >= 0 && node.Attributes.Float("beta", 1) >= 0,
            _ => false,
        };

        bool Given(int input) => node.Inputs.ElementAtOrDefault(input) is not null;

        bool Is(int input) => IsNeverNegative(node.Inputs[input]!, depth - 1);
    }
}
