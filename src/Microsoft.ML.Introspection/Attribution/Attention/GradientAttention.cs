using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>How gradient and attention meet in <see cref="GradientAttention"/>.</summary>
public enum GradientAttentionForm
{
    /// <summary>Each head weighted by the mean of its gradient, as Grad-CAM weighs channels: ReLU(mean over heads of ḡ·A).</summary>
    Weighted,

    /// <summary>Entry by entry: the mean over heads of ReLU(g ⊙ A).</summary>
    Product,
}

/// <summary>
/// Gradient attention: the last block's attention, its heads weighted by what the score makes of them, as Grad-CAM weighs feature maps.
/// Selvaraju et al. 2017, arXiv:1610.02391; Chefer, Gur, Wolf 2021, arXiv:2012.09838.
/// </summary>
/// <param name="Form">How gradient and attention meet.</param>
[Method("gradient-attention", "The last block's attention, its heads weighted by their gradient",
    "Chefer, Gur, Wolf 2021, arXiv:2012.09838")]
public sealed record GradientAttention(
    [Option("Whether heads are weighted by the mean of their gradient, or entries by their own.")]
    GradientAttentionForm Form = GradientAttentionForm.Weighted) : TokenRelation
{
    private protected override Value Relation(Question question, AttentionMaps maps, AttentionStreams streams, Queries queries)
    {
        var block = streams.AreAskedOfSource ? streams.Crosses[^1] : streams.Own[^1];
        var (a, g) = (maps[block], maps.Gradient(block));
        return queries.Of(Form == GradientAttentionForm.Weighted
            ? (g.MeanInOrder(2, 3) * a).MeanInOrder(1).Squeeze(1).Relu()
            : (g * a).Relu().MeanInOrder(1).Squeeze(1));
    }
}
