using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>
/// XGrad-CAM: ReLU(Σₖ wₖAₖ) with wₖ = Σ(∂S/∂Aₖ·Aₖ) / ΣAₖ, sums over space: the weights with which the map adds up to what
/// gradient × features does. A channel that sums to 0 gets weight 0. Unit of the score.
/// Fu, Hu, Dong, Guo, Gao, Li 2020, arXiv:2008.02312.
/// </summary>
[Method("xgrad-cam", "The features weighted so that the map adds up as gradient times features does",
    "Fu et al. 2020, arXiv:2008.02312")]
public sealed record XGradCam : ActivationMap
{
    /// <inheritdoc/>
    protected override Value Map(FeatureLayer features, Question question)
    {
        var a = features.Maps;
        var weights = (features.Gradient() * a).SumOverSpace().OverOrZero(a.SumOverSpace());
        return (weights * a).SumOverChannels();
    }
}
