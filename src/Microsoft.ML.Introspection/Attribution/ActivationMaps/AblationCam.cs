using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>
/// Ablation-CAM: ReLU(Σₖ wₖAₖ) with wₖ = (S − Sₖ)/S, the share of the score that is lost when the k-th feature map is set to 0 (none
/// of a score of 0).
/// No gradients; the part of the network behind the layer runs once for each channel.
/// Desai, Ramaswamy 2020, Winter Conference on Applications of Computer Vision.
/// </summary>
[Method("ablation-cam", "The features weighted by the share of the score that is lost without them; no gradients",
    "Desai, Ramaswamy 2020, Winter Conference on Applications of Computer Vision")]
public sealed record AblationCam : ActivationMap
{
    /// <inheritdoc/>
    protected override Value Map(FeatureLayer features, Question question)
    {
        var maps = features.Maps;
        // All channels but one, [K, 1, channels, 1, …].
        var others = Channels(maps, numbers => features.Meeting(1 - numbers.OneHot(maps.Shape[1].Value, maps.Type)));
        var asked = features.Question;
        var without = asked.Stack(others, kept => asked.At(asked.Input * kept, at => at.Score)).Squeeze(2);
        var weights = (question.Score - without).OverOrZero(question.Score);
        return (weights.ForChannels(maps) * maps).SumOverChannels();
    }
}
