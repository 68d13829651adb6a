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
            return constant.Opaque is null && Constants.GetValue(constant, c => new StrongBox<bool>(Array.TrueForAll(c.ToDouble(), v => v >= 0))).Value;
        if (value.Producer is not { Domain: "" } node || depth == 0 || value.OutputIndex != 0)
            return false;
        return node.OperatorType switch
        {
            "Relu" or "Sigmoid" or "HardSigmoid" or "Softmax" or "Softplus" or "Exp" or "Abs" or "ReduceL1" or "ReduceL2" or "ReduceSumSquare" => true,
            "Identity" or "Dropout" or "Cast" or "MaxPool" or "GlobalMaxPool" or "AveragePool" or "GlobalAveragePool" or "ReduceMean" or "ReduceSum"
                or "ReduceMax" or "ReduceMin" or "Sqrt" or "Flatten" or "Reshape" or "Transpose" or "Squeeze" or "Unsqueeze" or "Expand" or "Slice"
                or "Gather" or "Tile" or "DepthToSpace" or "SpaceToDepth" => Is(0),
            "Clip" => Is(0) || (node.Inputs.Count > 1 && node.Inputs[1] is not null && Is(1)),
            "Max" => Enumerable.Range(0, node.Inputs.Count).Any(Is),
            "Add" or "Mul" or "Div" or "Sum" or "Mean" or "Min" or "Concat" or "Conv" or "ConvTranspose" or "Gemm" or "MatMul" =>
                Enumerable.Range(0, node.Inputs.Count).All(i => node.Inputs[i] is null || Is(i))
                && node.Attributes.Float("alpha", 1) >= 0 && node.Attributes.Float("beta", 1) >= 0,
            _ => false,
        };

        bool Is(int input) => IsNeverNegative(node.Inputs[input]!, depth - 1);
    }
}
