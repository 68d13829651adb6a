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

    /// <summary>Recurrent layers: LSTM, GRU, RNN.</summary>
    Recurrent = 2048,
}

internal static class LayerKinds
{
    /// <summary>The kind that an operator is of where it has no trained weights; null for operators that have no rule.</summary>
    public static LayerKind? Of(Node node) => node.Facts?.Kind switch
    {
        OperatorKind.Function or OperatorKind.LocalNormalization => LayerKind.Activation,
        OperatorKind.Sum => LayerKind.Sum,
        OperatorKind.AveragePooling or OperatorKind.Interpolation => LayerKind.AveragePooling,
        OperatorKind.Maximum or OperatorKind.Minimum or OperatorKind.Extremum => LayerKind.MaximumPooling,
        OperatorKind.Product or OperatorKind.Quotient or OperatorKind.Convolution => LayerKind.Product,
        OperatorKind.Softmax => LayerKind.Softmax,
        OperatorKind.Normalization => LayerKind.Normalization,
        OperatorKind.BatchNormalization => LayerKind.BatchNormalization,
        OperatorKind.Movement => LayerKind.Movement,
        OperatorKind.Recurrent => LayerKind.Recurrent,
        _ => null,
    };
}
