using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>
/// Ablation-CAM: ReLU(Σₖ wₖAₖ) with wₖ = (S − Sₖ)/S, the share of the score that is lost when the k-th feature map is set to 0.
/// No gradients; the part of the network behind the layer runs once for each channel.
/// Desai, Ramaswamy 2020, Winter Conference on Applications of Computer Vision.
/// </summary>
public sealed record AblationCam : ActivationMap
{
    /// <inheritdoc/>
    protected override Value Map(Question features, Question question)
    {
        var maps = features.Input;
        var without = OfEachChannel(features, variants =>
        {
            var others = (1 - variants.OneHot(maps.Shape[1].Value, maps.Type)).ForChannels(maps).Unsqueeze(1);
            return features.At(variants.Flat(maps * others)).Score;
        });
        var weights = (question.Score - without) / question.Score;
        return (weights.ForChannels(maps) * maps).SumOverChannels();
    }
}
