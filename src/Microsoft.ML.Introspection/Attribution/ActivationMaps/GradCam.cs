using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>
/// Grad-CAM: ReLU(Σₖ wₖAₖ) with wₖ = mean over space of ∂S/∂Aₖ. Positive where features speak for the score; unit of the score
/// for each position of the layer, on average. Selvaraju et al. 2017, arXiv:1610.02391.
/// </summary>
[Method("grad-cam", "The features weighted by the mean of their gradient",
    "Selvaraju et al. 2017, arXiv:1610.02391")]
public sealed record GradCam : ActivationMap
{
    /// <inheritdoc/>
    protected override Value Map(FeatureLayer features, Question question) =>
        (features.Gradient().MeanOverSpace() * features.Maps).SumOverChannels();
}
