using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>
/// Layer-CAM: ReLU(Σₖ ReLU(∂S/∂Aₖ)·Aₖ), each position weighted by its own gradient, so that maps of early, fine layers make
/// sense as well. Unit of the score. Jiang, Zhang, Hou, Cheng, Wei 2021, IEEE Transactions on Image Processing 30.
/// </summary>
[Method("layer-cam", "The features weighted position by position by their positive gradient",
    "Jiang, Zhang, Hou, Cheng, Wei 2021, IEEE Transactions on Image Processing 30")]
public sealed record LayerCam : ActivationMap
{
    /// <inheritdoc/>
    protected override Value Map(FeatureLayer features, Question question) =>
        (features.Gradient().Relu() * features.Maps).SumOverChannels();
}
