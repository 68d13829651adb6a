using System.Numerics.Tensors;
using Microsoft.ML.Introspection.Differentiation.Relevance;
using Microsoft.ML.Introspection.Onnx;
using Tensor = Microsoft.ML.Introspection.Onnx.Tensor;

namespace Microsoft.ML.Introspection.Differentiation;

/// <summary>
/// What a <c>Where</c> computes and leaves aside: the logarithm of 0, the softmax of a row that is masked wholly. It is no part of the
/// result, so it must be none of the gradient; but 0 times a slope that is infinite, or no number, is no number. Nodes that are found here
/// hand on exactly 0 where nothing is asked of them.
/// </summary>
internal static class UntakenBranches
{
    // Scores are masked by numbers that low. A Where that puts them in is no repair: what it leaves aside is ordinary.
    private const double Mask = -1e3;

    /// <summary>The nodes before a <c>Where</c> that may meet what is no finite number.</summary>
    /// <param name="path">The nodes that a gradient passes, in order.</param>
    /// <param name="before">These and all they are made of, in order.</param>
    /// <param name="known">Values that are known to be left aside in part.</param>
    public static HashSet<Node> Among(IReadOnlyList<Node> path, Func<IEnumerable<Node>> before, IEnumerable<Value> known)
    {
        var aside = new HashSet<Value>(known);
        var found = new HashSet<Node>();
        for (var i = path.Count - 1; i >= 0; i--)
        {
            var node = path[i];
            if (node.Outputs.Any(aside.Contains))
            {
                found.Add(node);
                aside.UnionWith(node.Inputs.OfType<Value>());
            }
            else if (IsWhere(node))
                aside.UnionWith(new[] { 1, 2 }.Where(side => !IsMask(node.Inputs[3 - side]!)).Select(side => node.Inputs[side]!));
        }
        if (found.Count == 0)
            return found;
        var wild = new HashSet<Value>();
        foreach (var node in before())
            if (IsWild(node, value => wild.Contains(value) || IsWild(value.Constant)))
                wild.UnionWith(node.Outputs.Where(o => o.Type.IsFloating()));
        found.RemoveWhere(n => !n.Outputs.Concat(n.Inputs).OfType<Value>().Any(v => wild.Contains(v) || IsWild(v.Constant)));
        return found;
    }

    /// <summary>A value in finite numbers, which times 0 are 0: those nearest to infinite ones, and 0 where there is none.</summary>
    public static Value Finite(Value value) => !value.Type.IsFloating() || value.Constant is { } constant && !IsWild(constant) ? value
        : value.EqualTo(value).Where(value.Clip(-Largest(value.Type), Largest(value.Type)), value.Like(0));

    /// <summary>What a value was before <see cref="Finite"/>; null where it has not been there.</summary>
    public static Value? Before(Value value) =>
        value.Producer is { OperatorType: "Where", Inputs: [{ Producer: { OperatorType: "Equal" } isNumber }, ..] }
            && isNumber.Inputs[0] == isNumber.Inputs[1] ? isNumber.Inputs[0] : null;

    /// <summary>The gradient that an element-wise node hands on, which is 0 where nothing is asked of it.</summary>
    public static Value Asked(Adjoint adjoint, Value gradient) =>
        adjoint.Node.Facts is { Kind: not (OperatorKind.Movement or OperatorKind.Sum) } facts && facts.Has(OperatorTraits.Elementwise)
            ? Asked(adjoint.Dy, gradient) : gradient;

    /// <summary>A gradient, and 0 where that of the result it belongs to is 0.</summary>
    public static Value Asked(Value dy, Value gradient) => dy.EqualTo(dy.Like(0)).Where(gradient.Like(0), gradient);

    private static bool IsWhere(Node node) => node is { OperatorType: "Where", Domain: "" } && node.Outputs[0].Type.IsFloating();

    private static double Largest(ElementType type) => type switch
    {
        ElementType.Double => double.MaxValue,
        ElementType.Float16 => (double)Half.MaxValue,
        ElementType.BFloat16 => 3.38953139e38,
        _ => float.MaxValue,
    };

    // Constants that switch positions off, perhaps in another type or spread.
    private static bool IsMask(Value value) => value.Constant is { } constant
        ? constant.Opaque is null && Array.TrueForAll(constant.ToDouble(), v => v <= Mask)
        : value.Producer is { Domain: "", OperatorType: "Cast" or "CastLike" or "Expand" or "Identity" or "Reshape" or "Unsqueeze" } node
            && IsMask(node.Inputs[0]!);

    private static bool IsWild(Tensor? constant) => constant is { Opaque: null } && constant.Type switch
    {
        ElementType.Float => !float.IsFinite(TensorPrimitives.SumOfMagnitudes(constant.As<float>())),
        ElementType.Double => !double.IsFinite(TensorPrimitives.SumOfMagnitudes(constant.As<double>())),
        ElementType.Float16 or ElementType.BFloat16 => !Array.TrueForAll(constant.ToDouble(), double.IsFinite),
        _ => false,
    };

    // Whether results may be infinite or no numbers, where the inputs that are floating may be only where it is said.
    private static bool IsWild(Node node, Func<Value, bool> isWild)
    {
        var inputs = node.Inputs;
        if (IsWhere(node))
            return Side(1) && (Side(2) || IsMask(inputs[1]!)) || Side(2) && IsMask(inputs[2]!);
        return inputs.Any(i => i is not null && isWild(i)) || node.Domain.Length > 0 || node.OperatorType switch
        {
            "Log" or "Reciprocal" => !Signs.IsPositive(inputs[0]!),
            "Div" => !Signs.IsPositive(inputs[1]!)
                && inputs[1]!.Constant is not { Opaque: null } || inputs[1]!.Constant?.ToDouble().Contains(0) == true,
            "Sqrt" => !Signs.IsNeverNegative(inputs[0]!),
            "Pow" => !Signs.IsPositive(inputs[0]!)
                && !(inputs[1]!.Constant is { Opaque: null } power && Array.TrueForAll(power.ToDouble(), p => p >= 0 && p % 1 == 0)),
            "Exp" or "Sinh" or "Cosh" or "Tan" or "Asin" or "Acos" or "Acosh" or "Atanh" or "Mod" or "ReduceLogSum" or "ReduceLogSumExp"
                or "Softmax" or "LogSoftmax" or "MeanVarianceNormalization" or "If" or "Loop" or "Scan" => true,
            _ => false,
        };

        bool Side(int input) => isWild(inputs[input]!);
    }
}
