using Microsoft.ML.Introspection.Differentiation;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>
/// CAM: Σₖ wₖAₖ with wₖ the weight that the last dense layer gives the k-th feature map's mean; signed, as in the paper, unless
/// <see cref="ActivationMap.Relu"/> is asked for. At the layer's own resolution, the map's mean is the score less its bias.
/// Only for networks that end in global average pooling followed by one dense layer. Zhou, Khosla, Lapedriza, Oliva,
/// Torralba 2015, arXiv:1512.04150.
/// </summary>
[Method("cam", "The features weighted by the dense layer behind their global average pooling",
    "Zhou, Khosla, Lapedriza, Oliva, Torralba 2015, arXiv:1512.04150")]
public sealed record Cam : ActivationMap
{
    /// <summary>The signed map.</summary>
    public Cam() => Relu = false;

    private protected override string DefaultLayer(Question question) => PoolingHead.Of(question.Scored).Features.Name;

    /// <inheritdoc/>
    protected override Value Map(FeatureLayer features, Question question)
    {
        var head = PoolingHead.Of(question.Scored);
        if (features.Question.Place != head.Features.Name)
            throw new ArgumentException($"CAM is made of the features that are pooled, '{head.Features.Name}'; '{Layer}' was named. "
                + "Leave the layer out, or use Grad-CAM, which takes any.");
        // The weights of a dense layer are its derivatives; those of the target's combination of classes come out at once.
        var weights = Gradient.Of(question.Score, question.Trace.Tensor(head.Pooled.Name)).Reshape([-1, features.Maps.Shape[1].Value]);
        return (weights.ForChannels(features.Maps) * features.Maps).SumOverChannels();
    }
}
