using Microsoft.ML.Introspection.Differentiation;
using Microsoft.ML.Introspection.Differentiation.Relevance;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>
/// Transformer attribution: C = (I + Ā_L)·…·(I + Ā₁) with Ā = mean over heads of ReLU(∂S/∂A ⊙ R), R the relevance of the attention A of a
/// block, propagated from 1 at the score by α1-β0. Where branches meet, each gets what it contributes, then in whole a share of the
/// relevance as large as its sum is among the sums of both. Chefer, Gur, Wolf 2021, arXiv:2012.09838.
/// </summary>
[Method("transformer-attribution", "Relevance of attention times its gradient, multiplied through all blocks",
    "Chefer, Gur, Wolf 2021, arXiv:2012.09838")]
public sealed record TransformerAttribution : GatheredRelation
{
    private const double Epsilon = 1e-9;

    private static readonly RelevanceComposite AlphaOne = new("transformer-attribution",
        new(LayerKind.Linear, RelevanceRules.ZPlusWithoutBias with { Stabilizer = Epsilon, IsNamed = false }),
        new(LayerKind.Sum, RelevanceRule.By("branches", Branch)),
        new(LayerKind.Product, RelevanceRules.Signals(Epsilon)),
        new(LayerKind.Softmax | LayerKind.Normalization | LayerKind.BatchNormalization, RelevanceRules.Pass));

    private protected override Value Relation(Question question, AttentionMaps maps, AttentionStreams streams, Queries queries)
    {
        if (streams.Crosses.Count > 0)
            throw new ArgumentException($"Transformer attribution is of self-attention; '{maps.Blocks[streams.Crosses[0]].Name}' attends "
                + "to other tokens. Generic attention takes these, too.");
        var relevances = maps.Relevances(AlphaOne);
        return Gathered(Counted(streams.Own).Select(block => Weighed(maps, block, relevances[block])), queries);
    }

    private static Value Weighed(AttentionMaps maps, int block, Value relevance) =>
        (maps.Gradient(block) * relevance).Relu().MeanInOrder(1).Squeeze(1);

    // Of two branches; what is added to one (positions, a mask) gets nothing.
    private static Value? Branch(Adjoint a)
    {
        if (a.Node.OperatorType is not ("Add" or "Sum") || a.Node.Inputs.Count != 2)
            return RelevanceRules.Normed(a, epsilon: Epsilon);
        var (own, other) = (a.X, a.At(1 - a.Input));
        if (other.Constant is not null || !other.Shape.Equals(a.Y.Shape) || !own.Shape.Equals(a.Y.Shape))
            return a.Dy;
        long[] row = [.. Enumerable.Range(1, own.Rank - 1).Select(axis => (long)axis)];
        var quotient = a.Dy / Signs.Stabilised(a.Y, Epsilon);
        var (part, whole, beside) = (own * quotient, (own * quotient).SumInOrder(row), (other * quotient).SumInOrder(row));
        var share = whole.Abs() / (whole.Abs() + beside.Abs() + Epsilon) * a.Dy.SumInOrder(row);
        return part * (share / Signs.Stabilised(whole, Epsilon));
    }
}
