using System.Collections.Frozen;
using Microsoft.ML.Introspection.Onnx.Proto;

namespace Microsoft.ML.Introspection.Onnx;

/// <summary>What kind of function an operator is.</summary>
internal enum OperatorKind
{
    /// <summary>None of the kinds below.</summary>
    Other,

    /// <summary>A function of single elements: ReLU, tanh, absolute value …</summary>
    Function,

    /// <summary>Sums, differences and means of operands or along axes.</summary>
    Sum,

    /// <summary>Means over windows.</summary>
    AveragePooling,

    /// <summary>Enlarging and shrinking.</summary>
    Interpolation,

    /// <summary>The largest element of windows or along axes.</summary>
    Maximum,

    /// <summary>The smallest element along axes.</summary>
    Minimum,

    /// <summary>The larger or smaller of several operands.</summary>
    Extremum,

    /// <summary>Products of two values, by elements or as matrices.</summary>
    Product,

    /// <summary>A quotient of two values.</summary>
    Quotient,

    /// <summary>Convolutions and transposed convolutions.</summary>
    Convolution,

    /// <summary>Softmax and its logarithm.</summary>
    Softmax,

    /// <summary>Layer, instance, group and root-mean-square normalisation.</summary>
    Normalization,

    /// <summary>Batch normalisation.</summary>
    BatchNormalization,

    /// <summary>Normalisation by neighbouring channels.</summary>
    LocalNormalization,

    /// <summary>Every element of the result is an element of an input.</summary>
    Movement,

    /// <summary>Constant almost everywhere, so that no gradient flows: steps, comparisons, positions, extents, texts.</summary>
    Flat,

    /// <summary>Draws new numbers at every node, so that two equal nodes are not one; no gradient flows.</summary>
    Random,

    /// <summary>Scaled dot-product attention and what belongs to it.</summary>
    Attention,

    /// <summary>Recurrent layers.</summary>
    Recurrent,

    /// <summary>Numbers quantised to integers, and arithmetic on these.</summary>
    Quantization,

    /// <summary>Branches and loops.</summary>
    Control,

    /// <summary>Sequences and optional values.</summary>
    Sequence,

    /// <summary>Losses of training.</summary>
    Loss,

    /// <summary>A former name, which is replaced when a file is read.</summary>
    Replaced,
}

/// <summary>What else holds of an operator.</summary>
[Flags]
internal enum OperatorTraits
{
    None = 0,

    /// <summary>Linear (but for a summand) in the operands that are not parameters, all taken together.</summary>
    Linear = 1,

    /// <summary>An element of the result depends on those at its own place alone.</summary>
    Elementwise = 2,

    /// <summary>The elements of the first input in their order, perhaps of another type.</summary>
    SameElements = 4,

    /// <summary>Pools windows, or all of space.</summary>
    Pools = 8,

    /// <summary>On any integers it neither fails nor decides an extent.</summary>
    Harmless = 16,

    /// <summary>How many elements it gives depends on the data.</summary>
    OpenExtents = 32,

    /// <summary>What it gives may be far larger than what it takes.</summary>
    Grows = 64,

    /// <summary>Its integers stand for real numbers.</summary>
    Quantises = 128,

    /// <summary>Makes real numbers of such integers.</summary>
    Dequantises = 256,
}

/// <summary>When no element of an operator's first output can be below 0.</summary>
internal enum NotNegative
{
    /// <summary>Nothing is known.</summary>
    Unknown,

    /// <summary>Always.</summary>
    Always,

    /// <summary>When the first input is so.</summary>
    AsFirst,

    /// <summary>When the first input or the bound in the second is so.</summary>
    AsFirstOrBound,

    /// <summary>When some input is so.</summary>
    AsAny,

    /// <summary>When all inputs are so, and factors among the attributes.</summary>
    AsAll,
}

/// <summary>The types and shapes of a node's outputs.</summary>
internal delegate IReadOnlyList<ShapeInference.Outcome> InferRule(ShapeInference.Site site);

/// <summary>The result of a node whose inputs are constants; null where it has to stay a node.</summary>
internal delegate Tensor? FoldRule(Tensor[] inputs, Attributes attributes);

/// <summary>
/// What the engine knows of an operator of the ONNX standard: one row of <see cref="OperatorTable"/>. Beside it stands only its line among the
/// backward rules.
/// </summary>
/// <param name="Name">The operator, as ONNX names it.</param>
/// <param name="Kind">What kind of function it is.</param>
/// <param name="Traits">What else holds of it.</param>
/// <param name="Sign">When its result is not negative.</param>
/// <param name="Infer">The types and shapes it gives; null where we do not write it: ONNX Runtime tells those of a network read from a file.</param>
/// <param name="Fold">Its arithmetic on constants; null where it stays a node, which ONNX Runtime folds when it loads.</param>
internal sealed record OperatorFacts(
    string Name, OperatorKind Kind, OperatorTraits Traits = OperatorTraits.None, NotNegative Sign = NotNegative.Unknown, InferRule? Infer = null, FoldRule? Fold = null)
{
    private static readonly FrozenDictionary<string, OperatorFacts> ByName = OperatorTable.Rows.ToFrozenDictionary(f => f.Name);

    /// <summary>Every operator of the standard's own domain, as of operator set 24.</summary>
    public static IReadOnlyCollection<OperatorFacts> All => ByName.Values;

    /// <summary>An operator of the standard; null where it has none of this name.</summary>
    public static OperatorFacts? Of(string operatorType) => ByName.GetValueOrDefault(operatorType);

    /// <summary>The operator of a node; null where it is not of the standard.</summary>
    public static OperatorFacts? Of(NodeProto node) => node.Domain is "" or "ai.onnx" ? Of(node.OpType) : null;

    /// <summary>Whether no gradient flows.</summary>
    public bool IsFlat => Kind is OperatorKind.Flat or OperatorKind.Random;

    /// <summary>Whether some traits hold.</summary>
    public bool Has(OperatorTraits traits) => (Traits & traits) == traits;
}
