using System.Collections.Frozen;
using Microsoft.ML.Introspection.Onnx.Proto;

namespace Microsoft.ML.Introspection.Onnx;

/// <summary>What kind of function an operator is.</summary>
internal enum OperatorKind
{
    Other,
    Function,            // of single elements
    Sum,                 // sums, differences, means of operands or along axes
    AveragePooling,
    Interpolation,
    Maximum,             // of windows or along axes
    Minimum,             // along axes
    Extremum,            // the larger or smaller of several operands
    Product,             // by elements or as matrices
    Quotient,
    Convolution,         // transposed ones among them
    Softmax,             // and its logarithm
    Normalization,       // of layers, instances, groups, by the root mean square
    BatchNormalization,
    LocalNormalization,  // by neighbouring channels
    Movement,            // every element of the result is an element of an input
    Flat,                // constant almost everywhere, so that no gradient flows: steps, comparisons, positions, extents, texts
    Random,              // new numbers at every node, so that two equal nodes are not one; no gradient flows
    Attention,
    Recurrent,
    Quantization,
    Control,
    Sequence,            // and optional values
    Loss,
    Replaced,            // a former name, which is replaced when a file is read
}

/// <summary>What else holds of an operator.</summary>
[Flags]
internal enum OperatorTraits
{
    None = 0,
    Linear = 1,          // but for a summand, in the operands that are not parameters, all taken together
    Elementwise = 2,     // an element of the result depends on those at its own place alone
    SameElements = 4,    // those of the first input in their order, perhaps of another type
    Pools = 8,           // windows, or all of space
    Harmless = 16,       // on any integers it neither fails nor decides an extent
    OpenExtents = 32,    // how many elements it gives depends on the data
    Grows = 64,          // what it gives may be far larger than what it takes
    Quantises = 128,     // its integers stand for real numbers
    Dequantises = 256,   // makes real numbers of such integers
    Smooth = 512,        // on extents, it has no threshold that could lie beyond a few batches that were tried
    Quick = 1024,        // its time goes with the sizes of what it takes and gives, which its kind does not tell
    Contracts = 2048,    // each element is a sum along one axis of the first input
}

/// <summary>When no element of an operator's first output can be below 0.</summary>
internal enum NotNegative
{
    Unknown,
    Always,
    AsFirst,             // when the first input is so
    AsFirstOrBound,      // when the first input or the bound in the second is so
    AsAny,               // when some input is so
    AsAll,               // when all inputs are so, and the factors among the attributes
}

/// <summary>The types and shapes of a node's outputs.</summary>
internal delegate IReadOnlyList<ShapeInference.Outcome> InferRule(ShapeInference.Site site);

/// <summary>The result of a node whose inputs are constants; null where it has to stay a node.</summary>
internal delegate Tensor? FoldRule(Tensor[] inputs, Attributes attributes);

/// <summary>
/// What the engine knows of an operator of the ONNX standard: one row of <see cref="OperatorTable"/>. Beside it stands only its line
/// among the backward rules.
/// </summary>
/// <param name="Name">The operator, as ONNX names it.</param>
/// <param name="Kind">What kind of function it is.</param>
/// <param name="Traits">What else holds of it.</param>
/// <param name="Sign">When its result is not negative.</param>
/// <param name="Infer">The types and shapes it gives; null where we do not write it (those of a file's nodes ONNX Runtime tells).</param>
/// <param name="Fold">Its arithmetic on constants; null where it stays a node, which ONNX Runtime folds when it loads.</param>
internal sealed record OperatorFacts(
    string Name, OperatorKind Kind, OperatorTraits Traits = OperatorTraits.None, NotNegative Sign = NotNegative.Unknown,
    InferRule? Infer = null, FoldRule? Fold = null)
{
    private static readonly FrozenDictionary<string, OperatorFacts> ByName = OperatorTable.Rows.ToFrozenDictionary(f => f.Name);

    /// <summary>Every operator of the standard's own domain, as of operator set 26.</summary>
    public static IReadOnlyCollection<OperatorFacts> All => ByName.Values;

    /// <summary>An operator of the standard; null where it has none of this name.</summary>
    public static OperatorFacts? Of(string operatorType) => ByName.GetValueOrDefault(operatorType);

    /// <summary>The operator of a node; null where it is not of the standard.</summary>
    public static OperatorFacts? Of(NodeProto node) => node.Domain is "" or "ai.onnx" ? Of(node.OpType) : null;

    /// <summary>Whether no gradient flows.</summary>
    public bool IsFlat => Kind is OperatorKind.Flat or OperatorKind.Random;

    /// <summary>Whether its time goes with the sizes of what it takes and gives.</summary>
    public bool IsQuick => !Has(OperatorTraits.Pools) && Kind is OperatorKind.Function or OperatorKind.Sum or OperatorKind.Movement
        or OperatorKind.Extremum or OperatorKind.Maximum or OperatorKind.Minimum or OperatorKind.Quotient or OperatorKind.Softmax
        or OperatorKind.Flat or OperatorKind.Normalization or OperatorKind.BatchNormalization or OperatorKind.Interpolation
        || Has(OperatorTraits.Quick);

    /// <summary>Whether some traits hold.</summary>
    public bool Has(OperatorTraits traits) => (Traits & traits) == traits;
}
