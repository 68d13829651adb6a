using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>
/// Grad-CAM++: ReLU(Σₖ wₖAₖ) with wₖ = Σ over space of αₖ·ReLU(gₖ), where g = ∂S/∂A and α = g² / (2g² + ΣA·g³), 0 where that
/// has no value. Several places that speak for the score count alike, however large. The paper explains exp(S), which only
/// scales the map; here it is S itself. Chattopadhay, Sarkar, Howlader, Balasubramanian 2018, arXiv:1710.11063.
/// </summary>
[Method("grad-cam-plus-plus", "Grad-CAM that counts several objects alike",
    "Chattopadhay, Sarkar, Howlader, Balasubramanian 2018, arXiv:1710.11063")]
public sealed record GradCamPlusPlus : ActivationMap
{
    /// <inheritdoc/>
    protected override Value Map(FeatureLayer features, Question question)
    {
        var (a, g) = (features.Maps, features.Gradient());
        var alpha = (g * g).OverOrZero(2 * (g * g) + a.SumOverSpace() * (g * g * g));
        return ((alpha * g.Relu()).SumOverSpace() * a).SumOverChannels();
    }
}
