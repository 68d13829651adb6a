using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Differentiation.Relevance;

/// <summary>Relevance through products and quotients; see <see cref="RelevanceRules.Product"/>.</summary>
internal static class Products
{
    /// <summary>As AttnLRP has it; see <see cref="RelevanceRules.Signals"/>.</summary>
    public static Value? Signals(Adjoint a, double epsilon)
    {
        if (a.Input > 1 || a.Node.OperatorType == "Div" || a.X.Constant is not null || a.At(1 - a.Input).Constant is not null)
            return Propagate(a, epsilon);
        if (a.Node.OperatorType is "MatMul" or "Einsum")
            return RelevanceRules.Normed(a, 0.5, epsilon);
        return a.Node.OperatorType == "Mul" && !IsGate(a.X) && !IsGate(a.At(1 - a.Input)) && a.X.Shape.Equals(a.Y.Shape) ? a.Dy * 0.5
            : Propagate(a, epsilon);
    }

    public static Value? Propagate(Adjoint a) => Propagate(a, RelevanceRules.Small);

    /// <summary>The same with an ε of its own.</summary>
    /// <param name="a">The product.</param>
    /// <param name="epsilon">What keeps sums from 0.</param>
    /// <param name="halves">Whether each of two signals gets exactly half, element by element.</param>
    public static Value? Propagate(Adjoint a, double epsilon, bool halves = false)
    {
        if (a.Node.OperatorType == "Div")
            return a.Input == 0 ? a.Dy : null;
        if (a.Input > 1)
            return RelevanceRules.Normed(a, epsilon: epsilon);
        var other = a.At(1 - a.Input);
        if (other.Constant is { } constant)
            return a.Node.OperatorType == "Mul" && constant.Opaque is null && !constant.ToDouble().Contains(0) ? a.Dy
                : RelevanceRules.Normed(a, epsilon: epsilon);
        return (IsGate(a.X), IsGate(other)) switch
        {
            (true, false) => null,
            (false, true) when a.Node.OperatorType == "Mul" && a.X.Shape.Equals(a.Y.Shape) => a.Dy,
            (false, true) => RelevanceRules.Normed(a, epsilon: epsilon),
            _ when halves && a.Node.OperatorType == "Mul" && a.X.Shape.Equals(a.Y.Shape) => a.Dy * 0.5,
            _ => RelevanceRules.Normed(a, 0.5, epsilon),
        };
    }

    /// <summary>
    /// Whether a value only weighs another: it lies between bounds, being made by a sigmoid, a softmax or the like, perhaps
    /// scaled, shifted and reshaped by constants. A tanh counts only when it is shifted, as in a GELU, for in a recurrent cell
    /// it carries the signal.
    /// </summary>
    private static bool IsGate(Value value)
    {
        var shifted = false;
        while (value.Producer is { Domain: "" } node)
        {
            switch (node.OperatorType)
            {
                case "Sigmoid" or "HardSigmoid" or "Softmax":
                    return true;
                case "Erf" or "Tanh":
                    return shifted;
                case "Clip" when node.Inputs.Count == 3 && node.Inputs[1]?.Constant is not null && node.Inputs[2]?.Constant is not null:
                    // A hard sigmoid spelled out, clip(x + 3, 0, 6)/6; without the shift it is a ReLU6, which carries the signal.
                    return node.Inputs[0]!.Producer is { OperatorType: "Add", Domain: "" } shift
                        && shift.Inputs.Any(i => i!.Constant is { Count: 1 });
                case "Add" or "Sub" or "Mul" or "Div"
                    when node.Inputs.FirstOrDefault(i => i!.Constant is null) is { } inner && node.Inputs.Any(i => i!.Constant is not null):
                    shifted |= node.OperatorType is "Add" or "Sub";
                    value = inner;
                    break;
                case "Where":
                    value = node.Inputs[1]!.Constant is null ? node.Inputs[1]! : node.Inputs[2]!;
                    break;
                // What only moves the elements of its first input.
                case var _ when node.Facts is { Kind: OperatorKind.Movement, Sign: NotNegative.AsFirst }:
                    value = node.Inputs[0]!;
                    break;
                default:
                    return false;
            }
        }
        return false;
    }
}
