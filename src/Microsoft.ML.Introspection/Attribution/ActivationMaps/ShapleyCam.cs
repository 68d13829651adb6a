using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>
/// ShapleyCAM: ReLU(Σₖ wₖAₖ) with wₖ = mean over space of (g − ½·H·A)ₖ: the Shapley values of the features to second order, g = ∂S/∂A and H
/// the Hessian of the score by them. Grad-CAM where the network behind the layer is piecewise linear.
/// Cai 2025, arXiv:2501.06261.
/// </summary>
[Method("shapley-cam", "Grad-CAM with the curvature of the score, which makes its weights Shapley values to second order",
    "Cai 2025, arXiv:2501.06261")]
public sealed record ShapleyCam : ActivationMap
{
    /// <inheritdoc/>
    protected override Value Map(FeatureLayer features, Question question)
    {
        ArgumentNullException.ThrowIfNull(features);
        var (g, asked) = (features.Gradient(), features.Question);
        // ∂⟨g, A⟩/∂A = H·A + g.
        var curvature = features.Gradient(asked.Gradient() * asked.Input) - g;
        return ((g - curvature * 0.5).MeanOverSpace() * features.Maps).SumOverChannels();
    }
}
