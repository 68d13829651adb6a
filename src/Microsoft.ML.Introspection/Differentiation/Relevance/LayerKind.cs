using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Differentiation.Relevance;

/// <summary>What a layer is to relevance: the left column of a composite's table.</summary>
[Flags]
public enum LayerKind
{
    /// <summary>A convolution or transposed convolution with trained weights.</summary>
    Convolution = 1,

    /// <summary>A product with a matrix of trained weights, its bias included.</summary>
    Dense = 2,

    /// <summary>Any layer with trained weights.</summary>
    Linear = Convolution | Dense,

    /// <summary>A function of single elements: ReLU, tanh, GELU …</summary>
    Activation = 4,

    /// <summary>Sums, differences and means of values, along axes or of several operands: residual connections among them.</summary>
    Sum = 8,

    /// <summary>Average pooling and interpolation.</summary>
    AveragePooling = 16,

    /// <summary>Max pooling, maxima and minima.</summary>
    MaximumPooling = 32,

    /// <summary>Products and quotients of values: gates, attention.</summary>
    Product = 64,

    /// <summary>Softmax where it is not itself a weight of something.</summary>
    Softmax = 128,

    /// <summary>Layer, instance, group and root-mean-square normalisation.</summary>
    Normalization = 256,

    /// <summary>Batch normalisation that has no linear layer beside it to be merged with.</summary>
    BatchNormalization = 512,

    /// <summary>Operators that only move elements: reshaping, concatenation, slices.</summary>
    Movement = 1024,
}

internal static class LayerKinds
{
    private static readonly Dictionary<string, LayerKind> ByOperator = Table(
        (LayerKind.Activation, """
            Relu LeakyRelu PRelu ThresholdedRelu Elu Celu Selu Sigmoid Tanh Softplus Softsign HardSigmoid HardSwish Gelu Mish Swish
            Shrink Clip Neg Abs Pow Sqrt Exp Log Reciprocal Erf Sin Cos Tan Asin Acos Atan Sinh Cosh Asinh Acosh Atanh LRN
            """),
        (LayerKind.Sum, "Add Sub Sum Mean ReduceSum ReduceMean CumSum"),
        (LayerKind.AveragePooling, "AveragePool GlobalAveragePool LpPool GlobalLpPool Resize Upsample"),
        (LayerKind.MaximumPooling, "MaxPool GlobalMaxPool ReduceMax ReduceMin Max Min"),
        (LayerKind.Product, "Mul Div MatMul Gemm Einsum Conv ConvTranspose"),
        (LayerKind.Softmax, "Softmax LogSoftmax"),
        (LayerKind.Normalization, "LayerNormalization InstanceNormalization GroupNormalization RMSNormalization"),
        (LayerKind.BatchNormalization, "BatchNormalization"),
        (LayerKind.Movement, """
            Identity Dropout Cast CastLike Reshape Flatten Squeeze Unsqueeze Expand Transpose Concat Split Slice Pad Tile DepthToSpace
            SpaceToDepth Trilu Gather GatherElements GatherND ScatterElements ScatterND Where TopK
            """));

    /// <summary>The kind that an operator is of where it has no trained weights; null for operators that have no rule.</summary>
    public static LayerKind? Of(Node node) => node.Domain.Length == 0 && ByOperator.TryGetValue(node.OperatorType, out var kind) ? kind : null;

    private static Dictionary<string, LayerKind> Table(params ReadOnlySpan<(LayerKind Kind, string Operators)> rows)
    {
        var table = new Dictionary<string, LayerKind>();
        foreach (var (kind, operators) in rows)
            foreach (var name in operators.Split((char[])[' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries))
                table.Add(name, kind);
        return table;
    }
}
