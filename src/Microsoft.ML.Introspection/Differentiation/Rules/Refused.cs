using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Onnx.Reading.Learners;

namespace Microsoft.ML.Introspection.Differentiation.Rules;

/// <summary>
/// Operators of the standard that have no backward rule on purpose, and why. A gradient that meets one stops with this reason.
/// </summary>
internal static class Refused
{
    private const string Trees = "trees are steps, whose slope is 0 or none; ask them for scores only (Shap, Lime, Occlusion)";
    private const string Sequences = "sequences and optional values are not tensors, and their lengths are known only at run time";
    private const string Bodies = "a branch or loop of a file is written out as plain nodes when a network is read, but only where its "
        + "condition or number of turns is known (at most 512), or both sides of the branch are alike in type and shape and neither can "
            + "fail; this one is not";
    private const string Mapped = "bodies read from a file have no backward rule; it has to be written out";
    private const string Losses = "losses belong to training, and an explanation starts from a score";
    private const string Sampling = "its positions are computed from the data, and sampling there is not written in other operators";
    private const string Spectra = "complex numbers are not part of the graph language";
    private const string Quantised =
        "its rounding is inside the operator; export the network with QuantizeLinear and DequantizeLinear pairs";

    public static readonly Dictionary<string, string> Reasons = new (string Operators, string Reason)[]
    {
        ("If Loop Scan", Bodies),
        ("SequenceMap", Mapped),
        ("ConcatFromSequence SequenceAt SequenceConstruct SequenceErase SequenceInsert SplitToSequence Optional OptionalGetElement",
            Sequences),
        ("NegativeLogLikelihoodLoss SoftmaxCrossEntropyLoss", Losses),
        ("GridSample RoiAlign MaxRoiPool DeformConv AffineGrid", Sampling),
        ("DFT STFT", Spectra),
        ("QLinearConv QLinearMatMul", Quantised),
        ("Det", "the derivative of a determinant needs an inverse matrix, which the standard lacks"),
        ("Unique", "how many elements it keeps is known only at run time"),
        ("BitCast", "it takes a number's bits for those of another type, of which there is no slope"),
        ("TensorScatter", "it updates a cache in place, which a single prediction does not need"),
    }.SelectMany(r => r.Operators.Split(' ').Select(o => (Operator: o, r.Reason))).ToDictionary(r => r.Operator, r => r.Reason);

    /// <summary>Why no gradient passes a node; null where no reason is known.</summary>
    public static string? Reason(Node node) => node.Domain switch
    {
        "" => Reasons.GetValueOrDefault(node.OperatorType),
        LearnerOperators.Domain when node.OperatorType.StartsWith("TreeEnsemble", StringComparison.Ordinal) => Trees,
        _ => null,
    };
}
